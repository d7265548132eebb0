// Numbers along the edge of a matrix: which rows or columns get one, so that they never touch.
#pragma once
#include <string>
#include <vector>

#include "app/draw/canvas.h"
#include "core/patch_grid.h"

namespace vitscope::draw {

struct AxisNumber {
  std::string text;
  Color color;
  Style style;
  float at = 0;  ///< where its middle stands along the axis
  float width = 0;
};

struct AxisStyle {
  int count = 0;   ///< rows or columns
  PrefixTokens prefix;  ///< the first ones are prefix tokens; the numbers count from behind them
  int pinned = -1, hovered = -1;
  bool upright = false;    ///< numbers below each other (rows)
  bool ends_only = false;  ///< besides what is pinned or hovered only the first and the last
};

/// Numbers for cells of `cell` points that begin at `start`; they stay within lo..hi along the axis.
std::vector<AxisNumber> axis_numbers(const Canvas& c, const AxisStyle& style, float start, float cell, float lo, float hi);
/// "cls", "dist", "r1" for prefix tokens, else the number counted from behind them.
std::string axis_label(int index, const PrefixTokens& prefix);

}  // namespace vitscope::draw
