#include "app/figures/attention_wall.h"

#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/prefix_words.h"

namespace vitscope::figures::attention {

using draw::Canvas;
using draw::Rect;

namespace {

double value_of(const FigureInput& input, int block, int head, WallOrder order) {
  if (order == WallOrder::distance) return (*distances(input, block))[static_cast<std::size_t>(head)].distance;
  const Chosen now = pinned_choice(input);
  const MapFacts facts = map_facts(values_of(input.trace, {block, head, now.query, now.column}), input.grid().prefix());
  if (order == WallOrder::entropy) return facts.entropy_bits;
  return order == WallOrder::class_share ? facts.prefix_share : facts.max;
}

/// Text below and above a map.
float line_of(const Canvas& c) { return Canvas::text_height(c.metrics().small_style()); }

WallLayout with_texts(const Canvas& c, Rect r, const FigureInput& input, bool values, bool names) {
  const VitConfig& config = input.config();
  const float u = c.u(), line = line_of(c);
  const float aspect = static_cast<float>(config.image_width) / static_cast<float>(config.image_height);
  const bool sorted = wall_order(input.selection) != WallOrder::block_and_head;
  const float texts = static_cast<float>(values) * line + static_cast<float>(names) * line;
  WallLayout best;
  const auto keep = [&](WallLayout l) {
    const float wide = (r.width() - static_cast<float>(l.groups) * l.left - static_cast<float>(l.groups - 1) * l.group_gap) / static_cast<float>(l.groups * l.columns) - l.gap_x;
    const float high = (r.height() - l.top) / static_cast<float>(l.rows) - l.gap_y;
    l.width = std::max(1.0f, std::min({wide, high * aspect, 14 * u}));
    l.height = l.width / aspect;
    l.values = values, l.names = names;
    // Side by side only where that makes the maps clearly larger: one column of blocks reads more easily.
    if (l.width > best.width * (l.groups > 1 ? 1.25f : 1.0f)) best = l;
  };
  if (sorted) {
    const int count = config.depth * config.heads;
    for (int columns = 1; columns <= count; ++columns) {
      WallLayout l;
      l.columns = columns;
      l.rows = (count + columns - 1) / columns;
      l.gap_x = count > 100 ? 0.6f * u : u;
      l.gap_y = texts + 0.5f * u;
      keep(l);
    }
    return best;
  }
  for (int groups = 1; groups <= std::min(config.depth, 6); ++groups) {
    WallLayout l;
    l.groups = groups;
    l.columns = config.heads;
    l.rows = (config.depth + groups - 1) / groups;
    if ((config.depth + l.rows - 1) / l.rows != groups) continue;
    l.left = c.text_width("00", c.metrics().small_style()) + 0.75f * u;
    l.top = line + 0.25f * u;
    l.group_gap = 2.5f * u;
    l.gap_x = config.heads * groups > 20 ? 0.35f * u : 0.6f * u;
    l.gap_y = l.gap_x + texts;
    keep(l);
  }
  return best;
}

}  // namespace

const Option& wall_order_option() {
  static const Option option{Option::Kind::choice, "all-heads.order", "Order", 0, 3, 0, {"block, head", "distance", "entropy", "prefix share"}};
  return option;
}

WallOrder wall_order(const Selection& selection) { return static_cast<WallOrder>(std::clamp(static_cast<int>(std::lround(option(selection, wall_order_option()))), 0, 3)); }

std::vector<WallMap> wall_maps(const FigureInput& input) {
  const WallOrder order = wall_order(input.selection);
  std::vector<WallMap> maps;
  for (int block = 0; block < input.config().depth; ++block) {
    if (!input.trace.has(Slot::attn, block)) continue;
    for (int head = 0; head < input.config().heads; ++head) maps.push_back({block, head, value_of(input, block, head, order)});
  }
  if (order == WallOrder::block_and_head) return maps;
  const bool largest_first = order == WallOrder::class_share;
  std::stable_sort(maps.begin(), maps.end(), [&](const WallMap& a, const WallMap& b) { return largest_first ? a.value > b.value : a.value < b.value; });
  return maps;
}

std::string wall_value(const FigureInput& input, double value) {
  const WallOrder order = wall_order(input.selection);
  const bool share = order == WallOrder::block_and_head || order == WallOrder::class_share || (order == WallOrder::distance && distance_choice(input.selection).unit == DistanceUnit::diagonal_share);
  const double shown = share ? 100 * value : value;
  return draw::tick_number(shown, shown < 9.995 ? 0.01 : shown < 99.95 ? 0.1 : 1);
}

std::string wall_value_name(const Canvas& c, const FigureInput& input) {
  switch (wall_order(input.selection)) {
    case WallOrder::block_and_head: return std::string(c.tr("below: largest share of a patch, %"));
    case WallOrder::entropy: return std::string(c.tr("below: entropy, bits; smallest first"));
    case WallOrder::class_share: 
      if (reads_column(input.selection))
        return std::string(by_prefix(c, input.config(), "below: share from prefix tokens, of which this model has none", "below: share from the class token, %; largest first", "below: share from the prefix tokens, %; largest first"));
      return std::string(by_prefix(c, input.config(), "below: share of prefix tokens, of which this model has none", "below: share of the class token, %; largest first", "below: share of the prefix tokens, %; largest first"));
    default: break;
  }
  switch (distance_choice(input.selection).unit) {
    case DistanceUnit::pixels: return std::string(c.tr("below: mean attention distance, pixels; smallest first"));
    case DistanceUnit::cells: return std::string(c.tr("below: mean attention distance, cells; smallest first"));
    default: return std::string(c.tr("below: mean attention distance, % of the diagonal; smallest first"));
  }
}

WallLayout wall_layout(const Canvas& c, Rect r, const FigureInput& input) {
  const float value = c.text_width("00.0", c.metrics().small_style());
  const bool sorted = wall_order(input.selection) != WallOrder::block_and_head;
  if (sorted)
    if (const WallLayout both = with_texts(c, r, input, true, true); both.pitch_x() > value + 0.25f * c.u() && both.width > 4 * c.u()) return both;
  if (const WallLayout values = with_texts(c, r, input, true, false); values.pitch_x() > value + 0.25f * c.u() && values.width > 2.5f * c.u()) return values;
  return with_texts(c, r, input, false, false);
}

Rect wall_place(Rect r, const WallLayout& l, const WallMap& map, int index, WallOrder order) {
  const bool sorted = order != WallOrder::block_and_head;
  const int group = sorted ? 0 : map.block / l.rows, row = sorted ? index / l.columns : map.block % l.rows, column = sorted ? index % l.columns : map.head;
  const float names = l.names ? l.gap_y / 2 : 0;
  return draw::rect_at({r.x0 + static_cast<float>(group) * l.group_width() + l.left + static_cast<float>(column) * l.pitch_x(), r.y0 + l.top + names + static_cast<float>(row) * l.pitch_y()}, l.width,
                       l.height);
}

}  // namespace vitscope::figures::attention
