#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures::stream {

using draw::Align;
using draw::Canvas;
using draw::Color;
using draw::Rect;
using draw::Vec;

void heading(Canvas& c, Rect& r, std::string_view title, std::string_view hint, std::optional<Color> color) {
  Rect line = r.cut_top(heading_height(c));
  const auto& m = c.metrics();
  const float y = line.y0;
  const float title_width = c.text_width(title, m.small_medium());
  const float hint_width = hint.empty() ? 0 : c.text_width(hint, m.small_style());
  c.text({line.x0, y}, title, m.small_medium(), color.value_or(c.theme().text1), Align::left, line.width());
  if (!hint.empty() && title_width + 2 * c.u() + hint_width <= line.width())
    c.text({line.x1, y}, hint, m.small_style(), c.theme().text3, Align::right);
}

std::string dim_name(const Canvas& c, Dim dim, const VitConfig& config) {
  const std::string size = std::to_string(extent(dim, config));
  switch (dim) {
    case Dim::tokens: return phrase(c, "tokens T = {0}", {size});
    case Dim::dim: return phrase(c, "width D = {0}", {size});
    case Dim::head_width: return phrase(c, "head width d = {0}", {size});
    case Dim::joined_heads: return phrase(c, "joined heads Hd = {0}", {size});
    case Dim::hidden: return phrase(c, "hidden M = {0}", {size});
    case Dim::representation: return phrase(c, "representation R = {0}", {size});
    case Dim::classes: return phrase(c, "classes K = {0}", {size});
    case Dim::windows1:
    case Dim::windows2: return phrase(c, "windows = {0}", {size});
    case Dim::window_length1:
    case Dim::window_length2:
    case Dim::window_length3: return phrase(c, "window length = {0}", {size});
    case Dim::token_width: return phrase(c, "reduced width = {0}", {size});
    case Dim::words: return phrase(c, "words m = {0}", {size});
    case Dim::word_width: return phrase(c, "word width c = {0}", {size});
    case Dim::joined_words: return phrase(c, "joined words mc = {0}", {size});
    case Dim::patches: return phrase(c, "patches N = {0}", {size});
    default: return std::string(c.tr(word(dim))) + " = " + size;
  }
}

Rect token_map(Canvas& c, Rect r, const FigureInput& in, const TokenMap& m) {
  const Tensor& tensor = in.trace.at(m.tensor);
  const draw::Matrix matrix = m.head >= 0 ? draw::Matrix(tensor, m.head) : draw::Matrix(tensor);
  const Dim columns = info(m.tensor.slot).dims.back();
  draw::MapStyle style;
  style.title = m.title;
  // A hint is read whole or not at all.
  const float around = (m.row_axis ? 8 : 5) * c.u() + (m.bar ? 9 * c.u() : 0);
  if (c.text_width(m.title, c.metrics().small_medium()) + c.text_width(m.hint, c.metrics().small_style()) + 2 * c.u() <= r.width() - around) style.hint = m.hint;
  if (m.row_axis) style.row_name = dim_name(c, Dim::tokens, in.config());
  style.column_name = dim_name(c, columns, in.config());
  style.row_dim = Dim::tokens;
  style.column_dim = columns;
  style.row_prefix = in.grid().prefix_tokens();
  style.heat = signed_heat(m.span);
  style.bar = m.bar;
  style.bar_label = m.bar_label;
  CellRef first{m.tensor};
  if (m.head >= 0) first.i = m.head;
  style.cells = draw::CellGrid{first, matrix.rows, matrix.columns, m.head >= 0 ? 1 : 0, m.head >= 0 ? 2 : 1};
  style.pinned_row = m.token;
  style.hovered = m.hovered ? m.hovered : hovered_in(in, m.tensor);
  style.pinned = pinned_in(in, m.tensor);
  return draw::map(c, r, matrix, style);
}

float map_axis_height(const Canvas& c, float map_height) {
  return map_height < 34 * c.u() ? 0.5f * c.u() + line_height(c) : 0.75f * c.u() + 2 * line_height(c);
}

void sign(Canvas& c, Rect r, std::string_view text) {
  const draw::Style style{c.metrics().body * 1.25f, draw::Face::medium};
  c.text({r.centre().x, r.centre().y - Canvas::text_height(style) / 2}, text, style, c.theme().text2, Align::centre);
}

Rect whole_cells(const Canvas& c, Rect cells, int rows, int columns) {
  const auto whole = [&](float extent, int count) {
    const float pixels = extent * c.scale() / static_cast<float>(count);
    return pixels < 3 ? extent : std::floor(pixels) * static_cast<float>(count) / c.scale();
  };
  return draw::rect_at({cells.x0, cells.y0}, whole(cells.width(), columns), whole(cells.height(), rows));
}

void class_line(Canvas& c, Rect cells, const PatchGrid& grid) {
  if (grid.prefix() > 0) c.fill({cells.x0, cells.y0 - 3, cells.x1, cells.y0}, draw::prefix_color(c.theme(), 0, grid.prefix_tokens()));
}

Rect row_of(Rect cells, int row, int rows) {
  const float h = cells.height() / static_cast<float>(rows);
  return {cells.x0, cells.y0 + h * static_cast<float>(row), cells.x1, cells.y0 + h * static_cast<float>(row + 1)};
}

Rect column_of(Rect cells, int column, int columns) {
  const float w = cells.width() / static_cast<float>(columns);
  return {cells.x0 + w * static_cast<float>(column), cells.y0, cells.x0 + w * static_cast<float>(column + 1), cells.y1};
}

void strip(Canvas& c, Rect r, const Strip& s) {
  c.heat(r, s.row, s.heat);
  if (s.first) c.tag_cells(r, {*s.first, 1, s.row.columns, -1, s.axis});
  const auto mark = [&](int column) {
    Rect cell = column_of(r, column, s.row.columns);
    const float least = 3;  // a mark needs an inside that can be seen
    if (cell.width() < least) cell = Rect{cell.centre().x - least / 2, cell.y0, cell.centre().x + least / 2, cell.y1};
    return cell;
  };
  if (s.pinned >= 0 && s.pinned < s.row.columns) c.pinned(mark(s.pinned));
  if (s.hovered >= 0 && s.hovered < s.row.columns) c.hovered(mark(s.hovered));
}

void column_axis(Canvas& c, Rect cells, int columns, std::string_view name, Color color) {
  const auto style = c.metrics().small_style();
  const float y = cells.y1 + 0.4f * c.u();
  const std::string last = std::to_string(columns - 1);
  const float ends = c.text_width("0", style) + c.text_width(last, style) + 2 * c.u();
  if (columns > 1 && cells.width() > ends - c.u()) {
    c.text({cells.x0, y}, "0", style, c.theme().text3);
    c.text({cells.x1, y}, last, style, c.theme().text3, Align::right);
  }
  if (!name.empty() && cells.width() - ends > 4 * c.u())
    c.text({cells.centre().x, y}, name, style, color, Align::centre, cells.width() - ends);
}

float lying_bar_height(const Canvas& c) { return 1.7f * c.u() + line_height(c); }

void profile(Canvas& c, Rect r, std::span<const float> values, int hovered) {
  const auto small = c.metrics().small_style();
  double lo = 0, hi = 1e-9;
  for (const float v : values)
    if (std::isfinite(v)) lo = std::min(lo, static_cast<double>(v)), hi = std::max(hi, static_cast<double>(v));
  const auto y_of = [&](double v) { return r.y1 - static_cast<float>((v - lo) / (hi - lo)) * r.height(); };
  const double step = draw::tick_step(hi - lo, static_cast<int>(std::max(1.0f, r.height() / (5 * c.u()))));
  for (double v = std::ceil(lo / step) * step; v <= hi; v += step) {
    c.line({r.x0, y_of(v)}, {r.x1, y_of(v)}, std::abs(v) < step / 2 ? c.theme().tick : c.theme().hairline, c.pixel());
    c.text({r.x0 - c.u(), y_of(v) - line_height(c) / 2}, tick_text(v, step), small, c.theme().text3, Align::right);
  }
  const int count = static_cast<int>(values.size());
  for (int i = 0; i < count; ++i) {
    const Rect column = column_of(r, i, count);
    const double v = values[static_cast<std::size_t>(i)];
    const Rect bar{column.x0, std::min(y_of(0), y_of(v)), std::max(column.x1, column.x0 + c.pixel()), std::max(y_of(0), y_of(v))};
    if (bar.height() >= c.pixel() / 2) c.fill(bar, sign_color(v));
  }
  if (hovered >= 0 && hovered < count) {
    const Rect column = column_of(r, hovered, count);
    c.hovered({std::min(column.x0, column.centre().x - 1.5f), r.y0, std::max(column.x1, column.centre().x + 1.5f), r.y1});
  }
}

void lying_bar(Canvas& c, Rect r, const draw::HeatStyle& heat, std::string_view label, bool percent, bool cut) {
  const auto style = c.metrics().small_style();
  const float room = r.width() - 1.5f * c.u();
  float label_width = label.empty() ? 0 : c.text_width(label, style);
  if (label_width > room - 9 * c.u()) {
    label = label.substr(0, label.find(';'));
    label_width = c.text_width(label, style);
  }
  if (label_width > room - 7 * c.u()) label_width = 0;
  const float width = std::min(16 * c.u(), label_width > 0 ? room - label_width : room);
  if (width < 3 * c.u()) return;
  const Rect bar = draw::rect_at({r.x0, r.y0}, width, 1.1f * c.u());
  draw::BarStyle s;
  s.heat = heat;
  s.vertical = false;
  s.as_percent = percent;
  s.cut_hi = cut;
  s.cut_lo = cut && heat.span.lo < 0;
  const Rect used = draw::color_bar(c, bar, s);
  const float x = std::max(used.x1, bar.x1) + 1.5f * c.u();
  if (label_width > 0)
    c.text({x, r.y0 - (line_height(c) - 1.1f * c.u()) / 2}, label, style, c.theme().text3, Align::left, r.x1 - x);
}

namespace {
void band(Canvas& c, const Vec (&p)[4], std::optional<Color> color) {
  c.polygon(p, color.value_or(c.theme().mark).faded(0.13f));
}
}  // namespace

void ribbon_right(Canvas& c, Rect from, Rect to, std::optional<Color> color) {
  band(c, {{from.x1, from.y0}, {to.x0, to.y0}, {to.x0, to.y1}, {from.x1, from.y1}}, color);
}
void ribbon_down(Canvas& c, Rect from, Rect to, std::optional<Color> color) {
  band(c, {{from.x0, from.y1}, {from.x1, from.y1}, {to.x1, to.y0}, {to.x0, to.y0}}, color);
}

void ribbon_from_row(Canvas& c, Rect cells, Rect row, Rect to) {
  const Color color = c.theme().mark;
  c.line({row.x0, row.y1}, {cells.x0, cells.y1}, color.faded(0.7f), 1);
  c.line({row.x1, row.y1}, {cells.x1, cells.y1}, color.faded(0.7f), 1);
  ribbon_down(c, cells, to);
}

void token_crop(Canvas& c, Rect r, const Trace& trace, int token) {
  const PatchGrid& grid = trace.grid();
  if (token < grid.prefix()) {
    const Color color = token_color(c.theme(), token, grid);
    c.fill(r, color.faded(0.22f));
    const auto style = c.metrics().small_medium();
    if (r.width() > c.text_width(token_label(token, grid), style) && r.height() > style.size)
      c.text({r.centre().x, r.centre().y - Canvas::text_height(style) / 2}, token_label(token, grid), style, color, Align::centre);
    return;
  }
  const Box cell = grid.pixels(grid.patch_of(token));
  const ModelInput& input = trace.input();
  if (input.picture) {
    const Box source = input.map.to_original(cell);
    const Box whole{0, 0, static_cast<double>(input.picture->image.width()), static_cast<double>(input.picture->image.height())};
    const double slack = 0.5;
    if (source.x0 >= whole.x0 - slack && source.y0 >= whole.y0 - slack && source.x1 <= whole.x1 + slack && source.y1 <= whole.y1 + slack) {
      const Box inside{std::max(source.x0, 0.0), std::max(source.y0, 0.0), std::min(source.x1, whole.x1), std::min(source.y1, whole.y1)};
      c.image(r, std::shared_ptr<const Image>(input.picture, &input.picture->image), inside);
      return;
    }
  }
  const int channels = input.pixels.empty() ? 0 : input.pixels.dim(0);
  if (channels == 1 || channels == 3) c.planes(r, input.pixels, cell);
  else c.fill(r, c.theme().raised);
}

}  // namespace vitscope::figures::stream
