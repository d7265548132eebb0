// One thumbnail for every block and head: where the chosen query looks.
#include <array>
#include <cmath>

#include "app/draw/number.h"
#include "app/draw/parts.h"
#include "app/figures/attention_data.h"
#include "app/views/view.h"

namespace vitscope::views {

using draw::Align;
using draw::Rect;
using figures::ScaleMode;

namespace {

/// How the thumbnails of one block are arranged.
struct Arrangement {
  int per_row = 1, rows = 1;
  float size = 48, gap = 3, block_gap = 16;
  float block_width(float aspect) const { return static_cast<float>(per_row) * (size * aspect + gap) - gap; }
};

Arrangement arrange(Rect r, int blocks, int heads, float aspect) {
  Arrangement best;
  float best_size = 0;
  for (int rows = 1; rows <= std::min(heads, 6); ++rows) {
    Arrangement a;
    a.rows = rows;
    a.per_row = (heads + rows - 1) / rows;
    const float by_height = (r.height() - a.gap * static_cast<float>(rows - 1)) / static_cast<float>(rows);
    const float room = (r.width() - a.block_gap * static_cast<float>(blocks - 1)) / static_cast<float>(blocks);
    const float by_width = ((room + a.gap) / static_cast<float>(a.per_row) - a.gap) / aspect;
    a.size = std::floor(std::min({by_height, by_width, 96.0f}));
    if (a.size > best_size) best = a, best_size = a.size;
  }
  // Below 20 points the strip scrolls by block instead.
  if (best_size < 20) {
    best.size = 20;
    best.rows = std::clamp(static_cast<int>((r.height() + best.gap) / (20 + best.gap)), 1, heads);
    best.per_row = (heads + best.rows - 1) / best.rows;
  }
  return best;
}

namespace attention = figures::attention;

/// Words that choose heads taken together, such as "mean"; returns its right end.
float head_word(ui::Ui& ui, draw::Vec at, std::string_view word, int head, const Frame& frame, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const bool chosen = frame.selection.head == head;
  const draw::Style style = chosen ? c.metrics().small_medium() : c.metrics().small_style();
  const float u = c.u(), width = c.text_width(c.tr(word), c.metrics().small_medium());
  const Rect box{at.x - 0.75f * u, at.y - 0.25f * u, at.x + width + 0.75f * u, at.y + c.text_height(style) + 0.25f * u};
  if (chosen) c.fill(box, theme.selection_tint, 4);
  else if (ui.hovering(box)) c.fill(box, theme.raised, 4);
  c.text({at.x + width / 2, at.y}, c.tr(word), style, chosen ? theme.selection : theme.text2, Align::centre);
  if (ui.clicked("strip.head." + std::string(word), box)) out.push_back(SelectHead{frame.selection.block, head});
  return box.x1 + u;
}

}  // namespace

void head_strip(ui::Ui& ui, Rect r, const Frame& frame, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const bool narrow = layout(frame.size).narrow;
  const Trace& trace = *frame.trace;
  const VitConfig& config = trace.config();
  const PatchGrid& grid = trace.grid();
  const figures::Selection& selection = frame.selection;
  const draw::Style small = c.metrics().small_style(), medium = c.metrics().small_medium();
  r = r.inset((narrow ? 2.5f : 3.5f) * u, 0);

  // Title: whose attention; at the right the key to its span.
  Rect head = r.cut_top(narrow ? 4.25f * u : 4.5f * u);
  const float ty = head.y0 + 1.25f * u;
  float x = c.text({head.x0, ty}, c.tr("Heads"), medium, theme.text1).x1 + 1.5f * u;
  const int query = selection.query;
  const bool column = attention::reads_column(selection);
  const draw::Color ink = query < grid.prefix() ? draw::prefix_color(theme, query, grid.prefix_tokens()) : theme.selection;
  if (column) {
    x = c.text({x, ty}, c.tr(narrow ? "who sees" : "who looks at"), small, theme.text3).x1 + 0.5f * u;
    x = c.text({x, ty}, draw::token_name(c, query, grid), medium, ink).x1 + 1.5f * u;
  } else {
    x = c.text({x, ty}, c.tr("where"), small, theme.text3).x1 + 0.5f * u;
    x = c.text({x, ty}, draw::token_name(c, query, grid), medium, ink).x1 + 0.5f * u;
    x = c.text({x, ty}, c.tr("looks"), small, theme.text3).x1 + 1.5f * u;
  }
  x = head_word(ui, {x + 0.75f * u, ty}, "mean", figures::kMeanHead, frame, out);
  x = head_word(ui, {x + 0.5f * u, ty}, "max", figures::kMaxHead, frame, out);
  constexpr std::string_view kSpans[] = {"largest of each map", "largest of the block", "largest of all"}, kBrief[] = {"map", "block", "all"};
  const auto mode = static_cast<std::size_t>(selection.scale);
  const float by_hand = figures::option(selection, attention::range_option());
  const std::string span = by_hand > 0 ? draw::percent(static_cast<double>(by_hand), 2) : std::string(c.tr(narrow ? kBrief[mode] : kSpans[mode]));
  float right = c.text({head.x1, ty}, span, small, theme.text3, Align::right).x0 - u;
  static const Tensor ramp({1, 8}, std::array<float, 8>{0, 1, 2, 3, 4, 5, 6, 7});
  c.heat({right - 8 * u, ty + 3, right, ty + 13}, draw::Matrix(ramp), {ColorMap::viridis, {0, 7}, true});
  right = c.text({right - 9 * u, ty}, "0", small, theme.text3, Align::right).x0 - 1.5f * u;
  const Rect cap = ui.key_cap({right - ui.key_cap_width("S"), ty - 1}, "S");
  if (ui.clicked("strip.scale", {cap.x0 - u, head.y0, head.x1, head.y1})) out.push_back(CycleScale{});
  // The shown map as side A of a comparison.
  const std::string_view keep = c.tr("compare");
  const float compare = cap.x0 - 3 * u - c.text_width(keep, small);
  const float key_x = compare - 0.75f * u - ui.key_cap_width("B");
  if (key_x > x + u) {
    c.text({compare, ty}, keep, small, theme.text3);
    const Rect key_box = ui.key_cap({key_x, ty - 1}, "B");
    if (ui.clicked("strip.compare", {key_box.x0 - u, head.y0, compare + c.text_width(keep, small) + u, head.y1})) out.push_back(KeepToCompare{});
  }

  Rect labels = r.cut_top(2.25f * u);
  r.y1 -= 1.25f * u;
  const float aspect = std::clamp(static_cast<float>(grid.columns() * grid.patch_width()) / static_cast<float>(grid.rows() * grid.patch_height()), 0.4f, 2.5f);
  const Arrangement a = arrange(r, config.depth, config.heads, aspect);
  const float block_width = std::max(a.block_width(aspect), 5.5f * u);
  const float total = static_cast<float>(config.depth) * (block_width + a.block_gap) - a.block_gap;
  float& scroll = ui.state().scroll["strip"];
  float& seen = ui.state().scroll["strip.block"];
  const float pitch = block_width + a.block_gap + (total < r.width() && config.depth > 1 ? std::min((r.width() - total) / static_cast<float>(config.depth - 1), 4 * u) : 0);
  if (total > r.width()) {
    if (seen != static_cast<float>(selection.block + 1)) {
      seen = static_cast<float>(selection.block + 1);
      const float left = static_cast<float>(selection.block) * pitch;
      scroll = std::clamp(scroll, left + block_width - r.width(), left);
    }
    if (ui.hovering(r)) scroll -= ui.pointer().wheel * pitch;
    scroll = std::clamp(scroll, 0.0f, total - r.width());
  } else {
    scroll = 0;
  }

  const figures::FigureInput input{trace, selection};
  const auto span_of = [&](int block, int h) { return attention::span_of(input, {block, h, query, column}); };
  draw::Span all{0, 1};
  if (selection.scale == ScaleMode::all && trace.has(Slot::attn, 0)) all = span_of(0, 0);
  c.push_clip({r.x0 - 3, labels.y0, r.x1 + 3, r.y1 + 3});
  for (int block = 0; block < config.depth; ++block) {
    const float left = r.x0 - std::round(scroll) + static_cast<float>(block) * pitch;
    if (left > r.x1 || left + block_width < r.x0) continue;
    const bool current = block == selection.block;
    const std::string name = std::string(c.tr("block")) + " " + std::to_string(block + 1);
    const float name_width = c.text_width(name, current ? medium : small);
    // The last one may be wider than its maps: it moves to the left as far as the one before it leaves room.
    const float name_x = std::max(left - std::max(0.0f, pitch - name_width - u), std::min(left, r.x1 - name_width));
    c.text({name_x, labels.y0}, name, current ? medium : small, current ? theme.text1 : theme.text3);
    const bool there = trace.has(Slot::attn, block);
    const draw::Span of_block = there && selection.scale == ScaleMode::block ? span_of(block, 0) : draw::Span{0, 1};
    for (int h = 0; h < config.heads; ++h) {
      const float bx = left + static_cast<float>(h % a.per_row) * (a.size * aspect + a.gap), by = r.y0 + static_cast<float>(h / a.per_row) * (a.size + a.gap);
      const Rect box = draw::rect_at({std::round(bx), std::round(by)}, std::round(a.size * aspect), a.size);
      const std::string key = "head." + std::to_string(block) + "." + std::to_string(h);
      if (!there) {
        const draw::Color edge = frame.busy && frame.computing.block == block ? theme.block : theme.tick;
        c.dashes({box.x0, box.y0}, {box.x1, box.y0}, edge, 1, 2, 3);
        c.dashes({box.x0, box.y1}, {box.x1, box.y1}, edge, 1, 2, 3);
        c.dashes({box.x0, box.y0}, {box.x0, box.y1}, edge, 1, 2, 3);
        c.dashes({box.x1, box.y0}, {box.x1, box.y1}, edge, 1, 2, 3);
        continue;
      }
      const draw::Span top = selection.scale == ScaleMode::map ? span_of(block, h) : selection.scale == ScaleMode::block ? of_block : all;
      c.heat(box, attention::grid_of(trace, {block, h, query, column}), {ColorMap::viridis, top});
      c.tag(box, draw::HeadTarget{block, h},
            name + ", " + std::string(c.tr("head")) + " " + std::to_string(h + 1));
      if (current && h == selection.head) c.pinned(box);
      const auto* hovered = std::get_if<draw::HeadTarget>(&selection.hovered);
      if (ui.hovering(box) || (hovered && *hovered == draw::HeadTarget{block, h})) c.hovered(box);
    }
  }
  c.pop_clip();
}

}  // namespace vitscope::views
