#include "core/analysis/position_tables.h"

#include <algorithm>
#include <cmath>

namespace vitscope {

Tensor sinusoid_table(int rows, int dim) {
  Tensor table({rows, dim});
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < dim; ++j) {
      const double angle = i / std::pow(10000.0, (j - j % 2) / static_cast<double>(dim));
      table.edit()[static_cast<std::size_t>(i) * static_cast<std::size_t>(dim) + static_cast<std::size_t>(j)] = static_cast<float>(j % 2 ? std::cos(angle) : std::sin(angle));
    }
  return table;
}

Tensor sincos_2d_table(const PatchGrid& grid, int dim) {
  Tensor table({grid.patches(), dim});
  std::fill_n(table.edit(), table.size(), 0.0f);
  const int quarter = dim / 4;
  for (int patch = 0; patch < grid.patches(); ++patch) {
    float* row = table.edit() + static_cast<std::size_t>(patch) * static_cast<std::size_t>(dim);
    for (int k = 0; k < quarter; ++k) {
      const double frequency = quarter > 1 ? std::pow(10000.0, -static_cast<double>(k) / (quarter - 1)) : 1;
      const double x = grid.column(patch) * frequency, y = grid.row(patch) * frequency;
      const double values[] = {std::sin(x), std::cos(x), std::sin(y), std::cos(y)};
      for (int part = 0; part < 4; ++part) row[part * quarter + k] = static_cast<float>(values[part]);
    }
  }
  return table;
}

}  // namespace vitscope
