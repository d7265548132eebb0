// Small random models that make their tokens in another way than by cutting patches: T2T, TNT and hybrids. All sizes differ, so that exchanged axes show.
#pragma once
#include <cmath>

#include "tests/core/small_model.h"

namespace vitscope::test {

namespace inside {

inline NormWeights norm(Draw& draw, int width) { return {draw({width}, 0.3f, 1), draw({width})}; }
inline ops::Linear linear(Draw& draw, int out, int in) { return {draw({out, in}), draw({out})}; }
inline BlockWeights block(Draw& draw, int in, int inner, int width, int hidden) {
  BlockWeights b;
  b.norm1 = norm(draw, in);
  b.qkv = linear(draw, 3 * inner, in);
  b.proj = linear(draw, width, inner);
  b.norm2 = norm(draw, width);
  b.fc1 = linear(draw, hidden, width);
  b.fc2 = linear(draw, width, hidden);
  return b;
}

/// What both kinds have behind their embedding: D 12, 3 heads, 2 blocks, M 20, 5 classes.
inline void backbone(Model& model, Draw& draw) {
  VitConfig& c = model.config;
  Weights& w = model.weights;
  w.class_token = draw({c.dim});
  w.position = w.stored_position = draw({c.tokens(), c.dim});
  w.stored_rows = c.grid.rows();
  w.stored_columns = c.grid.columns();
  for (int i = 0; i < c.depth; ++i) w.blocks.push_back(block(draw, c.dim, c.heads * c.head_width, c.dim, c.mlp_dim));
  w.norm = norm(draw, c.dim);
  w.head = linear(draw, c.classes, c.dim);
  model.preprocess.height = c.image_height;
  model.preprocess.width = c.image_width;
  model.preprocess.channels = c.channels;
  model.random_weights = true;
  model.parameters = 1;
}

inline void sizes(VitConfig& c, int height, int width, int channels) {
  c.image_height = height;
  c.image_width = width;
  c.channels = channels;
  c.dim = 12;
  c.depth = 2;
  c.heads = 3;
  c.head_width = 4;
  c.mlp_dim = 20;
  c.classes = 5;
  c.score_scale = 0.4f;
}

}  // namespace inside

/// Windows of 7, 3 and 3: on 20 x 28 pixels 5 x 7, then 3 x 4, then 2 x 2 of them; reduced width 6 in 2 heads, hidden 9.
inline ModelPtr small_t2t(int height = 20, int width = 28, int channels = 3, int kernel = 7) {
  auto model = std::make_shared<Model>();
  model->name = "small T2T";
  VitConfig& c = model->config;
  inside::sizes(c, height, width, channels);
  T2tConfig& t2t = c.t2t.emplace();
  std::string why;
  t2t.splits = *soft_splits(channels, height, width, 6, {lanl_split(kernel), lanl_split(3), lanl_split(3)}, why);
  t2t.heads = 2;
  t2t.head_width = 3;
  t2t.hidden = 9;
  t2t.score_scale = {0.3f, 0.2f};
  c.grid = PatchGrid::shared(height, width, t2t.splits[2].rows, t2t.splits[2].columns, 1);
  c.patch_height = c.grid.patch_height();
  c.patch_width = c.grid.patch_width();
  Draw draw(11);
  for (const SoftSplit& split : {t2t.splits[0], t2t.splits[1]}) model->weights.token_transformers.push_back(inside::block(draw, split.length(), 6, 6, 9));
  model->weights.patch = inside::linear(draw, c.dim, t2t.splits[2].length());
  inside::backbone(*model, draw);
  return model;
}

/// The same with performers of one head and 4 random features.
inline ModelPtr small_t2t_performer(int height = 20, int width = 28, int channels = 3, int kernel = 7) {
  auto model = std::make_shared<Model>(*small_t2t(height, width, channels, kernel));
  model->name = "small T2T with performers";
  T2tConfig& t2t = *model->config.t2t;
  t2t.heads = 1;
  t2t.head_width = t2t.hidden = 6;
  t2t.qkv_bias = true;
  t2t.features = 4;
  Draw draw(14);
  for (std::size_t i = 0; i < 2; ++i) {
    BlockWeights& block = model->weights.token_transformers[i];
    const int length = t2t.splits[i].length();
    block = inside::block(draw, length, 6, 6, 6);
    // Queries and keys of a length of about 1, so that features are neither all alike nor near to zero.
    block.qkv = {draw({18, length}, 0.7f / std::sqrt(static_cast<float>(length))), draw({18})};
    block.features = {draw({4, 6}, 1.5f), {}};
  }
  return model;
}

/// Patches of 8 with 2 x 2 words 4 pixels apart, 6 numbers in 2 heads, hidden 9; 2 x 3 patches on 16 x 24 pixels.
/// `zero_rows`: patches begin as zeros.
inline ModelPtr small_tnt(bool whole_picture, int height = 16, int width = 24, int channels = 3, bool zero_rows = false) {
  auto model = std::make_shared<Model>();
  model->name = "small TNT";
  VitConfig& c = model->config;
  inside::sizes(c, height, width, channels);
  c.patch_height = c.patch_width = 8;
  c.grid = std::get<PatchGrid>(PatchGrid::make(height, width, 8, 8, 1));
  TntConfig& tnt = c.tnt.emplace();
  tnt.word_rows = tnt.word_columns = 2;
  tnt.whole_picture = tnt.fold_words_apart = whole_picture;
  tnt.zero_rows = zero_rows;
  tnt.channels = channels;
  tnt.heads = 2;
  tnt.head_width = 3;
  tnt.hidden = 9;
  tnt.score_scale = 0.5f;
  Draw draw(12);
  TntWeights& w = model->weights.tnt;
  w.words = inside::linear(draw, 6, tnt.window_length());
  w.word_position = draw({4, 6});
  if (!zero_rows) w.fold_in = {inside::norm(draw, 24), inside::linear(draw, c.dim, 24), inside::norm(draw, c.dim)};
  for (int i = 0; i < c.depth; ++i) {
    w.inner.push_back(inside::block(draw, 6, 6, 6, 9));
    w.folds.push_back({inside::norm(draw, whole_picture ? 6 : 24), inside::linear(draw, c.dim, 24), whole_picture ? NormWeights{} : inside::norm(draw, c.dim)});
  }
  inside::backbone(*model, draw);
  return model;
}

/// A hybrid: 6 map channels in 3 groups, patches of 2 x 2 cells of the map; on 24 x 32 pixels 12 x 16, then 6 x 8 cells and 3 x 4 patches.
inline ModelPtr small_hybrid(int height = 24, int width = 32, int channels = 3) {
  auto model = std::make_shared<Model>();
  model->name = "small hybrid";
  VitConfig& c = model->config;
  inside::sizes(c, height, width, channels);
  StemConfig& stem = c.stem.emplace();
  stem.picture_channels = channels;
  stem.channels = 6;
  stem.groups = 3;
  stem.patch = 2;
  stem.fit(height, width);
  c.patch_height = c.patch_width = stem.patch * StemConfig::kCell;
  c.grid = std::get<PatchGrid>(PatchGrid::make(height, width, c.patch_height, c.patch_width, 1));
  Draw draw(13);
  model->weights.stem = stem_weights(stem, draw({stem.channels, channels, 7, 7}, 0.3f, 0.1f), inside::norm(draw, stem.channels));
  model->weights.patch = inside::linear(draw, c.dim, stem.patch_length());
  inside::backbone(*model, draw);
  return model;
}

inline TracePtr random_trace(const ModelPtr& model, Record record = Record::everything) {
  const VitConfig& c = model->config;
  ThreadPool pool(1);
  ForwardOptions options;
  options.record = record;
  return forward(model, input_of_values("random", Draw(2)({c.channels, c.image_height, c.image_width}, 2)), pool, options);
}

}  // namespace vitscope::test
