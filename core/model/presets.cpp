// Architectures with random weights.
#include <algorithm>
#include <array>
#include <cmath>

#include "core/model/model.h"
#include "core/model/presets_inside.h"
#include "core/model/weight_maker.h"
#include "core/text.h"

namespace vitscope {

namespace {

struct Sizes {
  Preset preset;
  int height, width, channels, patch, dim, depth, heads, mlp_dim, classes;
};
constexpr Sizes kSizes[] = {
    {{"vit-ti16", "ViT-Ti/16, 5.7 million parameters"}, 224, 224, 3, 16, 192, 12, 3, 768, 1000},
    {{"vit-s16", "ViT-S/16, 22 million parameters"}, 224, 224, 3, 16, 384, 12, 6, 1536, 1000},
    {{"vit-b16", "ViT-B/16, 87 million parameters"}, 224, 224, 3, 16, 768, 12, 12, 3072, 1000},
    {{"vit-b32", "ViT-B/32, 88 million parameters"}, 224, 224, 3, 32, 768, 12, 12, 3072, 1000},
    {{"vit-l16", "ViT-L/16, 304 million parameters"}, 224, 224, 3, 16, 1024, 24, 16, 4096, 1000},
    {{"vit-b16-384", "ViT-B/16 on pictures of 384 x 384"}, 384, 384, 3, 16, 768, 12, 12, 3072, 1000},
    {{"mountain", "grey pictures of 60 x 100, fixed sinusoidal positions, 4 heads of 192"}, 60, 100, 1, 20, 768, 12, 4, 1152, 1},
};
constexpr std::string_view kSinusoidal = "mountain";

VitConfig config_of(const Sizes& sizes) {
  const bool sinusoidal = sizes.preset.name == kSinusoidal;
  VitConfig config;
  config.image_height = sizes.height;
  config.image_width = sizes.width;
  config.channels = sizes.channels;
  config.patch_height = config.patch_width = sizes.patch;
  config.dim = sizes.dim;
  config.depth = sizes.depth;
  config.heads = sizes.heads;
  config.head_width = sizes.dim / sizes.heads;
  config.mlp_dim = sizes.mlp_dim;
  config.classes = sizes.classes;
  config.qkv_bias = !sinusoidal;
  config.layer_norm_eps = sinusoidal ? 1e-5f : 1e-6f;
  config.score_scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(config.head_width)));
  config.grid = std::get<PatchGrid>(PatchGrid::make(sizes.height, sizes.width, sizes.patch, sizes.patch, config.prefix_tokens));
  return config;
}

}  // namespace

std::span<const Preset> presets() {
  static const auto list = [] {
    std::vector<Preset> all;
    for (const Sizes& sizes : kSizes) all.push_back(sizes.preset);
    all.insert(all.end(), presets_inside().begin(), presets_inside().end());
    return all;
  }();
  return list;
}

Result<ModelPtr> build_preset(std::string_view name, std::uint64_t seed) try {
  if (ModelPtr inside = build_preset_inside(name, seed)) return inside;
  const auto found = std::find_if(std::begin(kSizes), std::end(kSizes), [&](const Sizes& sizes) { return sizes.preset.name == name; });
  if (found == std::end(kSizes)) {
    std::string names;
    for (const Preset& preset : presets()) names += (names.empty() ? "" : ", ") + std::string(preset.name);
    return Error{"there is no preset '" + printable(name, 60) + "'; there are " + names};
  }
  const Sizes& sizes = *found;
  const bool sinusoidal = name == kSinusoidal;
  auto model = std::make_shared<Model>();
  const VitConfig& c = model->config = config_of(sizes);
  Weights& w = model->weights;
  WeightMaker make(seed);
  w.patch = {make.random({c.dim, c.channels, c.patch_height, c.patch_width}), make.constant({c.dim}, 0)};
  w.class_token = sinusoidal ? make.constant({c.dim}, 0) : make.random({c.dim});
  w.position = sinusoidal ? sinusoidal_table(c.tokens(), c.dim) : make.random({c.tokens(), c.dim});
  if (sinusoidal) make.count(w.position);
  w.stored_position = w.position;
  w.stored_rows = c.grid.rows();
  w.stored_columns = c.grid.columns();
  const int inner = c.heads * c.head_width;
  for (int i = 0; i < c.depth; ++i) {
    BlockWeights b;
    b.norm1 = make.norm(c.dim);
    b.qkv = make.linear(3 * inner, c.dim, c.qkv_bias);
    b.proj = make.linear(c.dim, inner);
    b.norm2 = make.norm(c.dim);
    b.fc1 = make.linear(c.mlp_dim, c.dim);
    b.fc2 = make.linear(c.dim, c.mlp_dim);
    w.blocks.push_back(std::move(b));
  }
  w.norm = make.norm(c.dim);
  w.head = make.linear(c.classes, c.dim);

  PreprocessSpec& spec = model->preprocess;
  spec.height = c.image_height;
  spec.width = c.image_width;
  spec.channels = c.channels;
  if (sinusoidal) {
    // Pixel values 0..1 go in as they are.
    spec.mean.fill(0);
    spec.std.fill(1);
  }
  model->name = name;
  model->random_weights = true;
  model->parameters = make.parameters();
  model->metadata["seed"] = std::to_string(seed);
  return ModelPtr(std::move(model));
} catch (const std::bad_alloc&) {
  return Error{"not enough memory for the preset " + printable(name, 60)};
}

}  // namespace vitscope
