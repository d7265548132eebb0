#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures::stream {

using draw::Align;
using draw::Canvas;
using draw::Color;
using draw::Rect;

Color positive_color() { return draw::of(color_of(ColorMap::diverging, 0.6f, -1, 1)); }
Color negative_color() { return draw::of(color_of(ColorMap::diverging, -0.6f, -1, 1)); }
Color sign_color(double value) { return value < 0 ? negative_color() : positive_color(); }

float bar_row_height(const Canvas& c) { return std::max(line_height(c), 2.25f * c.u()); }

float bars(Canvas& c, Rect r, std::span<const Bar> list, const BarsStyle& style) {
  if (list.empty()) return 0;
  const auto small = c.metrics().small_style();
  const float row = style.row_height > 0 ? style.row_height : bar_row_height(c), lh = line_height(c), u = c.u();
  const auto fits = static_cast<std::size_t>(std::max(0.0f, std::floor((r.height() + 0.01f) / row)));
  list = list.first(std::min(list.size(), fits));
  float label_width = 0, detail_width = 0, text_width = 0;
  bool crops = false;
  double lo = 0, hi = 0;
  for (const Bar& b : list) {
    label_width = std::max(label_width, c.text_width(b.label, b.pinned ? c.metrics().small_medium() : small));
    detail_width = std::max(detail_width, c.text_width(b.detail, small));
    text_width = std::max(text_width, c.text_width(b.text, small));
    if (std::isfinite(b.value)) lo = std::min(lo, b.value), hi = std::max(hi, b.value);
    crops = crops || b.crop_token >= 0;
  }
  const float crop = crops && style.trace ? row - 0.5f * u : 0;
  const float crop_gap = crop > 0 ? u : 0;
  label_width = std::min(label_width, r.width() * 0.4f);
  float left = r.x0 + crop + crop_gap + label_width + u;
  const float right = r.x1 - text_width - u;
  const bool details = detail_width > 0 && right - left - detail_width - u >= 7 * u;
  if (details) left += detail_width + u;
  const bool drawn = right - left >= 2.5f * u;
  const double span = hi - lo > 0 ? hi - lo : 1;
  const auto x_of = [&](double value) { return left + static_cast<float>((value - lo) / span) * (right - left); };
  float y = r.y0;
  for (const Bar& b : list) {
    const Rect line{r.x0, y, r.x1, y + row};
    const float ty = y + (row - lh) / 2;
    if (b.hovered) c.fill(line, c.theme().raised, 2);
    if (crop > 0 && b.crop_token >= 0) token_crop(c, draw::rect_at({r.x0, y + (row - crop) / 2}, crop, crop), *style.trace, b.crop_token);
    c.text({r.x0 + crop + crop_gap, ty}, b.label, b.pinned ? c.metrics().small_medium() : small,
           b.pinned ? c.theme().selection : b.label_color.value_or(c.theme().text2), Align::left, label_width + 0.5f);
    if (details) c.text({left - u, ty}, b.detail, small, c.theme().text3, Align::right);
    if (drawn) {
      const float thickness = std::min(row * 0.55f, 1.4f * u);
      const float y0 = y + (row - thickness) / 2, y1 = y0 + thickness;
      if (style.ground && lo >= 0 && b.color.a > 0) c.fill({left, y0, right, y1}, c.theme().raised);
      const float a = x_of(0), e = x_of(b.value);
      const Rect bar{std::min(a, e), y0, std::max(a, e), y1};
      if (std::isfinite(b.value) && bar.width() > 0) c.fill({bar.x0, bar.y0, std::max(bar.x1, bar.x0 + c.pixel()), bar.y1}, b.color);
    }
    c.text({r.x1, ty}, b.text, small, b.pinned ? c.theme().selection : c.theme().text1, Align::right, r.width() * 0.5f);
    if (!std::holds_alternative<std::monostate>(b.target)) c.tag(line, b.target);
    y += row;
  }
  if (drawn && lo < 0) c.line({x_of(0), r.y0}, {x_of(0), y}, c.theme().tick, c.pixel());
  return y - r.y0;
}

int contribution_rows(const Canvas& c, float height) {
  return std::max(1, static_cast<int>((height + 0.01f) / bar_row_height(c)) - 3);
}

void contribution_bars(Canvas& c, Rect r, const Contributions& sum, const ContributionStyle& style) {
  std::vector<Bar> list;
  for (const Contribution& t : sum.top) {
    Bar b;
    b.label = phrase(c, style.label, {std::to_string(t.index)});
    b.detail = draw::number(t.a) + " × " + draw::number(t.b);
    b.text = draw::signed_number(t.product);
    b.value = t.product;
    b.color = sign_color(t.product);
    b.hovered = t.index == style.hovered;
    if (style.input) {
      CellRef cell = *style.input;
      (style.axis == 0 ? cell.i : style.axis == 1 ? cell.j : cell.k) += t.index;
      b.target = draw::CellTarget{cell};
    }
    list.push_back(std::move(b));
  }
  const auto rest = [&](std::string label, double value) {
    Bar b;
    b.label = std::move(label);
    b.text = draw::signed_number(value);
    b.value = value;
    b.color = c.theme().tick;
    b.label_color = c.theme().text3;
    list.push_back(std::move(b));
  };
  if (sum.others > 0) rest(phrase(c, "{0} more", {draw::count(sum.others)}), sum.others_sum);
  if (sum.bias) rest(std::string(c.tr("bias")), *sum.bias);
  BarsStyle rows;
  rows.row_height = std::clamp(r.height() / static_cast<float>(list.size() + 1), bar_row_height(c), 1.4f * bar_row_height(c));
  const float used = bars(c, r, list, rows);
  const float row = rows.row_height;
  if (used + row > r.height() + 0.01f) return;
  const float y = r.y0 + used;
  const auto medium = c.metrics().small_medium();
  c.line({r.x0, y}, {r.x1, y}, c.theme().hairline, c.pixel());
  c.text({r.x0, y + (row - line_height(c)) / 2}, c.tr("sum"), medium, c.theme().text1);
  c.text({r.x1, y + (row - line_height(c)) / 2}, draw::signed_number(sum.value), medium, c.theme().text1, Align::right);
}

}  // namespace vitscope::figures::stream
