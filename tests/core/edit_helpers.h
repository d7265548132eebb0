// Edits by their values, one of every kind, and runs under them.
#pragma once
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/edits/apply.h"
#include "core/edits/edits.h"
#include "tests/core/inside_models.h"
#include "tests/core/small_model.h"

namespace vitscope::test {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

inline bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::memcmp(a.data(), b.data(), a.values().size_bytes()) == 0;
}

inline double difference(std::span<const float> a, std::span<const float> b) {
  REQUIRE(a.size() == b.size());
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  return most;
}

inline Edit edit_of(EditKind kind) {
  Edit edit;
  edit.kind = kind;
  return edit;
}
inline Edit at_block(EditKind kind, int block) {
  Edit edit = edit_of(kind);
  edit.block = block;
  return edit;
}
inline Edit head_off(int block, std::vector<int> heads) {
  Edit edit = at_block(EditKind::head_off, block);
  edit.heads = std::move(heads);
  return edit;
}
inline Edit mask(std::vector<int> patches, Fill fill) {
  Edit edit = edit_of(EditKind::mask);
  edit.patches = std::move(patches);
  edit.fill = fill;
  return edit;
}
inline Edit temperature(double value, int block = kAllBlocks) {
  Edit edit = at_block(EditKind::temperature, block);
  edit.value = value;
  return edit;
}
inline Edit branch(int block, Part part, double factor) {
  Edit edit = at_block(EditKind::branch, block);
  edit.part = part;
  edit.value = factor;
  return edit;
}
inline Edit shuffle(std::uint64_t seed) {
  Edit edit = edit_of(EditKind::shuffle);
  edit.seed = seed;
  return edit;
}

inline TracePtr run(Edits edits, const ModelPtr& model = test::small_model(), InputPtr input = test::small_input(), TracePtr reuse = nullptr) {
  static ThreadPool pool(2);
  ForwardOptions options;
  options.edits = std::make_shared<const Edits>(std::move(edits));
  options.reuse = std::move(reuse);
  return forward(model, input, pool, options);
}

/// One of each kind, on the small model of 15 patches, 3 blocks and 3 heads.
inline Edits one_of_each() {
  Edit swap = edit_of(EditKind::swap), copy = edit_of(EditKind::duplicate), shuffled = edit_of(EditKind::position_shuffled), grid = edit_of(EditKind::position_resampled);
  swap.patches = {1, 8};
  copy.patches = {2, 5, 6};
  shuffled.seed = 4;
  grid.rows = 2, grid.columns = 3;
  Edit from = at_block(EditKind::class_from, 2), score = at_block(EditKind::score, 1), hot = edit_of(EditKind::logit_temperature), norm = at_block(EditKind::norm_off, 1);
  from.from = 0;
  score.heads = {2}, score.query = 3, score.key = 7, score.value = 2.5;
  hot.value = 3;
  norm.part = Part::mlp;
  Edit last_norm = edit_of(EditKind::norm_off);
  last_norm.part = Part::answer;
  Edit cut = at_block(EditKind::residual_off, 2), cut_mlp = at_block(EditKind::residual_off, 0);
  cut_mlp.part = Part::mlp;
  return {mask({3}, Fill::grey), mask({4}, Fill::mean), mask({7, 9}, Fill::zero), mask({10}, Fill::drop), swap, shuffle(3), copy, edit_of(EditKind::channel_last), edit_of(EditKind::column_order),
          edit_of(EditKind::position_off), shuffled, edit_of(EditKind::position_1d), edit_of(EditKind::position_2d), grid, edit_of(EditKind::position_axes), edit_of(EditKind::position_relative),
          edit_of(EditKind::position_every_block),
          edit_of(EditKind::class_zero), from, edit_of(EditKind::class_removed),
          head_off(1, {0, 2}), branch(0, Part::attention, 0.5), branch(1, Part::mlp, 0), cut, cut_mlp, at_block(EditKind::block_off, 1), norm, last_norm, at_block(EditKind::norm_off, 0),
          temperature(0.5, 1), temperature(0), temperature(kInfinity, 2), at_block(EditKind::no_scale, 0), score, hot};
}

}  // namespace vitscope::test
