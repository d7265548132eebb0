// The frame that every panel over the page shares.
#pragma once
#include "app/views/view.h"

namespace vitscope::views {

/// Draws ground, title and key hint, closes on a click outside; returns the body.
draw::Rect panel_frame(ui::Ui& ui, draw::Rect window, float width, float height, std::string_view title, std::string_view hint, Commands& out);

}  // namespace vitscope::views
