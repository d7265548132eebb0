// Pictures without a window.
#pragma once
#include <functional>

#include "app/draw/canvas.h"
#include "app/gl/renderer.h"
#include "core/image/image.h"

namespace vitscope::gl {

/// Draws on a canvas of width_px x height_px pixels (`scale` pixels per point) and returns the pixels: 8 bits, three channels, upper row
/// first. Two calls that draw the same give the same bytes. Targets larger than the card's limits are drawn in tiles. Errors say what the
/// card refused.
Result<Image> render_offscreen(Renderer& renderer, int width_px, int height_px, draw::Color background,
                               const std::function<void(draw::Canvas&)>& draw, const draw::Fonts& fonts, const draw::Theme& theme,
                               const draw::Language& language, draw::Metrics metrics, float scale);
/// The same for a list that is already drawn, such as a frame of the window's contents.
Result<Image> render_list(Renderer& renderer, const ImDrawList& list, int width_px, int height_px, draw::Color background);

}  // namespace vitscope::gl
