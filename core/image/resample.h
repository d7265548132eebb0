// Resampling of a part of the resized picture, for cutting the middle out of a huge one.
#pragma once
#include <cstdint>

#include "core/image/image.h"

namespace vitscope {

/// Columns left..left+width and rows top..top+height of a resized picture.
struct ResizedPart {
  std::int64_t left = 0, top = 0;
  int width = 0, height = 0;
};

/// The pixels of `part` of the picture resized to width x height: the same numbers as cutting them from
/// resample_bicubic(image, width, height), without computing the rest. `part` lies within width x height.
Image resample_bicubic_part(const Image& image, std::int64_t width, std::int64_t height, const ResizedPart& part);

}  // namespace vitscope
