// Every query against every key, one row of it, and the products behind one score.
#include <algorithm>
#include <cmath>

#include "app/draw/formula.h"
#include "app/draw/number.h"
#include "app/figures/attention_draw.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures {

namespace {

using namespace attention;
using draw::Align;
using draw::Canvas;
using draw::Color;
using draw::Rect;

bool ready(const FigureInput& input) {
  const int block = input.block();
  return input.trace.has(Slot::scores, block) && input.trace.has(Slot::q, block) && input.trace.has(Slot::k, block);
}

struct Content {
  int block, head, query, key;
  draw::Matrix all;
  std::span<const float> row;
  draw::HeatStyle heat;
};

Content content_of(const FigureInput& input) {
  const Chosen now = chosen(input);
  const int head = std::max(now.head, 0), query = hovered_query(input) >= 0 && now.column ? hovered_query(input) : now.column ? pinned_choice(input).query : now.query;
  Content content{now.block, head, query, -1, draw::Matrix(input.trace.at(Slot::scores, now.block), head), {}, {}};
  const auto tokens = static_cast<std::size_t>(input.config().tokens());
  content.row = content.all.tensor.row(content.head).subspan(static_cast<std::size_t>(query) * tokens, tokens);
  content.heat = stream::signed_heat(stream::signed_span(content.all, 0.99));
  content.key = hovered_key(input);
  if (content.key < 0) content.key = pinned_key(input);
  if (content.key < 0) content.key = static_cast<int>(std::max_element(content.row.begin(), content.row.end()) - content.row.begin());
  return content;
}

void draw_pairs(Canvas& c, Rect r, const FigureInput& input, const Content& content) {
  pairs(c, r, input, {content.all, {Slot::scores, content.block}, content.head, pinned_choice(input).query, false, content.heat, false});
}

void draw_row(Canvas& c, Rect r, const FigureInput& input, const Content& content) {
  const float u = c.u(), line = Canvas::text_height(c.metrics().small_style());
  const PatchGrid& grid = input.grid();
  heading(c, r, c.tr("Row of {0}"), {token_piece(c, content.query, grid)}, c.tr("one score per key"));
  const Rect plot{r.x0 + 5 * u, r.y0 + 0.25f * u, r.x1, r.y1 - line - 0.5f * u};
  const auto [least, most] = std::minmax_element(content.row.begin(), content.row.end());
  const float lo = std::min(*least, 0.0f), hi = std::max({*most, 0.0f, lo + 1e-9f});
  token_bars(c, plot, content.row, content.heat, lo, hi);
  const float zero = plot.y1 + lo / (hi - lo) * plot.height();
  c.line({plot.x0, zero}, {plot.x1, zero}, c.theme().tick, c.pixel());
  AxisNumbers numbers(c, plot.x0);
  numbers.add(zero, "0");
  if (lo < 0) numbers.add(plot.y1, draw::number(static_cast<double>(lo), 2), -0.25f);
  if (hi > 0) numbers.add(plot.y0, draw::number(static_cast<double>(hi), 2), 0.25f);
  token_axis(c, plot, grid, content.query, content.key);
  c.tag_cells(plot, {{{Slot::scores, content.block}, content.head, content.query, 0}, 1, grid.tokens(), -1, 2});
  const Rect frame = token_place_in(plot, content.key, grid.tokens()).inset(-c.pixel(), -0.25f * u);
  if (hovered_key(input) >= 0)
    c.hovered(frame);
  else if (pinned_key(input) >= 0)
    c.pinned(frame);
  else
    c.outline(frame, c.theme().text3, c.pixel());
}

/// q, k and their products, one column per element, and the sum under the root.
void draw_products(Canvas& c, Rect r, const FigureInput& input, const Content& content) {
  const float u = c.u();
  const auto& theme = c.theme();
  const draw::Style small = c.metrics().small_style(), body = c.metrics().body_style();
  const float line = Canvas::text_height(small);
  const PatchGrid& grid = input.grid();
  const VitConfig& config = input.config();
  const int width = config.head_width;
  Piece key = token_piece(c, content.key, grid);
  if (content.key >= grid.prefix()) key.color = theme.text1;
  Piece query = token_piece(c, content.query, grid);
  query.text = stream::capitalised(query.text);
  heading(c, r, c.tr("{0} asks, {1} answers"), {query, key}, filled(c.tr("{0} products"), {std::to_string(width)}));

  const draw::Matrix q(input.trace.at(Slot::q, content.block), content.head), k(input.trace.at(Slot::k, content.block), content.head);
  const draw::Matrix q_row = q.part(content.query, content.query + 1, 0, width), k_row = k.part(content.key, content.key + 1, 0, width);
  std::vector<float> products(static_cast<std::size_t>(width));
  double sum = 0;
  for (int j = 0; j < width; ++j) {
    products[static_cast<std::size_t>(j)] = q_row.at(0, j) * k_row.at(0, j);
    sum += static_cast<double>(q_row.at(0, j)) * static_cast<double>(k_row.at(0, j));
  }
  const float scale = config.score_scale;
  const double root = 1 / (static_cast<double>(scale) * static_cast<double>(scale));
  const bool is_root = std::abs(root - width) < 0.01 * width;
  const std::string divided = is_root ? " / √" + std::to_string(width) : " × " + draw::number(static_cast<double>(scale));
  Rect result = r.cut_bottom(std::max(Canvas::text_height(body), 2.5f * u) + line);
  const float left = r.x0 + 5 * u;
  const float strip = std::clamp((r.height() - 3 * u) * 0.2f, 1.5f * u, 3.5f * u);
  const auto labelled = [&](Rect place, std::string_view name, Color color) {
    c.text({left - 0.75f * u, place.centre().y - line / 2}, name, {small.size, draw::Face::italic}, color, Align::right);
  };
  const auto hovered_column = [&](TensorRef tensor, int token) {
    const auto cell = stream::hovered_in(input, tensor);
    return cell && cell->i == content.head && cell->j == token ? cell->k : -1;
  };
  const TensorRef q_ref{Slot::q, content.block}, k_ref{Slot::k, content.block};
  const int column = std::max(hovered_column(q_ref, content.query), hovered_column(k_ref, content.key));
  const Rect q_place{left, r.y0, r.x1, r.y0 + strip}, k_place = q_place.moved({0, strip + 0.75f * u});
  stream::strip(c, q_place, {q_row, stream::signed_heat(stream::signed_span(q)), CellRef{q_ref, content.head, content.query, 0}, 2, -1, column});
  stream::strip(c, k_place, {k_row, stream::signed_heat(stream::signed_span(k)), CellRef{k_ref, content.head, content.key, 0}, 2, -1, column});
  labelled(q_place, "q", theme.text1);
  labelled(k_place, "k", theme.text1);
  const Rect bars{left, k_place.y1 + u, r.x1, r.y1 - 0.5f * u};
  if (bars.height() > 2 * u) {
    const auto [least, most] = std::minmax_element(products.begin(), products.end());
    const float lo = std::min(*least, 0.0f), hi = std::max({*most, 0.0f, lo + 1e-9f}), reach = std::max(-lo, hi);
    draw::HeatStyle heat = content.heat;
    heat.span = {-1.3f * reach, 1.3f * reach};
    token_bars(c, bars, products, heat, lo, hi);
    const float zero = bars.y1 + lo / (hi - lo) * bars.height();
    c.line({bars.x0, zero}, {bars.x1, zero}, theme.tick, c.pixel());
    labelled({bars.x0, zero - 1, bars.x1, zero + 1}, "q × k", theme.text3);
    if (column >= 0) c.hovered(token_place_in(bars, column, width).inset(-c.pixel(), 0));
  }
  std::string offset;
  if (input.trace.has(Slot::relative, content.block)) {
    const auto relative = static_cast<double>(input.trace.at(Slot::relative, content.block).at(content.head, content.query, content.key));
    offset = (relative < 0 ? " − " : " + ") + draw::number(std::abs(relative)) + " " + std::string(c.tr("for the offset"));
  }
  std::string numbers = filled(c.tr("sum of the products {0}{1}"), {draw::number(sum), divided}) + offset;
  const std::string score = "= " + draw::number(static_cast<double>(content.row[static_cast<std::size_t>(content.key)]));
  const float score_width = c.text_width(score, c.metrics().heading_style());
  const float y = result.y1 - Canvas::text_height(body);
  if (c.text_width(numbers, body) > result.x1 - left - score_width - u) numbers = draw::number(sum) + divided + offset;
  const Rect said = c.text({left, y}, numbers, body, theme.text2, Align::left, std::max(1.0f, result.x1 - left - score_width - u));
  c.text({said.x1 + u, y}, score, c.metrics().heading_style(), theme.text1);
  const std::string why = filled(c.tr("1 / √d = {0} keeps the scores from growing with d"), {draw::number(static_cast<double>(scale))});
  if (is_root && y - line > result.y0 - line / 2 && c.text_width(why, small) <= result.x1 - left) c.text({left, y - line}, why, small, theme.text3);
}

void draw_figure(Canvas& c, Rect r, const FigureInput& input) {
  const float u = c.u();
  const Content content = content_of(input);
  const Rect matrix = cut_pairs(c, r, input.config().tokens());
  draw_pairs(c, matrix, input, content);
  Rect row = r.cut_top(0.46f * r.height());
  r.cut_top(2 * u);
  draw_row(c, row, input, content);
  draw_products(c, r, input, content);
}

std::string subject(const Canvas& c, const FigureInput& input) {
  return filled(c.tr("block {0}"), {std::to_string(chosen(input).block + 1)}) + ", " + head_name(c, input, std::max(chosen(input).head, 0));
}

std::string caption(const Canvas& c, const FigureInput& input) {
  const Content content = content_of(input);
  return filled(c.tr("Score of every query (row) with every key (column): the sum over the {0} products of q and k, multiplied by {1}; no unit. Colours are cut at 99 % of the magnitudes. "
                     "Right: the row of {2} and the products behind its score with {3}."),
                {std::to_string(input.config().head_width), draw::number(static_cast<double>(input.config().score_scale)), draw::token_name(c, content.query, input.grid()),
                 draw::token_name(c, content.key, input.grid())});
}

Table data(const FigureInput& input) {
  const Content content = content_of(input);
  const int tokens = input.config().tokens();
  TableColumn key{"key_token", {}}, patch{"key_patch", {}}, score{"score", {}};
  for (int token = 0; token < tokens; ++token) {
    key.values.push_back(token);
    patch.values.push_back(input.grid().patch_of(token));
    score.values.push_back(static_cast<double>(content.row[static_cast<std::size_t>(token)]));
  }
  Table table;
  table.columns = {key, patch, score};
  table.tensors = {{"scores", Tensor(Shape{tokens, tokens}, content.all.tensor.row(content.head))}};
  return table;
}

}  // namespace

const Figure& scores() {
  static const Figure figure{"scores", "Scores", "scores", {1340, 700}, ready, draw_figure, subject, caption, data};
  return figure;
}

}  // namespace vitscope::figures
