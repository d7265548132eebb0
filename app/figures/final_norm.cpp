#include "app/figures/norm_parts.h"

namespace vitscope::figures {

const Figure& final_norm() {
  static const Figure figure = norms::figure<norms::Which::last>("final-norm", "Final LayerNorm", "final-norm");
  return figure;
}

}  // namespace vitscope::figures
