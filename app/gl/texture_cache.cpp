#include "app/gl/texture_cache.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace vitscope::gl {

namespace {

enum Kind { kMatrix = 0, kPlanes = 2, kPicture = 4 };  // odd: smooth

Texture new_texture(bool smooth) {
  Texture texture = make_texture();
  glActiveTexture(GL_TEXTURE0);
  glBindTexture(GL_TEXTURE_2D, texture.get());
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, smooth ? GL_LINEAR_MIPMAP_LINEAR : GL_NEAREST);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, smooth ? GL_LINEAR : GL_NEAREST);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
  glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
  return texture;
}

/// Mean over blocks of `fy` x `fx` cells, for matrices larger than any texture.
std::vector<float> reduced(const draw::Matrix& m, int rows, int columns, int fy, int fx) {
  std::vector<float> out(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c) {
      double sum = 0;
      int count = 0;
      for (int y = r * fy; y < std::min(m.rows, (r + 1) * fy); ++y)
        for (int x = c * fx; x < std::min(m.columns, (c + 1) * fx); ++x)
          if (const float v = m.at(y, x); std::isfinite(v)) sum += v, ++count;
      out[static_cast<std::size_t>(r) * static_cast<std::size_t>(columns) + static_cast<std::size_t>(c)] = count ? static_cast<float>(sum / count) : NAN;
    }
  return out;
}

std::uint64_t address(const void* p) { return static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(p)); }

}  // namespace

TextureCache::TextureCache(std::size_t byte_budget) : budget_(byte_budget) {
  GLint side = 0;
  glGetIntegerv(GL_MAX_TEXTURE_SIZE, &side);
  largest_side_ = std::clamp(side, 1024, 16384);
}

TextureCache::Entry* TextureCache::find(const Key& key) {
  const auto found = index_.find(key);
  if (found == index_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return &entries_.front();
}

void TextureCache::drop_oldest() {
  bytes_ -= entries_.back().bytes;
  index_.erase(entries_.back().key);
  entries_.pop_back();
}

CachedTexture TextureCache::keep(const Key& key, Texture texture, int columns, int rows, std::size_t bytes, std::weak_ptr<const Image> image) {
  entries_.push_front({key, std::move(texture), {}, bytes, std::move(image)});
  entries_.front().view = {entries_.front().texture.get(), columns, rows};
  index_[key] = entries_.begin();
  bytes_ += bytes;
  while (bytes_ > budget_ && entries_.size() > 1) drop_oldest();
  return entries_.front().view;
}

CachedTexture TextureCache::matrix(const draw::Matrix& m) {
  const Key key{kMatrix, m.tensor.id(), m.offset, m.rows, m.columns, m.row_stride};
  if (const Entry* entry = find(key)) return entry->view;
  Texture texture = new_texture(false);
  const int fx = (m.columns + largest_side_ - 1) / largest_side_, fy = (m.rows + largest_side_ - 1) / largest_side_;
  const int columns = (m.columns + fx - 1) / fx, rows = (m.rows + fy - 1) / fy;
  if (fx == 1 && fy == 1) {
    glPixelStorei(GL_UNPACK_ROW_LENGTH, m.row_stride);
    glTexImage2D(GL_TEXTURE_2D, 0, GL_R32F, columns, rows, 0, GL_RED, GL_FLOAT, m.tensor.data() + m.offset);
    glPixelStorei(GL_UNPACK_ROW_LENGTH, 0);
  } else {
    const std::vector<float> small = reduced(m, rows, columns, fy, fx);
    glTexImage2D(GL_TEXTURE_2D, 0, GL_R32F, columns, rows, 0, GL_RED, GL_FLOAT, small.data());
  }
  return keep(key, std::move(texture), columns, rows, static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows) * 4);
}

CachedTexture TextureCache::planes(const Tensor& planes, bool smooth) {
  const Key key{kPlanes + smooth, planes.id(), 0, 0, 0, 0};
  if (const Entry* entry = find(key)) return entry->view;
  const int height = planes.dim(1), width = planes.dim(2);
  const auto area = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  std::vector<float> rgb(area * 3);
  for (std::size_t i = 0; i < area; ++i)
    for (std::size_t c = 0; c < 3; ++c) rgb[i * 3 + c] = planes.data()[(planes.dim(0) >= 3 ? c : 0) * area + i];
  Texture texture = new_texture(smooth);
  glTexImage2D(GL_TEXTURE_2D, 0, GL_RGB32F, width, height, 0, GL_RGB, GL_FLOAT, rgb.data());
  if (smooth) glGenerateMipmap(GL_TEXTURE_2D);
  return keep(key, std::move(texture), width, height, area * 12);
}

CachedTexture TextureCache::picture(const std::shared_ptr<const Image>& image, bool smooth) {
  const Key key{kPicture + smooth, address(image.get()), 0, image->height(), image->width(), image->channels()};
  if (Entry* entry = find(key)) {
    // Another picture may live at the address of one that is gone.
    if (entry->image.lock() == image) return entry->view;
    bytes_ -= entry->bytes;
    index_.erase(key);
    entries_.pop_front();
  }
  std::shared_ptr<const Image> source = image;
  const int longer = std::max(image->width(), image->height());
  if (longer > largest_side_) {
    const double f = static_cast<double>(largest_side_) / longer;
    source = std::make_shared<const Image>(resample_bicubic(*image, std::max(1, static_cast<int>(image->width() * f)), std::max(1, static_cast<int>(image->height() * f))));
  }
  const int width = source->width(), height = source->height();
  const bool colour = source->channels() == 3;
  Texture texture = new_texture(smooth);
  if (source->is_bytes())
    glTexImage2D(GL_TEXTURE_2D, 0, colour ? GL_RGB8 : GL_R8, width, height, 0, colour ? GL_RGB : GL_RED, GL_UNSIGNED_BYTE, source->bytes().data());
  else
    glTexImage2D(GL_TEXTURE_2D, 0, colour ? GL_RGB16F : GL_R16F, width, height, 0, colour ? GL_RGB : GL_RED, GL_FLOAT, source->floats().data());
  if (!colour) {
    const GLint grey[] = {GL_RED, GL_RED, GL_RED, GL_ONE};
    glTexParameteriv(GL_TEXTURE_2D, GL_TEXTURE_SWIZZLE_RGBA, grey);
  }
  if (smooth) glGenerateMipmap(GL_TEXTURE_2D);
  const std::size_t bytes = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * (source->is_bytes() ? 4 : 8);
  return keep(key, std::move(texture), width, height, bytes, image);
}

}  // namespace vitscope::gl
