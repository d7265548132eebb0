// Small matrices written out in numbers, one row a token.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "app/draw/canvas.h"

namespace vitscope::figures::stream {

struct NumberGrid {
  int rows = 0, columns = 0;
  std::function<double(int row, int column)> value;
  int decimals = 0;
  std::vector<draw::Color> marks;        ///< of rows, transparent for none; empty: no row is marked
  std::vector<std::string> labels;       ///< left of the rows; empty: none
  bool marked_columns = false;           ///< columns carry the marks too (queries and keys are the same tokens)
  std::string title;
};
std::string fixed_number(double value, int decimals);
/// Size of the whole with title and labels when numbers are written in full.
draw::Vec number_grid_size(const draw::Canvas& c, const NumberGrid& grid);
/// At the top left of `r`; cells are narrower than their numbers where `r` is too narrow, which then are left out.
void number_grid(draw::Canvas& c, draw::Rect r, const NumberGrid& grid);

}  // namespace vitscope::figures::stream
