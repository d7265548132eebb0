#include "app/gl/picture_textures.h"

#include <algorithm>
#include <vector>

namespace vitscope::gl {

namespace {
/// Pixels beyond this many add nothing that a screen could show.
constexpr std::int64_t kMostTexels = std::int64_t{1} << 25;

struct Pixels {
  int width = 0, height = 0, channels = 0;  ///< 1 or 3
  std::vector<std::uint8_t> bytes;
  std::vector<float> floats;
};

/// Halves both sides (at least one pixel) by averaging 2 x 2 pixels.
template <class T>
std::vector<T> halved(const std::vector<T>& from, int width, int height, int channels) {
  const int w = std::max(width / 2, 1), h = std::max(height / 2, 1);
  std::vector<T> to;
  to.reserve(static_cast<std::size_t>(w) * static_cast<std::size_t>(h) * static_cast<std::size_t>(channels));
  const auto at = [&](int y, int x, int c) {
    return static_cast<float>(from[(static_cast<std::size_t>(std::min(y, height - 1)) * static_cast<std::size_t>(width) +
                                    static_cast<std::size_t>(std::min(x, width - 1))) *
                                       static_cast<std::size_t>(channels) +
                                   static_cast<std::size_t>(c)]);
  };
  for (int y = 0; y < h; ++y)
    for (int x = 0; x < w; ++x)
      for (int c = 0; c < channels; ++c) {
        const float mean = (at(2 * y, 2 * x, c) + at(2 * y, 2 * x + 1, c) + at(2 * y + 1, 2 * x, c) + at(2 * y + 1, 2 * x + 1, c)) / 4;
        to.push_back(static_cast<T>(std::is_integral_v<T> ? mean + 0.5f : mean));
      }
  return to;
}

void fit(Pixels& p, int max_texture) {
  while (p.width > max_texture || p.height > max_texture || static_cast<std::int64_t>(p.width) * p.height > kMostTexels) {
    if (!p.bytes.empty()) p.bytes = halved(p.bytes, p.width, p.height, p.channels);
    if (!p.floats.empty()) p.floats = halved(p.floats, p.width, p.height, p.channels);
    p.width = std::max(p.width / 2, 1);
    p.height = std::max(p.height / 2, 1);
  }
}

Texture uploaded(const Pixels& p) {
  Texture texture = Texture::make();
  glBindTexture(GL_TEXTURE_2D, texture.id());
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR_MIPMAP_LINEAR);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
  glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
  const bool grey = p.channels == 1, bytes = !p.bytes.empty();
  const GLint stored = bytes ? (grey ? GL_R8 : GL_RGBA8) : (grey ? GL_R32F : GL_RGB32F);
  const void* data = bytes ? static_cast<const void*>(p.bytes.data()) : p.floats.data();
  glTexImage2D(GL_TEXTURE_2D, 0, stored, p.width, p.height, 0, grey ? GL_RED : GL_RGB, bytes ? GL_UNSIGNED_BYTE : GL_FLOAT, data);
  glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
  if (grey) {
    const GLint swizzle[] = {GL_RED, GL_RED, GL_RED, GL_ONE};
    glTexParameteriv(GL_TEXTURE_2D, GL_TEXTURE_SWIZZLE_RGBA, swizzle);
  }
  glGenerateMipmap(GL_TEXTURE_2D);
  return texture;
}

std::size_t bytes_of(const Pixels& p) {
  const std::size_t texels = static_cast<std::size_t>(p.width) * static_cast<std::size_t>(p.height);
  return texels * (p.bytes.empty() ? sizeof(float) * static_cast<std::size_t>(p.channels) : p.channels == 1 ? 1 : 4) * 4 / 3;
}

/// Of one or two channels the first, else the first three.
template <class T>
std::vector<T> shown_channels(std::span<const T> from, int channels) {
  if (channels == 1 || channels == 3) return {from.begin(), from.end()};
  const std::size_t wanted = channels < 3 ? 1 : 3, stride = static_cast<std::size_t>(channels);
  std::vector<T> to;
  to.reserve(from.size() / stride * wanted);
  for (std::size_t i = 0; i + stride <= from.size(); i += stride)
    for (std::size_t c = 0; c < wanted; ++c) to.push_back(from[i + c]);
  return to;
}

Pixels pixels_of(const Image& image) {
  return {image.width(), image.height(), image.channels() < 3 ? 1 : 3, shown_channels(image.bytes(), image.channels()),
          shown_channels(image.floats(), image.channels())};
}

Pixels pixels_of(const Tensor& planes) {
  const int channels = planes.dim(0) < 3 ? 1 : 3, height = planes.dim(1), width = planes.dim(2);
  Pixels p{width,
           height,
           channels,
           {},
           std::vector<float>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * static_cast<std::size_t>(channels))};
  for (int c = 0; c < channels; ++c) {
    const std::span<const float> plane = planes.row(c);
    for (std::size_t i = 0; i < plane.size(); ++i)
      p.floats[i * static_cast<std::size_t>(channels) + static_cast<std::size_t>(c)] = plane[i];
  }
  return p;
}
}  // namespace

GLuint PictureTextures::get(const std::shared_ptr<const Image>& image) {
  if (!image || image->empty() || image->height() < 1) return 0;
  const Key key{image.get(), 0};
  // Another picture may live where one died.
  if (auto* found = textures_.find(key); found && found->extra.image.lock() == image) return found->texture.id();
  Pixels pixels = pixels_of(*image);
  fit(pixels, max_texture_);
  return textures_.insert(key, {uploaded(pixels), {image, true}, bytes_of(pixels), 0}).texture.id();
}

GLuint PictureTextures::get(const Tensor& planes) {
  if (planes.empty() || planes.rank() != 3 || planes.size() < 1) return 0;
  const Key key{nullptr, planes.id()};
  if (auto* found = textures_.find(key)) return found->texture.id();
  Pixels pixels = pixels_of(planes);
  fit(pixels, max_texture_);
  return textures_.insert(key, {uploaded(pixels), {}, bytes_of(pixels), 0}).texture.id();
}

void PictureTextures::drop_gone() {
  textures_.erase_if([](const auto& entry) { return entry.extra.is_image && entry.extra.image.expired(); });
}

}  // namespace vitscope::gl
