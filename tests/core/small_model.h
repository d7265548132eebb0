// A small random model whose sizes are all different, so that exchanged axes show.
#pragma once
#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/forward.h"

namespace vitscope::test {

class Draw {
 public:
  explicit Draw(unsigned seed) : engine_(seed) {}
  /// Uniform numbers in -scale..scale around `centre`.
  Tensor operator()(Shape shape, float scale = 0.3f, float centre = 0) {
    Tensor tensor(shape);
    std::uniform_real_distribution<float> uniform(centre - scale, centre + scale);
    for (std::int64_t i = 0; i < tensor.size(); ++i) tensor.edit()[i] = uniform(engine_);
    return tensor;
  }
  int below(int count) { return std::uniform_int_distribution<int>(0, count - 1)(engine_); }

 private:
  std::mt19937 engine_;
};

/// Random weights of the sizes of `config`, whose grid is set.
inline ModelPtr random_weights(const VitConfig& config, unsigned seed = 1) {
  auto model = std::make_shared<Model>();
  model->name = "small";
  const VitConfig& c = model->config = config;
  Draw draw(seed);
  Weights& w = model->weights;
  const auto linear = [&](int out, int in) {
    Tensor bias = draw({out});
    return ops::Linear(draw({out, in}), std::move(bias));
  };
  const auto norm_of = [&](int width) { return NormWeights{draw({width}, 0.3f, 1), draw({width})}; };
  const auto norm = [&] { return norm_of(c.dim); };
  w.patch = linear(c.dim, c.patch_length());
  if (c.patch_norms) w.patch_norm_in = norm_of(c.patch_length()), w.patch_norm_out = norm();
  if (c.class_token && c.prefix_tokens > 0) w.class_token = draw({c.dim});
  if (c.distillation_token) w.distillation_token = draw({c.dim});
  if (c.registers > 0) w.registers = draw({c.registers, c.dim});
  Tensor position = draw({c.tokens(), c.dim});
  if (!c.prefix_position) std::fill_n(position.edit(), c.prefix_tokens * c.dim, 0.0f);
  w.position = w.stored_position = position;
  w.stored_rows = c.grid.rows();
  w.stored_columns = c.grid.columns();
  const int joined = c.heads * c.head_width;
  for (int i = 0; i < c.depth; ++i) {
    BlockWeights b;
    b.norm1 = norm();
    b.qkv = linear(3 * joined, c.dim);
    b.proj = linear(c.dim, joined);
    b.norm2 = norm();
    b.fc1 = linear(c.mlp_dim, c.dim);
    b.fc2 = linear(c.dim, c.mlp_dim);
    if (c.layer_scale) b.scale1 = draw({c.dim}), b.scale2 = draw({c.dim});
    if (c.relative_position) b.relative = ops::Linear(draw({c.offsets(), c.head_width}), {});
    if (i > 0 && c.position_place == PositionPlace::every_own) b.position = draw({c.tokens(), c.dim});
    w.blocks.push_back(std::move(b));
  }
  if (c.final_norm) w.norm = norm();
  if (c.head_norm) w.head_norm = norm();
  if (c.representation > 0) w.pre_logits = linear(c.representation, c.dim);
  w.head = linear(c.classes, c.representation > 0 ? c.representation : c.dim);
  if (c.two_heads) w.head_dist = linear(c.classes, c.dim);
  model->preprocess.height = c.image_height;
  model->preprocess.width = c.image_width;
  return model;
}

/// 3 rows of 5 patches of 4 x 2 pixels, D 24, 3 heads of 10 (so that H d is not D), 3 blocks, M 40, 7 classes.
inline VitConfig small_config() {
  VitConfig c;
  c.image_height = 12;
  c.image_width = 10;
  c.channels = 3;
  c.patch_height = 4;
  c.patch_width = 2;
  c.dim = 24;
  c.depth = 3;
  c.heads = 3;
  c.head_width = 10;
  c.mlp_dim = 40;
  c.classes = 7;
  c.score_scale = 0.4f;
  c.grid = std::get<PatchGrid>(PatchGrid::make(12, 10, 4, 2, 1));
  return c;
}

inline ModelPtr small_model(unsigned seed = 1) { return random_weights(small_config(), seed); }

inline void set_prefix(VitConfig& c, int prefix) {
  c.prefix_tokens = prefix;
  c.grid = std::get<PatchGrid>(PatchGrid::make(c.image_height, c.image_width, c.patch_height, c.patch_width, c.prefix()));
}

/// Architectures that between them have every step and every slot.
inline std::vector<std::pair<std::string, VitConfig>> small_families() {
  std::vector<std::pair<std::string, VitConfig>> families{{"plain", small_config()}};
  const auto add = [&](const char* name, auto change) {
    VitConfig c = small_config();
    change(c);
    families.emplace_back(name, c);
  };
  add("distilled", [](VitConfig& c) {
    c.distillation_token = c.two_heads = true;
    set_prefix(c, 2);
  });
  add("registers and LayerScale", [](VitConfig& c) {
    c.registers = 2;
    c.prefix_position = false;
    c.layer_scale = true;
    set_prefix(c, 3);
  });
  add("mean of the patches", [](VitConfig& c) {
    c.class_token = c.final_norm = false;
    c.head_norm = true;
    c.pool = "avg";
    set_prefix(c, 0);
  });
  add("pre-logits", [](VitConfig& c) { c.representation = 9; });
  add("lucidrains before 1.0", [](VitConfig& c) {
    c.channel_last = true;
    c.final_norm = false;
    c.head_norm = true;
    c.pool = "mean";
  });
  add("lucidrains", [](VitConfig& c) { c.channel_last = c.patch_norms = true; });
  add("lanl", [](VitConfig& c) {
    c.value_skip = true;
    c.head_width = 8;
    c.classes = 1;
  });
  add("relative positions", [](VitConfig& c) { c.relative_position = true; });
  add("positions in every block", [](VitConfig& c) { c.position_place = PositionPlace::every_shared; });
  add("positions of each block", [](VitConfig& c) { c.position_place = PositionPlace::every_own; });
  return families;
}

inline InputPtr small_input(unsigned seed = 2) { return input_of_values("random", Draw(seed)({3, 12, 10}, 2)); }

inline TracePtr small_trace() {
  ThreadPool pool(1);
  return forward(small_model(), small_input(), pool);
}

}  // namespace vitscope::test
