#include "app/figures/norm_parts.h"

namespace vitscope::figures {

const Figure& layer_norm2() {
  static const Figure figure = norms::figure<norms::Which::second>("layer-norm2", "LayerNorm before the MLP", "norm2");
  return figure;
}

}  // namespace vitscope::figures
