#include <Eigen/Eigenvalues>
#include <algorithm>

#include "core/analysis/embedding.h"

namespace vitscope {

namespace {
// Components whose share of the variance is below this are rounding of the float weights.
constexpr double kNoise = 1e-12;

/// Filters as rows, their mean subtracted.
Eigen::MatrixXd centred_filters(const Tensor& weight) {
  using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Eigen::Index filters = weight.dim(0), length = weight.size() / weight.dim(0);
  Eigen::MatrixXd x = Eigen::Map<const Rows>(weight.data(), filters, length).cast<double>();
  x.rowwise() -= x.colwise().mean().eval();
  return x;
}
}  // namespace

Tensor filters_as_pictures(const Tensor& rows, const VitConfig& c) {
  const Shape shape{rows.dim(0), c.channels, c.patch_height, c.patch_width};
  if (!c.channel_last) return rows.reshaped(shape);
  Tensor pictures(shape);
  const auto area = static_cast<std::size_t>(c.patch_height * c.patch_width), channels = static_cast<std::size_t>(c.channels);
  for (int filter = 0; filter < rows.dim(0); ++filter) {
    const std::span<const float> row = rows.row(filter);
    float* picture = pictures.edit() + static_cast<std::size_t>(filter) * area * channels;
    for (std::size_t i = 0; i < row.size(); ++i) picture[i % channels * area + i / channels] = row[i];
  }
  return pictures;
}

EmbeddingFilters embedding_filters(const Model& model, int count) {
  if (!model.config.cuts_patches()) return {};
  const Eigen::MatrixXd x = centred_filters(model.weights.patch.weight());
  // Right singular vectors from the smaller of the two Gram matrices.
  const bool wide = x.cols() > x.rows();
  const Eigen::MatrixXd gram = wide ? Eigen::MatrixXd(x * x.transpose()) : Eigen::MatrixXd(x.transpose() * x);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(gram);
  const Eigen::VectorXd& variances = solver.eigenvalues();  // ascending
  const double total = variances.sum();

  EmbeddingFilters result;
  std::vector<float> values;
  for (Eigen::Index i = variances.size() - 1; i >= 0 && static_cast<int>(result.explained.size()) < count; --i) {
    if (!(variances[i] > kNoise * total)) break;
    const Eigen::VectorXd vector = solver.eigenvectors().col(i);
    Eigen::VectorXd component = wide ? Eigen::VectorXd(x.transpose() * vector) : vector;
    Eigen::Index largest = 0;
    component.cwiseAbs().maxCoeff(&largest);
    component *= (component[largest] < 0 ? -1 : 1) / component.norm();
    for (double value : component) values.push_back(static_cast<float>(value));
    result.explained.push_back(variances[i] / total);
  }
  if (!result.explained.empty()) {
    const VitConfig& c = model.config;
    const Tensor rows({static_cast<int>(result.explained.size()), c.patch_length()}, values);
    result.components = filters_as_pictures(rows, c);
  }
  return result;
}

}  // namespace vitscope
