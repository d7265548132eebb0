// Every head of every block at a glance: where one query looks.
#include <algorithm>
#include <array>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/attention_facts.h"
#include "app/figures/attention_wall.h"
#include "app/figures/prefix_words.h"

namespace vitscope::figures {

namespace {

using namespace attention;
using draw::Align;
using draw::Canvas;
using draw::Rect;

bool ready(const FigureInput& input) { return input.trace.has(Slot::attn, 0); }

const std::array<Option, 3>& options() {
  static const std::array<Option, 3> all{{reading_option(), wall_order_option(), range_option()}};
  return all;
}

void draw_map(Canvas& c, Rect where, const FigureInput& input, const WallMap& map, draw::Span span) {
  const PatchGrid& grid = input.grid();
  const Chosen now = pinned_choice(input), own{map.block, map.head, now.query, now.column};
  thumbnail(c, where, grid_of(input.trace, own), span);
  const auto* under = input.paper ? nullptr : std::get_if<draw::HeadTarget>(&input.selection.hovered);
  const bool pointed_at = under && under->block == map.block && under->head == map.head;
  std::string tooltip;
  if (pointed_at) {
    const MapFacts facts = map_facts(values_of(input.trace, own), grid.prefix());
    tooltip = filled(by_prefix(c, input.config(), "block {0}, head {1}: largest share {2}", "block {0}, head {1}: largest share {2}, class token {3}", "block {0}, head {1}: largest share {2}, prefix tokens {3}"),
                     {std::to_string(map.block + 1), std::to_string(map.head + 1), draw::percent(facts.max), draw::percent(facts.prefix_share, 2)});
  }
  c.tag(where, draw::HeadTarget{map.block, map.head}, std::move(tooltip));
  const float cell_width = where.width() / static_cast<float>(grid.columns()), cell_height = where.height() / static_cast<float>(grid.rows());
  const int pointed = input.paper ? -1 : input.selection.hovered_token();
  if (pointed >= grid.prefix() && pointed < grid.tokens() && cell_width >= 3) {
    const int patch = grid.patch_of(pointed);
    c.hovered(draw::rect_at({where.x0 + static_cast<float>(grid.column(patch)) * cell_width, where.y0 + static_cast<float>(grid.row(patch)) * cell_height}, cell_width, cell_height));
  }
  if (pointed_at) c.hovered(where);
  if (!input.paper && map.block == now.block && map.head == now.head) c.pinned(where);
}

/// Numbers of blocks at the left of their rows, numbers of heads above their columns.
void draw_labels(Canvas& c, Rect r, const FigureInput& input, const WallLayout& l) {
  const VitConfig& config = input.config();
  const draw::Style small = c.metrics().small_style(), medium = c.metrics().small_medium();
  const float line = Canvas::text_height(small), label_width = c.text_width("00", small) + 0.5f * c.u();
  const int label_step = std::max(1, static_cast<int>(std::ceil(label_width / l.pitch_x()))), row_step = std::max(1, static_cast<int>(std::ceil(0.85f * line / l.pitch_y())));
  for (int block = 0; block < config.depth; ++block) {
    const int group = block / l.rows, row = block % l.rows;
    const Rect first = wall_place(r, l, {block, 0, 0}, 0, WallOrder::block_and_head);
    const bool open = !input.paper && block == input.block();
    if (row == 0) {
      for (int head = 0; head < config.heads; ++head) {
        const bool own = !input.paper && head == input.selection.head;
        if (!own && (head % label_step != 0 || (!input.paper && static_cast<float>(std::abs(head - input.selection.head)) * l.pitch_x() < label_width))) continue;
        c.text({first.x0 + static_cast<float>(head) * l.pitch_x() + l.width / 2, r.y0}, std::to_string(head + 1), own ? medium : small, own ? c.theme().text1 : c.theme().heads, Align::centre);
      }
    }
    const int open_row = !input.paper && input.block() / l.rows == group ? input.block() % l.rows : -1;
    if (open || (row % row_step == 0 && (open_row < 0 || static_cast<float>(std::abs(row - open_row)) * l.pitch_y() >= 0.85f * line)))
      c.text({first.x0 - 0.75f * c.u(), first.centre().y - line / 2}, std::to_string(block + 1), open ? medium : small, open ? c.theme().text1 : c.theme().block, Align::right);
    if (input.trace.has(Slot::attn, block)) continue;
    for (int head = 0; head < config.heads; ++head) {
      const Rect where = wall_place(r, l, {block, head, 0}, 0, WallOrder::block_and_head);
      c.dashes({where.x0, where.y0}, {where.x1, where.y0}, c.theme().tick, c.pixel());
      c.dashes({where.x0, where.y1}, {where.x1, where.y1}, c.theme().tick, c.pixel());
    }
  }
}

void draw_maps(Canvas& c, Rect r, const FigureInput& input, const WallLayout& l) {
  const WallOrder order = wall_order(input.selection);
  const draw::Style small = c.metrics().small_style();
  if (order == WallOrder::block_and_head) draw_labels(c, r, input, l);
  const std::vector<WallMap> maps = wall_maps(input);
  const Chosen now = pinned_choice(input);
  draw::Span span{0, 1};
  int spanned = -1;  // the block that `span` is for
  for (int i = 0; i < static_cast<int>(maps.size()); ++i) {
    const WallMap& map = maps[static_cast<std::size_t>(i)];
    const bool each = input.selection.scale == ScaleMode::map || (input.selection.scale == ScaleMode::block && map.block != spanned);
    if (each || spanned < 0) span = span_of(input, {map.block, map.head, now.query, now.column}), spanned = map.block;
    const Rect where = wall_place(r, l, map, i, order);
    draw_map(c, where, input, map, span);
    const bool own = !input.paper && map.block == now.block && map.head == now.head;
    if (l.values) c.text({where.centre().x, where.y1}, wall_value(input, map.value), small, own ? c.theme().text1 : c.theme().text3, Align::centre);
    if (l.names) c.text({where.centre().x, where.y0 - Canvas::text_height(small)}, std::to_string(map.block + 1) + "." + std::to_string(map.head + 1), small, own ? c.theme().selection : c.theme().text2, Align::centre);
  }
}

std::string bar_end(const Canvas& c, const FigureInput& input) {
  if (option(input.selection, range_option()) > 0) return filled(c.tr("{0}, set by hand"), {draw::percent(static_cast<double>(option(input.selection, range_option())), 2)});
  if (input.selection.scale == ScaleMode::map) return std::string(c.tr("largest of each map"));
  if (input.selection.scale == ScaleMode::block) return std::string(c.tr("largest of each block"));
  return filled(c.tr("{0}, one span for all"), {draw::percent(static_cast<double>(span_of(input, pinned_choice(input)).hi))});
}

void draw_figure(Canvas& c, Rect r, const FigureInput& input) {
  const float u = c.u();
  const PatchGrid& grid = input.grid();
  const Chosen now = chosen(input);
  const int query = now.query;
  const draw::Style small = c.metrics().small_style();
  const float line = Canvas::text_height(small);
  Rect top = r.cut_top(line + u);
  const Piece who = token_piece(c, query, grid);
  const Rect said = phrase(c, {top.x0, top.y0}, now.column ? c.tr("Who looks at {0}") : c.tr("Where {0} looks"), {who}, c.metrics().small_medium(), c.theme().text1, top.width());
  const std::string end = bar_end(c, input);
  const float bar_width = 8 * u + 2 * u + c.text_width("0", small) + c.text_width(end, small);
  if (said.x1 + 3 * u + bar_width < top.x1) {
    word_bar(c, {top.x1 - bar_width, top.y0, top.x1, top.y1}, {}, "0", end);
    const bool sorted = wall_order(input.selection) != WallOrder::block_and_head;
    std::string reading(sorted ? c.tr("names are block.head") : c.tr("rows are blocks, columns are heads"));
    const WallLayout planned = wall_layout(c, r, input);
    if (sorted && !planned.names) reading.clear();
    if (planned.values || sorted) reading += (reading.empty() ? "" : "; ") + wall_value_name(c, input);
    if (said.x1 + 2 * u + c.text_width(reading, small) + 3 * u >= top.x1 - bar_width) reading = wall_value_name(c, input);
    if (said.x1 + 2 * u + c.text_width(reading, small) + 3 * u < top.x1 - bar_width) c.text({said.x1 + 2 * u, top.y0}, reading, small, c.theme().text3);
  }
  // The picture for comparison, where the maps leave room for it.
  const WallLayout l = wall_layout(c, r, input);
  const float free = r.width() - l.all_width() - 5 * u;
  if (free > 14 * u) {
    Rect side{r.x1 - std::min(free, 44 * u), r.y0 + l.top, r.x1, r.y1};
    const Rect picture = snug({side.x0, side.y0, side.x1, side.y0 + std::min(side.height() - 2 * line, 34 * u)}, input.trace);
    const draw::PhotoView view = draw::photo(c, picture, input.trace);
    draw::patch_grid_lines(c, view, grid, draw::kWhite.faded(0.25f), true);
    if (query >= grid.prefix()) c.pinned(view.of_model(grid.pixels(grid.patch_of(query))));
    const int pointed = input.paper ? -1 : input.selection.hovered_token();
    if (pointed >= grid.prefix() && pointed < grid.tokens()) c.hovered(view.of_model(grid.pixels(grid.patch_of(pointed))));
    const std::string_view text = now.column ? c.tr("Each map has the shape of the grid: a cell is the share that this patch gives.")
                                  : grid.is_class_token(query) ? c.tr("The class token has no place on the picture; its maps show which patches it reads.")
                                  : query < grid.prefix() ? c.tr("A token in front of the patches has no place on the picture; its maps show which patches it reads.")
                                                          : c.tr("Each map has the shape of the grid: a cell is the share that goes to that patch.");
    Rect below{side.x0, picture.y1 + u, side.x1, r.y1};
    below.cut_top(c.paragraph(below, text, small, c.theme().text2) + 1.5f * u);
    if (!input.paper && input.trace.has(Slot::attn, now.block) && below.height() > 5 * line) {
      c.text({below.x0, below.y0}, block_and_head(c, input), c.metrics().small_medium(), c.theme().selection, Align::left, below.width());
      below.cut_top(line + 0.5f * u);
      below.x1 = std::min(below.x1, below.x0 + 36 * u);
      fact_column(c, below, map_fact_list(c, input, now, values_of(input.trace, now)));
    }
  }
  draw_maps(c, r, input, l);
}

std::string subject(const Canvas& c, const FigureInput& input) {
  return filled(c.tr("{0} blocks × {1} heads, {2}"),
                {std::to_string(input.config().depth), std::to_string(input.config().heads), draw::token_name(c, chosen(input).query, input.grid())});
}

std::string caption(const Canvas& c, const FigureInput& input) {
  const Chosen now = pinned_choice(input);
  const WallOrder order = wall_order(input.selection);
  const std::string name = draw::token_name(c, now.query, input.grid());
  std::string text = now.column ? filled(c.tr("Attention shares that the patches give to the key {0}, one map per block and head. "), {name})
                                : filled(by_prefix(c, input.config(), "Attention shares of the query {0} over the patches, one map per block (row) and head (column). ",
                                                   "Attention shares of the query {0} over the patches, one map per block (row) and head (column); the share of the class token is not drawn. ",
                                                   "Attention shares of the query {0} over the patches, one map per block (row) and head (column); the shares of prefix tokens are not drawn. "),
                                         {name});
  if (order == WallOrder::distance)
    text += c.tr("In order of the head's mean attention distance: Euclidean between cell centres, weighted by attention, averaged over all patches as queries. ");
  else if (order == WallOrder::entropy)
    text += c.tr("In order of entropy, −Σ p log2 p of the shown shares divided by their sum. ");
  else if (order == WallOrder::class_share)
    text += by_prefix(c, input.config(), "This model has no class token: all shares on it are 0, and the order is that of block and head. ",
                      "In order of the share that lies on the class token and other prefix tokens. ", "In order of the share that lies on the class token and other prefix tokens. ");
  if (option(input.selection, range_option()) > 0)
    text += filled(c.tr("Colours end at {0}, set by hand."), {draw::percent(static_cast<double>(option(input.selection, range_option())), 2)});
  else if (input.selection.scale == ScaleMode::map)
    text += c.tr("Each map is scaled from 0 to its own largest share, so maps can be compared in shape but not in strength.");
  else if (input.selection.scale == ScaleMode::block)
    text += c.tr("The maps of a block share one scale, from 0 to the largest share of the block.");
  else
    text += c.tr("All maps share one scale, from 0 to the largest share of all.");
  return text;
}

Table data(const FigureInput& input) {
  const Chosen now = pinned_choice(input);
  const WallOrder order = wall_order(input.selection);
  const std::vector<WallMap> maps = wall_maps(input);
  const int tokens = input.config().tokens();
  constexpr const char* kValues[] = {nullptr, "mean_attention_distance", nullptr, nullptr};
  TableColumn block{"block", {}}, head{"head", {}}, most{"largest_patch_share", {}}, prefix{"class_token_share", {}}, entropy{"entropy_bits", {}}, span{"span", {}}, value{"", {}};
  Tensor rows(Shape{static_cast<int>(maps.size()), tokens});
  float* out = rows.edit();
  for (const WallMap& map : maps) {
    const Chosen own{map.block, map.head, now.query, now.column};
    const std::vector<float> values = values_of(input.trace, own);
    const MapFacts facts = map_facts(values, input.grid().prefix());
    block.values.push_back(map.block);
    head.values.push_back(map.head);
    most.values.push_back(facts.max);
    prefix.values.push_back(facts.prefix_share);
    entropy.values.push_back(facts.entropy_bits);
    span.values.push_back(static_cast<double>(span_of(input, own).hi));
    value.values.push_back(map.value);
    out = std::copy(values.begin(), values.end(), out);
  }
  Table table;
  table.columns = {block, head, most, prefix, entropy, span};
  if (const char* name = kValues[static_cast<std::size_t>(order)]) {
    value.name = name;
    table.columns.push_back(value);
  }
  table.tensors = {{now.column ? "attention_columns" : "attention_rows", rows}};
  return table;
}

}  // namespace

const Figure& all_heads() {
  static const Figure figure{"all-heads", "All heads", "softmax", {1340, 760}, ready, draw_figure, subject, caption, data, options()};
  return figure;
}

}  // namespace vitscope::figures
