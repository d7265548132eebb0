// Scores become shares: where a token looks, all pairs, and one row before and after.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <tuple>

#include "app/draw/number.h"
#include "app/figures/attention_facts.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures {

namespace {

using namespace attention;
using draw::Align;
using draw::Canvas;
using draw::Color;
using draw::Rect;

const std::array<Option, 3>& options() {
  static const std::array<Option, 3> all{{reading_option(), range_option(), {Option::Kind::slider, "softmax.covered", "Bar covers", 0.8f, 1, 0.97f, {}}}};
  return all;
}

double covered(const FigureInput& input) { return static_cast<double>(option(input.selection, options()[2])); }

bool ready(const FigureInput& input) { return input.trace.has(Slot::attn, input.block()) && input.trace.has(Slot::scores, input.block()); }

std::span<const float> row_of_head(const Tensor& stack, int head, int query) {
  const auto tokens = static_cast<std::size_t>(stack.dim(2));
  return stack.row(head).subspan(static_cast<std::size_t>(query) * tokens, tokens);
}

/// The other end that is framed: under the pointer, else pinned; -1 for none.
int framed_token(const FigureInput& input) {
  const int hovered = hovered_other(input);
  return hovered >= 0 ? hovered : pinned_other(input);
}

void draw_picture(Canvas& c, Rect r, const FigureInput& input, const Chosen& chosen) {
  const float u = c.u();
  const std::vector<float> values = values_of(input.trace, chosen);
  const std::vector<Fact> facts = map_fact_list(c, input, chosen, values, true);
  const float bar_height = 1.25f * u + 2 * Canvas::text_height(c.metrics().small_style()), chips = prefix_chips_height(c, input.grid());
  // The numbers stand beside the picture where it leaves room, else below it; there they give way where it would become small.
  const Rect alone = snug({r.x0, r.y0 + heading_height(c), r.x1, r.y1 - bar_height - chips}, input.trace);
  const float free = r.x1 - alone.x1 - 3 * u;
  const bool beside = free >= 24 * u && alone.height() < 30 * u;
  float numbers = beside ? 0 : fact_flow_height(c, r.width(), facts);
  if (r.height() - heading_height(c) - bar_height - chips - numbers < 14 * u) numbers = 0;
  Overlay o = overlay_of(input);
  o.grid = grid_of(input.trace, chosen);
  o.span = span_of(input, chosen);
  o.pinned = chosen.query;
  o.hovered = hovered_other(input);
  if (o.hovered >= 0) o.tooltip = token_tooltip(c, input, values, o.hovered);
  const std::string_view title = chosen.column ? c.tr("Who looks at {0}") : c.tr("Where {0} looks");
  const Rect panel{r.x0, r.y0, beside ? std::min(r.x1, alone.x1 + 2 * u) : r.x1, r.y1};
  const Rect picture = overlay_panel(c, panel, input, title, {token_piece(c, chosen.query, input.grid())}, c.tr("on the original picture"), bar_height + chips + numbers, o);
  Rect below{r.x0, picture.y1 + u, r.x1, r.y1};
  below.cut_top(overlay_bar(c, {r.x0, below.y0}, std::min(24 * u, 0.6f * r.width()), o.span) + 0.25f * u);
  draw::HeatStyle heat;
  heat.span = o.span;
  below.cut_top(prefix_chips(c, below, input, values, heat, chosen.query));
  if (numbers > 0) fact_flow(c, below, facts);
  if (beside && r.x1 - picture.x1 >= 23 * u) fact_column(c, {picture.x1 + 3 * u, picture.y0, std::min(r.x1, picture.x1 + 35 * u), picture.y1}, facts);
}

Rect draw_pairs(Canvas& c, Rect r, const FigureInput& input, const Chosen& chosen) {
  Pairs p;
  p.all = shares(input.trace, chosen.block, chosen.head);
  p.tensor = {Slot::attn, chosen.block};
  p.head = chosen.head;
  p.query = pinned_choice(input).query;
  p.column = chosen.column;
  p.heat.span = cut_span(input, chosen, covered(input)).span;
  p.percent = true;
  return pairs(c, r, input, p);
}

/// Scores above shares on the same x, or the shares of a column; returns the place of the bars.
Rect draw_row(Canvas& c, Rect r, const FigureInput& input, const Chosen& chosen) {
  const float u = c.u();
  const auto& theme = c.theme();
  const PatchGrid& grid = input.grid();
  const int tokens = grid.tokens(), framed = framed_token(input);
  const std::vector<float> row = values_of(input.trace, chosen);
  const bool with_scores = chosen.head >= 0 && !chosen.column;
  std::span<const float> scores;
  if (with_scores) scores = row_of_head(input.trace.at(Slot::scores, chosen.block), chosen.head, chosen.query);

  const double sum = std::accumulate(row.begin(), row.end(), 0.0);
  std::string hint = is_distribution(chosen) ? filled(c.tr("{0} shares sum to 1; dashed: all alike, {1}"), {std::to_string(tokens), draw::percent(1.0 / tokens)})
                                             : filled(c.tr("sum {0}, not a distribution; dashed: all alike, {1}"), {draw::number(sum), draw::percent(1.0 / tokens)});
  if (framed >= 0) {
    const std::string share = draw::percent(static_cast<double>(row[static_cast<std::size_t>(framed)]));
    const std::string key = draw::token_name(c, framed, grid);
    hint = with_scores ? filled(c.tr("key {0}: score {1}, share {2}"), {key, draw::number(static_cast<double>(scores[static_cast<std::size_t>(framed)])), share})
                       : filled(c.tr(chosen.column ? "query {0}: share {1}" : "key {0}: share {1}"), {key, share});
  }
  const Piece query = token_piece(c, chosen.query, grid);
  if (with_scores)
    heading(c, r, c.tr("Row of {0}: scores become shares"), {query}, hint);
  else
    heading(c, r, filled(c.tr(chosen.column ? "Column of {0}: what every query gives it, {1}" : "Row of {0}: shares, {1}"), {"{0}", head_name(c, input, chosen.head)}), {query}, hint);

  const float line = Canvas::text_height(c.metrics().small_style());
  Rect plot{r.x0 + 6 * u, r.y0 + 0.5f * u, r.x1, r.y1 - line - 0.5f * u};
  const Rect whole = plot;
  AxisNumbers numbers(c, plot.x0);
  std::vector<std::tuple<float, std::string, float>> extremes;  // written where the others leave room
  if (with_scores) {
    Rect upper = plot.cut_top(plot.height() * 0.36f);
    plot.cut_top(std::min(2 * u, plot.height() * 0.15f));
    const auto [least, most] = std::minmax_element(scores.begin(), scores.end());
    const float lo = std::min(*least, 0.0f), hi = std::max(*most, 0.0f);
    draw::HeatStyle heat;
    heat.map = ColorMap::diverging;
    const float reach = std::max({-lo, hi, 1e-9f});
    heat.span = {-reach, reach};
    token_bars(c, upper, scores, heat, lo, std::max(hi, lo + 1e-9f));
    const float zero = upper.y1 + lo / std::max(hi - lo, 1e-9f) * upper.height();
    c.line({upper.x0, zero}, {upper.x1, zero}, theme.tick, c.pixel());
    numbers.add(zero, "0");
    if (hi > 0) extremes.emplace_back(upper.y0, draw::number(static_cast<double>(hi), 2), 0.25f);
    if (lo < 0) extremes.emplace_back(upper.y1, draw::number(static_cast<double>(lo), 2), -0.25f);
    c.tag_cells(upper, {{{Slot::scores, chosen.block}, chosen.head, chosen.query, 0}, 1, tokens, -1, 2});
  }
  draw::HeatStyle heat;
  const float top = std::max(*std::max_element(row.begin(), row.end()), 1e-9f);
  heat.span = {0, top};
  token_bars(c, plot, row, heat, 0, top);
  c.line({plot.x0, plot.y1}, {plot.x1, plot.y1}, theme.tick, c.pixel());
  numbers.add(plot.y1, "0", -0.25f);
  numbers.add(plot.y0, draw::percent(static_cast<double>(top), 2), 0.25f);
  for (const auto& [y, text, shift] : extremes) numbers.add(y, text, shift);
  const float uniform = plot.y1 - plot.height() / (static_cast<float>(tokens) * top);
  if (uniform > plot.y0 && uniform < plot.y1 - 2 * c.pixel()) {
    c.dashes({plot.x0, uniform}, {plot.x1, uniform}, theme.tick, c.pixel());
    c.tag({plot.x0, uniform - 2, plot.x1, uniform + 2}, {}, filled(c.tr("uniform attention: {0}"), {draw::percent(1.0 / tokens)}));
  }
  const int pinned = pinned_choice(input).query;
  if (chosen.head >= 0) {
    c.tag_cells(plot, chosen.column ? draw::CellGrid{{{Slot::attn, chosen.block}, chosen.head, 0, pinned}, 1, tokens, -1, 1}
                                    : draw::CellGrid{{{Slot::attn, chosen.block}, chosen.head, pinned, 0}, 1, tokens, -1, 2});
  } else {
    for (int token = 0; token < tokens; ++token) c.tag(token_place_in(plot, token, tokens), draw::TokenTarget{token}, draw::percent(static_cast<double>(row[static_cast<std::size_t>(token)])));
  }
  token_axis(c, plot, grid, chosen.query, framed);
  const auto frame = [&](int key) { return token_place_in(whole, key, tokens).inset(-c.pixel(), -0.5f * u); };
  if (pinned_other(input) >= 0) c.pinned(frame(pinned_other(input)));
  if (hovered_other(input) >= 0) c.hovered(frame(hovered_other(input)));
  return whole;
}

void draw_figure(Canvas& c, Rect r, const FigureInput& input) {
  const float u = c.u();
  const Chosen now = chosen(input);
  const bool upright = r.height() > 1.25f * r.width();
  float row_height = std::clamp(0.34f * r.height(), 15 * u, 26 * u);
  // Whole points for the cells of the matrix where they are large enough to see; the row takes what is left.
  const float tokens = static_cast<float>(input.config().tokens()), gap = 2 * u;
  const float cell = std::floor((r.height() - 15 * u - gap - pairs_overhead(c)) / tokens);
  if (!upright && cell >= 3) row_height = std::clamp(r.height() - gap - pairs_overhead(c) - cell * tokens - 1, 15 * u, 30 * u);
  Rect row = r.cut_bottom(row_height);
  r.cut_bottom(gap);
  Rect matrix;
  if (upright) {
    matrix = r.cut_bottom(std::min(0.55f * r.height(), r.width() - 10 * u));
    r.cut_bottom(2 * u);
  } else {
    matrix = r.cut_right(std::min(pairs_width(c, r.height(), input.config().tokens()), 0.56f * r.width()));
    r.cut_right(4 * u);
  }
  draw_picture(c, r, input, now);
  const Rect cells = draw_pairs(c, matrix, input, now);
  const Rect plot = draw_row(c, row, input, now);
  const Color quiet = now.query < input.grid().prefix() ? draw::prefix_color(c.theme(), now.query, input.grid().prefix_tokens()) : c.theme().selection;
  const draw::Vec band[4] = {{cells.x0, cells.y1}, {cells.x1, cells.y1}, {plot.x1, plot.y0}, {plot.x0, plot.y0}};
  c.polygon(band, quiet.faded(0.08f));
  if (now.column) return;
  const Rect from = stream::row_of(cells, now.query, input.config().tokens());
  for (const float x : {cells.x0, cells.x1}) c.line({x, from.y1}, {x, cells.y1}, quiet.faded(0.6f), c.pixel());
}

std::string subject(const Canvas& c, const FigureInput& input) { return block_and_head(c, input); }

std::string caption(const Canvas& c, const FigureInput& input) {
  const Chosen now = chosen(input);
  std::string text = now.column ? filled(c.tr("Softmax of the scores over the keys: every row of the {0} × {0} matrix is a distribution that sums to 1. The overlay and the chart show the column of {1}: what "
                                              "every query gives to it; a column has no fixed sum."),
                                         {std::to_string(input.config().tokens()), draw::token_name(c, now.query, input.grid())})
                                : filled(c.tr("Softmax of the scores over the keys: every row of the {0} × {0} matrix is a distribution that sums to 1. The overlay and the chart show the row of {1}."),
                            {std::to_string(input.config().tokens()), draw::token_name(c, now.query, input.grid())});
  if (now.head == kMaxHead) {
    text += " ";
    text += c.tr("Shown is the largest share over the heads for each pair; its rows do not sum to 1.");
  }
  if (option(input.selection, range_option()) > 0) {
    text += " ";
    text += filled(c.tr("Colours end at {0}, set by hand."), {draw::percent(static_cast<double>(option(input.selection, range_option())), 2)});
  } else if (cut_span(input, now, covered(input)).cut) {
    text += " ";
    text += filled(c.tr("The matrix's bar is cut: it covers {0} of the values, larger ones have its last colour."),
                   {draw::percent(covered(input), 2)});
  }
  return text;
}

Table data(const FigureInput& input) {
  const Chosen now = chosen(input);
  const draw::Matrix all = shares(input.trace, now.block, now.head);
  const int tokens = input.config().tokens();
  TableColumn key{now.column ? "query_token" : "key_token", {}}, patch{now.column ? "query_patch" : "key_patch", {}}, score{"score", {}}, share{"share", {}};
  for (int token = 0; token < tokens; ++token) {
    key.values.push_back(token);
    patch.values.push_back(input.grid().patch_of(token));
    share.values.push_back(static_cast<double>(now.column ? all.at(token, now.query) : all.at(now.query, token)));
    if (now.head >= 0 && !now.column) score.values.push_back(static_cast<double>(input.trace.at(Slot::scores, now.block).at(now.head, now.query, token)));
  }
  Table table;
  table.columns = {key, patch};
  if (now.head >= 0 && !now.column) table.columns.push_back(score);
  table.columns.push_back(share);
  const auto count = static_cast<std::size_t>(tokens) * static_cast<std::size_t>(tokens);
  table.tensors = {{"attn", Tensor(Shape{tokens, tokens}, all.tensor.values().subspan(static_cast<std::size_t>(all.offset), count))}};
  return table;
}

}  // namespace

const Figure& softmax() {
  static const Figure figure{"softmax", "Attention", "softmax", {1340, 760}, ready, draw_figure, subject, caption, data, options()};
  return figure;
}

}  // namespace vitscope::figures
