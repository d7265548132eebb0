// What the steps of Transformer in Transformer share.
#pragma once
#include <string>

#include "core/ops/ops.h"
#include "core/steps/stack.h"

namespace vitscope::tnt {

inline bool applies(const VitConfig& config) { return config.tnt.has_value(); }

/// The inner transformer of a block: one sequence of words for each patch.
Stack inner_transformer(const Model& model, int block);
/// The words that enter block `block`.
TensorRef entering_words(int block);

/// The upper left corner of the pixel window of a word, in the model input; negative in the padding.
struct Corner {
  int row = 0, column = 0;
};
Corner window_corner(const VitConfig& config, int patch, int word);
/// The part of the input that a word's window sees, half-open: its patch, or the whole picture.
struct Bounds {
  int top = 0, left = 0, bottom = 0, right = 0;
  bool contains(int row, int column) const { return row >= top && row < bottom && column >= left && column < right; }
};
Bounds bounds_of(const VitConfig& config, int patch);

/// "word 5 of patch 27"
std::string word_name(int patch, int word);
/// Stations from the words that enter a block (`block` = 0: from the embedded words) down to pixels. `patch` is the only patch that they depend on.
void stations_below_words(Explanation& e, const Trace& trace, int block, int patch);

/// y = norm(proj(norm(words))) of a row of joined words: what the three tensors are called, and where the words stand.
struct FoldParts {
  Slot norm, proj, result;
  int block = -1;
  TensorRef words;
  const FoldWeights* weights = nullptr;
  std::string_view slug;
};
void run_fold(StepContext& c, const FoldParts& f);
Explanation explain_fold(const Trace& trace, const FoldParts& f, const CellRef& cell);

}  // namespace vitscope::tnt
