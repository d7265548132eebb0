#include "core/model/config.h"

namespace vitscope {

std::int64_t VitConfig::multiply_adds() const {
  const std::int64_t t = tokens(), d = dim, inner = std::int64_t{heads} * head_width;
  const std::int64_t projections = t * d * 3 * inner + t * inner * d;
  const std::int64_t attention = 2 * t * t * inner;
  const std::int64_t mlp = 2 * t * d * mlp_dim;
  return std::int64_t{patches()} * patch_length() * d + depth * (projections + attention + mlp) + d * classes;
}

}  // namespace vitscope
