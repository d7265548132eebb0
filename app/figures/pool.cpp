// The class token's row leaves the matrix; the rows of the patches end here.
#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/parts_stream.h"
#include "core/variants.h"

namespace vitscope::figures {

namespace {

using namespace stream;
using draw::Align;
using draw::Canvas;
using draw::Rect;

constexpr TensorRef kPooled{Slot::pooled, -1};

TensorRef source_ref(const FigureInput& in) { return variants::pooling_input(in.config()); }

bool ready(const FigureInput& in) { return in.trace.has(source_ref(in)) && in.trace.has(kPooled); }

/// The column under the pointer, in the matrix or in the row.
int hovered_column(const FigureInput& in) {
  if (const auto cell = hovered_in(in, kPooled)) return cell->i;
  if (const auto cell = hovered_in(in, source_ref(in)); cell && cell->i == 0) return cell->j;
  return -1;
}

int pinned_column(const FigureInput& in) {
  if (const auto cell = pinned_in(in, kPooled)) return cell->i;
  if (const auto cell = pinned_in(in, source_ref(in)); cell && cell->i == 0) return cell->j;
  return -1;
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const auto& config = in.config();
  const auto& theme = c.theme();
  const float u = c.u(), lh = line_height(c);
  const auto small = c.metrics().small_style();
  const Tensor &norm = in.trace.at(source_ref(in)), &pooled = in.trace.at(kPooled);
  const auto row = pooled.values();
  const int width = config.dim, tokens = config.tokens();
  const auto span = signed_span(draw::Matrix(norm));
  const int hovered = hovered_column(in), pinned = pinned_column(in);

  r.cut_right(4);  // the marks reach beyond the cells
  Rect bar = r.cut_bottom(lying_bar_height(c));
  r.cut_bottom(u);
  Rect left = r.cut_left(r.width() * 0.44f);
  r.cut_left(6 * u);
  TokenMap map;
  map.tensor = source_ref(in);
  map.title = in.config().final_norm ? c.tr("Tokens after the final norm") : c.tr("Tokens after the last block");
  const std::string hint = phrase(c, "{0} rows of {1} end here", {std::to_string(in.grid().patches()), std::to_string(tokens)});
  map.span = span;
  map.token = -1;
  map.hint = hint;
  const Rect cells = token_map(c, left, in, map);
  const Rect first = row_of(cells, 0, tokens);
  c.fill({cells.x0, first.y1, cells.x1, cells.y1}, theme.ground.faded(0.74f));

  heading(c, r, c.tr("Row of the class token"), phrase(c, "{0} numbers that stand for the whole picture", {std::to_string(width)}), theme.class_token);
  const float strip_height = 4 * u;
  r.y0 = std::max(r.y0, cells.y0);
  Rect enlarged = r.cut_top(strip_height);
  const float label = c.text_width("−0.25", small) + 1.5f * u;
  enlarged.x0 += label;
  const Rect source{cells.x0, first.y0, cells.x1, std::max(first.y1, first.y0 + 2)};
  ribbon_right(c, source, enlarged, theme.class_token.faded(1));
  strip(c, enlarged, {draw::Matrix(pooled), signed_heat(span), CellRef{kPooled, 0}, 0, pinned, hovered});
  c.outline(source.inset(-1), theme.class_token, 1.5f);
  c.outline(enlarged.inset(-1), theme.class_token, 1.5f);
  if (const int token = hovered_token(in); token > 0) c.hovered(row_of(cells, token, tokens));
  c.text({enlarged.x0 - u, enlarged.centre().y - lh / 2}, "cls", small, theme.class_token, Align::right);

  r.cut_top(1.5f * u);
  Rect lower = r.cut_bottom(std::clamp(r.height() * 0.52f, 12 * u, 34 * u));
  Rect chart = r;
  chart.x0 = enlarged.x0;
  chart.y1 -= lh + 2 * u;
  chart.y0 += 0.5f * lh;
  profile(c, chart, row, hovered);
  c.tag_cells(chart, {{kPooled, 0}, 1, width, -1, 0});
  column_axis(c, chart, width, dim_name(c, Dim::dim, config), theme.width);

  const int lines = std::max(1, static_cast<int>((lower.height() - heading_height(c)) / bar_row_height(c)));
  const bool two = lower.width() > 52 * u;
  heading(c, lower, c.tr("Largest numbers"), phrase(c, "length of the row {0}", {draw::number(length(row))}));
  std::vector<Bar> list;
  for (const int i : largest(row, two ? 2 * lines : lines)) {
    Bar b;
    const float value = row[static_cast<std::size_t>(i)];
    b.label = phrase(c, "element {0}", {std::to_string(i)});
    b.text = draw::signed_number(value);
    b.value = value;
    b.color = sign_color(value);
    b.pinned = i == pinned;
    b.hovered = i == hovered;
    b.target = draw::CellTarget{{kPooled, i}};
    list.push_back(std::move(b));
  }
  const std::size_t half = two ? (list.size() + 1) / 2 : list.size();
  Rect a = two ? lower.cut_left((lower.width() - 4 * u) / 2) : lower;
  bars(c, a, std::span(list).first(half), {});
  if (two) {
    lower.cut_left(4 * u);
    bars(c, lower, std::span(list).subspan(half), {});
  }
  lying_bar(c, {cells.x0, bar.y0, r.x1, bar.y1}, signed_heat(span), c.tr("value; one scale for both; 1 % lies beyond"), false, true);
}

std::string caption(const Canvas& c, const FigureInput& in) {
  return phrase(c,
                "After the final LayerNorm the row of the class token, {0} numbers without unit, is taken out and everything else is left behind. "
                "The {1} rows of the patches have acted on it only through attention in the blocks before.",
                {std::to_string(in.config().dim), std::to_string(in.grid().patches())});
}

Table data(const FigureInput& in) {
  Table table;
  TableColumn index{"element", {}}, value{"value", {}};
  const auto row = in.trace.at(kPooled).values();
  for (std::size_t i = 0; i < row.size(); ++i) {
    index.values.push_back(static_cast<double>(i));
    value.values.push_back(row[i]);
  }
  table.columns = {index, value};
  table.tensors = {{"norm", in.trace.at(source_ref(in))}, {"pooled", in.trace.at(kPooled)}};
  return table;
}

}  // namespace

const Figure& pool() {
  static const Figure figure{"pool", "Class token's row", "pool", {1340, 680}, ready, draw_figure, nullptr, caption, data, {}};
  return figure;
}

}  // namespace vitscope::figures
