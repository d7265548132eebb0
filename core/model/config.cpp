#include "core/model/config.h"

namespace vitscope {

PrefixTokens VitConfig::prefix() const {
  const bool has_class_token = class_token && prefix_tokens > 0;
  return {has_class_token, distillation_token, prefix_tokens - (has_class_token ? 1 : 0) - (distillation_token ? 1 : 0)};
}

std::int64_t VitConfig::multiply_adds() const {
  const std::int64_t t = tokens(), d = dim, inner = std::int64_t{heads} * head_width;
  const std::int64_t projections = t * d * 3 * inner + t * inner * d;
  const std::int64_t n = patches();
  const std::int64_t attention = 2 * t * t * inner + (relative_position ? n * n * inner : 0);
  const std::int64_t mlp = 2 * t * d * mlp_dim;
  const std::int64_t pre_logits = d * representation;
  const std::int64_t head = std::int64_t{representation > 0 ? representation : dim} * classes * (two_heads ? 2 : 1);
  const std::int64_t beside = t2t ? t2t->multiply_adds() : tnt ? tnt->multiply_adds(patches(), depth, dim) : stem ? stem->multiply_adds() : 0;
  const std::int64_t embedding = tnt ? 0 : std::int64_t{patches()} * patch_length() * d;
  return beside + embedding + depth * (projections + attention + mlp) + pre_logits + head;
}

}  // namespace vitscope
