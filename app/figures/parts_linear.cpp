#include "app/figures/parts_linear.h"

#include <algorithm>

#include "app/draw/number.h"

namespace vitscope::figures::stream {

using draw::Align;
using draw::Canvas;
using draw::Rect;

namespace {

/// Three maps in one line: x, W, y.
struct Maps {
  Rect x, w, y;
};

Maps draw_maps(Canvas& c, Rect r, const FigureInput& in, const LinearPage& page, int token, const CellRef& element) {
  const float u = c.u();
  const float gap = 4 * u;
  const bool upright = r.width() >= 90 * u;  // room for bars beside the maps; else they lie below
  Rect below = upright ? Rect{} : r.cut_bottom(lying_bar_height(c) + u);
  below.y0 += u;
  const float width = r.width() - 2 * gap;
  const float inner = width * 0.36f;
  Rect x = r.cut_left(inner), times = r.cut_left(gap), w = r.cut_left(inner), equals = r.cut_left(gap), y = r;
  const auto hovered_x = hovered_in(in, page.in);
  const auto hovered_y = hovered_in(in, page.out);

  TokenMap mx;
  mx.tensor = page.in;
  mx.title = page.in_title;
  mx.span = signed_span(draw::Matrix(in.trace.at(page.in)));
  mx.token = token;
  mx.bar = upright;
  Maps maps;
  maps.x = token_map(c, x, in, mx);

  const Tensor& weight = page.weights->weight();
  const draw::Matrix matrix(weight, 0, page.weights->out(), page.weights->in(), page.weights->in());
  const Dim in_dim = info(page.in.slot).dims.back(), out_dim = info(page.out.slot).dims.back();
  draw::MapStyle style;
  style.title = page.weights_title;
  style.hint = c.tr("learned");
  style.row_name = dim_name(c, out_dim, in.config());
  style.column_name = dim_name(c, in_dim, in.config());
  style.row_dim = out_dim;
  style.column_dim = in_dim;
  style.heat = signed_heat(signed_span(matrix));
  style.pinned_row = element.j;
  style.bar = false;  // the map would look through all weights in every frame
  draw::BarStyle bar;
  bar.heat = style.heat;
  bar.cut_lo = bar.cut_hi = true;
  const float bar_room = 5 * u + c.text_width("≥ " + draw::number(bar.heat.span.lo), c.metrics().small_style());
  if (upright) w.cut_right(bar_room);
  // A row of W makes one column of the result: pointing at it is pointing at the token's number in that column.
  style.cells = std::nullopt;
  maps.w = draw::map(c, w, matrix, style);
  if (upright) draw::color_bar(c, draw::rect_at({maps.w.x1 + 2 * u, maps.w.y0}, 1.5f * u, maps.w.height()), bar);
  c.tag_cells(maps.w, {{page.out, token, 0}, page.weights->out(), 1, 1, -1});
  if (hovered_y && hovered_y->j != element.j) c.hovered(row_of(maps.w, hovered_y->j, page.weights->out()));
  if (hovered_x) c.hovered(column_of(maps.w, hovered_x->j, page.weights->in()));

  TokenMap my;
  my.tensor = page.out;
  my.title = page.out_title;
  my.hint = page.weights->bias().empty() ? std::string_view() : c.tr("bias added");
  my.span = signed_span(draw::Matrix(in.trace.at(page.out)));
  my.token = token;
  my.bar = upright;
  my.row_axis = false;
  maps.y = token_map(c, y, in, my);
  if (!upright) {
    const std::pair<Rect, draw::Span> bars_below[] = {{maps.x, mx.span}, {maps.w, bar.heat.span}, {maps.y, my.span}};
    for (const auto& [cells, span] : bars_below) lying_bar(c, {cells.x0, below.y0, cells.x1, below.y1}, signed_heat(span), {}, false, true);
  }
  const Rect middle{0, maps.x.y0, 0, maps.x.y1};
  sign(c, {times.x0, middle.y0, times.x1, middle.y1}, "×");
  sign(c, {equals.x0, middle.y0, equals.x1, middle.y1}, "=");
  return maps;
}

}  // namespace

CellRef chosen_element(const FigureInput& in, const LinearPage& page) {
  if (const auto cell = hovered_in(in, page.out)) return *cell;
  if (const auto cell = pinned_in(in, page.out)) return *cell;
  const int token = chosen_token(in, {page.in, page.out});
  return {page.out, token, largest_magnitude(in.trace.at(page.out).row(token))};
}

void draw_linear(Canvas& c, Rect r, const FigureInput& in, const LinearPage& page) {
  const float u = c.u(), lh = line_height(c);
  const auto small = c.metrics().small_style();
  const CellRef element = chosen_element(in, page);
  const int token = element.i, width = page.weights->in();
  const float strip_height = std::max(2 * u, std::min(3 * u, r.height() * 0.05f)), strip_gap = lh + 0.75f * u;
  const float lower_wanted = heading_height(c) + 3 * strip_height + 3 * strip_gap;
  Rect lower = r.cut_bottom(std::clamp(r.height() * 0.4f, std::min(lower_wanted, r.height() * 0.5f), 40 * u));
  r.cut_bottom(2 * u);
  draw_maps(c, r, in, page, token, element);

  const auto x = in.trace.at(page.in).row(token);
  const auto w = page.weights->weight().values().subspan(static_cast<std::size_t>(element.j) * x.size(), x.size());
  const std::string name = phrase(c, "Element {0} of {1}", {std::to_string(element.j), draw::token_name(c, token, in.grid())});
  Rect right = lower.cut_right(lower.width() * 0.42f);
  lower.cut_right(4 * u);
  heading(c, right, c.tr("Largest contributions"), c.tr("input × weight"));
  const auto sum = contributions(x, w, page.weights->bias(), element.j, contribution_rows(c, right.height()));
  const auto hovered = hovered_in(in, page.in);
  const int hovered_column = hovered ? hovered->j : -1;
  contribution_bars(c, right, sum, {page.in_word, CellRef{page.in, token, 0}, 1, hovered_column});

  const float value = in.trace.at(page.out).at(token, element.j);
  heading(c, lower, name, "= " + draw::number(value), c.theme().selection);
  const draw::Matrix xr(in.trace.at(page.in), static_cast<std::int64_t>(token) * width, 1, width, width);
  const draw::Matrix wr(page.weights->weight(), static_cast<std::int64_t>(element.j) * width, 1, width, width);
  struct Line {
    std::string_view title;
    draw::Matrix row;
    draw::Span span;
  };
  const Line lines[] = {{c.tr("input row"), xr, signed_span(draw::Matrix(in.trace.at(page.in)))},
                        {c.tr("row of weights"), wr, signed_span(draw::Matrix(page.weights->weight(), 0, page.weights->out(), width, width))}};
  float label = 10 * u;
  for (const Line& line : lines) label = std::max(label, c.text_width(line.title, small) + 1.5f * u);
  label = std::min(label, lower.width() * 0.34f);
  for (const Line& line : lines) {
    Rect row = lower.cut_top(strip_height);
    lower.cut_top(0.75f * u);
    c.text({row.x0, row.centre().y - lh / 2}, line.title, small, c.theme().text3, Align::left, label - u);
    row.x0 += label;
    strip(c, row, {line.row, signed_heat(line.span), CellRef{page.in, token, 0}, 1, -1, hovered_column});
  }
  Rect chart = lower;
  chart.x0 += label;
  chart.y1 -= lh + 0.75f * u;
  if (chart.height() < 3 * u) return;
  std::vector<float> products(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) products[i] = x[i] * w[i];
  profile(c, chart, products, hovered_column);
  c.text({lower.x0, chart.y1 + 0.4f * u}, c.tr("products"), small, c.theme().text3, Align::left, label - u);
  c.tag_cells(chart, {{page.in, token, 0}, 1, width, -1, 1});
  column_axis(c, chart, width, dim_name(c, info(page.in.slot).dims.back(), in.config()), draw::color_of(info(page.in.slot).dims.back(), c.theme()));
}

Table linear_data(const FigureInput& in, const LinearPage& page) {
  const CellRef element = chosen_element(in, page);
  const auto x = in.trace.at(page.in).row(element.i);
  const auto w = page.weights->weight().values().subspan(static_cast<std::size_t>(element.j) * x.size(), x.size());
  Table table;
  TableColumn index{"index", {}}, a{"input", {}}, b{"weight", {}}, product{"product", {}};
  for (std::size_t i = 0; i < x.size(); ++i) {
    index.values.push_back(static_cast<double>(i));
    a.values.push_back(x[i]);
    b.values.push_back(w[i]);
    product.values.push_back(static_cast<double>(x[i]) * w[i]);
  }
  table.columns = {index, a, b, product};
  table.tensors = {{"input", in.trace.at(page.in)}, {"output", in.trace.at(page.out)}};
  return table;
}

}  // namespace vitscope::figures::stream
