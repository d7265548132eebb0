// The shapes of the canvas.
#include <array>
#include <cmath>

#include "app/draw/canvas.h"
#include "app/draw/imgui_compat.h"

namespace vitscope::draw {

namespace {
ImU32 packed(Color c) { return IM_COL32(c.r, c.g, c.b, c.a); }
Rect bounds(std::span<const Vec> points) {
  Rect r{points[0].x, points[0].y, points[0].x, points[0].y};
  for (Vec p : points) r = {std::min(r.x0, p.x), std::min(r.y0, p.y), std::max(r.x1, p.x), std::max(r.y1, p.y)};
  return r;
}
/// Longer lists of dashes and strokes than this can only be a mistake in a length.
constexpr int kMostPieces = 20000;
}  // namespace

void Canvas::fill_pixels(Rect p, Color c) {
  if (s_.list && c.a > 0 && p.x1 > p.x0 && p.y1 > p.y0) s_.list->AddRectFilled(ImVec2(p.x0, p.y0), ImVec2(p.x1, p.y1), packed(c));
}

void Canvas::frame_pixels(Rect p, float t, Color c) {
  if (p.x1 - p.x0 <= 2 * t || p.y1 - p.y0 <= 2 * t) return fill_pixels(p, c);
  fill_pixels({p.x0, p.y0, p.x1, p.y0 + t}, c);
  fill_pixels({p.x0, p.y1 - t, p.x1, p.y1}, c);
  fill_pixels({p.x0, p.y0 + t, p.x0 + t, p.y1 - t}, c);
  fill_pixels({p.x1 - t, p.y0 + t, p.x1, p.y1 - t}, c);
}

void Canvas::fill(Rect r, Color c, float radius) {
  if (!finite(r) || r.width() <= 0 || r.height() <= 0) return;
  mark("fill", r);
  Rect p = snapped(r);
  // A narrow bar keeps one pixel as long as it covers a quarter of one.
  if (p.x1 == p.x0 && r.width() * s_.scale >= 0.25f) p.x1 += 1;
  if (p.y1 == p.y0 && r.height() * s_.scale >= 0.25f) p.y1 += 1;
  radius = std::min({radius * s_.scale, p.width() / 2, p.height() / 2});
  if (radius < 0.5f) return fill_pixels(p, c);
  if (s_.list && c.a > 0) s_.list->AddRectFilled(ImVec2(p.x0, p.y0), ImVec2(p.x1, p.y1), packed(c), radius);
}

void Canvas::outline(Rect r, Color c, float width, float radius) {
  if (!finite(r) || r.width() <= 0 || r.height() <= 0 || !(width > 0)) return;
  mark("outline", r);
  const Rect p = snapped(r);
  const float thickness = std::max(1.0f, std::floor(width * s_.scale + 0.5f));
  radius = std::min({radius * s_.scale, p.width() / 2, p.height() / 2});
  if (radius < 0.5f) return frame_pixels(p, thickness, c);
  // The stroke runs inside the rectangle. AddRect sets its path half a pixel inwards itself.
  const float inset = thickness / 2 - 0.5f;
  if (s_.list && c.a > 0)
    s_.list->AddRect(ImVec2(p.x0 + inset, p.y0 + inset), ImVec2(p.x1 - inset, p.y1 - inset), packed(c), std::max(radius - inset, 0.5f), 0,
                     thickness);
}

void Canvas::line(Vec a, Vec b, Color c, float width) {
  if (!finite(a) || !finite(b) || !(width > 0)) return;
  mark("line", {std::min(a.x, b.x), std::min(a.y, b.y), std::max(a.x, b.x), std::max(a.y, b.y)});
  if (!s_.list || c.a == 0) return;
  const float thickness = width * s_.scale, whole = std::max(1.0f, std::floor(thickness + 0.5f));
  const auto snap = [](float v) { return std::floor(v + 0.5f); };
  if (a.x == b.x || a.y == b.y) {
    const bool upright = a.x == b.x;
    const float from = snap(std::min(upright ? a.y : a.x, upright ? b.y : b.x) * s_.scale),
                to = snap(std::max(upright ? a.y : a.x, upright ? b.y : b.x) * s_.scale);
    const float across = snap((upright ? a.x : a.y) * s_.scale - whole / 2);
    return fill_pixels(upright ? Rect{across, from, across + whole, to} : Rect{from, across, to, across + whole}, c);
  }
  s_.list->AddLine(ImVec2(a.x * s_.scale - 0.5f, a.y * s_.scale - 0.5f), ImVec2(b.x * s_.scale - 0.5f, b.y * s_.scale - 0.5f), packed(c),
                   std::max(thickness, 1.0f));
}

void Canvas::dashes(Vec a, Vec b, Color c, float width, float dash, float gap) {
  if (!finite(a) || !finite(b) || !(dash > 0) || !(gap >= 0)) return;
  const Vec way = b - a;
  const float length = std::hypot(way.x, way.y);
  if (length <= 0 || length / (dash + gap) > kMostPieces) return line(a, b, c, width);
  mark("dashes", {std::min(a.x, b.x), std::min(a.y, b.y), std::max(a.x, b.x), std::max(a.y, b.y)});
  const bool record = s_.store && s_.store->record;
  if (record) s_.store->record = false;
  for (float at = 0; at < length; at += dash + gap)
    line(a + way * (at / length), a + way * (std::min(at + dash, length) / length), c, width);
  if (record) s_.store->record = true;
}

void Canvas::polyline(std::span<const Vec> points, Color c, float width) {
  if (points.size() < 2 || !std::ranges::all_of(points, [](Vec v) { return finite(v); })) return;
  mark("polyline", bounds(points));
  if (!s_.list || c.a == 0) return;
  // Parts that stay below the 16-bit indices of one command, sharing their end points.
  constexpr std::size_t kPart = 4000;
  std::vector<ImVec2> part;
  for (std::size_t first = 0; first + 1 < points.size(); first += kPart) {
    part.clear();
    for (Vec v : points.subspan(first, std::min(kPart + 1, points.size() - first))) part.emplace_back(v.x * s_.scale, v.y * s_.scale);
    s_.list->AddPolyline(part.data(), static_cast<int>(part.size()), packed(c), 0, std::max(width * s_.scale, 1.0f));
  }
}

void Canvas::polygon(std::span<const Vec> points, Color c) {
  if (points.size() < 3 || points.size() > 4000 || !std::ranges::all_of(points, [](Vec v) { return finite(v); })) return;
  float area = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Vec p = points[i], q = points[(i + 1) % points.size()];
    area += p.x * q.y - q.x * p.y;
  }
  mark("polygon", bounds(points));
  if (!s_.list || c.a == 0 || std::abs(area) * s_.scale * s_.scale < 0.02f) return;
  // The soft rim lies outside only when the corners run clockwise.
  std::vector<ImVec2> corners;
  for (Vec v : points) corners.emplace_back(v.x * s_.scale, v.y * s_.scale);
  if (area < 0) std::ranges::reverse(corners);
  s_.list->AddConvexPolyFilled(corners.data(), static_cast<int>(corners.size()), packed(c));
}

void Canvas::circle(Vec centre, float radius, Color c) {
  if (!finite(centre) || !(radius > 0) || !std::isfinite(radius)) return;
  mark("circle", {centre.x - radius, centre.y - radius, centre.x + radius, centre.y + radius});
  if (s_.list && c.a > 0) s_.list->AddCircleFilled(ImVec2(centre.x * s_.scale, centre.y * s_.scale), radius * s_.scale, packed(c));
}

void Canvas::ring(Vec centre, float radius, Color c, float width) {
  if (!finite(centre) || !(radius > 0) || !std::isfinite(radius)) return;
  mark("ring", {centre.x - radius, centre.y - radius, centre.x + radius, centre.y + radius});
  if (s_.list && c.a > 0)
    s_.list->AddCircle(ImVec2(centre.x * s_.scale, centre.y * s_.scale), radius * s_.scale, packed(c), 0, std::max(width * s_.scale, 1.0f));
}

void Canvas::hatch(Rect r, Color c, float spacing, float width) {
  if (!finite(r) || r.width() <= 0 || r.height() <= 0 || !(spacing > 0)) return;
  mark("hatch", r);
  if (!s_.list || c.a == 0 || (r.width() + r.height()) / spacing > kMostPieces) return;
  push_clip(r);
  const float s = s_.scale, thickness = std::max(width * s, 1.0f);
  // Strokes x + y = n * spacing: neighbouring rectangles continue each other's pattern.
  for (float sum = std::ceil((r.x0 + r.y0) / spacing) * spacing; sum < r.x1 + r.y1; sum += spacing) {
    const float left = std::max(r.x0, sum - r.y1), right = std::min(r.x1, sum - r.y0);
    s_.list->AddLine(ImVec2((left - 1) * s, (sum - left + 1) * s), ImVec2((right + 1) * s, (sum - right - 1) * s), packed(c), thickness);
  }
  pop_clip();
}

void Canvas::pinned(Rect r) {
  if (!finite(r)) return;
  mark("pinned", {r.x0 - 3, r.y0 - 3, r.x1 + 3, r.y1 + 3});
  const Rect p = snapped(r);
  const float hair = std::max(1.0f, std::floor(s_.scale + 0.5f)), wide = std::max(2.0f, std::floor(2 * s_.scale + 0.5f));
  const Color shadow = kBlack.faded(0.65f);
  if (p.width() > 4 * hair && p.height() > 4 * hair) frame_pixels(p, hair, shadow);
  frame_pixels(p.inset(-wide), wide, theme().mark);
  frame_pixels(p.inset(-wide - hair), hair, shadow);
}

void Canvas::hovered(Rect r) {
  if (!finite(r)) return;
  mark("hovered", {r.x0 - 2, r.y0 - 2, r.x1 + 2, r.y1 + 2});
  const Rect p = snapped(r);
  const float hair = std::max(1.0f, std::floor(s_.scale + 0.5f)), wide = std::max(1.0f, std::floor(1.5f * s_.scale + 0.5f)),
              out = std::max(1.0f, std::floor(s_.scale + 0.5f));
  frame_pixels(p.inset(-out), wide, kWhite);
  frame_pixels(p.inset(-out - hair), hair, kBlack.faded(0.75f));
}

}  // namespace vitscope::draw
