// Three projections of every token: q asks, k answers, v carries; one head large, the others small.
#include <algorithm>
#include <array>

#include "app/draw/axis.h"
#include "app/draw/number.h"
#include "app/figures/attention_draw.h"
#include "app/figures/parts_stream.h"
#include "app/figures/prefix_words.h"

namespace vitscope::figures {

namespace {

using namespace attention;
using draw::Align;
using draw::Canvas;
using draw::Color;
using draw::Rect;

struct Kind {
  Slot slot;
  std::string_view letter, meaning;
};
constexpr std::array<Kind, 3> kKinds{{{Slot::q, "q", "query: what it asks for"}, {Slot::k, "k", "key: what it answers to"}, {Slot::v, "v", "value: what it passes on"}}};

bool ready(const FigureInput& input) {
  return std::all_of(kKinds.begin(), kKinds.end(), [&](const Kind& kind) { return input.trace.has(kind.slot, input.block()); });
}

int token_of(const FigureInput& input) {
  const int block = input.block();
  return stream::chosen_token(input, {TensorRef{Slot::q, block}, TensorRef{Slot::k, block}, TensorRef{Slot::v, block}});
}

/// One span for all heads of q, of k or of v, so that they can be compared.
draw::HeatStyle heat_of(const Tensor& stack) {
  return stream::signed_heat(stream::signed_span(draw::Matrix(stack.reshaped(Shape{stack.dim(0) * stack.dim(1), stack.dim(2)})), 0.99));
}

/// Row numbers and the name of the rows.
float gutter_of(const Canvas& c) {
  const draw::Style small = c.metrics().small_style();
  return Canvas::text_height(small) + c.text_width("000", c.metrics().small_medium()) + 1.75f * c.u();
}

/// All heads of one tensor as small maps, up to two lines of them.
void small_multiples(Canvas& c, Rect r, const FigureInput& input, const Kind& kind, const draw::HeatStyle& heat) {
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const Tensor& stack = input.trace.at(kind.slot, input.block());
  const int heads = stack.dim(0), chosen = real_head(input);
  const float line = Canvas::text_height(small), gap = 0.6f * u;
  const int rows = heads > 8 && r.height() > 2 * (line + 5 * u) ? 2 : 1;
  const int columns = (heads + rows - 1) / rows;
  const float width = (r.width() - gap * static_cast<float>(columns - 1)) / static_cast<float>(columns);
  const float pitch = r.height() / static_cast<float>(rows);
  const bool numbered = width >= c.text_width("16", small) + 2;
  for (int head = 0; head < heads; ++head) {
    const float x = r.x0 + static_cast<float>(head % columns) * (width + gap), y = r.y0 + static_cast<float>(head / columns) * pitch;
    const Rect map{x, y + (numbered ? line : 0), x + width, y + pitch - gap};
    if (map.height() < u) continue;
    const bool is_chosen = head == chosen;
    if (numbered) c.text({map.centre().x, y}, std::to_string(head + 1), is_chosen ? c.metrics().small_medium() : small, is_chosen ? c.theme().text1 : c.theme().text3, Align::centre);
    c.heat(map, draw::Matrix(stack, head), heat);
    c.tag(map, draw::HeadTarget{input.block(), head}, filled(c.tr("head {0}"), {std::to_string(head + 1)}));
    if (is_chosen) c.pinned(map);
    const auto* hovered = std::get_if<draw::HeadTarget>(&input.selection.hovered);
    if (!input.paper && hovered && hovered->block == input.block() && hovered->head == head) c.hovered(map);
  }
}

void draw_kind(Canvas& c, Rect r, const FigureInput& input, const Kind& kind, bool row_axis) {
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const float line = Canvas::text_height(small);
  const int block = input.block(), head = real_head(input), token = token_of(input), width = input.config().head_width;
  const TensorRef ref{kind.slot, block};
  const Tensor& stack = input.trace.at(ref);
  const draw::HeatStyle heat = heat_of(stack);
  const draw::Matrix m(stack, head);
  const float gutter = row_axis ? gutter_of(c) : 0;

  const bool with_heads = input.config().heads > 1 && r.height() > 34 * u;
  const float heads_height = with_heads ? std::clamp(0.24f * r.height(), 3 * line + 4 * u, 20 * u) : 0;
  Rect heads = r.cut_bottom(heads_height);
  heads.x0 += gutter;
  Rect bar = r.cut_bottom(stream::lying_bar_height(c) + (with_heads ? 1.5f * u : 0));
  bar.x0 += gutter;
  const float strip_height = std::clamp(0.08f * r.height(), 2 * u, 4 * u);
  Rect strip = r.cut_bottom(strip_height + line + u);
  strip.x0 += gutter;
  strip.y1 = strip.y0 + strip_height;

  c.text({r.x0 + gutter, r.y0}, kind.letter, {small.size, draw::Face::italic}, c.theme().text1);
  Rect title = r;
  title.x0 += gutter + c.text_width(kind.letter, {small.size, draw::Face::italic}) + 0.75f * u;
  heading(c, title, c.tr(kind.meaning), {});
  r.y0 = title.y0;
  const Rect map_room{r.x0 + gutter, r.y0, r.x1, r.y1 - 2.5f * u};
  draw::MapStyle style;
  style.row_prefix = input.grid().prefix_tokens();
  style.row_dim = Dim::tokens;
  style.heat = heat;
  style.bar = false;
  style.pinned_row = token;
  style.cells = draw::CellGrid{{ref, head, 0, 0}, m.rows, m.columns, 1, 2};
  style.pinned = stream::pinned_in(input, ref);
  style.hovered = stream::hovered_in(input, ref);
  // The map is drawn by hand, since the three share the axis of the first.
  const Rect cells = map_room;
  c.heat(cells, m, heat);
  c.tag_cells(cells, *style.cells);
  for (int t = 0; t < input.grid().prefix(); ++t) {
    const Rect row = stream::row_of(cells, t, m.rows);
    c.fill({cells.x0 - 0.5f * u, row.y0, cells.x0 - 0.15f * u, row.y1}, draw::prefix_color(c.theme(), t, input.grid().prefix_tokens()));
  }
  const Rect chosen_row = stream::row_of(cells, token, m.rows);
  stream::ribbon_down(c, {cells.x0, cells.y1, cells.x1, cells.y1}, strip, token < input.grid().prefix() ? draw::prefix_color(c.theme(), token, input.grid().prefix_tokens()) : c.theme().selection);
  c.pinned(chosen_row);
  const int hovered_token = stream::hovered_token(input);
  if (hovered_token >= 0) c.hovered(stream::row_of(cells, hovered_token, m.rows));
  if (style.hovered && style.hovered->i == head) c.hovered({stream::column_of(cells, style.hovered->k, m.columns).x0, stream::row_of(cells, style.hovered->j, m.rows).y0,
                                                            stream::column_of(cells, style.hovered->k, m.columns).x1, stream::row_of(cells, style.hovered->j, m.rows).y1});
  if (row_axis) {
    draw::AxisStyle axis{m.rows, input.grid().prefix_tokens(), token, hovered_token, true, cells.height() < 3 * line};
    for (const draw::AxisNumber& n : draw::axis_numbers(c, axis, cells.y0, cells.height() / static_cast<float>(m.rows), cells.y0 - line / 2, cells.y1 + line / 2))
      c.text({cells.x0 - u, n.at - line / 2}, n.text, n.style, n.color, Align::right);
    c.text_up({r.x0 + line / 2, cells.centre().y}, stream::dim_name(c, Dim::tokens, input.config()), small, draw::color_of(Dim::tokens, c.theme()));
  }
  const int column = style.hovered && style.hovered->i == head ? style.hovered->k : -1;
  const int pinned_column = style.pinned && style.pinned->i == head && style.pinned->j == token ? style.pinned->k : -1;
  stream::strip(c, strip, {m.part(token, token + 1, 0, width), heat, CellRef{ref, head, token, 0}, 2, pinned_column, column});
  stream::column_axis(c, strip, width, filled("d = {0}", {std::to_string(width)}), draw::color_of(Dim::head_width, c.theme()));
  bar.y1 = bar.y0 + stream::lying_bar_height(c);
  const draw::Span full = draw::range_of(draw::Matrix(stack.reshaped(Shape{stack.dim(0) * stack.dim(1), stack.dim(2)})));
  const bool cut = full.lo < heat.span.lo || full.hi > heat.span.hi;
  stream::lying_bar(c, bar, heat, cut ? c.tr("1 % lie beyond") : std::string_view(), false, cut);
  if (with_heads) small_multiples(c, heads, input, kind, heat);
}

void draw_figure(Canvas& c, Rect r, const FigureInput& input) {
  const float u = c.u();
  const VitConfig& config = input.config();
  const draw::Style small = c.metrics().small_style();
  r.x1 -= 0.5f * u;  // room for marks around what ends there
  r.y1 -= 0.5f * u;
  Rect line = r.cut_top(std::max(2.75f * u, Canvas::text_height(small) + 0.5f * u));
  const Piece token = token_piece(c, token_of(input), input.grid());
  const Rect said = phrase(c, {line.x0, line.y0}, c.tr("Row of {0} enlarged"), {token}, c.metrics().small_medium(), c.theme().text1, 0.5f * line.width());
  const std::string_view pattern = c.tr("3 (q, k, v) × {0} heads × {1} tokens × {2} numbers");
  const std::string heads = std::to_string(config.heads), tokens = std::to_string(config.tokens()), width_text = std::to_string(config.head_width);
  const float count_width = c.text_width(filled(pattern, {heads, tokens, width_text}), small);
  if (said.x1 + 2 * u + count_width < line.x1) {
    const auto& theme = c.theme();
    phrase(c, {line.x1 - count_width, line.y0}, pattern, {{heads, draw::color_of(Dim::heads, theme)}, {tokens, draw::color_of(Dim::tokens, theme)}, {width_text, draw::color_of(Dim::head_width, theme)}},
           small, theme.text3, count_width + u);
  }
  const float gutter = gutter_of(c), gap = 3.5f * u;
  const float width = (r.width() - gutter - 2 * gap) / 3;
  float x = r.x0;
  for (const Kind& kind : kKinds) {
    const float own = kind.slot == Slot::q ? width + gutter : width;
    draw_kind(c, {x, r.y0, x + own, r.y1}, input, kind, kind.slot == Slot::q);
    x += own + gap;
  }
}

std::string subject(const Canvas& c, const FigureInput& input) {
  return filled(c.tr("block {0}"), {std::to_string(input.block() + 1)}) + ", " + head_name(c, input, real_head(input));
}

std::string caption(const Canvas& c, const FigureInput& input) {
  const VitConfig& config = input.config();
  std::string text = filled(by_prefix(c, config, "Query, key and value of one head: {0} rows (the patches) of {1} numbers each, no unit.",
                          "Query, key and value of one head: {0} rows (tokens, class token first) of {1} numbers each, no unit.",
                          "Query, key and value of one head: {0} rows (tokens, prefix tokens first) of {1} numbers each, no unit."),
                {std::to_string(config.tokens()), std::to_string(config.head_width)}) +
         " " +
         filled(c.tr("One linear layer makes all 3 × {2} × {1} numbers of a token. White is 0; the span of q, of k and of v covers 99 % of the magnitudes of all heads."),
                {std::to_string(config.tokens()), std::to_string(config.head_width), std::to_string(config.heads)});
  const int all = 3 * config.heads * config.head_width;
  if (all == config.patch_length() && config.cuts_patches()) text += " " + filled(c.tr("That these are {0} numbers, as many as a flattened patch has, is chance."), {std::to_string(all)});
  return text;
}

Table data(const FigureInput& input) {
  const int block = input.block(), head = real_head(input), token = token_of(input), width = input.config().head_width;
  const Shape shape{input.config().tokens(), width};
  Table table;
  TableColumn element{"element", {}};
  for (int j = 0; j < width; ++j) element.values.push_back(j);
  table.columns.push_back(element);
  for (const Kind& kind : kKinds) {
    const Tensor& stack = input.trace.at(kind.slot, block);
    TableColumn column{std::string(kind.letter), {}};
    for (int j = 0; j < width; ++j) column.values.push_back(static_cast<double>(stack.at(head, token, j)));
    table.columns.push_back(column);
    table.tensors.emplace_back(std::string(kind.letter), Tensor(shape, stack.row(head)));
  }
  return table;
}

}  // namespace

const Figure& qkv() {
  static const Figure figure{"qkv", "Queries, keys and values", "qkv", {1340, 760}, ready, draw_figure, subject, caption, data};
  return figure;
}

}  // namespace vitscope::figures
