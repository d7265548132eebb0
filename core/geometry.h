// Plain rectangles of pixels or cells, in double so that maps between pictures stay exact.
#pragma once

namespace vitscope {

struct Point {
  double x = 0, y = 0;
  bool operator==(const Point&) const = default;
};

/// Half-open: covers x0 <= x < x1, y0 <= y < y1. y grows downwards.
struct Box {
  double x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  double width() const { return x1 - x0; }
  double height() const { return y1 - y0; }
  Point centre() const { return {(x0 + x1) / 2, (y0 + y1) / 2}; }
  bool contains(Point p) const { return p.x >= x0 && p.x < x1 && p.y >= y0 && p.y < y1; }
  bool operator==(const Box&) const = default;
};

}  // namespace vitscope
