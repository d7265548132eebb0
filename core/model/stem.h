// The hybrid's way into the model: a ResNet stem makes a map of the picture, and the patches are cut from that map (Dosovitskiy et al. 2021, section 3.1).
#pragma once
#include <algorithm>
#include <cstdint>

#include "core/geometry.h"
#include "core/tensor.h"

namespace vitscope {

/// Square windows over an image with "same" padding, as TensorFlow and timm (layers/padding.py, get_same_padding) count it: ceil(side / stride) windows on each side;
/// the padding that they need is halved, and the larger half lies below and at the right.
struct SameWindows {
  int height = 0, width = 0;  ///< of the image
  int kernel = 0, stride = 0;
  int rows = 0, columns = 0;  ///< of windows
  int above = 0, before = 0;  ///< padding over the first row and in front of the first column

  static SameWindows over(int height, int width, int kernel, int stride);
  /// Padding below the last row and behind the last column.
  int below() const { return std::max(0, (rows - 1) * stride + kernel - height - above); }
  int behind() const { return std::max(0, (columns - 1) * stride + kernel - width - before); }
  /// Where window (row, column) begins; negative in the padding.
  int top(int row) const { return row * stride - above; }
  int left(int column) const { return column * stride - before; }
  bool contains(int row, int column) const { return row >= 0 && row < height && column >= 0 && column < width; }
  bool operator==(const SameWindows&) const = default;
};

/// The stem of a ResNetV2 as timm makes it for `vit_tiny_r_s16_p8_224` (pytorch-image-models, models/vision_transformer_hybrid.py `_resnetv2`, models/resnetv2.py
/// `create_resnetv2_stem` with stem_type "same" and preact off): a convolution without bias whose weights are standardised (layers/std_conv.py, eps 1e-8), GroupNorm
/// (layers/norm_act.py, eps 1e-5) and ReLU, a max pooling whose padding never wins (layers/pool2d_same.py). Strides of 2 and 2 make the map a quarter of the picture.
struct StemConfig {
  int picture_channels = 3;  ///< C
  int channels = 64;         ///< S, channels of the map
  int groups = 32;           ///< of the GroupNorm
  int patch = 8;             ///< side of a patch, cells of the map
  float weight_eps = 1e-8f;  ///< of the weight standardisation, beside the variance
  float norm_eps = 1e-5f;
  SameWindows conv, pool;  ///< 7 x 7 over the picture, 3 x 3 over what it makes

  static constexpr int kKernel = 7, kPool = 3, kStride = 2;
  /// Pixels of the picture that a cell of the map stands for on each side.
  static constexpr int kCell = kStride * kStride;

  int map_height() const { return pool.rows; }
  int map_width() const { return pool.columns; }
  int group_size() const { return channels / groups; }
  /// Numbers of the pixel window that one number of the convolution is made from, C * 7 * 7.
  int window_length() const { return picture_channels * conv.kernel * conv.kernel; }
  /// Numbers of a flattened patch of the map, as channel, row, column.
  int patch_length() const { return channels * patch * patch; }
  /// The windows over pictures of this size.
  void fit(int height, int width);
  /// The pixels that the convolution and the pooling let a patch see, within the picture; the norm lets it see the means of all.
  Box seen_by(int patch_row, int patch_column) const;
  /// Multiply-adds of the convolution.
  std::int64_t multiply_adds() const { return std::int64_t{conv.rows} * conv.columns * channels * window_length(); }
  bool operator==(const StemConfig&) const = default;
};

/// (w - mean) / sqrt(variance + eps) of each filter of a kernel [S, C, k, k], with the biased variance (Qiao et al. 2019, "Weight Standardization").
Tensor standardised(const Tensor& kernel, float eps);

}  // namespace vitscope
