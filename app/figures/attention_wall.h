// The wall of all heads: by which number its maps are put in order, and where they stand.
#pragma once
#include <string>
#include <vector>

#include "app/figures/attention_draw.h"

namespace vitscope::figures::attention {

enum class WallOrder : std::uint8_t { block_and_head, distance, entropy, class_share };
const Option& wall_order_option();
WallOrder wall_order(const Selection& selection);

/// One map of the wall with the number that belongs to the order: largest share of a patch (by block and head), mean attention distance of the
/// head, entropy in bits of the shown row (column divided by its sum), share of the prefix tokens.
struct WallMap {
  int block = 0, head = 0;
  double value = 0;
};
/// All heads of the blocks that are there: by block and head, or smallest distance, smallest entropy, largest class share first.
std::vector<WallMap> wall_maps(const FigureInput& input);
/// "12.3", without its unit; shares in per cent.
std::string wall_value(const FigureInput& input, double value);
/// "largest share, %": what stands under the maps.
std::string wall_value_name(const draw::Canvas& c, const FigureInput& input);

/// Places of the maps, in points.
struct WallLayout {
  int columns = 1, rows = 1;        ///< of maps; of a group by block and head
  int groups = 1;                   ///< by block and head: sets of blocks side by side
  float width = 0, height = 0;      ///< of a map
  float gap_x = 0, gap_y = 0, group_gap = 0, left = 0, top = 0;
  bool values = false, names = false;
  float pitch_x() const { return width + gap_x; }
  float pitch_y() const { return height + gap_y; }
  float group_width() const { return left + static_cast<float>(columns) * pitch_x() - gap_x + group_gap; }
  float all_width() const { return static_cast<float>(groups) * group_width() - group_gap; }
};
WallLayout wall_layout(const draw::Canvas& c, draw::Rect r, const FigureInput& input);
/// Place of the map number `index` of wall_maps().
draw::Rect wall_place(draw::Rect r, const WallLayout& l, const WallMap& map, int index, WallOrder order);

}  // namespace vitscope::figures::attention
