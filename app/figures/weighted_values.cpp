// Attention shares times value rows give one new row per token.
#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures {

namespace {

using namespace stream;
using draw::Align;
using draw::Canvas;
using draw::Color;
using draw::Rect;

struct Setting {
  TensorRef attn, v, weighted;
  int head, token, tokens;
  std::span<const float> shares;  ///< of the chosen token over all keys
  float top;                      ///< largest share
};

Setting setting_of(const FigureInput& in) {
  const int block = in.block(), head = chosen_head(in);
  Setting s{{Slot::attn, block}, {Slot::v, block}, {Slot::weighted, block}, head, 0, in.grid().tokens(), {}, 0};
  s.token = chosen_token(in, {s.weighted});
  const auto t = static_cast<std::size_t>(s.tokens);
  s.shares = in.trace.at(s.attn).row(head).subspan(static_cast<std::size_t>(s.token) * t, t);
  s.top = std::max(1e-6f, *std::max_element(s.shares.begin(), s.shares.end()));
  return s;
}

/// The token that is looked at under the pointer: a key of the shares, a row of V, or a patch anywhere.
int hovered_key(const FigureInput& in, const Setting& s) {
  if (in.paper) return -1;
  if (const auto cell = hovered_in(in, s.attn)) return cell->k;
  return hovered_token(in);
}

bool ready(const FigureInput& in) {
  const int b = in.block();
  return in.trace.has(Slot::attn, b) && in.trace.has(Slot::v, b) && in.trace.has(Slot::weighted, b);
}

/// The keys with the largest shares, with lines to their rows in `column`.
void contributors(Canvas& c, Rect r, Rect column, const FigureInput& in, const Setting& s) {
  const auto& grid = in.grid();
  const float u = c.u();
  const Color name_color = c.theme().selection;
  const std::string who = draw::token_name(c, s.token, grid);
  heading(c, r, phrase(c, "{0} looks at", {capitalised(who)}), c.tr("share"), name_color);
  const float row = std::max(bar_row_height(c), std::min(4 * u, r.height() / 10));
  const int fits = static_cast<int>(r.height() / row);
  const int wanted = std::min({s.tokens, std::max(1, fits - 1), 12});
  const auto order = largest(s.shares, wanted, true);
  const int key = hovered_key(in, s);
  std::vector<Bar> list;
  double shown = 0;
  for (const int k : order) {
    const float share = s.shares[static_cast<std::size_t>(k)];
    Bar b;
    b.label = draw::token_name(c, k, grid);
    b.text = draw::percent(share);
    b.value = share;
    b.color = draw::of(color_of(ColorMap::viridis, share, 0, s.top));
    if (k < grid.prefix()) b.label_color = token_color(c.theme(), k, grid);
    b.pinned = k == s.token;
    b.hovered = k == key;
    b.target = draw::CellTarget{{s.attn, s.head, s.token, k}};
    b.crop_token = k;
    shown += share;
    list.push_back(std::move(b));
  }
  const int others = s.tokens - static_cast<int>(order.size());
  if (others > 0) {
    Bar b;
    b.label = phrase(c, "{0} more", {draw::count(others)});
    b.text = draw::percent(std::max(0.0, 1 - shown));
    b.color = {0, 0, 0, 0};
    b.label_color = c.theme().text3;
    list.push_back(std::move(b));
  }
  BarsStyle style;
  style.trace = &in.trace;
  style.ground = true;
  style.row_height = row;
  bars(c, r, list, style);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const float y = r.y0 + (static_cast<float>(i) + 0.5f) * row;
    const float share = s.shares[static_cast<std::size_t>(order[i])] / s.top;
    const bool hot = order[i] == key;
    const draw::Vec from{r.x1 + 0.75f * u, y}, to{column.x0 - 0.5f * u, row_of(column, order[i], s.tokens).centre().y};
    c.line(from, to, hot ? c.theme().text1 : c.theme().text3.faded(0.15f + 0.7f * share), hot ? 1.5f : 1);
  }
}

/// V with every row veiled by what its share leaves out.
void weighted_rows(Canvas& c, Rect cells, const FigureInput& in, const Setting& s, draw::Span span) {
  c.heat(cells, draw::Matrix(in.trace.at(s.v), s.head), signed_heat(span));
  for (int k = 0; k < s.tokens; ++k) {
    const float share = s.shares[static_cast<std::size_t>(k)] / s.top;
    c.fill(row_of(cells, k, s.tokens), c.theme().ground.faded(0.92f * (1 - std::sqrt(std::clamp(share, 0.0f, 1.0f)))));
  }
  c.tag_cells(cells, {{s.v, s.head, 0, 0}, s.tokens, in.config().head_width, 1, 2});
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const Setting s = setting_of(in);
  const auto& grid = in.grid();
  const float u = c.u(), lh = line_height(c);
  const auto small = c.metrics().small_style();
  const Tensor& v = in.trace.at(s.v);
  const Tensor& weighted = in.trace.at(s.weighted);
  const int d = in.config().head_width;
  const draw::Span span = signed_span(draw::Matrix(v, s.head));

  Rect list = r.cut_left(std::clamp(r.width() * 0.26f, 17 * u, 34 * u));
  r.cut_left(6 * u);
  Rect bar = r.cut_bottom(lying_bar_height(c));
  r.cut_bottom(1.5f * u);
  const float strip_height = 3.5f * u, gap = 3.5f * u, axis = lh + 0.5f * u;
  Rect result = r.cut_right((r.width() - 6 * u) * 0.5f);
  r.cut_right(6 * u);

  Rect shares_head = r;
  shares_head = shares_head.cut_left(6 * u);
  Rect values = r;
  values.x0 += 7 * u;
  Rect body = values;
  body.cut_top(heading_height(c));
  Rect head_line = shares_head;
  heading(c, head_line, c.tr("Shares"));
  const Rect cells = whole_cells(c, {values.x0, body.y0, values.x1, r.y1 - axis - strip_height - gap}, s.tokens, d);
  Rect title{cells.x0, values.y0, cells.x1, values.y1};
  heading(c, title, phrase(c, "Values V of head {0}", {std::to_string(s.head + 1)}), c.tr("faded by share"));
  const Rect column{cells.x0 - 4.5f * u, cells.y0, cells.x0 - 2.5f * u, cells.y1};
  list.y1 = cells.y1 + gap + strip_height;
  contributors(c, list, column, in, s);

  draw::HeatStyle heat;
  heat.span = {0, s.top};
  c.heat(column, draw::Matrix(in.trace.at(s.attn), static_cast<std::int64_t>(s.head * s.tokens + s.token) * s.tokens, s.tokens, 1, 1), heat);
  c.tag_cells(column, {{s.attn, s.head, s.token, 0}, s.tokens, 1, 2, -1});
  sign(c, {column.x1, cells.y0, cells.x0, cells.y1}, "×");
  weighted_rows(c, cells, in, s, span);
  class_line(c, cells, grid);
  class_line(c, column, grid);

  // The sum falls straight down: column j of the row is the sum over column j above.
  const Rect sum{cells.x0, cells.y1 + gap, cells.x1, cells.y1 + gap + strip_height};
  sign(c, {cells.x0, cells.y1, cells.x1, sum.y0}, "Σ");
  Strip row{draw::Matrix(weighted, (static_cast<std::int64_t>(s.head) * s.tokens + s.token) * d, 1, d, d), signed_heat(span), CellRef{s.weighted, s.head, s.token, 0}, 2};
  const auto pinned = pinned_in(in, s.weighted);
  const auto hovered = hovered_in(in, s.weighted);
  const auto hovered_v = hovered_in(in, s.v);
  if (pinned && pinned->i == s.head && pinned->j == s.token) row.pinned = pinned->k;
  if (hovered && hovered->i == s.head) row.hovered = hovered->k;
  if (hovered_v && hovered_v->i == s.head) row.hovered = hovered_v->k;
  c.text({sum.x0 - u, sum.centre().y - lh / 2}, token_label(s.token, grid), small, c.theme().selection, Align::right, 5 * u);
  column_axis(c, sum, d, dim_name(c, Dim::head_width, in.config()), c.theme().width);

  // What stands above keeps whole cells: the bars follow it.
  const float bottom = sum.y1 + axis + 1.5f * u;
  if (bottom < bar.y0) bar = bar.moved({0, bottom - bar.y0});

  TokenMap map{s.weighted, s.head, c.tr("Result"), c.tr("one such row per token"), span, s.token};
  Rect map_rect{result.x0, result.y0, result.x1, sum.y1 + axis};
  const Rect mapped = token_map(c, map_rect, in, map);
  ribbon_right(c, sum, row_of(mapped, s.token, s.tokens));
  strip(c, sum, row);
  c.pinned(sum);
  const int key = hovered_key(in, s);
  if (key >= 0 && key < s.tokens) {
    c.hovered(row_of(column, key, s.tokens));
    c.hovered(row_of(cells, key, s.tokens));
  }
  draw::HeatStyle share_heat = heat;
  lying_bar(c, Rect{list.x0, bar.y0, list.x1 + 5 * u, bar.y1}, share_heat, c.tr("share of attention"), true);
  lying_bar(c, Rect{cells.x0, bar.y0, result.x1, bar.y1}, signed_heat(span), c.tr("value; V, sum and result share one scale; 1 % of V lies beyond"), false, true);
}

std::string caption(const Canvas& c, const FigureInput& in) {
  return phrase(c,
                "Attention shares of one query (softmax, they sum to 1) times the value rows of head {0}; their sum is one row of {1} numbers, without unit. "
                "Rows of V are drawn fainter with the square root of their share; V, sum and result have one colour scale.",
                {std::to_string(chosen_head(in) + 1), std::to_string(in.config().head_width)});
}

Table data(const FigureInput& in) {
  const Setting s = setting_of(in);
  Table table;
  TableColumn token{"token", {}}, share{"share", {}}, norm{"value_length", {}};
  const Tensor values(Shape{s.tokens, in.config().head_width}, in.trace.at(s.v).row(s.head));
  for (int k = 0; k < s.tokens; ++k) {
    token.values.push_back(k);
    share.values.push_back(s.shares[static_cast<std::size_t>(k)]);
    norm.values.push_back(length(values.row(k)));
  }
  table.columns = {token, share, norm};
  const Tensor result(Shape{s.tokens, in.config().head_width}, in.trace.at(s.weighted).row(s.head));
  table.tensors = {{"values", values}, {"weighted", result}};
  return table;
}

}  // namespace

const Figure& weighted_values() {
  static const Figure figure{"weighted-values", "Weighted values", "weighted-sum", {1340, 700}, ready, draw_figure, head_subject, caption, data, {}};
  return figure;
}

}  // namespace vitscope::figures
