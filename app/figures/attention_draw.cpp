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

namespace {
/// Cells over `all`, the whole model input; `place` says where a patch lies.
template <class Place>
void cells_over(Canvas& c, Rect all, const FigureInput& input, const Overlay& o, Place&& place) {
  const PatchGrid& grid = input.grid();
  draw::HeatStyle heat;
  heat.span = o.span;
  heat.overlay = true;
  heat.smooth = o.smooth;
  heat.opacity = o.opacity;
  if (o.opacity > 0) c.heat(all, o.grid, heat);
  if (o.tagged) {
    for (int patch = 0; patch < grid.patches(); ++patch) {
      const int token = grid.token_of(patch);
      // A tooltip is only written for the patch that the pointer is on.
      const bool pointed = token == o.hovered && !input.paper;
      c.tag(place(patch), draw::TokenTarget{token}, !pointed ? std::string() : !o.tooltip.empty() ? o.tooltip : draw::percent(static_cast<double>(o.grid.at(grid.row(patch), grid.column(patch)))));
    }
  }
  const Rect inner = all.inset(3);  // marks stay within the picture
  const auto marked = [&](int token) {
    const Rect cell = place(grid.patch_of(token));
    return Rect{std::max(cell.x0, inner.x0), std::max(cell.y0, inner.y0), std::min(cell.x1, inner.x1), std::min(cell.y1, inner.y1)};
  };
  if (o.pinned >= grid.prefix()) c.pinned(marked(o.pinned));
  if (o.hovered >= grid.prefix() && !input.paper) c.hovered(marked(o.hovered));
}

/// The pixels that the model reads, with the same cells.
void model_overlay(Canvas& c, Rect r, const FigureInput& input, const Overlay& o) {
  const PatchGrid& grid = input.grid();
  c.planes(r, input.trace.input().pixels, model_box(input.trace));
  const float width = r.width() / static_cast<float>(grid.columns()), height = r.height() / static_cast<float>(grid.rows());
  cells_over(c, r, input, o, [&](int patch) {
    return draw::rect_at({r.x0 + static_cast<float>(grid.column(patch)) * width, r.y0 + static_cast<float>(grid.row(patch)) * height}, width, height);
  });
}
}  // namespace

Overlay overlay_of(const FigureInput& input) {
  Overlay o;
  o.smooth = option(input.selection, smooth_option()) > 0.5f;
  o.opacity = option(input.selection, opacity_option());
  return o;
}

draw::PhotoView overlay(Canvas& c, Rect r, const FigureInput& input, const Overlay& o) {
  const draw::PhotoView view = draw::photo(c, r, input.trace);
  cells_over(c, view.of_model(model_box(input.trace)), input, o, [&](int patch) { return view.of_model(input.grid().pixels(patch)); });
  return view;
}

Rect overlay_panel(Canvas& c, Rect r, const FigureInput& input, std::string_view pattern, std::initializer_list<Piece> pieces, std::string_view hint, float below, const Overlay& o) {
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const float text = Canvas::text_height(small);
  Rect room = r;
  const Rect line = room.cut_top(heading_height(c));
  room.y1 -= below;
  const Rect picture = snug(room, input.trace);
  const Rect title = phrase(c, {line.x0, line.y0}, pattern, pieces, c.metrics().small_medium(), c.theme().text1, line.width());
  const auto say = [&](std::string_view words, float right) {
    if (!words.empty() && title.x1 + 2 * u + c.text_width(words, small) <= right) c.text({right, line.y0}, words, small, c.theme().text3, Align::right);
  };
  overlay(c, picture, input, o);
  const Tensor& pixels = input.trace.input().pixels;
  const float shown = draw::photo_layout(picture, input.trace).of_model(model_box(input.trace)).width();
  const float least_beside = std::max(18 * u, 0.7f * shown), least_under = std::max(18 * u, 1.15f * shown);
  const float aspect = static_cast<float>(input.config().image_width) / static_cast<float>(input.config().image_height);
  const float beside = std::min(room.x1 - picture.x1 - 3 * u, picture.height() * aspect);
  const float under = std::min(room.width(), (room.y1 - picture.y1 - text - 1.75f * u) * aspect);
  const bool drawable = pixels.rank() == 3 && (pixels.dim(0) == 1 || pixels.dim(0) == 3);
  const std::string model_hint = filled(c.tr("on the {0} × {1} pixels of the model"), {std::to_string(input.config().image_height), std::to_string(input.config().image_width)});
  if (drawable && beside >= least_beside) {
    const Rect seen = draw::rect_at({picture.x1 + 3 * u, picture.y0}, beside, beside / aspect);
    model_overlay(c, seen, input, o);
    say(model_hint, seen.x1);
    return {picture.x0, picture.y0, seen.x1, picture.y1};
  }
  say(hint, picture.x1);
  if (!drawable || under < least_under) return picture;
  const Rect words = c.text({picture.x0, picture.y1 + u}, model_hint, small, c.theme().text3, Align::left, room.width());
  const Rect seen = draw::rect_at({picture.x0, words.y0 + text + 0.5f * u}, under, under / aspect);
  model_overlay(c, seen, input, o);
  return {picture.x0, picture.y0, std::max(picture.x1, seen.x1), seen.y1};
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

Rect cut_pairs(const Canvas& c, Rect& r, int tokens) {
  const bool upright = r.height() > 1.2f * r.width();
  const Rect place = upright ? r.cut_top(std::min(0.55f * r.height(), r.width())) : r.cut_left(std::min(pairs_width(c, r.height(), tokens), 0.62f * r.width()));
  (upright ? r.y0 : r.x0) += (upright ? 2 : 3) * c.u();
  return place;
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
  style.row_prefix = style.column_prefix = input.grid().prefix_tokens();
  style.heat = p.heat;
  style.bar_percent = p.percent;
  style.square_cells = true;
  style.max_cell = 6 * u;
  (p.column ? style.pinned_column : style.pinned_row) = p.query;
  if (p.head >= 0) {
    style.cells = draw::CellGrid{{p.tensor, p.head, 0, 0}, tokens, tokens, 1, 2};
    const std::optional<CellRef>& pinned = input.selection.pinned;
    if (pinned && pinned->tensor.block == p.tensor.block && pinned->i == p.head && pinned_other(input) >= 0) style.pinned = CellRef{p.tensor, p.head, pinned->j, pinned->k};
    const int key = hovered_key(input), query = hovered_query(input);
    if (query >= 0 && key >= 0)
      style.hovered = CellRef{p.tensor, p.head, query, key};
    else if (key >= 0)
      style.hovered = p.column ? CellRef{p.tensor, p.head, key, p.query} : CellRef{p.tensor, p.head, p.query, key};
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
  axis.prefix = grid.prefix_tokens();
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
