#include "app/figures/parts_scatter.h"

#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures::scatter {

using draw::Align;
using draw::Canvas;
using draw::Color;
using draw::Rect;
using draw::Vec;

namespace {

/// From the plane to the plot: one scale for both axes, the points' box in the middle.
struct Axes {
  double x = 0, y = 0, scale = 1;  ///< the plane's point in the middle of the plot, points per unit
  Rect plot;
  Vec at(double px, double py) const { return {plot.centre().x + static_cast<float>((px - x) * scale), plot.centre().y - static_cast<float>((py - y) * scale)}; }
};

Axes axes_of(Rect plot, std::span<const Point> points, float margin) {
  double x0 = INFINITY, x1 = -INFINITY, y0 = INFINITY, y1 = -INFINITY;
  for (const Point& p : points) {
    x0 = std::min(x0, p.x), x1 = std::max(x1, p.x);
    y0 = std::min(y0, p.y), y1 = std::max(y1, p.y);
  }
  Axes axes{(x0 + x1) / 2, (y0 + y1) / 2, 1, plot};
  const double wide = static_cast<double>(std::max(plot.width() - 2 * margin, 1.0f)), high = static_cast<double>(std::max(plot.height() - 2 * margin, 1.0f));
  const double sx = x1 - x0 > 0 ? wide / (x1 - x0) : INFINITY, sy = y1 - y0 > 0 ? high / (y1 - y0) : INFINITY;
  axes.scale = std::min(sx, sy);
  if (!std::isfinite(axes.scale)) axes.scale = 1;
  return axes;
}

void numbers(Canvas& c, const Axes& axes, float below) {
  const draw::Style small = c.metrics().small_style();
  const float line = Canvas::text_height(small), u = c.u();
  const Rect& plot = axes.plot;
  const double wide = static_cast<double>(plot.width()) / axes.scale, high = static_cast<double>(plot.height()) / axes.scale;
  const double step = draw::tick_step(std::min(wide, high), std::max(2, static_cast<int>(std::min(plot.width() / (9 * u), plot.height() / (3.5f * line)))));
  const auto ticks = [&](double from, double to, auto&& mark) {
    for (double v = std::ceil(from / step) * step; v <= to; v += step) mark(v, draw::tick_number(std::abs(v) < step / 2 ? 0 : v, step));
  };
  float last = -INFINITY;
  ticks(axes.x - wide / 2, axes.x + wide / 2, [&](double v, const std::string& text) {
    const float x = axes.at(v, 0).x, half = c.text_width(text, small) / 2;
    c.line({x, plot.y0}, {x, plot.y1}, std::abs(v) < step / 2 ? c.theme().tick : c.theme().hairline, c.pixel());
    if (x - half < std::max(plot.x0, last + 0.5f * u) || x + half > plot.x1) return;
    c.text({x, plot.y1 + below}, text, small, c.theme().text2, Align::centre);
    last = x + half;
  });
  ticks(axes.y - high / 2, axes.y + high / 2, [&](double v, const std::string& text) {
    const float y = axes.at(0, v).y;
    c.line({plot.x0, y}, {plot.x1, y}, std::abs(v) < step / 2 ? c.theme().tick : c.theme().hairline, c.pixel());
    if (y - line / 2 < plot.y0 || y + line / 2 > plot.y1) return;
    c.text({plot.x0 - 0.75f * u, y - line / 2}, text, small, c.theme().text2, Align::right);
  });
}

void dot(Canvas& c, Vec at, float radius, const Point& p, const Panel& style) {
  const auto& theme = c.theme();
  if (p.crop >= 0 && style.trace) {
    const float side = 2.4f * radius;
    const Rect box{at.x - side / 2, at.y - side / 2, at.x + side / 2, at.y + side / 2};
    stream::token_crop(c, box, *style.trace, p.crop);
    return;
  }
  c.circle(at, radius + 1.25f * c.pixel(), theme.ground);
  c.circle(at, radius, p.color);
}

}  // namespace

Color place_color(float x, float y) {
  constexpr float corners[4][3] = {{236, 164, 45}, {226, 76, 132}, {38, 166, 134}, {84, 104, 232}};  // upper left, upper right, lower left, lower right
  const auto mixed = [&](int k) {
    const float top = corners[0][k] + (corners[1][k] - corners[0][k]) * x, bottom = corners[2][k] + (corners[3][k] - corners[2][k]) * x;
    return static_cast<std::uint8_t>(std::clamp(top + (bottom - top) * y, 0.0f, 255.0f));
  };
  return {mixed(0), mixed(1), mixed(2), 255};
}

Rect panel(Canvas& c, Rect r, std::span<const Point> points, const Panel& style) {
  const auto& theme = c.theme();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const float line = Canvas::text_height(small);
  stream::heading(c, r, style.title, style.hint);
  const float left = style.numbered ? line + 0.5f * u + c.text_width("−00.0", small) + 0.75f * u : 0;
  const float below = style.numbered ? 0.4f * u : 0, bottom = style.numbered ? 2 * line + 0.8f * u : 0;
  Rect plot{r.x0 + left, r.y0, r.x1, r.y1 - bottom};
  const float side = std::min(plot.width(), 1.25f * plot.height());
  plot.x1 = plot.x0 + side;
  plot.y1 = std::min(plot.y1, plot.y0 + 1.1f * side);
  bool crops = false;
  for (const Point& p : points) crops = crops || p.crop >= 0;
  const float radius = std::clamp(0.35f * std::sqrt(plot.width() * plot.height() / static_cast<float>(std::max<std::size_t>(points.size(), 1))) * 0.4f, 0.25f * u, crops ? 1.1f * u : 0.75f * u);
  const float largest = std::max(1.5f * radius, 1.0f * u) + 4;
  const Axes axes = axes_of(plot, points, largest);
  c.fill(plot, theme.panel, 3);
  if (style.numbered) numbers(c, axes, below);
  if (!style.x_name.empty()) c.text({plot.centre().x, plot.y1 + below + line}, style.x_name, small, theme.text1, Align::centre, plot.width());
  if (!style.y_name.empty() && c.text_width(style.y_name, small) <= plot.height()) c.text_up({r.x0 + line / 2, plot.centre().y}, style.y_name, small, theme.text1);

  std::vector<Rect> labels;
  for (const bool strong : {false, true})
    for (const Point& p : points) {
      if (p.strong != strong) continue;
      const Vec at = axes.at(p.x, p.y);
      const float size = strong ? std::max(1.5f * radius, 0.7f * u) : radius;
      dot(c, at, size, p, style);
      const float reach = std::max(size, 0.4f * u);
      c.tag({at.x - reach, at.y - reach, at.x + reach, at.y + reach}, p.target, p.tooltip);
      if (!p.label.empty()) {
        const float width = c.text_width(p.label, c.metrics().small_medium());
        const bool turn = at.x + size + 0.5f * u + width > plot.x1;
        const float y = std::clamp(at.y - line / 2, plot.y0, plot.y1 - line);
        const float x = turn ? at.x - size - 0.5f * u : at.x + size + 0.5f * u;
        // Points that lie on each other keep one label; the tooltips name them all.
        const Rect label{turn ? x - width : x, y, turn ? x : x + width, y + line};
        if (std::none_of(labels.begin(), labels.end(), [&](const Rect& other) { return other.overlaps(label); })) {
          c.text({x, y}, p.label, c.metrics().small_medium(), p.color, turn ? Align::right : Align::left);
          labels.push_back(label);
        }
      }
    }
  for (const Point& p : points) {
    if (!p.pinned && !p.hovered) continue;
    const Vec at = axes.at(p.x, p.y);
    const float size = (p.strong ? std::max(1.5f * radius, 0.7f * u) : radius) * (p.crop >= 0 ? 1.7f : 1);
    c.ring(at, size + 2.5f, draw::kBlack, 1);
    c.ring(at, size + 1.5f, p.hovered ? draw::kWhite : theme.mark, p.hovered ? 1.5f : 2);
  }
  return plot;
}

}  // namespace vitscope::figures::scatter
