#include "app/figures/parts_heads.h"

#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures::heads {

using draw::Align;
using draw::Canvas;
using draw::Color;
using draw::Rect;

namespace {

/// Black or white, whichever stands out more on the cell.
Color ink_on(Color ground) { return luminance({ground.r, ground.g, ground.b}) > 0.3 ? draw::kBlack : draw::kWhite; }

void numbers(Canvas& c, Rect cells, const HeadMap& map) {
  const float wide = cells.width() / static_cast<float>(map.values.columns), high = cells.height() / static_cast<float>(map.values.rows);
  const draw::Style style{std::min(c.metrics().small, high * 0.62f)};
  if (style.size < 0.75f * c.metrics().small || c.text_width("−.88", style) + 0.5f * c.u() > wide) return;
  for (int row = 0; row < map.values.rows; ++row)
    for (int column = 0; column < map.values.columns; ++column) {
      const float value = map.values.at(row, column);
      const float x = cells.x0 + (static_cast<float>(column) + 0.5f) * wide, y = cells.y0 + (static_cast<float>(row) + 0.5f) * high;
      if (std::isfinite(value))
        c.text({x, y - Canvas::text_height(style) / 2}, draw::cell_number(static_cast<double>(value)), style, ink_on(draw::heat_color(value, map.heat)), Align::centre);
    }
}

/// Numbers from 1 along one side, as many as do not touch; `chosen` is always among them and stands out.
template <class Place>
void counted(Canvas& c, int count, float pitch, float room, int chosen, Place&& place) {
  const int step = std::max(1, static_cast<int>(std::ceil(room / pitch)));
  for (int i = 0; i < count; ++i) {
    const bool own = i == chosen;
    if (!own && (i % step != 0 || (chosen >= 0 && static_cast<float>(std::abs(i - chosen)) * pitch < room))) continue;
    place(i, std::to_string(i + 1), own ? c.metrics().small_medium() : c.metrics().small_style(), own ? c.theme().text1 : c.theme().text2);
  }
}

}  // namespace

Rect head_map(Canvas& c, Rect r, const FigureInput& input, const HeadMap& map) {
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const float line = Canvas::text_height(small);
  const int blocks = map.values.rows, heads = map.values.columns;
  stream::heading(c, r, map.title, map.hint);
  const float left = line + 0.75f * u + c.text_width("00", small) + 0.75f * u;
  const float below = 2 * line + 0.9f * u + stream::lying_bar_height(c);
  const float wide = std::clamp((r.width() - left) / static_cast<float>(heads), 1.0f, 15 * u);
  const float high = std::clamp((r.height() - below) / static_cast<float>(blocks), 1.0f, std::max(0.7f * wide, 4.5f * u));
  const Rect cells = draw::rect_at({r.x0 + left, r.y0}, wide * static_cast<float>(heads), high * static_cast<float>(blocks));
  c.heat(cells, map.values, map.heat);
  numbers(c, cells, map);

  const int own_block = input.paper ? -1 : input.block(), own_head = input.paper ? -1 : input.selection.head;
  counted(c, blocks, high, 0.9f * line, own_block, [&](int i, const std::string& text, draw::Style style, Color color) {
    c.text({cells.x0 - 0.75f * u, cells.y0 + (static_cast<float>(i) + 0.5f) * high - line / 2}, text, style, color, Align::right);
  });
  counted(c, heads, wide, c.text_width("00", small) + 0.5f * u, own_head, [&](int i, const std::string& text, draw::Style style, Color color) {
    c.text({cells.x0 + (static_cast<float>(i) + 0.5f) * wide, cells.y1 + 0.4f * u}, text, style, color, Align::centre);
  });
  const std::string_view rows = c.text_width(c.tr("encoder block"), small) <= cells.height() ? c.tr("encoder block") : c.tr("block");
  if (c.text_width(rows, small) <= cells.height() + 2 * u) c.text_up({r.x0 + line / 2, cells.centre().y}, rows, small, c.theme().block);
  float y = cells.y1 + 0.4f * u + line;
  c.text({std::min(cells.centre().x, r.x1 - c.text_width(c.tr("head"), small) / 2), y}, c.tr("head"), small, c.theme().heads, Align::centre);
  y += line + 0.5f * u;
  stream::lying_bar(c, {cells.x0, y, r.x1, y + stream::lying_bar_height(c)}, map.heat, map.bar_label);

  const auto* hovered = input.paper ? nullptr : std::get_if<draw::HeadTarget>(&input.selection.hovered);
  for (int block = 0; block < blocks; ++block)
    for (int head = 0; head < heads; ++head) {
      const Rect cell = draw::rect_at({cells.x0 + static_cast<float>(head) * wide, cells.y0 + static_cast<float>(block) * high}, wide, high);
      c.tag(cell, draw::HeadTarget{block, head}, map.tooltip(block, head));
      if (block == own_block && head == own_head) c.pinned(cell.inset(1));
      if (hovered && hovered->block == block && hovered->head == head) c.hovered(cell.inset(1));
    }
  return cells;
}

}  // namespace vitscope::figures::heads
