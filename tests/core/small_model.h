// A small random model whose sizes are all different, so that exchanged axes show.
#pragma once
#include <random>
#include <utility>

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

/// 3 rows of 5 patches of 4 x 2 pixels, D 24, 3 heads of 10 (so that H d is not D), 3 blocks, M 40, 7 classes.
inline ModelPtr small_model(unsigned seed = 1) {
  auto model = std::make_shared<Model>();
  model->name = "small";
  VitConfig& c = model->config;
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
  Draw draw(seed);
  Weights& w = model->weights;
  const auto linear = [&](int out, int in) { return ops::Linear(draw({out, in}), draw({out})); };
  const auto norm = [&] { return NormWeights{draw({c.dim}, 0.3f, 1), draw({c.dim})}; };
  w.patch = linear(c.dim, c.patch_length());
  w.class_token = draw({c.dim});
  w.position = w.stored_position = draw({c.tokens(), c.dim});
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
    w.blocks.push_back(std::move(b));
  }
  w.norm = norm();
  w.head = linear(c.classes, c.dim);
  model->preprocess.height = c.image_height;
  model->preprocess.width = c.image_width;
  return model;
}

inline InputPtr small_input(unsigned seed = 2) { return input_of_values("random", Draw(seed)({3, 12, 10}, 2)); }

inline TracePtr small_trace() {
  ThreadPool pool(1);
  return forward(small_model(), small_input(), pool);
}

}  // namespace vitscope::test
