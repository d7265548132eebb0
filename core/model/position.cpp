#include "core/model/position.h"

#include <algorithm>
#include <cmath>

#include "core/image/image.h"

namespace vitscope {

std::optional<std::string> input_size_refusal(const PatchGrid& grid) {
  const std::int64_t height = std::int64_t{grid.rows()} * grid.patch_height(), width = std::int64_t{grid.columns()} * grid.patch_width();
  if (std::max(height, width) > kMaxInputSide) {
    return "an input of " + std::to_string(height) + " x " + std::to_string(width) + " pixels is too large; sides up to " + std::to_string(kMaxInputSide) +
           " work";
  }
  if (grid.tokens() > kMaxInputTokens) {
    return "an input of " + std::to_string(height) + " x " + std::to_string(width) + " pixels makes " + std::to_string(grid.tokens()) + " tokens; up to " +
           std::to_string(kMaxInputTokens) + " work";
  }
  return std::nullopt;
}

Tensor resample_position(const Tensor& stored, int stored_rows, int stored_columns, const PatchGrid& grid) {
  if (grid.rows() == stored_rows && grid.columns() == stored_columns) return stored;
  const int dim = stored.dim(1);
  const auto prefix = static_cast<std::size_t>(grid.prefix()) * static_cast<std::size_t>(dim);
  Tensor position({grid.tokens(), dim});
  std::copy_n(stored.data(), prefix, position.edit());
  const auto resampled = resample_bicubic(stored.values().subspan(prefix), stored_rows, stored_columns, dim, grid.rows(), grid.columns());
  std::copy(resampled.begin(), resampled.end(), position.edit() + prefix);
  return position;
}

Tensor sinusoidal_table(int rows, int dim) {
  Tensor table({rows, dim});
  float* out = table.edit();
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < dim; ++j) {
      const double angle = i / std::pow(10000.0, static_cast<double>(j / 2 * 2) / dim);
      *out++ = static_cast<float>(j % 2 ? std::cos(angle) : std::sin(angle));
    }
  }
  return table;
}

Tensor sinusoidal_grid_table(int rows, int columns, int prefix, int dim) {
  const int quarter = dim / 4;
  Tensor table({prefix + rows * columns, dim});
  std::fill_n(table.edit(), table.size(), 0.0f);
  for (int cell = 0; cell < rows * columns; ++cell) {
    float* out = table.edit() + static_cast<std::ptrdiff_t>(prefix + cell) * dim;
    for (int j = 0; j < quarter; ++j) {
      const double frequency = std::pow(10000.0, -static_cast<double>(j) / std::max(1, quarter - 1));
      const double x = cell % columns * frequency, y = cell / columns * frequency;
      out[j] = static_cast<float>(std::sin(x));
      out[quarter + j] = static_cast<float>(std::cos(x));
      out[2 * quarter + j] = static_cast<float>(std::sin(y));
      out[3 * quarter + j] = static_cast<float>(std::cos(y));
    }
  }
  return table;
}

}  // namespace vitscope
