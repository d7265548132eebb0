// A canvas drawn into a picture instead of a window.
#pragma once
#include <functional>

#include "app/gl/renderer.h"

namespace vitscope::gl {

/// 8-bit RGB of exactly width x height pixels, at most 16384 on a side; larger than the card's framebuffers it is drawn in tiles. The same bytes on every repetition.
Result<Image> render_offscreen(Renderer& renderer, int width, int height, draw::Color background, const std::function<void(draw::Canvas&)>& draw, const draw::Fonts& fonts,
                               const draw::Theme& theme, const draw::Language& language, draw::Metrics metrics, float scale);

}  // namespace vitscope::gl
