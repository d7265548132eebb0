// Places and sizes on a canvas, in points: one point is one pixel at scale 1.
#pragma once
#include <algorithm>
#include <cmath>

namespace vitscope::draw {

struct Vec {
  float x = 0, y = 0;
  bool operator==(const Vec&) const = default;
};
inline Vec operator+(Vec a, Vec b) { return {a.x + b.x, a.y + b.y}; }
inline Vec operator-(Vec a, Vec b) { return {a.x - b.x, a.y - b.y}; }
inline Vec operator*(Vec a, float f) { return {a.x * f, a.y * f}; }
inline bool finite(Vec v) { return std::isfinite(v.x) && std::isfinite(v.y); }

/// y grows downwards. The cut_ functions take a strip off one side of this rectangle and return it.
struct Rect {
  float x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  float width() const { return x1 - x0; }
  float height() const { return y1 - y0; }
  Vec centre() const { return {(x0 + x1) / 2, (y0 + y1) / 2}; }
  bool contains(Vec p) const { return p.x >= x0 && p.x < x1 && p.y >= y0 && p.y < y1; }
  bool overlaps(const Rect& o) const { return x0 < o.x1 && o.x0 < x1 && y0 < o.y1 && o.y0 < y1; }
  Rect inset(float d) const { return {x0 + d, y0 + d, x1 - d, y1 - d}; }
  Rect inset(float dx, float dy) const { return {x0 + dx, y0 + dy, x1 - dx, y1 - dy}; }
  Rect moved(Vec v) const { return {x0 + v.x, y0 + v.y, x1 + v.x, y1 + v.y}; }
  Rect cut_left(float w) {
    Rect r{x0, y0, std::min(x0 + w, x1), y1};
    x0 = r.x1;
    return r;
  }
  Rect cut_right(float w) {
    Rect r{std::max(x1 - w, x0), y0, x1, y1};
    x1 = r.x0;
    return r;
  }
  Rect cut_top(float h) {
    Rect r{x0, y0, x1, std::min(y0 + h, y1)};
    y0 = r.y1;
    return r;
  }
  Rect cut_bottom(float h) {
    Rect r{x0, std::max(y1 - h, y0), x1, y1};
    y1 = r.y0;
    return r;
  }
  bool operator==(const Rect&) const = default;
};
inline bool finite(const Rect& r) { return finite(Vec{r.x0, r.y0}) && finite(Vec{r.x1, r.y1}); }
inline Rect rect_at(Vec corner, float width, float height) { return {corner.x, corner.y, corner.x + width, corner.y + height}; }
/// The largest rectangle of the given aspect (width / height) inside `r`, centred.
Rect fit(Rect r, float aspect);

}  // namespace vitscope::draw
