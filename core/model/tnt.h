// Transformer in Transformer (Han et al. 2021): inside each patch a small transformer runs over words, pieces of a few pixels.
#pragma once
#include <cstdint>

namespace vitscope {

struct TntConfig {
  int word_rows = 0, word_columns = 0;      ///< words of one patch
  int kernel = 7, stride = 4, padding = 3;  ///< of the convolution that makes words, pixels
  /// The convolution sees the whole picture (timm's first version); otherwise each patch alone, with zeros at its border (Huawei).
  bool whole_picture = false;
  /// A block normalises the numbers of each word before it folds them, and adds the fold as it is (timm's first version); otherwise it normalises all
  /// words of a patch together, and the fold once more (Huawei).
  bool fold_words_apart = false;
  int channels = 3;               ///< of the picture
  int heads = 0, head_width = 0;  ///< of the inner transformer
  int hidden = 0;                 ///< of its MLP
  float score_scale = 0;

  int words() const { return word_rows * word_columns; }
  /// Width of a word, c.
  int width() const { return heads * head_width; }
  /// Length of the pixel window that one word is made from.
  int window_length() const { return channels * kernel * kernel; }
  /// Multiply-adds inside `patches` patches: once for the words, and for each of `depth` blocks the inner transformer and the fold to `dim`.
  std::int64_t multiply_adds(int patches, int depth, int dim) const;
};

}  // namespace vitscope
