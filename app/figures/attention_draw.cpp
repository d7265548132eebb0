#include "app/figures/attention_draw.h"

#include <algorithm>
#include <cmath>

#include "app/draw/axis.h"
#include "app/draw/number.h"

namespace vitscope::figures::attention {

using draw::Align;
using draw::Canvas;
using draw::Color;
using draw::Rect;
using draw::Vec;

namespace {

Box model_box(const Trace& trace) {
  return {0, 0, static_cast<double>(trace.config().image_width), static_cast<double>(trace.config().image_height)};
}

/// 0 to 1 in 256 steps.
const draw::Matrix& ramp() {
  static const draw::Matrix matrix = [] {
    Tensor t(Shape{1, 256});
    for (int i = 0; i < 256; ++i) t.edit()[i] = (static_cast<float>(i) + 0.5f) / 256;
    return draw::Matrix(t);
  }();
  return matrix;
}

}  // namespace

Rect snug(Rect r, const Trace& trace) {
  const draw::PhotoView view = draw::photo_layout(r, trace);
  const Rect model = view.of_model(model_box(trace));
  const float width = std::max(view.picture.x1, model.x1) - std::min(view.picture.x0, model.x0);
  const float height = std::max(view.picture.y1, model.y1) - std::min(view.picture.y0, model.y0);
  const float shrink = std::min({1.0f, r.width() / std::max(width, 1.0f), r.height() / std::max(height, 1.0f)});
  return draw::rect_at({r.x0, r.y0}, width * shrink, height * shrink);
}

Rect under_heading(Canvas& c, Rect r, const Trace& trace, std::string_view pattern, std::initializer_list<Piece> pieces, std::string_view hint, float below) {
  Rect room = r;
  const Rect line = room.cut_top(heading_height(c));
  room.y1 -= below;
  const Rect picture = snug(room, trace);
  const draw::Style small = c.metrics().small_style();
  const Rect box = phrase(c, {line.x0, line.y0}, pattern, pieces, c.metrics().small_medium(), c.theme().text1, line.width());
  if (!hint.empty() && box.x1 + 2 * c.u() + c.text_width(hint, small) <= picture.x1) c.text({picture.x1, line.y0}, hint, small, c.theme().text3, Align::right);
  return picture;
}

draw::PhotoView overlay(Canvas& c, Rect r, const FigureInput& input, const Overlay& o) {
  const PatchGrid& grid = input.grid();
  const draw::PhotoView view = draw::photo(c, r, input.trace);
  const Rect all = view.of_model(model_box(input.trace));
  draw::HeatStyle heat;
  heat.span = o.span;
  heat.overlay = true;
  heat.smooth = o.smooth;
  c.heat(all, o.grid, heat);
  if (o.tagged) {
    for (int patch = 0; patch < grid.patches(); ++patch) {
      const std::string name = draw::token_name(c, grid.token_of(patch), grid) + ": " + draw::percent(static_cast<double>(o.grid.at(grid.row(patch), grid.column(patch))));
      c.tag(view.of_model(grid.pixels(patch)), draw::TokenTarget{grid.token_of(patch)}, name);
    }
  }
  if (o.pinned >= grid.prefix()) c.pinned(view.of_model(grid.pixels(grid.patch_of(o.pinned))));
  if (o.hovered >= grid.prefix() && !input.paper) c.hovered(view.of_model(grid.pixels(grid.patch_of(o.hovered))));
  return view;
}

void thumbnail(Canvas& c, Rect r, const draw::Matrix& grid, draw::Span span) {
  draw::HeatStyle heat;
  heat.span = span;
  c.heat(r, grid, heat);
}

void word_bar(Canvas& c, Rect line, const draw::HeatStyle& heat, std::string_view low, std::string_view high) {
  const draw::Style small = c.metrics().small_style();
  const float gap = 0.75f * c.u(), height = c.u();
  const float low_width = c.text_width(low, small), high_width = c.text_width(high, small);
  const float y = line.y0 + (Canvas::text_height(small) - height) / 2;
  const float width = std::min(8 * c.u(), line.width() - low_width - high_width - 2 * gap);
  if (width < 2 * c.u()) {
    c.text({line.x0, line.y0}, high, small, c.theme().text3, Align::left, line.width());
    return;
  }
  c.text({line.x0, line.y0}, low, small, c.theme().text3);
  const Rect bar = draw::rect_at({line.x0 + low_width + gap, y}, width, height);
  draw::HeatStyle unit = heat;
  unit.span = {0, 1};
  if (heat.overlay) c.fill(bar, draw::hex(0x808080));
  c.heat(bar, ramp(), unit);
  c.text({bar.x1 + gap, line.y0}, high, small, c.theme().text3);
}

float overlay_bar(Canvas& c, Vec corner, float width, draw::Span span) {
  draw::BarStyle style;
  style.heat.span = span;
  style.heat.overlay = true;
  style.vertical = false;
  style.as_percent = true;
  const float thickness = c.u();
  const Rect bar = draw::rect_at(corner, width, thickness);
  const Rect box = draw::color_bar(c, bar, style);
  return std::max(box.y1, bar.y1) - corner.y;
}

float pairs_overhead(const Canvas& c) { return 3 * Canvas::text_height(c.metrics().small_style()) + 2.25f * c.u(); }

float pairs_width(const Canvas& c, float height, int tokens) {
  const draw::Style small = c.metrics().small_style();
  const float room = std::max(height - pairs_overhead(c), 0.0f) * c.scale(), cell = room / static_cast<float>(tokens);
  const float side = (cell >= 3 ? std::floor(cell) * static_cast<float>(tokens) : room) / c.scale();
  return side + Canvas::text_height(small) + c.text_width("000", small) + 6 * c.u() + c.text_width("≤ −00.0", small);
}

Rect pairs(Canvas& c, Rect r, const FigureInput& input, const Pairs& p) {
  const float u = c.u();
  const int tokens = input.config().tokens();
  struct Words {
    std::string_view title, hint;
  };
  const float side = std::min(r.height() - pairs_overhead(c), r.width() - 14 * u);
  Words words{c.tr("All pairs"), {}};
  for (const Words& fuller : {Words{c.tr("All pairs"), c.tr("rows query, columns key")}, Words{c.tr("All queries and keys"), c.tr("rows are queries, columns are keys")}})
    if (c.text_width(fuller.title, c.metrics().small_medium()) + 2 * u + c.text_width(fuller.hint, c.metrics().small_style()) <= side) words = fuller;
  draw::MapStyle style;
  style.title = std::string(words.title);
  style.hint = std::string(words.hint);
  style.row_name = std::string(c.tr("query: patch that looks"));
  style.column_name = std::string(c.tr("key: patch looked at"));
  style.row_prefix = style.column_prefix = input.grid().prefix();
  style.heat = p.heat;
  style.bar_percent = p.percent;
  style.square_cells = true;
  style.max_cell = 6 * u;
  style.pinned_row = p.query;
  if (p.head >= 0) {
    style.cells = draw::CellGrid{{p.tensor, p.head, 0, 0}, tokens, tokens, 1, 2};
    if (pinned_key(input) >= 0) style.pinned = CellRef{p.tensor, p.head, p.query, pinned_key(input)};
    const int key = hovered_key(input), query = hovered_query(input);
    if (key >= 0) style.hovered = CellRef{p.tensor, p.head, query >= 0 ? query : p.query, key};
  }
  return draw::map(c, r, p.all, style);
}

void token_bars(Canvas& c, Rect plot, std::span<const float> values, const draw::HeatStyle& heat, float lo, float hi) {
  const int tokens = static_cast<int>(values.size());
  if (tokens == 0 || !(hi > lo)) return;
  const float pitch = plot.width() / static_cast<float>(tokens);
  const float gap = pitch >= 4 * c.pixel() ? std::max(c.pixel(), std::min(0.12f * c.u(), 0.12f * pitch)) : 0;
  const auto y_of = [&](float v) { return plot.y1 - (std::clamp(v, lo, hi) - lo) / (hi - lo) * plot.height(); };
  const float zero = y_of(0);
  const double ground = luminance({c.theme().ground.r, c.theme().ground.g, c.theme().ground.b});
  for (int token = 0; token < tokens; ++token) {
    const float value = values[static_cast<std::size_t>(token)];
    const Rect slot = token_place_in(plot, token, tokens);
    const float y = y_of(value);
    const Rgb rgb = color_of(heat.map, value, heat.span.lo, heat.span.hi);
    const Rect bar{slot.x0, std::min(y, zero), std::max(slot.x1 - gap, slot.x0 + c.pixel()), std::max(y, zero)};
    if (bar.height() < c.pixel()) {
      c.fill({bar.x0, zero - c.pixel() / 2, bar.x1, zero + c.pixel() / 2}, c.theme().tick);
      continue;
    }
    c.fill(bar, draw::of(rgb));
    if (std::abs(luminance(rgb) - ground) < 0.35 && pitch > 5 && !c.theme().dark) c.outline(bar, c.theme().tick, c.pixel());
  }
}

Rect token_place_in(Rect plot, int token, int tokens) {
  const float pitch = plot.width() / static_cast<float>(tokens);
  return {plot.x0 + static_cast<float>(token) * pitch, plot.y0, plot.x0 + static_cast<float>(token + 1) * pitch, plot.y1};
}

void token_axis(Canvas& c, Rect plot, const PatchGrid& grid, int pinned, int hovered) {
  draw::AxisStyle axis;
  axis.count = grid.tokens();
  axis.prefix = grid.prefix();
  axis.pinned = pinned >= grid.prefix() ? pinned : -1;
  axis.hovered = hovered;
  const float cell = plot.width() / static_cast<float>(grid.tokens());
  for (const draw::AxisNumber& n : draw::axis_numbers(c, axis, plot.x0, cell, plot.x0 - c.u(), plot.x1))
    c.text({n.at, plot.y1 + 0.4f * c.u()}, n.text, n.style, n.color, Align::centre);
}

void AxisNumbers::add(float y, std::string_view text, float shift) {
  const draw::Style small = c_.metrics().small_style();
  const float line = Canvas::text_height(small), middle = y + shift * line;
  for (const float other : taken_)
    if (std::abs(other - middle) < 0.85f * line) return;
  taken_.push_back(middle);
  c_.text({right_ - 0.75f * c_.u(), middle - line / 2}, text, small, c_.theme().text3, Align::right);
}

float fact(Canvas& c, Rect r, std::string_view label, std::string_view value, Color value_color) {
  const draw::Style small = c.metrics().small_style(), medium = c.metrics().small_medium();
  const float line = Canvas::text_height(small) + 0.5f * c.u();
  const float value_width = c.text_width(value, medium);
  if (c.text_width(label, small) + c.u() + value_width <= r.width()) {
    c.text({r.x0, r.y0}, label, small, c.theme().text3);
    c.text({r.x1, r.y0}, value, medium, value_color, Align::right);
    return line;
  }
  c.text({r.x0, r.y0}, label, small, c.theme().text3, Align::left, r.width());
  c.text({r.x1, r.y0 + Canvas::text_height(small)}, value, medium, value_color, Align::right, r.width());
  return line + Canvas::text_height(small);
}

}  // namespace vitscope::figures::attention
