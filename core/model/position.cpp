#include "core/model/position.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

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

namespace {
constexpr double kSharpness = -0.75;  // the `a` of PyTorch's bicubic kernel

/// Cubic convolution (Keys 1981) of four neighbours around a point `t` behind the second of them.
std::array<double, 4> cubic_weights(double t) {
  const auto near = [](double x) { return ((kSharpness + 2) * x - (kSharpness + 3)) * x * x + 1; };
  const auto far = [](double x) { return ((kSharpness * x - 5 * kSharpness) * x + 8 * kSharpness) * x - 4 * kSharpness; };
  return {far(t + 1), near(t), near(1 - t), far(2 - t)};
}

/// The four rows that an output row reads, the border repeated, and their weights.
struct Taps {
  std::array<int, 4> from;
  std::array<double, 4> weights;
};
std::vector<Taps> taps_of(int stored, int wanted) {
  std::vector<Taps> all;
  for (int i = 0; i < wanted; ++i) {
    const double at = (i + 0.5) * stored / wanted - 0.5, first = std::floor(at);
    Taps taps{{}, cubic_weights(at - first)};
    for (int tap = 0; tap < 4; ++tap) taps.from[static_cast<std::size_t>(tap)] = std::clamp(static_cast<int>(first) - 1 + tap, 0, stored - 1);
    all.push_back(taps);
  }
  return all;
}

std::vector<float> resample_antialiased_bicubic(std::span<const float> values, int rows, int columns, int dim, int new_rows, int new_columns) {
  const auto resampled = resample_bicubic(values, rows, columns, dim, new_rows, new_columns);
  return {resampled.begin(), resampled.end()};
}

std::vector<float> resample_plain_bicubic(std::span<const float> values, int rows, int columns, int dim, int new_rows, int new_columns) {
  const std::vector<Taps> down = taps_of(rows, new_rows), across = taps_of(columns, new_columns);
  std::vector<float> result;
  result.reserve(static_cast<std::size_t>(new_rows) * static_cast<std::size_t>(new_columns) * static_cast<std::size_t>(dim));
  std::vector<double> sums(static_cast<std::size_t>(dim));
  for (const Taps& row : down) {
    for (const Taps& column : across) {
      std::fill(sums.begin(), sums.end(), 0.0);
      for (std::size_t y = 0; y < 4; ++y) {
        for (std::size_t x = 0; x < 4; ++x) {
          const double weight = row.weights[y] * column.weights[x];
          const float* cell = values.data() + (static_cast<std::size_t>(row.from[y]) * static_cast<std::size_t>(columns) + static_cast<std::size_t>(column.from[x])) * sums.size();
          for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += weight * cell[j];
        }
      }
      for (const double sum : sums) result.push_back(static_cast<float>(sum));
    }
  }
  return result;
}
}  // namespace

Tensor resample_position(const Tensor& stored, int stored_rows, int stored_columns, const PatchGrid& grid, PositionResampling kind) {
  if (grid.rows() == stored_rows && grid.columns() == stored_columns) return stored;
  const int dim = stored.dim(1);
  const auto prefix = static_cast<std::size_t>(grid.prefix()) * static_cast<std::size_t>(dim);
  Tensor position({grid.tokens(), dim});
  std::copy_n(stored.data(), prefix, position.edit());
  const auto resample = kind == PositionResampling::transformers ? resample_plain_bicubic : resample_antialiased_bicubic;
  const auto resampled = resample(stored.values().subspan(prefix), stored_rows, stored_columns, dim, grid.rows(), grid.columns());
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

Tensor sinusoidal_offset_table(int patches, int width) {
  const int rows = 2 * patches - 1;
  Tensor table({rows, width});
  for (int row = 0; row < rows; ++row)
    for (int j = 0; j < width; ++j) {
      const double angle = (row - patches + 1) / std::pow(10000.0, (j - j % 2) / static_cast<double>(width));
      table.edit()[static_cast<std::ptrdiff_t>(row) * width + j] = static_cast<float>(j % 2 ? std::cos(angle) : std::sin(angle));
    }
  return table;
}

Tensor table_of_axes(const Tensor& prefix, const Tensor& of_columns, const Tensor& of_rows) {
  const int columns = of_columns.dim(0), rows = of_rows.dim(0), front = prefix.empty() ? 0 : prefix.dim(0), dim = of_columns.dim(1) + of_rows.dim(1);
  Tensor table({front + rows * columns, dim});
  if (front > 0) std::copy_n(prefix.data(), prefix.size(), table.edit());
  for (int cell = 0; cell < rows * columns; ++cell) {
    const auto x = of_columns.row(cell % columns), y = of_rows.row(cell / columns);
    float* out = table.edit() + static_cast<std::ptrdiff_t>(front + cell) * dim;
    std::copy(y.begin(), y.end(), std::copy(x.begin(), x.end(), out));
  }
  return table;
}

Tensor axes_of_table(const Tensor& table, const PatchGrid& grid) {
  const int dim = table.dim(1), half = dim / 2, front = table.dim(0) - grid.patches();
  Tensor of_columns({grid.columns(), half}), of_rows({grid.rows(), dim - half}), prefix;
  const auto mean = [&](int j, int count, const auto& row_of) {
    double sum = 0;
    for (int i = 0; i < count; ++i) sum += static_cast<double>(table.at(front + row_of(i), j));
    return static_cast<float>(sum / count);
  };
  for (int column = 0; column < grid.columns(); ++column)
    for (int j = 0; j < half; ++j) of_columns.edit()[column * half + j] = mean(j, grid.rows(), [&](int row) { return grid.patch_at(row, column); });
  for (int row = 0; row < grid.rows(); ++row)
    for (int j = half; j < dim; ++j) of_rows.edit()[row * (dim - half) + j - half] = mean(j, grid.columns(), [&](int column) { return grid.patch_at(row, column); });
  if (front > 0) prefix = Tensor({front, dim}, table.values().first(static_cast<std::size_t>(front) * static_cast<std::size_t>(dim)));
  return table_of_axes(prefix, of_columns, of_rows);
}

}  // namespace vitscope
