// What an architecture would be, and what it is built of.
#include "core/model/architecture.h"

#include <algorithm>
#include <cmath>
#include <new>

#include "core/model/random_model.h"
#include "core/slots.h"

namespace vitscope {

namespace {

PositionTable table_of(PositionKind kind) {
  switch (kind) {
    case PositionKind::learned: return PositionTable::random;
    case PositionKind::sinusoid: return PositionTable::sinusoidal;
    case PositionKind::sinusoid_2d: return PositionTable::sinusoidal_grid;
    case PositionKind::axes: return PositionTable::axes;
    case PositionKind::relative: case PositionKind::none: return PositionTable::zeros;
  }
  return PositionTable::random;
}

/// Numbers in one table of positions.
std::int64_t table_numbers(const ArchitectureWish& wish, const VitConfig& config) {
  const std::int64_t d = config.dim;
  if (!has_table(wish.position)) return 0;
  if (wish.position != PositionKind::axes) return config.tokens() * d;
  return config.prefix_tokens * d + config.grid.columns() * (d / 2) + config.grid.rows() * (d - d / 2);
}

}  // namespace

std::string Phrase::text() const {
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool place = pattern[i] == '{' && i + 2 < pattern.size() && pattern[i + 2] == '}';
    const auto index = place ? static_cast<std::size_t>(pattern[i + 1] - '0') : 0;
    if (!place || index >= values.size()) {
      text += pattern[i];
      continue;
    }
    text += values[index];
    i += 2;
  }
  return text;
}

std::optional<VitConfig> config_of(const ArchitectureWish& wish) {
  for (const WishNumber& number : kWishNumbers)
    if (wish.*number.value < number.least || wish.*number.value > number.most) return std::nullopt;
  const int prefix = wish.pooling == Pooling::class_token ? 1 : 0;
  const auto grid = PatchGrid::make(wish.height, wish.width, wish.patch, wish.patch, prefix);
  if (!std::holds_alternative<PatchGrid>(grid) || wish.dim % wish.heads != 0) return std::nullopt;
  VitConfig c;
  c.image_height = wish.height;
  c.image_width = wish.width;
  c.channels = wish.channels;
  c.patch_height = c.patch_width = wish.patch;
  c.dim = wish.dim;
  c.depth = wish.depth;
  c.heads = wish.heads;
  c.head_width = wish.dim / wish.heads;
  c.mlp_dim = wish.hidden;
  c.classes = wish.classes;
  c.prefix_tokens = prefix;
  c.class_token = prefix > 0;
  if (wish.pooling == Pooling::mean) {
    // As timm does it: the norm stands behind the mean.
    c.pool = "avg";
    c.final_norm = false;
    c.head_norm = true;
  }
  c.qkv_bias = wish.qkv_bias;
  c.value_skip = wish.value_skip;
  c.relative_position = wish.position == PositionKind::relative;
  c.position_place = wish.place;
  c.score_scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(c.head_width)));
  c.grid = std::get<PatchGrid>(grid);
  return c;
}

WishCosts costs_of(const ArchitectureWish& wish, const VitConfig& config) {
  const std::int64_t d = config.dim, m = config.mlp_dim, k = config.classes;
  const std::int64_t embedding = d * config.patch_length() + d + config.prefix_tokens * d + table_numbers(wish, config) * (wish.place == PositionPlace::every_own ? config.depth : 1);
  const std::int64_t attention = 3 * d * d + (config.qkv_bias ? 3 * d : 0) + d * d + d;
  const std::int64_t mlp = d * m + m + m * d + d;
  const std::int64_t offsets = config.relative_position ? std::int64_t{config.offsets()} * config.head_width : 0;
  const std::int64_t norm = 2 * d;
  WishCosts costs;
  costs.parameters = embedding + config.depth * (2 * norm + attention + mlp + offsets) + norm + k * d + k;
  costs.multiply_adds = config.multiply_adds();
  std::int64_t numbers = costs.parameters;
  for (const TensorRef& ref : tensors_of(config)) numbers += shape_of(ref.slot, config).size();
  costs.bytes = numbers * std::int64_t{sizeof(float)};
  return costs;
}

std::optional<std::string> run_refusal(const VitConfig& config) {
  std::int64_t numbers = 0;
  for (const TensorRef& ref : tensors_of(config)) numbers += shape_of(ref.slot, config).size();
  const std::int64_t bytes = numbers * std::int64_t{sizeof(float)};
  if (bytes <= kMostWishBytes) return std::nullopt;
  const auto gibibytes = [](std::int64_t count) { return std::to_string((count + (std::int64_t{1} << 29)) >> 30) + " GiB"; };
  return "a run on " + std::to_string(config.image_height) + " x " + std::to_string(config.image_width) + " pixels makes " + std::to_string(config.tokens()) + " tokens and needs " +
         gibibytes(bytes) + "; up to " + gibibytes(kMostWishBytes) + " work";
}

Result<ModelPtr> build_architecture(const ArchitectureWish& wish, std::uint64_t seed, PresetWeights weights) try {
  std::string reasons;
  for (const WishRefusal& refusal : check(wish)) {
    reasons += (reasons.empty() ? "" : "; ") + refusal.reason.text();
    for (std::size_t i = 0; i < refusal.fixes.size(); ++i) reasons += (i ? ", or " : "; would work: ") + refusal.fixes[i].label.text();
  }
  if (!reasons.empty()) return Error{reasons};
  const auto model = random_model(*config_of(wish), table_of(wish.position), seed, weights);
  model->name = "own " + std::to_string(wish.height) + "x" + std::to_string(wish.width) + "/" + std::to_string(wish.patch);
  model->metadata["preset"] = preset_text(wish);
  return ModelPtr(model);
} catch (const std::bad_alloc&) {
  return Error{"not enough memory for this architecture"};
}

}  // namespace vitscope
