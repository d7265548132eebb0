#include "app/views/why_card.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "app/draw/formula.h"
#include "app/draw/number.h"
#include "core/edits/apply.h"
#include "core/way_back.h"

namespace vitscope::views {

using draw::Align;
using draw::Rect;

namespace {

/// Widths of the table's columns, as wide as what stands in them.
struct Columns {
  float label = 0, a = 0, b = 0, product = 0;
};

Columns columns_of(const draw::Canvas& c, const Explanation& why, int rows, float width) {
  const draw::Style small = c.metrics().small_style();
  const float gap = 1.25f * c.u();
  Columns columns;
  columns.label = c.text_width(c.tr(why.label_column), small);
  columns.product = c.text_width(c.tr(why.product_column), small);
  if (!why.a_column.empty()) columns.a = draw::formula_width(c, c.tr(why.a_column), small.size);
  if (!why.b_column.empty()) columns.b = draw::formula_width(c, c.tr(why.b_column), small.size);
  const auto widen = [&](float& column, const std::string& text) { column = std::max(column, c.text_width(text, small)); };
  for (std::size_t i = 0; i < why.terms.size() && static_cast<int>(i) < rows; ++i) {
    const Term& term = why.terms[i];
    widen(columns.label, std::string(c.tr(term.label)));
    if (!why.a_column.empty() && std::isfinite(term.a)) widen(columns.a, draw::number(term.a));
    if (!why.b_column.empty() && std::isfinite(term.b)) widen(columns.b, draw::number(term.b));
    widen(columns.product, draw::signed_number(term.product));
  }
  if (columns.a > 0) columns.a = std::min(columns.a, width * 0.24f) + gap;
  if (columns.b > 0) columns.b = std::min(columns.b, width * 0.24f) + gap;
  widen(columns.product, draw::signed_number(why.rest));
  // The bars keep a tenth of the width; a long label gives way.
  columns.label = std::min(columns.label, std::max(width * 0.16f, width * 0.9f - columns.a - columns.b - columns.product - 2 * gap)) + 0.5f * gap;
  return columns;
}

/// The numbers that were followed to this one: a click walks back. The end of a long way stays in sight.
void trail(ui::Ui& ui, Rect row, const Frame& frame, const CellRef& cell, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const std::string_view copy = c.tr("copy");
  const float copy_width = c.text_width(copy, small);
  const Rect copy_box{row.x1 - copy_width, row.y0, row.x1, row.y1};
  c.text({copy_box.x0, row.y0}, copy, small, ui.hovering(copy_box) ? theme.selection : theme.text3);
  if (ui.clicked("why.copy", copy_box)) out.push_back(CopyTrail{});
  const std::vector<CellRef>& way = frame.selection.trail;
  const float end = copy_box.x0 - 1.5f * u, between = c.text_width(" › ", small);
  // As many as fit, counted from the end.
  const std::string own = name_of(cell.tensor);
  float width = c.text_width(own, small);
  std::size_t first = way.size();
  const auto wide = [&](std::size_t i) { return c.text_width(name_of(way[i].tensor), small) + between; };
  const float ellipsis = c.text_width("… › ", small);
  while (first > 0 && width + wide(first - 1) + (first > 1 ? ellipsis : 0) <= end - row.x0) width += wide(--first);
  float x = row.x0;
  if (first > 0) x = c.text({x, row.y0}, "… › ", small, theme.text3).x1;
  for (std::size_t i = first; i < way.size(); ++i) {
    const std::string name = name_of(way[i].tensor);
    const Rect box{x, row.y0, x + c.text_width(name, small), row.y1};
    c.text({x, row.y0}, name, small, ui.hovering(box) ? theme.selection : theme.text2);
    if (ui.clicked("why.back." + std::to_string(i), box)) out.push_back(WalkBack{i});
    x = c.text({box.x1, row.y0}, " › ", small, theme.text3).x1;
  }
  c.text({x, row.y0}, own, small, theme.text1, Align::left, end - x);
}

/// Where "patch 114" has no room, "114" says more than "patc…".
std::string_view short_label(const draw::Canvas& c, std::string_view label, float room, draw::Style style) {
  const std::size_t space = label.find_last_of(' ');
  if (space == std::string_view::npos || c.text_width(label, style) <= room) return label;
  const std::string_view number = label.substr(space + 1);
  return std::all_of(number.begin(), number.end(), [](unsigned char sign) { return std::isdigit(sign); }) ? number : label;
}

/// The largest terms as table and bars about one zero line; what is left is one grey figure, so that the sum is complete. A click on an operand leads to it.
void terms(ui::Ui& ui, Rect& r, const Explanation& why, const CellRef& cell, int rows, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const bool b_column = !why.b_column.empty(), a_column = !why.a_column.empty();
  const Columns columns = columns_of(c, why, rows, r.width());
  const float a_right = r.x0 + columns.label + columns.a, b_right = a_right + columns.b, end = r.x1, label_width = columns.label;
  const float bars0 = b_right + u, bars1 = end - columns.product - u;
  Rect row = r.cut_top(2.4f * u);
  const auto heading = [&](float right, std::string_view text, float room) {
    float size = small.size;
    while (size > 9.5f && draw::formula_width(c, text, size) > room) size -= 0.5f;
    draw::formula(c, {right - draw::formula_width(c, text, size), row.y0 + (small.size - size)}, text, size, theme.text3);
  };
  c.text({row.x0, row.y0}, c.tr(why.label_column), small, theme.text3, Align::left, label_width);
  if (a_column) heading(a_right, c.tr(why.a_column), columns.a - 0.5f * u);
  if (b_column) heading(b_right, c.tr(why.b_column), columns.b - 0.5f * u);
  c.text({end, row.y0}, c.tr(why.product_column), small, theme.text3, Align::right);

  const int shown = std::min(rows, static_cast<int>(why.terms.size()));
  double lo = 0, hi = 0, left = 0;
  for (std::size_t i = 0; i < why.terms.size(); ++i) {
    if (static_cast<int>(i) >= shown) left += why.terms[i].product;
    else lo = std::min(lo, why.terms[i].product), hi = std::max(hi, why.terms[i].product);
  }
  lo = std::min({lo, left, why.rest});
  hi = std::max({hi, left, why.rest});
  const double range = hi - lo > 0 ? hi - lo : 1;
  const auto x_of = [&](double v) { return bars0 + static_cast<float>((v - lo) / range) * (bars1 - bars0); };
  const float top = r.y0;
  const auto line = [&](std::string_view label, double a, double b, double product, bool grey) {
    row = r.cut_top(2.2f * u);
    const draw::Color color = grey ? theme.text3 : theme.text2;
    const float room = (grey ? label_width + columns.a : label_width) - 0.5f * u;
    c.text({row.x0, row.y0}, grey ? label : short_label(c, label, room, small), small, theme.text3, Align::left, room);
    if (a_column && std::isfinite(a)) c.text({a_right, row.y0}, draw::number(a), small, color, Align::right);
    if (b_column && std::isfinite(b)) c.text({b_right, row.y0}, draw::number(b), small, color, Align::right);
    c.text({end, row.y0}, draw::signed_number(product), small, grey ? theme.text2 : theme.text1, Align::right);
    const float zero = x_of(0), x = x_of(product), cy = row.y0 + c.text_height(small) / 2;
    const draw::Color bar = grey ? theme.tick : product < 0 ? draw::hex(theme.dark ? 0x4A86D2 : 0x2C63B4) : draw::hex(theme.dark ? 0xCF6157 : 0xBD3F43);
    c.fill({std::min(zero, x), cy - 5, std::max({zero, x, std::min(zero, x) + 1}), cy + 5}, bar);
  };
  for (int i = 0; i < shown; ++i) {
    const Term& term = why.terms[static_cast<std::size_t>(i)];
    const Rect place{r.x0, r.y0 - 0.2f * u, r.x1, r.y0 + 2 * u};
    const bool link = term.a_cell || term.b_cell;
    if (link && ui.hovering(place)) c.fill(place, theme.raised, 3);
    line(c.tr(term.label), term.a, term.b, term.product, false);
    // Where both operands are numbers of the run, the right one is reached by its own column.
    const bool second = term.b_cell && (!term.a_cell || (b_column && ui.pointer().at.x > a_right + 0.5f * u && ui.pointer().at.x <= b_right + 0.5f * u));
    if (link && ui.clicked("why.term." + std::to_string(i), place)) out.push_back(Follow{cell, second ? *term.b_cell : *term.a_cell});
  }
  const int more = static_cast<int>(why.terms.size()) - shown;
  if (more > 0) line(std::to_string(more) + " " + std::string(c.tr("more")), NAN, NAN, left, true);
  if (!why.rest_label.empty()) line(c.tr(why.rest_label), NAN, NAN, why.rest, true);
  c.fill({x_of(0), top, x_of(0) + c.pixel(), r.y0}, theme.tick);
}

/// Dots on a line, one for every station down to the pixels.
void trail_stations(ui::Ui& ui, Rect& r, const Explanation& why, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const float pitch = 2.5f * u;
  const int rows = std::min(static_cast<int>(why.stations.size()), static_cast<int>((r.height() - 3 * u) / pitch));
  if (rows < 2) return;
  c.text({r.x0, r.y0}, c.tr("Where it comes from"), small, theme.text3);
  r.cut_top(2.75f * u);
  // When room is short the stations in the middle go; the first and the last always stay.
  const auto count = static_cast<int>(why.stations.size());
  for (int i = 0; i < rows; ++i) {
    const int index = i == rows - 1 ? count - 1 : i;
    const Station& station = why.stations[static_cast<std::size_t>(index)];
    const Rect row = r.cut_top(pitch);
    const float x = row.x0 + 0.5f * u, cy = row.y0 + c.text_height(small) / 2;
    if (i + 1 < rows) c.line({x, cy}, {x, cy + pitch}, theme.tick, 1);
    c.circle({x, cy}, i == 0 ? 4 : 3, i == 0 ? theme.selection : theme.text3);
    const bool link = station.step != nullptr, hot = link && ui.hovering(row);
    const float right = c.text({row.x1, row.y0}, station.count, small, theme.text3, Align::right, row.width() * 0.42f).x0;
    c.text({row.x0 + 2.25f * u, row.y0}, c.tr(station.what), small, hot ? theme.selection : theme.text1, Align::left, right - row.x0 - 3.25f * u);
    if (link && ui.clicked("station." + std::to_string(index), row)) out.push_back(GoTo{{station.step, station.block}});
  }
}

}  // namespace

float why_card(ui::Ui& ui, Rect r, const Frame& frame, const CellRef& cell, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u(), top = r.y0;
  const draw::Style small = c.metrics().small_style(), heading = c.metrics().heading_style();
  const Trace& trace = *frame.trace;
  const Explanation why = explain(trace, cell);
  const VitConfig& config = trace.config();

  Rect row = r.cut_top(3.25f * u);
  c.text({row.x0, row.y0}, c.tr("Why this number?"), heading, theme.text1);
  const SlotInfo& slot = info(cell.tensor.slot);
  const int index[4] = {cell.i, cell.j, cell.k, cell.l};
  std::string place;
  for (std::size_t axis = 0; axis < slot.dims.size(); ++axis) place += (axis ? ", " : "") + std::to_string(index[axis]);
  c.text({row.x1, row.y0 + 0.4f * u}, name_of(cell.tensor) + " [" + place + "]", small, theme.text3, Align::right, row.width() - c.text_width(c.tr("Why this number?"), heading) - 2 * u);

  if (frame.selection.pinned == cell) trail(ui, r.cut_top(2.75f * u), frame, cell, out);

  const float value = trace.value(cell);
  const std::string result = slot.slot == Slot::attn || slot.slot == Slot::probs ? draw::percent(value) : draw::number(value);
  const float result_width = c.text_width(result, heading) + 2 * u;
  float size = c.metrics().body;
  while (size > 11 && draw::formula_width(c, c.tr(why.rule), size, &config) > r.width() - result_width) size -= 1;
  const std::string_view rule = c.tr(why.rule);
  const float rule_width = r.width() - result_width;
  c.text({r.x1, r.y0}, result, heading, theme.text1, Align::right);
  if (draw::formula_width(c, rule, size, &config) > rule_width && rule.find_first_of("_^{") == std::string_view::npos) {
    // A rule in plain words that is too long for one line beside the result.
    r.cut_top(std::max(3 * u, c.paragraph({r.x0, r.y0, r.x0 + rule_width, r.y1}, rule, small, theme.text1) + 0.5f * u));
  } else {
    row = r.cut_top(3 * u);
    draw::formula(c, {row.x0, row.y0 + (c.metrics().body - size) * 0.6f}, rule, size, theme.text1, &config);
  }
  if (!why.numbers.empty()) {
    size = 14;
    while (size > 10.5f && draw::formula_width(c, "= " + why.numbers, size, &config) > r.width()) size -= 0.5f;
    row = r.cut_top(2.75f * u);
    draw::formula(c, {row.x0, row.y0}, "= " + why.numbers, size, theme.text2, &config);
  }
  if (!why.note.empty()) {
    r.cut_top(0.25f * u);
    r.cut_top(c.paragraph(r, c.tr(why.note), small, theme.text2) + 1.25f * u);
  }
  if (why.source) {
    row = r.cut_top(2.75f * u);
    const std::string from = std::string(c.tr("from")) + " " + cell_text(*why.source);
    const Rect link{row.x0, row.y0, row.x0 + c.text_width(from, small), row.y1};
    c.text({row.x0, row.y0}, from, small, ui.hovering(link) ? theme.selection : theme.text1, Align::left, row.width());
    if (ui.clicked("why.source", link)) out.push_back(Follow{cell, *why.source});
  }
  if (!why.terms.empty()) {
    const float station_room = 3 * u + 2.5f * u * static_cast<float>(std::min<std::size_t>(why.stations.size(), 3));
    const int rows = std::clamp(static_cast<int>((r.height() - station_room - 7 * u) / (2.2f * u)), 2, 8);
    terms(ui, r, why, cell, rows, out);
    r.cut_top(1.25f * u);
  }
  trail_stations(ui, r, why, out);
  return r.y0 - top;
}

}  // namespace vitscope::views
