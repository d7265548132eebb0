#include "core/model/tnt.h"

namespace vitscope {

std::int64_t TntConfig::multiply_adds(int patches, int depth, int dim) const {
  const std::int64_t m = words(), c = width();
  const std::int64_t convolution = m * window_length() * c, fold = m * c * dim;
  const std::int64_t inner = m * c * 4 * c + 2 * m * m * c + 2 * m * c * hidden;
  return patches * (convolution + (zero_rows ? 0 : fold) + depth * (inner + fold));
}

}  // namespace vitscope
