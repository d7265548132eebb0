#include "app/gl/matrix_textures.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace vitscope::gl {

Reduction reduction_for(const draw::Matrix& m, float width_px, float height_px, int max_texture) {
  const auto factor = [max_texture](int cells, float pixels) {
    int by = 1;
    while ((cells + by - 1) / by > max_texture || static_cast<float>(cells) / static_cast<float>(by) > 16 * std::max(pixels, 1.0f)) by *= 2;
    return by;
  };
  return {factor(m.columns, width_px), factor(m.rows, height_px)};
}

std::vector<float> reduced(const draw::Matrix& m, Reduction by) {
  const int columns = (m.columns + by.x - 1) / by.x, rows = (m.rows + by.y - 1) / by.y;
  std::vector<float> means;
  means.reserve(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows));
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c) {
      double sum = 0;
      int count = 0;
      for (int y = r * by.y; y < std::min((r + 1) * by.y, m.rows); ++y)
        for (int x = c * by.x; x < std::min((c + 1) * by.x, m.columns); ++x)
          if (const float v = m.at(y, x); !std::isnan(v)) sum += static_cast<double>(v), ++count;
      means.push_back(count ? static_cast<float>(sum / count) : std::numeric_limits<float>::quiet_NaN());
    }
  return means;
}

bool sound(const draw::Matrix& m) {
  if (m.tensor.empty() || m.rows < 1 || m.columns < 1 || m.offset < 0 || m.row_stride < 0) return false;
  return m.offset + static_cast<std::int64_t>(m.rows - 1) * m.row_stride + m.columns <= m.tensor.size();
}

MatrixTextures::View MatrixTextures::get(const draw::Matrix& m, float width_px, float height_px) {
  const Reduction by = reduction_for(m, width_px, height_px, max_texture_);
  const Key key{static_cast<std::int64_t>(m.tensor.id()), m.offset, m.rows, m.columns, m.row_stride, by.x, by.y};
  const float columns = static_cast<float>(m.columns) / static_cast<float>(by.x),
              rows = static_cast<float>(m.rows) / static_cast<float>(by.y);
  if (const auto* found = textures_.find(key)) return {found->texture.id(), columns, rows};
  const bool direct = by == Reduction{} && m.row_stride >= m.columns;
  const std::vector<float> means = direct ? std::vector<float>{} : reduced(m, by);
  const int w = (m.columns + by.x - 1) / by.x, h = (m.rows + by.y - 1) / by.y;
  LruTextures<Key, Nothing>::Entry entry;
  entry.texture = Texture::make();
  entry.bytes = static_cast<std::size_t>(w) * static_cast<std::size_t>(h) * sizeof(float);
  glBindTexture(GL_TEXTURE_2D, entry.texture.id());
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAX_LEVEL, 0);
  if (direct) glPixelStorei(GL_UNPACK_ROW_LENGTH, m.row_stride);
  glTexImage2D(GL_TEXTURE_2D, 0, GL_R32F, w, h, 0, GL_RED, GL_FLOAT, direct ? m.tensor.data() + m.offset : means.data());
  glPixelStorei(GL_UNPACK_ROW_LENGTH, 0);
  return {textures_.insert(key, std::move(entry)).texture.id(), columns, rows};
}

}  // namespace vitscope::gl
