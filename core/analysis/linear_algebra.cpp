#include "core/analysis/linear_algebra.h"

#include <Eigen/Eigenvalues>
#include <cmath>

namespace vitscope {

namespace {
constexpr double kNoise = 1e-12;
}

RowMatrix in_double(const float* rows, int n, int width) {
  return Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(rows, n, width).cast<double>();
}

RowMatrix product(const RowMatrix& a, const RowMatrix& b) { return a * b; }

RowMatrix product_transposed(const RowMatrix& a, const RowMatrix& b) { return a * b.transpose(); }

PrincipalAxes principal_axes(const RowMatrix& centred, int most) {
  PrincipalAxes found;
  found.total = centred.squaredNorm();
  found.axes.resize(0, centred.cols());
  if (!std::isfinite(found.total) || !(found.total > 0)) return found;

  const bool wide = centred.cols() > centred.rows();
  const Eigen::MatrixXd gram = wide ? Eigen::MatrixXd(centred * centred.transpose()) : Eigen::MatrixXd(centred.transpose() * centred);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(gram);
  const Eigen::VectorXd& variances = solver.eigenvalues();  // ascending
  Eigen::Index kept = 0;
  while (kept < most && kept < variances.size() && variances[variances.size() - 1 - kept] > kNoise * found.total) ++kept;

  found.axes.resize(kept, centred.cols());
  for (Eigen::Index i = 0; i < kept; ++i) {
    const Eigen::Index at = variances.size() - 1 - i;
    const Eigen::VectorXd vector = solver.eigenvectors().col(at);
    const Eigen::VectorXd axis = wide ? Eigen::VectorXd(centred.transpose() * vector) : vector;
    Eigen::Index largest = 0;
    axis.cwiseAbs().maxCoeff(&largest);
    found.axes.row(i) = axis * ((axis[largest] < 0 ? -1 : 1) / axis.norm());
    found.variances.push_back(variances[at]);
  }
  return found;
}

}  // namespace vitscope
