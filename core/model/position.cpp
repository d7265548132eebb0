#include "core/model/position.h"

#include <algorithm>
#include <cmath>

#include "core/image/image.h"

namespace vitscope {

std::optional<std::string> input_size_refusal(const PatchGrid& grid) {
  const auto height = static_cast<std::int64_t>(std::lround(grid.rows() * grid.cell_height())), width = static_cast<std::int64_t>(std::lround(grid.columns() * grid.cell_width()));
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

}  // namespace vitscope
