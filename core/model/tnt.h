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
  /// Patches begin as rows of zeros (the paper's formula, section 2.2: what words find reaches them in the blocks alone); otherwise as the fold of their embedded
  /// words (Huawei, timm), with weights of its own.
  bool zero_rows = false;
  int channels = 3;               ///< of the picture
  int heads = 0, head_width = 0;  ///< of the inner transformer
  int hidden = 0;                 ///< of its MLP
  float score_scale = 0;

  int words() const { return word_rows * word_columns; }
  /// Width of a word, c.
  int width() const { return heads * head_width; }
  /// Each word is made from pixels of its own, a plain linear map (the paper's formula); otherwise windows overlap.
  bool pixels_apart() const { return kernel == stride && padding == 0; }
  /// Length of the pixel window that one word is made from.
  int window_length() const { return channels * kernel * kernel; }
  /// Multiply-adds inside `patches` patches: once for the words, and for each of `depth` blocks the inner transformer and the fold to `dim`.
  std::int64_t multiply_adds(int patches, int depth, int dim) const;
};

}  // namespace vitscope
