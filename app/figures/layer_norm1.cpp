#include "app/figures/norm_parts.h"

namespace vitscope::figures {

const Figure& layer_norm1() {
  static const Figure figure = norms::figure<norms::Which::first>("layer-norm1", "LayerNorm before attention", "norm1");
  return figure;
}

}  // namespace vitscope::figures
