#include "app/gl/offscreen.h"

#include <algorithm>
#include <cstring>

#include "app/draw/imgui_compat.h"

namespace vitscope::gl {

Result<Image> render_offscreen(Renderer& renderer, int width, int height, draw::Color background, const std::function<void(draw::Canvas&)>& draw, const draw::Fonts& fonts,
                               const draw::Theme& theme, const draw::Language& language, draw::Metrics metrics, float scale) {
  constexpr int kLargest = 16384, kTile = 4096;
  if (width < 1 || height < 1 || width > kLargest || height > kLargest)
    return Error{"picture of " + std::to_string(width) + " x " + std::to_string(height) + " pixels: sides from 1 to " + std::to_string(kLargest) + " work"};
  ImDrawList list(fonts.shared());
  draw::CanvasStore store;
  draw::begin_list(list, fonts, static_cast<float>(width), static_cast<float>(height));
  draw::Canvas canvas({.list = &list, .store = &store, .fonts = &fonts, .theme = &theme, .language = &language, .sink = renderer.sink(), .metrics = metrics, .scale = scale, .time = 1e9,
                       .motion = false});
  draw(canvas);

  const int tile = std::min(kTile, renderer.largest_side());
  const int tile_width = std::min(width, tile), tile_height = std::min(height, tile);
  Texture color = make_texture();
  glActiveTexture(GL_TEXTURE0);
  glBindTexture(GL_TEXTURE_2D, color.get());
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, tile_width, tile_height, 0, GL_RGBA, GL_UNSIGNED_BYTE, nullptr);
  Framebuffer framebuffer = make_framebuffer();
  glBindFramebuffer(GL_FRAMEBUFFER, framebuffer.get());
  glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, color.get(), 0);
  if (glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE) {
    glBindFramebuffer(GL_FRAMEBUFFER, 0);
    return Error{"no OpenGL: a framebuffer of " + std::to_string(tile_width) + " x " + std::to_string(tile_height) + " pixels cannot be made"};
  }
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
  std::vector<std::uint8_t> part(static_cast<std::size_t>(tile_width) * static_cast<std::size_t>(tile_height) * 3);
  glPixelStorei(GL_PACK_ALIGNMENT, 1);
  for (int y = 0; y < height; y += tile)
    for (int x = 0; x < width; x += tile) {
      const int w = std::min(tile, width - x), h = std::min(tile, height - y);
      renderer.render(list, w, h, background, {static_cast<float>(x), static_cast<float>(y)});
      glReadPixels(0, 0, w, h, GL_RGB, GL_UNSIGNED_BYTE, part.data());
      for (int row = 0; row < h; ++row)
        std::memcpy(&pixels[(static_cast<std::size_t>(y + row) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)) * 3],
                    &part[static_cast<std::size_t>(h - 1 - row) * static_cast<std::size_t>(w) * 3], static_cast<std::size_t>(w) * 3);
    }
  glBindFramebuffer(GL_FRAMEBUFFER, 0);
  return Image::of_bytes(width, height, 3, std::move(pixels));
}

}  // namespace vitscope::gl
