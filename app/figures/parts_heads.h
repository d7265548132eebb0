// One number for each head of each block as a map: rows are blocks, columns are heads.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "app/draw/parts.h"
#include "app/figures/figure.h"

namespace vitscope::figures::heads {

struct HeadMap {
  draw::Matrix values;  ///< [blocks, heads]
  draw::HeatStyle heat;
  std::string_view title, hint = {};
  std::string bar_label;
  std::function<std::string(int block, int head)> tooltip;
};
/// Title, cells with their numbers where they are large enough, blocks and heads counted from 1, colour bar. Each cell is tagged with its head.
/// Returns the cells.
draw::Rect head_map(draw::Canvas& c, draw::Rect r, const FigureInput& input, const HeadMap& map);

}  // namespace vitscope::figures::heads
