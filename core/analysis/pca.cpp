#include "core/analysis/pca.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

namespace vitscope {

namespace {
// Components whose share of the variance is below this are rounding of the float rows.
constexpr double kNoise = 1e-12;

using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using RowsOfDouble = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Tensor as_tensor(const RowsOfDouble& m) {
  Tensor t({static_cast<int>(m.rows()), static_cast<int>(m.cols())});
  Eigen::Map<Rows>(t.edit(), m.rows(), m.cols()) = m.cast<float>();
  return t;
}
}  // namespace

Pca principal_components(const float* rows, int n, int width, int count) {
  RowsOfDouble x = Eigen::Map<const Rows>(rows, n, width).cast<double>();
  const Eigen::RowVectorXd mean = x.colwise().mean();
  x.rowwise() -= mean;
  Pca pca;
  pca.mean = as_tensor(mean).reshaped({width});
  const double total = x.squaredNorm();
  if (!std::isfinite(total) || !(total > 0)) return pca;

  const bool wide = x.cols() > x.rows();
  const Eigen::MatrixXd gram = wide ? Eigen::MatrixXd(x * x.transpose()) : Eigen::MatrixXd(x.transpose() * x);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(gram);
  const Eigen::VectorXd& variances = solver.eigenvalues();  // ascending
  const Eigen::Index most = std::min<Eigen::Index>({count, n - 1, width});
  Eigen::Index kept = 0;
  while (kept < most && variances[variances.size() - 1 - kept] > kNoise * total) ++kept;
  if (kept == 0) return pca;

  RowsOfDouble components(kept, width);
  for (Eigen::Index i = 0; i < kept; ++i) {
    const Eigen::Index at = variances.size() - 1 - i;
    const Eigen::VectorXd vector = solver.eigenvectors().col(at);
    Eigen::VectorXd component = wide ? Eigen::VectorXd(x.transpose() * vector) : vector;
    Eigen::Index largest = 0;
    component.cwiseAbs().maxCoeff(&largest);
    components.row(i) = component * ((component[largest] < 0 ? -1 : 1) / component.norm());
    pca.explained.push_back(variances[at] / total);
  }
  pca.components = as_tensor(components);
  pca.scores = as_tensor(x * components.transpose());
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
