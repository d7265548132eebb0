// Every token's row is asked M questions: the first layer of the MLP.
#include <algorithm>

#include "app/draw/number.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures {

namespace {

using namespace stream;
using draw::Align;
using draw::Canvas;
using draw::Rect;

TensorRef input_of(const FigureInput& in) { return {Slot::norm2, in.block()}; }
TensorRef output_of(const FigureInput& in) { return {Slot::fc1, in.block()}; }
const ops::Linear& weights_of(const FigureInput& in) { return in.trace.model().weights.blocks[static_cast<std::size_t>(in.block())].fc1; }
int token_of(const FigureInput& in) { return chosen_token(in, {input_of(in), output_of(in)}); }

bool ready(const FigureInput& in) { return in.trace.has(input_of(in)) && in.trace.has(output_of(in)); }

/// The hidden unit in question: under the pointer, pinned, or the strongest of the token.
CellRef unit_of(const FigureInput& in) {
  if (const auto cell = hovered_in(in, output_of(in))) return *cell;
  if (const auto cell = pinned_in(in, output_of(in))) return *cell;
  const int token = token_of(in);
  return {output_of(in), token, largest(in.trace.at(output_of(in)).row(token), 1, true).front()};
}

void strongest(Canvas& c, Rect r, const FigureInput& in, int token, int unit) {
  heading(c, r, c.tr("Strongest hidden units"), c.tr("before GELU"));
  const auto row = in.trace.at(output_of(in)).row(token);
  const int count = std::max(1, static_cast<int>(r.height() / bar_row_height(c)));
  std::vector<Bar> list;
  for (const int j : largest(row, count, true)) {
    const float value = row[static_cast<std::size_t>(j)];
    Bar b;
    b.label = phrase(c, "unit {0}", {std::to_string(j)});
    b.text = draw::number(value);
    b.value = value;
    b.color = sign_color(value);
    b.pinned = j == unit;
    b.target = draw::CellTarget{{output_of(in), token, j}};
    list.push_back(std::move(b));
  }
  bars(c, r, list, {});
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const auto& config = in.config();
  const float u = c.u(), lh = line_height(c);
  const auto small = c.metrics().small_style();
  const auto& theme = c.theme();
  const Tensor &x = in.trace.at(input_of(in)), &hidden = in.trace.at(output_of(in));
  const ops::Linear& weights = weights_of(in);
  const CellRef unit = unit_of(in);
  const int token = token_of(in), width = config.dim, units = config.mlp_dim;
  const auto hovered_x = hovered_in(in, input_of(in));
  const int hovered_column = hovered_x ? hovered_x->j : -1;

  // Left: the input row on top of the weights, column under column. Right: the hidden matrix and its row.
  Rect left = r.cut_left(std::clamp(r.width() * 0.36f, 26 * u, 48 * u));
  r.cut_left(5 * u);
  const float label = 7.5f * u, strip_height = 3 * u;
  heading(c, left, phrase(c, "Row of {0}", {draw::token_name(c, token, in.grid())}), c.tr("after LayerNorm"), theme.selection);
  Rect input = left.cut_top(strip_height);
  input.x0 += label;
  const auto x_heat = signed_heat(signed_span(draw::Matrix(x)));
  strip(c, input, {draw::Matrix(x, static_cast<std::int64_t>(token) * width, 1, width, width), x_heat, CellRef{input_of(in), token, 0}, 1, -1, hovered_column});
  c.text({input.x0 - u, input.centre().y - lh / 2}, token_label(token, in.grid()), small, theme.selection, Align::right, label - u);
  Rect times = left.cut_top(2.75f * u);
  sign(c, {input.x0, times.y0, input.x1, times.y1}, "×");
  heading(c, left, c.tr("Weights"), c.tr("one row per hidden unit"), theme.weights);
  Rect bar = left.cut_bottom(lying_bar_height(c));
  left.cut_bottom(lh + 1.5f * u);
  Rect w = left;
  w.x0 += label;
  const draw::Matrix matrix(weights.weight(), 0, units, width, width);
  const auto w_heat = signed_heat(signed_span(matrix));
  c.heat(w, matrix, w_heat);
  c.tag_cells(w, {{output_of(in), token, 0}, units, 1, 1, -1});
  column_axis(c, w, width, dim_name(c, Dim::dim, config), theme.width);
  const std::string last = std::to_string(units - 1);
  c.text({w.x0 - u, w.y0}, "0", small, theme.text3, Align::right);
  c.text({w.x0 - u, w.y1 - lh}, last, small, theme.text3, Align::right);
  if (w.height() > 14 * u) c.text_up({w.x0 - label + lh / 2, w.centre().y}, dim_name(c, Dim::hidden, config), small, theme.hidden);
  Rect picked = row_of(w, unit.j, units);
  const float thin = 2;
  picked = {picked.x0, std::min(picked.y0, picked.centre().y - thin / 2), picked.x1, std::max(picked.y1, picked.centre().y + thin / 2)};
  c.pinned(picked);
  if (hovered_column >= 0) c.hovered(column_of(w, hovered_column, width));
  lying_bar(c, {w.x0 - label, bar.y0, w.x1, bar.y1}, w_heat, c.tr("weight; 1 % lies beyond"), false, true);

  const auto span = signed_span(draw::Matrix(hidden));
  Rect lower = r.cut_bottom(std::clamp(r.height() * 0.38f, 16 * u, 30 * u));
  r.cut_bottom(2 * u);
  Rect enlarged = r.cut_bottom(strip_height + lh + 0.75f * u);
  enlarged.y1 = enlarged.y0 + strip_height;
  r.cut_bottom(2.25f * u);
  TokenMap map;
  map.tensor = output_of(in);
  map.title = c.tr("Hidden matrix");
  map.hint = c.tr("rows are tokens, columns are hidden units");
  map.span = span;
  map.token = token;
  map.bar = true;
  const Rect cells = token_map(c, r, in, map);
  // The map keeps whole rows and may be lower than its room: what follows moves up.
  const float up = std::max(0.0f, enlarged.y0 - (cells.y1 + map_axis_height(c, r.height()) + 1.5f * u));
  enlarged = {cells.x0, enlarged.y0 - up, cells.x1, enlarged.y1 - up};
  lower.y0 -= up;
  const Rect source = row_of(cells, token, config.tokens());
  ribbon_from_row(c, cells, source, enlarged);
  strip(c, enlarged, {draw::Matrix(hidden, static_cast<std::int64_t>(token) * units, 1, units, units), signed_heat(span), CellRef{output_of(in), token, 0}, 1,
                      unit.i == token ? unit.j : -1, -1});
  c.text({enlarged.x0 - u, enlarged.centre().y - lh / 2}, token_label(token, in.grid()), small, theme.selection, Align::right, 6 * u);
  column_axis(c, enlarged, units, dim_name(c, Dim::hidden, config), theme.hidden);

  Rect list = lower.cut_left(lower.width() * 0.44f);
  lower.cut_left(4 * u);
  strongest(c, list, in, token, unit.i == token ? unit.j : -1);
  heading(c, lower, phrase(c, "Unit {0} of {1}", {std::to_string(unit.j), draw::token_name(c, unit.i, in.grid())}),
          "= " + draw::number(hidden.at(unit.i, unit.j)), theme.selection);
  const auto row = weights.weight().values().subspan(static_cast<std::size_t>(unit.j) * static_cast<std::size_t>(width), static_cast<std::size_t>(width));
  const auto sum = contributions(x.row(unit.i), row, weights.bias(), unit.j, contribution_rows(c, lower.height()));
  contribution_bars(c, lower, sum, {"input {0}", CellRef{input_of(in), unit.i, 0}, 1, hovered_column});
}

std::string caption(const Canvas& c, const FigureInput& in) {
  return phrase(c,
                "Each token's normalised row of {0} numbers times the learned matrix of the first layer plus its bias gives {1} hidden numbers, the same matrix for all tokens. "
                "Values and weights have no unit; 1 % of them lie beyond each span.",
                {std::to_string(in.config().dim), std::to_string(in.config().mlp_dim)});
}

Table data(const FigureInput& in) {
  const auto row = in.trace.at(output_of(in)).row(token_of(in));
  Table table;
  TableColumn index{"unit", {}}, value{"value", {}};
  for (std::size_t j = 0; j < row.size(); ++j) {
    index.values.push_back(static_cast<double>(j));
    value.values.push_back(row[j]);
  }
  table.columns = {index, value};
  table.tensors = {{"input", in.trace.at(input_of(in))}, {"hidden", in.trace.at(output_of(in))}};
  return table;
}

}  // namespace

const Figure& mlp_up() {
  static const Figure figure{"mlp-up", "MLP up", "fc1", {1340, 740}, ready, draw_figure, block_subject, caption, data, {}};
  return figure;
}

}  // namespace vitscope::figures
