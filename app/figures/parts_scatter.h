// Points of the plane: where they lie in a panel, their colours and marks.
#pragma once
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/draw/parts.h"
#include "app/figures/figure.h"

namespace vitscope::figures::scatter {

struct Point {
  double x = 0, y = 0;
  draw::Color color;
  draw::Target target;
  std::string tooltip = {};
  bool strong = false;     ///< larger, drawn last: the class token
  std::string label = {};  ///< of strong points
  bool pinned = false, hovered = false;
  int crop = -1;           ///< token whose part of the model input is drawn instead of a dot
};

struct Panel {
  std::string_view title, hint = {};
  std::string x_name = {}, y_name = {};
  bool numbered = false;   ///< axes with numbers; else a frame without
  const Trace* trace = nullptr;  ///< for crops
};
/// Both axes have one scale, so that distances may be compared. Returns the rectangle of the plot.
draw::Rect panel(draw::Canvas& c, draw::Rect r, std::span<const Point> points, const Panel& style);

/// One colour for each place of the plane, x and y in 0..1 from the upper left corner: neighbours are alike, the four corners are not.
draw::Color place_color(float x, float y);

}  // namespace vitscope::figures::scatter
