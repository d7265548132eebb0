#include "core/image/image.h"

#include <cassert>

namespace vitscope {

Image Image::of_bytes(int width, int height, int channels, std::vector<std::uint8_t> bytes) {
  assert(bytes.size() == static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * static_cast<std::size_t>(channels));
  Image image;
  image.width_ = width;
  image.height_ = height;
  image.channels_ = channels;
  image.bytes_ = std::move(bytes);
  return image;
}

Image Image::of_floats(int width, int height, int channels, std::vector<float> values) {
  assert(values.size() == static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * static_cast<std::size_t>(channels));
  Image image;
  image.width_ = width;
  image.height_ = height;
  image.channels_ = channels;
  image.floats_ = std::move(values);
  return image;
}

}  // namespace vitscope
