// Every head of every block at a glance: where one query looks.
#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/attention_draw.h"

namespace vitscope::figures {

namespace {

using namespace attention;
using draw::Align;
using draw::Canvas;
using draw::Rect;

bool ready(const FigureInput& input) { return input.trace.has(Slot::attn, 0); }

/// Blocks run down, heads run right; blocks are set in as many groups side by side as make the maps largest.
struct Layout {
  int groups = 1, rows = 1;
  float width = 0, height = 0;       ///< of a map
  float gap = 0, group_gap = 0, left = 0, top = 0;
};

Layout layout_of(const Canvas& c, Rect r, const FigureInput& input) {
  const VitConfig& config = input.config();
  const float u = c.u(), line = Canvas::text_height(c.metrics().small_style());
  const float aspect = static_cast<float>(config.image_width) / static_cast<float>(config.image_height);
  Layout best;
  for (int groups = 1; groups <= std::min(config.depth, 6); ++groups) {
    Layout l;
    l.groups = groups;
    l.rows = (config.depth + groups - 1) / groups;
    if ((config.depth + l.rows - 1) / l.rows != groups) continue;
    l.left = c.text_width("00", c.metrics().small_style()) + 0.75f * u;
    l.top = line + 0.25f * u;
    l.group_gap = 2.5f * u;
    l.gap = config.heads * groups > 20 ? 0.35f * u : 0.6f * u;
    const float wide = (r.width() - static_cast<float>(groups) * l.left - static_cast<float>(groups - 1) * l.group_gap) / static_cast<float>(groups * config.heads) - l.gap;
    const float high = (r.height() - l.top) / static_cast<float>(l.rows) - l.gap;
    l.width = std::max(1.0f, std::min({wide, high * aspect, 14 * u}));
    l.height = l.width / aspect;
    if (l.width > best.width) best = l;
  }
  return best;
}

/// Largest share of the query among the patches of one head.
draw::Span span_of_head(const FigureInput& input, const draw::Matrix& grid, int block) {
  if (input.selection.scale == ScaleMode::map) return {0, std::max(draw::range_of(grid).hi, 1e-9f)};
  Chosen now = chosen(input);
  now.block = block;
  return span_of(input, now);
}

void draw_map(Canvas& c, Rect where, const FigureInput& input, int block, int head, draw::Span span) {
  const PatchGrid& grid = input.grid();
  const int query = chosen(input).query;
  const draw::Matrix all(input.trace.at(Slot::attn, block), head);
  const draw::Matrix shown = on_grid(all, query, grid);
  thumbnail(c, where, shown, input.selection.scale == ScaleMode::map ? span_of_head(input, shown, block) : span);
  const std::string tooltip = filled(c.tr("block {0}, head {1}: largest share {2}, class token {3}"),
                                     {std::to_string(block + 1), std::to_string(head + 1), draw::percent(static_cast<double>(draw::range_of(shown).hi)),
                                      draw::percent(prefix_share(all, query, grid), 2)});
  c.tag(where, draw::HeadTarget{block, head}, tooltip);
  const float cell_width = where.width() / static_cast<float>(grid.columns()), cell_height = where.height() / static_cast<float>(grid.rows());
  const auto cell = [&](int token) {
    const int patch = grid.patch_of(token);
    return draw::rect_at({where.x0 + static_cast<float>(grid.column(patch)) * cell_width, where.y0 + static_cast<float>(grid.row(patch)) * cell_height}, cell_width, cell_height);
  };
  const int pointed = input.paper ? -1 : input.selection.hovered_token();
  if (pointed >= grid.prefix() && pointed < grid.tokens() && cell_width >= 3) c.hovered(cell(pointed));
}

void draw_maps(Canvas& c, Rect r, const FigureInput& input, const Layout& l) {
  const VitConfig& config = input.config();
  const draw::Style small = c.metrics().small_style(), medium = c.metrics().small_medium();
  const float line = Canvas::text_height(small);
  const auto* hovered = input.paper ? nullptr : std::get_if<draw::HeadTarget>(&input.selection.hovered);
  const float pitch_x = l.width + l.gap, pitch_y = l.height + l.gap;
  const float group_width = l.left + static_cast<float>(config.heads) * pitch_x - l.gap + l.group_gap;
  const float label_width = c.text_width("00", small) + 0.5f * c.u();
  const int label_step = std::max(1, static_cast<int>(std::ceil(label_width / pitch_x))), row_step = std::max(1, static_cast<int>(std::ceil(0.85f * line / pitch_y)));
  for (int block = 0; block < config.depth; ++block) {
    const int group = block / l.rows, row = block % l.rows;
    const float x0 = r.x0 + static_cast<float>(group) * group_width + l.left, y = r.y0 + l.top + static_cast<float>(row) * pitch_y;
    const bool open = !input.paper && block == input.block();
    if (row == 0) {
      for (int head = 0; head < config.heads; ++head) {
        const bool own = !input.paper && head == input.selection.head;
        if (!own && (head % label_step != 0 || (!input.paper && static_cast<float>(std::abs(head - input.selection.head)) * pitch_x < label_width))) continue;
        c.text({x0 + static_cast<float>(head) * pitch_x + l.width / 2, r.y0}, std::to_string(head + 1), own ? medium : small, own ? c.theme().text1 : c.theme().heads, Align::centre);
      }
    }
    const int open_row = !input.paper && input.block() / l.rows == group ? input.block() % l.rows : -1;
    if (open || (row % row_step == 0 && (open_row < 0 || static_cast<float>(std::abs(row - open_row)) * pitch_y >= 0.85f * line)))
      c.text({x0 - 0.75f * c.u(), y + (l.height - line) / 2}, std::to_string(block + 1), open ? medium : small, open ? c.theme().text1 : c.theme().block, Align::right);
    const bool there = input.trace.has(Slot::attn, block);
    draw::Span span{0, 1};
    if (there && input.selection.scale != ScaleMode::map) span = span_of_head(input, {}, block);
    for (int head = 0; head < config.heads; ++head) {
      const Rect where = draw::rect_at({x0 + static_cast<float>(head) * pitch_x, y}, l.width, l.height);
      if (there) {
        draw_map(c, where, input, block, head, span);
      } else {
        c.dashes({where.x0, where.y0}, {where.x1, where.y0}, c.theme().tick, c.pixel());
        c.dashes({where.x0, where.y1}, {where.x1, where.y1}, c.theme().tick, c.pixel());
      }
    }
    if (hovered && hovered->block == block && hovered->head >= 0 && hovered->head < config.heads)
      c.hovered(draw::rect_at({x0 + static_cast<float>(hovered->head) * pitch_x, y}, l.width, l.height));
    if (open && !input.paper && input.selection.head >= 0) c.pinned(draw::rect_at({x0 + static_cast<float>(input.selection.head) * pitch_x, y}, l.width, l.height));
  }
}

std::string bar_end(const Canvas& c, const FigureInput& input) {
  if (input.selection.scale == ScaleMode::map) return std::string(c.tr("largest of each map"));
  if (input.selection.scale == ScaleMode::block) return std::string(c.tr("largest of each block"));
  return filled(c.tr("{0}, one span for all"), {draw::percent(static_cast<double>(span_of(input, chosen(input)).hi))});
}

void draw_figure(Canvas& c, Rect r, const FigureInput& input) {
  const float u = c.u();
  const PatchGrid& grid = input.grid();
  const int query = chosen(input).query;
  const draw::Style small = c.metrics().small_style();
  const float line = Canvas::text_height(small);
  Rect top = r.cut_top(line + u);
  const Piece who = token_piece(c, query, grid);
  const Rect said = phrase(c, {top.x0, top.y0}, c.tr("Where {0} looks"), {who}, c.metrics().small_medium(), c.theme().text1, top.width());
  const std::string end = bar_end(c, input);
  const float bar_width = 8 * u + 2 * u + c.text_width("0", small) + c.text_width(end, small);
  if (said.x1 + 3 * u + bar_width < top.x1) {
    word_bar(c, {top.x1 - bar_width, top.y0, top.x1, top.y1}, {}, "0", end);
    const std::string_view reading = c.tr("rows are blocks, columns are heads");
    if (said.x1 + 2 * u + c.text_width(reading, small) + 3 * u < top.x1 - bar_width) c.text({said.x1 + 2 * u, top.y0}, reading, small, c.theme().text3);
  }
  // The picture for comparison, where the maps leave room for it.
  Layout l = layout_of(c, r, input);
  const auto width_of = [&](const Layout& a) {
    return static_cast<float>(a.groups) * (a.left + static_cast<float>(input.config().heads) * (a.width + a.gap) - a.gap) + static_cast<float>(a.groups - 1) * a.group_gap;
  };
  const float free = r.width() - width_of(l) - 5 * u;
  if (free > 14 * u) {
    Rect side{r.x1 - std::min(free, 44 * u), r.y0 + l.top, r.x1, r.y1};
    const Rect picture = snug({side.x0, side.y0, side.x1, side.y0 + std::min(side.height() - 2 * line, 34 * u)}, input.trace);
    const draw::PhotoView view = draw::photo(c, picture, input.trace);
    draw::patch_grid_lines(c, view, grid, draw::kWhite.faded(0.25f), true);
    if (query >= grid.prefix()) c.pinned(view.of_model(grid.pixels(grid.patch_of(query))));
    const int pointed = input.paper ? -1 : input.selection.hovered_token();
    if (pointed >= grid.prefix() && pointed < grid.tokens()) c.hovered(view.of_model(grid.pixels(grid.patch_of(pointed))));
    const std::string_view text = query < grid.prefix() ? c.tr("The class token has no place on the picture; its maps show which patches it reads.")
                                                        : c.tr("Each map has the shape of the grid: a cell is the share that goes to that patch.");
    Rect below{side.x0, picture.y1 + u, side.x1, r.y1};
    below.cut_top(c.paragraph(below, text, small, c.theme().text2) + 1.5f * u);
    const int block = input.block(), head = input.selection.head;
    if (!input.paper && head >= 0 && input.trace.has(Slot::attn, block) && below.height() > 5 * line) {
      const draw::Matrix all(input.trace.at(Slot::attn, block), head);
      c.text({below.x0, below.y0}, block_and_head(c, input), c.metrics().small_medium(), c.theme().selection, Align::left, below.width());
      below.cut_top(line + 0.5f * u);
      below.x1 = std::min(below.x1, below.x0 + 32 * u);
      below.cut_top(fact(c, below, c.tr("largest share of a patch"), draw::percent(static_cast<double>(draw::range_of(on_grid(all, query, grid)).hi)), c.theme().text1));
      if (grid.prefix() > 0) below.cut_top(fact(c, below, c.tr("the class token receives"), draw::percent(prefix_share(all, query, grid)), c.theme().class_token));
      fact(c, below, c.tr("uniform attention"), draw::percent(1.0 / grid.tokens()), c.theme().text1);
    }
  }
  draw_maps(c, r, input, l);
}

std::string subject(const Canvas& c, const FigureInput& input) {
  return filled(c.tr("{0} blocks × {1} heads, {2}"),
                {std::to_string(input.config().depth), std::to_string(input.config().heads), draw::token_name(c, chosen(input).query, input.grid())});
}

std::string caption(const Canvas& c, const FigureInput& input) {
  std::string text = filled(c.tr("Attention shares of the query {0} over the patches, one map per block (row) and head (column); the share of the class token is not drawn. "),
                            {draw::token_name(c, chosen(input).query, input.grid())});
  if (input.selection.scale == ScaleMode::map)
    text += c.tr("Each map is scaled from 0 to its own largest share, so maps can be compared in shape but not in strength.");
  else if (input.selection.scale == ScaleMode::block)
    text += c.tr("The maps of a block share one scale, from 0 to the largest share of the block.");
  else
    text += c.tr("All maps share one scale, from 0 to the largest share of all.");
  return text;
}

Table data(const FigureInput& input) {
  const int query = chosen(input).query;
  TableColumn block_column{"block", {}}, head_column{"head", {}}, most{"largest_patch_share", {}}, prefix{"class_token_share", {}}, span{"span", {}};
  for (int block = 0; block < input.config().depth; ++block) {
    if (!input.trace.has(Slot::attn, block)) continue;
    for (int head = 0; head < input.config().heads; ++head) {
      const draw::Matrix all(input.trace.at(Slot::attn, block), head);
      const draw::Matrix grid = on_grid(all, query, input.grid());
      block_column.values.push_back(block);
      head_column.values.push_back(head);
      most.values.push_back(static_cast<double>(draw::range_of(grid).hi));
      prefix.values.push_back(prefix_share(all, query, input.grid()));
      span.values.push_back(static_cast<double>(span_of_head(input, grid, block).hi));
    }
  }
  Table table;
  table.columns = {block_column, head_column, most, prefix, span};
  const int blocks = input.trace.has(Slot::attn, 0) ? static_cast<int>(block_column.values.size()) / input.config().heads : 0;
  if (blocks > 0) {
    const int tokens = input.config().tokens();
    Tensor rows(Shape{blocks, input.config().heads, tokens});
    float* out = rows.edit();
    for (int block = 0; block < blocks; ++block)
      for (int head = 0; head < input.config().heads; ++head) {
        const draw::Matrix all(input.trace.at(Slot::attn, block), head);
        for (int token = 0; token < tokens; ++token) *out++ = all.at(query, token);
      }
    table.tensors = {{"attention_rows", rows}};
  }
  return table;
}

}  // namespace

const Figure& all_heads() {
  static const Figure figure{"all-heads", "All heads", "softmax", {1340, 760}, ready, draw_figure, subject, caption, data};
  return figure;
}

}  // namespace vitscope::figures
