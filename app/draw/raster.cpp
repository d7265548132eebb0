#include "app/draw/raster.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace vitscope::draw {

Matrix::Matrix(Tensor matrix) {
  if (matrix.empty() || matrix.rank() < 1 || matrix.rank() > 2) return;
  rows = matrix.rank() == 2 ? matrix.dim(0) : 1;
  columns = matrix.dim(matrix.rank() - 1);
  row_stride = columns;
  tensor = std::move(matrix);
}

Matrix::Matrix(Tensor stack, int i) {
  if (stack.empty() || stack.rank() != 3 || i < 0 || i >= stack.dim(0)) return;
  rows = stack.dim(1);
  columns = row_stride = stack.dim(2);
  offset = static_cast<std::int64_t>(i) * rows * columns;
  tensor = std::move(stack);
}

Matrix Matrix::part(int r0, int r1, int c0, int c1) const {
  r0 = std::clamp(r0, 0, rows), r1 = std::clamp(r1, r0, rows);
  c0 = std::clamp(c0, 0, columns), c1 = std::clamp(c1, c0, columns);
  return {tensor, offset + static_cast<std::int64_t>(r0) * row_stride + c0, r1 - r0, c1 - c0, row_stride};
}

Matrix Matrix::row_as_grid(int r, int c, int grid_rows, int grid_columns) const {
  return {tensor, offset + static_cast<std::int64_t>(r) * row_stride + c, grid_rows, grid_columns, grid_columns};
}

Span range_of(const Matrix& m) {
  Span span{std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()};
  for (int r = 0; r < m.rows; ++r)
    for (int c = 0; c < m.columns; ++c) {
      const float v = m.at(r, c);
      if (!std::isfinite(v)) continue;
      span.lo = std::min(span.lo, v);
      span.hi = std::max(span.hi, v);
    }
  return span.lo <= span.hi ? span : Span{0, 0};
}

Span symmetric_range(const Matrix& m, double share) {
  float largest = 0;
  if (share >= 1) {
    const Span span = range_of(m);
    largest = std::max(std::abs(span.lo), std::abs(span.hi));
  } else {
    std::vector<float> magnitudes;
    magnitudes.reserve(static_cast<std::size_t>(m.rows) * static_cast<std::size_t>(std::max(m.columns, 0)));
    for (int r = 0; r < m.rows; ++r)
      for (int c = 0; c < m.columns; ++c)
        if (const float v = m.at(r, c); std::isfinite(v)) magnitudes.push_back(std::abs(v));
    if (!magnitudes.empty()) {
      const double last = static_cast<double>(magnitudes.size() - 1);
      const auto nth = magnitudes.begin() + static_cast<std::ptrdiff_t>(std::ceil(std::clamp(share, 0.0, 1.0) * last));
      std::nth_element(magnitudes.begin(), nth, magnitudes.end());
      largest = *nth;
    }
  }
  return {-largest, largest};
}

Span drawable(Span span, ColorMap map) {
  if (!std::isfinite(span.lo) || !std::isfinite(span.hi)) return map == ColorMap::diverging ? Span{-1, 1} : Span{0, 1};
  if (span.lo < span.hi) return span;
  // One value only: the lowest colour, or the middle of the diverging map.
  const float reach = std::max(1.0f, std::abs(span.lo) * 1e-3f);
  return map == ColorMap::diverging ? Span{span.lo - reach, span.lo + reach} : Span{span.lo, span.lo + reach};
}

Color heat_color(float value, const HeatStyle& style) {
  const Span span = drawable(style.span, style.map);
  return of(color_of(style.map, value, span.lo, span.hi));
}

}  // namespace vitscope::draw
