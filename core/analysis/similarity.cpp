#include <cmath>

#include "core/analysis/embedding.h"
#include "core/analysis/parts.h"

namespace vitscope {

namespace {
Tensor similarity(const Tensor& table, int first, int count, Similarity kind) {
  std::vector<double> length;
  for (int i = 0; i < count; ++i) length.push_back(std::sqrt(dot(table.row(first + i), table.row(first + i))));
  Tensor result({count, count});
  float* out = result.edit();
  const auto n = static_cast<std::size_t>(count);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double value = dot(table.row(first + static_cast<int>(i)), table.row(first + static_cast<int>(j)));
      if (kind == Similarity::cosine) {
        const double lengths = length[i] * length[j];
        value = i == j ? 1 : lengths > 0 ? value / lengths : 0;
      }
      out[i * n + j] = out[j * n + i] = static_cast<float>(value);
    }
  }
  return result;
}
}  // namespace

Tensor position_similarity(const Tensor& position, const PatchGrid& grid, Similarity kind) {
  return similarity(position, position.dim(0) - grid.patches(), grid.patches(), kind);
}

PositionMeans position_means(const Tensor& similarity, const PatchGrid& grid) {
  PositionMeans means;
  const int n = grid.patches();
  for (int a = 0; a < n; ++a) {
    means.own += similarity.at(a, a) / n;
    for (int b = 0; b < n; ++b) {
      if (a == b) continue;
      const bool row = grid.row(a) == grid.row(b), column = grid.column(a) == grid.column(b);
      (row ? means.same_row : column ? means.same_column : means.elsewhere) += similarity.at(a, b);
      ++(row ? means.row_pairs : column ? means.column_pairs : means.other_pairs);
    }
  }
  const auto divide = [](double& sum, std::int64_t pairs) { sum = pairs > 0 ? sum / static_cast<double>(pairs) : 0; };
  divide(means.same_row, means.row_pairs);
  divide(means.same_column, means.column_pairs);
  divide(means.elsewhere, means.other_pairs);
  return means;
}

Tensor cosine_matrix(const Tensor& rows) { return similarity(rows, 0, rows.dim(0), Similarity::cosine); }

}  // namespace vitscope
