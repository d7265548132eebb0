#include "app/gl/offscreen.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "app/draw/imgui_compat.h"
#include "app/gl/handles.h"

namespace vitscope::gl {

namespace {
/// Sides of a tile; also keeps the memory of one framebuffer within bounds.
constexpr int kTile = 4096;
constexpr std::int64_t kMostPixels = std::int64_t{1} << 28;

/// A framebuffer that stays bound while it lives.
class Target {
 public:
  Target(int width, int height) {
    glGetIntegerv(GL_FRAMEBUFFER_BINDING, &before_);
    texture_ = Texture::make();
    glBindTexture(GL_TEXTURE_2D, texture_.id());
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAX_LEVEL, 0);
    glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, width, height, 0, GL_RGBA, GL_UNSIGNED_BYTE, nullptr);
    glBindTexture(GL_TEXTURE_2D, 0);
    framebuffer_ = Framebuffer::make();
    glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_.id());
    glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture_.id(), 0);
    complete_ = glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;
  }
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;
  ~Target() { glBindFramebuffer(GL_FRAMEBUFFER, static_cast<GLuint>(before_)); }
  bool complete() const { return complete_; }

 private:
  GLint before_ = 0;
  Texture texture_;
  Framebuffer framebuffer_;
  bool complete_ = false;
};
}  // namespace

Result<Image> render_list(Renderer& renderer, const ImDrawList& list, int width, int height, draw::Color background) {
  const std::string size = std::to_string(width) + " x " + std::to_string(height) + " pixels";
  if (width < 1 || height < 1 || static_cast<std::int64_t>(width) * height > kMostPixels)
    return Error{size + ": expected a picture of 1 to 2^28 pixels"};
  const int side = std::min(renderer.largest_side(), kTile);
  const int tile_w = std::min(width, side), tile_h = std::min(height, side);
  const Target target(tile_w, tile_h);
  if (!target.complete())
    return Error{size + ": the graphics card refuses a framebuffer of " + std::to_string(tile_w) + " x " + std::to_string(tile_h)};
  const auto at = [](std::int64_t n) { return static_cast<std::size_t>(n); };
  std::vector<std::uint8_t> pixels(at(std::int64_t{3} * width * height)), tile(at(std::int64_t{3} * tile_w * tile_h));
  for (int y = 0; y < height; y += tile_h)
    for (int x = 0; x < width; x += tile_w) {
      const int w = std::min(tile_w, width - x), h = std::min(tile_h, height - y);
      renderer.render(list, w, h, background, {static_cast<float>(x), static_cast<float>(y)});
      glPixelStorei(GL_PACK_ALIGNMENT, 1);
      glReadPixels(0, 0, w, h, GL_RGB, GL_UNSIGNED_BYTE, tile.data());
      glPixelStorei(GL_PACK_ALIGNMENT, 4);
      // OpenGL's rows begin at the bottom.
      for (int row = 0; row < h; ++row)
        std::memcpy(&pixels[at(std::int64_t{3} * (static_cast<std::int64_t>(y + row) * width + x))],
                    &tile[at(std::int64_t{3} * (h - 1 - row) * w)], at(3 * w));
    }
  return Image::of_bytes(width, height, 3, std::move(pixels));
}

Result<Image> render_offscreen(Renderer& renderer, int width_px, int height_px, draw::Color background,
                               const std::function<void(draw::Canvas&)>& draw, const draw::Fonts& fonts, const draw::Theme& theme,
                               const draw::Language& language, draw::Metrics metrics, float scale) {
  if (!renderer.has_fonts(fonts)) renderer.upload_fonts(fonts);
  ImDrawList list(fonts.shared());
  begin_list(list, fonts, static_cast<float>(width_px), static_cast<float>(height_px));
  draw::CanvasStore store;
  // A time behind the end of every motion.
  draw::Canvas canvas({.list = &list,
                       .store = &store,
                       .fonts = &fonts,
                       .theme = &theme,
                       .language = &language,
                       .sink = renderer.sink(),
                       .metrics = metrics,
                       .scale = scale,
                       .time = 1e9,
                       .motion = false});
  draw(canvas);
  return render_list(renderer, list, width_px, height_px, background);
}

}  // namespace vitscope::gl
