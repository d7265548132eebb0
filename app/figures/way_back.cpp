// The way back from one number to the pixels or weights that it was made from: one row for each number on it.
#include "core/way_back.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "app/draw/formula.h"
#include "app/draw/number.h"
#include "app/figures/kept.h"
#include "app/figures/parts_stream.h"
#include "core/edits/apply.h"
#include "core/step.h"

namespace vitscope::figures {

namespace {

using namespace stream;
using draw::Align;
using draw::Canvas;
using draw::Rect;

TensorRef answer(const FigureInput& in) { return {in.trace.has(Slot::probs) ? Slot::probs : Slot::logits}; }

/// The way may lead through every tensor of the run.
bool ready(const FigureInput& in) {
  const std::vector<TensorRef> all = tensors_of(in.config());
  return in.trace.complete() && std::all_of(all.begin(), all.end(), [&](const TensorRef& ref) { return in.trace.has(ref); });
}

/// One number and how it leads to the next.
struct Stop {
  CellRef cell;
  Explanation why;
  std::optional<Term> followed;  ///< the term that holds the next number
  double positive = 0, negative = 0;  ///< sums of the parts by their sign
};

Stop stop_of(const Trace& trace, const CellRef& cell, const CellRef* next) {
  Stop stop{cell, explain(trace, cell), {}, 0, 0};
  for (const Term& term : stop.why.terms) {
    (term.product < 0 ? stop.negative : stop.positive) += term.product;
    if (next && !stop.followed && (term.a_cell == *next || term.b_cell == *next)) stop.followed = term;
  }
  (stop.why.rest < 0 ? stop.negative : stop.positive) += stop.why.rest;
  return stop;
}

bool own_way(const FigureInput& in) { return in.selection.pinned && !in.selection.trail.empty(); }

/// The numbers that a person has followed; else the pinned one or the best answer, from which the strongest way leads.
std::vector<CellRef> chosen_cells(const FigureInput& in) {
  std::vector<CellRef> cells = in.selection.trail;
  if (in.selection.pinned) {
    cells.push_back(*in.selection.pinned);
  } else {
    const auto values = in.trace.at(answer(in)).values();
    cells = {{answer(in), static_cast<int>(std::max_element(values.begin(), values.end()) - values.begin())}};
  }
  return cells;
}

using Way = std::shared_ptr<const std::vector<Stop>>;

Way way_of(const FigureInput& in) {
  static Kept<std::pair<std::uint64_t, std::vector<CellRef>>, Way, 4> kept;
  const std::vector<CellRef> cells = chosen_cells(in);
  return kept.get({in.trace.at(Slot::logits).id(), cells}, [&] {
    const std::vector<CellRef> way = own_way(in) ? cells : strongest_way(in.trace, cells.front());
    auto stops = std::make_shared<std::vector<Stop>>();
    for (std::size_t i = 0; i < way.size(); ++i) stops->push_back(stop_of(in.trace, way[i], i + 1 < way.size() ? &way[i + 1] : nullptr));
    return stops;
  });
}

std::string place_text(const Canvas& c, const CellRef& cell, const VitConfig& config) {
  std::string text(c.tr(writer_of(cell.tensor.slot, config).title));
  if (cell.tensor.block >= 0) text = phrase(c, "block {0}", {std::to_string(cell.tensor.block + 1)}) + ", " + text;
  return capitalised(text);
}

/// All that adds to the number as a pale bar about zero, the part that is followed as a dark one, named.
void parts_bar(Canvas& c, Rect r, const Stop& stop, double span) {
  const float u = c.u(), lh = line_height(c);
  const auto small = c.metrics().small_style();
  const auto& theme = c.theme();
  if (!stop.followed || !(span > 0)) return;
  const Term& term = *stop.followed;
  const std::string value = draw::signed_number(term.product);
  const float end = c.text({r.x1, r.y0}, value, small, theme.text1, Align::right).x0;
  c.text({r.x0, r.y0}, c.tr(term.label.empty() ? stop.why.a_column : term.label), small, theme.text2, Align::left, end - r.x0 - u);
  const Rect bar{r.x0, r.y0 + lh + 0.25f * u, r.x1, r.y0 + lh + 1.25f * u};
  const float zero = bar.centre().x;
  const auto x_of = [&](double v) { return zero + static_cast<float>(v / span) * bar.width() / 2; };
  const auto piece = [&](double from, double to, draw::Color color) { c.fill({std::min(x_of(from), x_of(to)), bar.y0, std::max(x_of(from), x_of(to)), bar.y1}, color); };
  piece(0, stop.positive, positive_color().faded(0.25f));
  piece(0, stop.negative, negative_color().faded(0.25f));
  piece(0, term.product, sign_color(term.product));
  c.fill({zero, bar.y0 - 2, zero + c.pixel(), bar.y1 + 2}, theme.text3);
}

struct Columns {
  Rect place, value, rule, parts;
};

Columns columns_of(const Canvas& c, Rect row) {
  const float u = c.u(), width = row.width();
  Columns columns;
  Rect rest = row;
  rest.cut_left(2.5f * u);
  columns.place = rest.cut_left(std::min(std::max(width * 0.26f, 22 * u), 40 * u));
  columns.value = rest.cut_left(9 * u);
  rest.cut_left(2 * u);
  if (width >= 90 * u) {
    columns.parts = rest.cut_right(std::clamp(width * 0.28f, 24 * u, 44 * u));
    rest.cut_right(2.5f * u);
  }
  columns.rule = rest;
  return columns;
}

/// One line of markup no wider than `width`, in smaller type where it must be; left out where even that is too wide.
void fitting_formula(Canvas& c, draw::Vec at, std::string_view markup, float size, float width, draw::Color color, const VitConfig& config) {
  const float least = 0.7f * size;
  while (size > least && draw::formula_width(c, markup, size, &config) > width) size -= 0.5f;
  if (draw::formula_width(c, markup, size, &config) <= width) draw::formula(c, at, markup, size, color, &config);
}

void draw_stop(Canvas& c, Rect row, const FigureInput& in, const Stop& stop, bool first, bool last) {
  const auto& theme = c.theme();
  const float u = c.u(), lh = line_height(c);
  const auto small = c.metrics().small_style(), medium = c.metrics().small_medium();
  const Columns columns = columns_of(c, row);
  const bool pixel = stop.cell.tensor.slot == Slot::pixels || stop.cell.tensor.slot == Slot::input;
  const float x = row.x0 + 0.6f * u, y = row.y0 + lh / 2;
  if (!last) c.line({x, y}, {x, row.y1 + lh / 2}, theme.tick, 1);
  c.circle({x, y}, 0.45f * u, first ? theme.selection : !last ? theme.text3 : pixel ? theme.patch_token : theme.weights);
  c.text({columns.place.x0, row.y0}, place_text(c, stop.cell, in.config()), medium, theme.text1, Align::left, columns.place.width() - u);
  c.text({columns.place.x0, row.y0 + lh + 0.25f * u}, cell_text(stop.cell), small, theme.text3, Align::left, columns.place.width() - u);
  const Slot slot = stop.cell.tensor.slot;
  const float value = in.trace.value(stop.cell);
  c.text({columns.value.x1, row.y0}, slot == Slot::attn || slot == Slot::probs ? draw::percent(value) : draw::number(value), medium, theme.text1, Align::right, columns.value.width());
  fitting_formula(c, {columns.rule.x0, row.y0}, c.tr(stop.why.rule), small.size, columns.rule.width(), theme.text1, in.config());
  if (!stop.why.numbers.empty()) fitting_formula(c, {columns.rule.x0, row.y0 + lh + 0.35f * u}, "= " + stop.why.numbers, small.size, columns.rule.width(), theme.text3, in.config());
  if (columns.parts.width() > 0) parts_bar(c, columns.parts, stop, std::max(stop.positive, -stop.negative));
  c.tag({row.x0, row.y0, row.x1, row.y0 + 2 * lh}, draw::CellTarget{stop.cell});
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const auto& theme = c.theme();
  const float u = c.u(), lh = line_height(c), pitch = 2 * lh + 1.25f * u;
  const auto small = c.metrics().small_style();
  const Way way = way_of(in);
  const Columns heads = columns_of(c, r.cut_top(lh + 1.25f * u));
  c.text({heads.place.x0, heads.place.y0}, c.tr("number"), small, theme.text3);
  c.text({heads.value.x1, heads.value.y0}, c.tr("value"), small, theme.text3, Align::right);
  c.text({heads.rule.x0, heads.rule.y0}, c.tr("how it was made"), small, theme.text3, Align::left, heads.rule.width());
  if (heads.parts.width() > 0) c.text({heads.parts.x0, heads.parts.y0}, c.tr("the part that is followed, of all parts"), small, theme.text3, Align::left, heads.parts.width());
  // A long way keeps its two ends.
  const auto count = static_cast<int>(way->size());
  const int rows = std::max(3, static_cast<int>((r.height() + 1.25f * u) / pitch));
  const int head = count <= rows ? count : rows / 2, tail = count <= rows ? 0 : rows - head - 1;
  Rect row = draw::rect_at({r.x0, r.y0}, r.width(), pitch);
  for (int i = 0; i < count; ++i) {
    if (i == head && count > rows) {
      c.line({row.x0 + 0.6f * u, row.y0 + lh / 2}, {row.x0 + 0.6f * u, row.y1 + lh / 2}, theme.tick, 1);
      c.text({row.x0 + 2.5f * u, row.y0 + lh / 2}, phrase(c, "{0} numbers between", {std::to_string(count - head - tail)}), small, theme.text3, Align::left, row.width() - 2.5f * u);
      row = row.moved({0, pitch});
      i = count - tail;
    }
    const Stop& stop = (*way)[static_cast<std::size_t>(i)];
    draw_stop(c, row, in, stop, i == 0, i + 1 == count);
    row = row.moved({0, pitch});
  }
}

std::string subject(const Canvas& c, const FigureInput& in) {
  return phrase(c, "from {0}", {cell_text(chosen_cells(in).front())});
}

std::string caption(const Canvas& c, const FigureInput& in) {
  std::string text(own_way(in) ? c.tr("The numbers that were followed, each one made from the next.")
                               : c.tr("From one number back to the pixels or weights that it was made from, following its largest part each time."));
  text += " " + std::string(c.tr("Every value is recomputed from its operands; the pale bars are the sums of all positive and of all negative parts, one scale for each row."));
  return text;
}

Table data(const FigureInput& in) {
  Table table;
  for (const char* name : {"stop", "block", "i", "j", "k", "l", "value", "recomputed"}) table.columns.push_back({name, {}});
  int number = 0;
  for (const Stop& stop : *way_of(in)) {
    const CellRef& cell = stop.cell;
    const double values[] = {static_cast<double>(number++), static_cast<double>(cell.tensor.block), static_cast<double>(cell.i), static_cast<double>(cell.j),
                             static_cast<double>(cell.k), static_cast<double>(cell.l), static_cast<double>(in.trace.value(cell)), stop.why.value};
    for (std::size_t k = 0; k < table.columns.size(); ++k) table.columns[k].values.push_back(values[k]);
  }
  return table;
}

}  // namespace

const Figure& way_back() {
  static const Figure figure{"way-back", "The way back", "prediction", {1340, 760}, ready, draw_figure, subject, caption, data, {}};
  return figure;
}

}  // namespace vitscope::figures
