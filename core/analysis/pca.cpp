#include "core/analysis/pca.h"

#include <algorithm>
#include <cmath>

#include "core/analysis/linear_algebra.h"

namespace vitscope {

namespace {
Tensor as_tensor(const RowMatrix& m) {
  Tensor t({static_cast<int>(m.rows()), static_cast<int>(m.cols())});
  std::transform(m.data(), m.data() + m.size(), t.edit(), [](double value) { return static_cast<float>(value); });
  return t;
}
}  // namespace

Pca principal_components(const float* rows, int n, int width, int count) {
  RowMatrix x = in_double(rows, n, width);
  const RowMatrix mean = x.colwise().mean();
  x.rowwise() -= mean.row(0);
  Pca pca;
  pca.mean = as_tensor(mean).reshaped({width});
  const PrincipalAxes found = principal_axes(x, std::min({count, n - 1, width}));
  if (found.variances.empty()) return pca;
  for (const double variance : found.variances) pca.explained.push_back(variance / found.total);
  pca.components = as_tensor(found.axes);
  pca.scores = as_tensor(product_transposed(x, found.axes));
  return pca;
}

Pca token_pca(const Trace& trace, int block, int count) {
  const Tensor& tokens = trace.stream_before(block + 1);
  const PatchGrid& grid = trace.grid();
  return principal_components(tokens.row(grid.prefix()).data(), grid.patches(), tokens.dim(1), count);
}

PcaRange pca_range(const Pca& pca, int component, PcaSpan span) {
  std::vector<float> values;
  for (int row = 0; row < pca.scores.dim(0); ++row) values.push_back(pca.scores.at(row, component));
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) { return static_cast<double>(values[static_cast<std::size_t>(std::lround(share * static_cast<double>(values.size() - 1)))]); };
  return {at(span.cut), at(1 - span.cut)};
}

std::vector<Rgb> token_pca_colors(const Pca& pca, PcaSpan span) {
  const int n = pca.scores.empty() ? 0 : pca.scores.dim(0);
  std::vector<Rgb> colors(static_cast<std::size_t>(n), Rgb{128, 128, 128});
  for (int component = 0; component < std::min(3, pca.count()); ++component) {
    const auto [lo, hi] = pca_range(pca, component, span);
    if (!(hi > lo)) continue;
    for (int row = 0; row < n; ++row) {
      const double share = std::clamp((static_cast<double>(pca.scores.at(row, component)) - lo) / (hi - lo), 0.0, 1.0);
      Rgb& color = colors[static_cast<std::size_t>(row)];
      (component == 0 ? color.r : component == 1 ? color.g : color.b) = static_cast<std::uint8_t>(std::lround(255 * share));
    }
  }
  return colors;
}

}  // namespace vitscope
