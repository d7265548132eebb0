// Architectures with random weights.
#include <algorithm>
#include <cmath>
#include <new>
#include <vector>

#include "core/model/architecture.h"
#include "core/model/presets_inside.h"
#include "core/model/random_model.h"
#include "core/text.h"

namespace vitscope {

namespace {

/// What an architecture is besides its sizes.
enum class Kind : std::uint8_t { vit, distilled, registers, mean_of_patches, lucidrains_old, lucidrains_new, lanl, hybrid };

struct Sizes {
  Preset preset;
  Kind kind;
  int height, width, channels, patch, dim, depth, heads, mlp_dim, classes;
  int representation = 0;
};
constexpr Sizes kSizes[] = {
    {{"vit-ti16", "ViT-Ti/16, 5.7 million parameters"}, Kind::vit, 224, 224, 3, 16, 192, 12, 3, 768, 1000},
    {{"vit-s16", "ViT-S/16, 22 million parameters"}, Kind::vit, 224, 224, 3, 16, 384, 12, 6, 1536, 1000},
    {{"vit-b16", "ViT-B/16, 87 million parameters"}, Kind::vit, 224, 224, 3, 16, 768, 12, 12, 3072, 1000},
    {{"vit-b32", "ViT-B/32, 88 million parameters"}, Kind::vit, 224, 224, 3, 32, 768, 12, 12, 3072, 1000},
    {{"vit-l16", "ViT-L/16, 304 million parameters"}, Kind::vit, 224, 224, 3, 16, 1024, 24, 16, 4096, 1000},
    {{"vit-b16-384", "ViT-B/16 on pictures of 384 x 384"}, Kind::vit, 384, 384, 3, 16, 768, 12, 12, 3072, 1000},
    {{"vit-b16-21k", "ViT-B/16 with a representation layer and 21,843 classes"}, Kind::vit, 224, 224, 3, 16, 768, 12, 12, 3072, 21843, 768},
    {{"vit-b16-10", "ViT-B/16 with ten classes, the shape walk of a tutorial"}, Kind::vit, 224, 224, 3, 16, 768, 12, 12, 3072, 10},
    {{"deit-b16-distilled", "DeiT-B/16 with distillation token and two heads"}, Kind::distilled, 224, 224, 3, 16, 768, 12, 12, 3072, 1000},
    {{"deit-ti16-distilled", "DeiT-Ti/16 with distillation token and two heads"}, Kind::distilled, 224, 224, 3, 16, 192, 12, 3, 768, 1000},
    {{"vit-s14-registers", "ViT-S/14 with four registers and LayerScale"}, Kind::registers, 224, 224, 3, 14, 384, 12, 6, 1536, 1000},
    {{"vit-ti16-mean", "ViT-Ti/16 without a class token: the mean of the patches is classified"}, Kind::mean_of_patches, 224, 224, 3, 16, 192, 12, 3, 768, 1000},
    {{"vit-ti16-r", "R+ViT-Ti/16, the smallest hybrid: a ResNet stem in front, patches cut from its map, 6.3 million parameters"}, Kind::hybrid, 224, 224, 3, 32, 192, 12, 3, 768, 1000},
    {{"lucidrains-256-32", "vit-pytorch as the tutorials show it: 256/32, width 1024"}, Kind::lucidrains_old, 256, 256, 3, 32, 1024, 6, 16, 2048, 1000},
    {{"lucidrains-224-32", "vit-pytorch as the tutorials show it: 224/32, width 1024"}, Kind::lucidrains_old, 224, 224, 3, 32, 1024, 6, 16, 2048, 1000},
    {{"lucidrains-224-32-128", "the same with width 128, as the tutorial's text says"}, Kind::lucidrains_old, 224, 224, 3, 32, 128, 6, 16, 2048, 1000},
    {{"lucidrains-current", "vit-pytorch today: norms around the patch projection and behind the blocks"}, Kind::lucidrains_new, 256, 256, 3, 32, 1024, 6, 16, 2048, 1000},
    {{"lanl-mountain", "grey pictures of 60 x 100, fixed sinusoidal positions, 4 heads of 192, one output"}, Kind::lanl, 60, 100, 1, 20, 768, 12, 4, 1152, 1},
    {{"toy-10", "patches of 10 x 10 pixels: 300 numbers a patch"}, Kind::vit, 40, 60, 3, 10, 64, 2, 4, 128, 10},
    {{"toy-14", "patches of 14 x 14 pixels, width 512"}, Kind::vit, 56, 56, 3, 14, 512, 2, 8, 1024, 10},
};

VitConfig config_of(const Sizes& sizes) {
  VitConfig c;
  c.image_height = sizes.height;
  c.image_width = sizes.width;
  c.channels = sizes.channels;
  c.patch_height = c.patch_width = sizes.patch;
  c.dim = sizes.dim;
  c.depth = sizes.depth;
  c.heads = sizes.heads;
  c.head_width = sizes.dim / sizes.heads;
  c.mlp_dim = sizes.mlp_dim;
  c.classes = sizes.classes;
  c.representation = sizes.representation;
  switch (sizes.kind) {
    case Kind::vit: break;
    case Kind::distilled:
      c.family = "deit";
      c.distillation_token = c.two_heads = true;
      c.prefix_tokens = 2;
      break;
    case Kind::registers:
      c.registers = 4;
      c.prefix_tokens = 5;
      c.prefix_position = false;
      c.layer_scale = true;
      break;
    case Kind::mean_of_patches:
      c.class_token = c.final_norm = false;
      c.prefix_tokens = 0;
      c.head_norm = true;
      c.pool = "avg";
      break;
    case Kind::lucidrains_old:
    case Kind::lucidrains_new:
      c.family = "lucidrains";
      c.head_width = 64;
      c.channel_last = true;
      c.qkv_bias = false;
      c.layer_norm_eps = 1e-5f;
      c.patch_norms = c.final_norm = sizes.kind == Kind::lucidrains_new;
      c.head_norm = sizes.kind == Kind::lucidrains_old;
      break;
    case Kind::lanl:
      c.family = "lanl";
      c.qkv_bias = false;
      c.value_skip = true;
      c.layer_norm_eps = 1e-5f;
      break;
    case Kind::hybrid:
      c.family = "vit-hybrid";
      c.stem.emplace().patch = sizes.patch / StemConfig::kCell;
      c.stem->picture_channels = sizes.channels;
      c.stem->fit(sizes.height, sizes.width);
      break;
  }
  c.score_scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(c.head_width)));
  c.grid = std::get<PatchGrid>(PatchGrid::make(sizes.height, sizes.width, sizes.patch, sizes.patch, c.prefix()));
  return c;
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

Result<ModelPtr> build_preset(std::string_view name, std::uint64_t seed, PresetWeights weights) try {
  if (is_wish_text(name)) {
    const Result<ArchitectureWish> wish = parse_wish(name);
    return wish ? build_architecture(*wish, seed, weights) : Result<ModelPtr>(wish.error());
  }
  if (const ModelPtr inside = build_preset_inside(name, seed, weights)) {
    auto seeded = std::make_shared<Model>(*inside);
    seeded->metadata["seed"] = std::to_string(seed);
    return ModelPtr(std::move(seeded));
  }
  const auto found = std::find_if(std::begin(kSizes), std::end(kSizes), [&](const Sizes& sizes) { return sizes.preset.name == name; });
  if (found == std::end(kSizes)) {
    std::string names;
    for (const Preset& preset : presets()) names += (names.empty() ? "" : ", ") + std::string(preset.name);
    return Error{"there is no preset '" + printable(name, 60) + "'; there are " + names + ", and own:KEY=VALUE,..."};
  }
  const bool lanl = found->kind == Kind::lanl;
  const auto model = random_model(config_of(*found), lanl ? PositionTable::sinusoidal : PositionTable::random, seed, weights);
  if (lanl) {
    // Pixel values 0..1 go in as they are.
    model->preprocess.mean.fill(0);
    model->preprocess.std.fill(1);
  }
  model->name = name;
  model->metadata["seed"] = std::to_string(seed);
  return ModelPtr(model);
} catch (const std::bad_alloc&) {
  return Error{"not enough memory for the preset " + printable(name, 60)};
}

}  // namespace vitscope
