#include "app/gl/raster_pass.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

namespace vitscope::gl {

namespace {
constexpr std::size_t kMatrixBytes = std::size_t{256} << 20, kPictureBytes = std::size_t{512} << 20;
constexpr GLuint kLimitsBinding = 0;

/// As core/colormap.cpp computes it.
int table_index(float value, draw::Span span) {
  const double index = std::floor(256.0 * (static_cast<double>(value) - static_cast<double>(span.lo)) /
                                  (static_cast<double>(span.hi) - static_cast<double>(span.lo)));
  return static_cast<int>(std::clamp(index, 0.0, 255.0));
}

Texture color_tables() {
  std::vector<std::uint8_t> bytes;
  for (int map = 0; map < kColorMapCount; ++map)
    for (const Rgb& c : table(static_cast<ColorMap>(map))) bytes.insert(bytes.end(), {c.r, c.g, c.b});
  Texture texture = Texture::make();
  glBindTexture(GL_TEXTURE_2D, texture.id());
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAX_LEVEL, 0);
  glTexImage2D(GL_TEXTURE_2D, 0, GL_RGB8, 256, kColorMapCount, 0, GL_RGB, GL_UNSIGNED_BYTE, bytes.data());
  glBindTexture(GL_TEXTURE_2D, 0);
  return texture;
}

/// Place of a finite float in the order of all floats, and back: neighbours differ by one.
std::int32_t rank_of(float value) {
  const auto bits = std::bit_cast<std::int32_t>(value);
  return bits >= 0 ? bits : std::numeric_limits<std::int32_t>::min() - bits;
}
float float_of(std::int32_t rank) { return std::bit_cast<float>(rank >= 0 ? rank : std::numeric_limits<std::int32_t>::min() - rank); }
}  // namespace

std::array<float, 256> table_limits(draw::Span span) {
  std::array<float, 256> limits{};
  limits[0] = -std::numeric_limits<float>::infinity();
  std::int32_t low = rank_of(-std::numeric_limits<float>::max());
  const std::int32_t high = rank_of(std::numeric_limits<float>::max());
  for (int i = 1; i < 256; ++i) {
    // The index never falls with the value, so that halving finds the first float of each colour; it lies at or above the one before.
    std::int32_t below = low, above = high;
    while (below < above) {
      const std::int32_t middle = static_cast<std::int32_t>((static_cast<std::int64_t>(below) + above - 1) >> 1);
      if (table_index(float_of(middle), span) >= i) above = middle;
      else below = middle + 1;
    }
    limits[static_cast<std::size_t>(i)] = float_of(below);
    low = below;
  }
  return limits;
}

RasterPass::RasterPass(int max_texture) : matrices_(max_texture, kMatrixBytes), pictures_(max_texture, kPictureBytes) {}

Result<RasterPass> RasterPass::create(int max_texture) {
  RasterPass pass(max_texture);
  Result<Program> heat = Program::load("shaders/heatmap.vert", "shaders/heatmap.frag");
  if (!heat) return heat.error();
  Result<Program> image = Program::load("shaders/image.vert", "shaders/image.frag");
  if (!image) return image.error();
  pass.heat_ = std::move(heat).value();
  pass.image_ = std::move(image).value();
  pass.colors_ = color_tables();
  pass.limits_ = Buffer::make();
  pass.vertices_ = VertexArray::make();
  glUniformBlockBinding(pass.heat_.id(), glGetUniformBlockIndex(pass.heat_.id(), "Limits"), kLimitsBinding);
  return pass;
}

void RasterPass::quad(const Program& program, const draw::RasterJob& job, const View& view) {
  program.set("u_rect", job.where.x0, job.where.y0, job.where.x1, job.where.y1);
  program.set("u_view", view);
  glBindVertexArray(vertices_.id());
  glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
}

void RasterPass::draw(const draw::RasterJob& job, const View& view) {
  if (job.kind == draw::RasterJob::Kind::heat) {
    heat(job, view);
  } else {
    image(job, view);
  }
}

void RasterPass::heat(const draw::RasterJob& job, const View& view) {
  if (!sound(job.heat)) return;
  const draw::Span span = draw::drawable(job.style.span, job.style.map);
  const MatrixTextures::View matrix = matrices_.get(job.heat, job.where.width(), job.where.height());
  glBindBuffer(GL_UNIFORM_BUFFER, limits_.id());
  if (!(span.lo == limits_of_.lo && span.hi == limits_of_.hi)) {
    const std::array<float, 256> limits = table_limits(span);
    glBufferData(GL_UNIFORM_BUFFER, sizeof limits, limits.data(), GL_STREAM_DRAW);
    limits_of_ = span;
  }
  glBindBufferBase(GL_UNIFORM_BUFFER, kLimitsBinding, limits_.id());
  heat_.use();
  glActiveTexture(GL_TEXTURE1);
  glBindTexture(GL_TEXTURE_2D, colors_.id());
  glActiveTexture(GL_TEXTURE0);
  glBindTexture(GL_TEXTURE_2D, matrix.texture);
  heat_.set("u_values", 0);
  heat_.set("u_colors", 1);
  heat_.set("u_cells", matrix.columns, matrix.rows);
  heat_.set("u_map", static_cast<int>(job.style.map));
  heat_.set("u_smooth", job.style.smooth ? 1 : 0);
  heat_.set("u_overlay", job.style.overlay ? 1 : 0);
  heat_.set("u_span", span.lo, span.hi);
  heat_.set("u_opacity", std::clamp(job.style.opacity, 0.0f, 1.0f));
  quad(heat_, job, view);
}

void RasterPass::image(const draw::RasterJob& job, const View& view) {
  const bool planes = job.kind == draw::RasterJob::Kind::planes;
  const GLuint texture = planes ? pictures_.get(job.planes) : pictures_.get(job.image);
  if (texture == 0) return;
  const double width = planes ? job.planes.dim(2) : job.image->width(), height = planes ? job.planes.dim(1) : job.image->height();
  image_.use();
  glActiveTexture(GL_TEXTURE0);
  glBindTexture(GL_TEXTURE_2D, texture);
  image_.set("u_image", 0);
  image_.set("u_source", static_cast<float>(job.source.x0 / width), static_cast<float>(job.source.y0 / height),
             static_cast<float>(job.source.x1 / width), static_cast<float>(job.source.y1 / height));
  image_.set("u_smooth", job.smooth ? 1 : 0);
  image_.set("u_opacity", std::clamp(job.opacity, 0.0f, 1.0f));
  quad(image_, job, view);
}

}  // namespace vitscope::gl
