#include "core/analysis/tsne.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "core/analysis/linear_algebra.h"
#include "core/model/random.h"

namespace vitscope {

namespace {
using Matrix = RowMatrix;

constexpr double kTiny = 2.220446049250313e-16;
constexpr int kReportEvery = 5;  // steps between two looks at the stop

/// Squared Euclidean distances of all pairs.
Matrix squared_distances(const Matrix& points) {
  const Eigen::VectorXd norms = points.rowwise().squaredNorm();
  Matrix squared = (-2.0 * product_transposed(points, points)).colwise() + norms;
  squared.rowwise() += norms.transpose();
  squared = squared.cwiseMax(0.0);
  squared.diagonal().setZero();
  return squared;
}

/// One row of neighbour probabilities whose entropy is log(perplexity): p_j ~ exp(-beta d_j), beta by bisection.
void neighbours_of(const Matrix& squared, Eigen::Index i, double perplexity, Matrix& out) {
  const Eigen::Index n = squared.rows();
  const double wanted = std::log(perplexity);
  double nearest = INFINITY;  // subtracted first: it changes no probability and keeps the exponentials from vanishing
  for (Eigen::Index j = 0; j < n; ++j)
    if (j != i) nearest = std::min(nearest, squared(i, j));
  double beta = 1, lo = -INFINITY, hi = INFINITY;
  for (int step = 0; step < 200; ++step) {
    double sum = 0, weighted = 0;
    for (Eigen::Index j = 0; j < n; ++j) {
      const double distance = squared(i, j) - nearest, p = j == i ? 0 : std::exp(-beta * distance);
      out(i, j) = p;
      sum += p;
      weighted += p * distance;
    }
    out.row(i) /= sum;
    const double entropy = std::log(sum) + beta * weighted / sum, off = entropy - wanted;
    if (std::abs(off) <= 1e-7) return;
    (off > 0 ? lo : hi) = beta;
    if (off > 0) beta = std::isinf(hi) ? beta * 2 : (lo + hi) / 2;
    else beta = std::isinf(lo) ? beta / 2 : (lo + hi) / 2;
    if (beta > 1e300 || beta < 1e-300) return;
  }
}

/// Joint probabilities of all pairs, summing to 1.
Matrix joint_probabilities(const Matrix& points, double perplexity, ThreadPool& pool) {
  const Matrix squared = squared_distances(points);
  const Eigen::Index n = points.rows();
  Matrix conditional = Matrix::Zero(n, n);
  pool.run(static_cast<int>(n), 4, [&](int begin, int end) {
    for (int i = begin; i < end; ++i) neighbours_of(squared, i, perplexity, conditional);
  });
  Matrix joint = conditional + conditional.transpose();
  joint /= std::max(joint.sum(), kTiny);
  return joint.cwiseMax(kTiny);
}

/// Coordinates [N, 2] along the first two principal components, and their shares of the variance; the largest coordinate along each is positive.
Matrix first_components(Matrix points, double (&explained)[2]) {
  points.rowwise() -= points.colwise().mean().eval();
  const PrincipalAxes found = principal_axes(points, 2);
  Matrix scores = Matrix::Zero(points.rows(), 2);
  const Matrix along = product_transposed(points, found.axes);
  for (Eigen::Index k = 0; k < along.cols(); ++k) {
    Eigen::Index largest = 0;
    along.col(k).cwiseAbs().maxCoeff(&largest);
    scores.col(k) = along(largest, k) < 0 ? Matrix(-along.col(k)) : Matrix(along.col(k));
    explained[k] = found.variances[static_cast<std::size_t>(k)] / found.total;
  }
  return scores;
}

/// Places in the plane, one row each.
struct Points {
  std::vector<double> x, y;
};

Points start_of(const Matrix& scores, const TsneOptions& options) {
  const auto n = static_cast<std::size_t>(scores.rows());
  Points plane{std::vector<double>(n), std::vector<double>(n)};
  const double deviation = std::sqrt(scores.col(0).squaredNorm() / static_cast<double>(n));
  Random random(options.seed, 1);
  const bool by_chance = options.random_start || deviation <= 0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    plane.x[i] = 1e-4 * (by_chance ? static_cast<double>(random.bell()) : scores(row, 0) / deviation);
    plane.y[i] = 1e-4 * (by_chance ? static_cast<double>(random.bell()) : scores(row, 1) / deviation);
  }
  return plane;
}

/// What pulls and pushes every point; `weights` sums 1 / (1 + d^2) over the pairs of its row.
struct Forces {
  std::vector<double> pull_x, pull_y, push_x, push_y, weights;
  explicit Forces(std::size_t n) : pull_x(n), pull_y(n), push_x(n), push_y(n), weights(n) {}
};

void forces_of(const Matrix& joint, const Points& plane, ThreadPool& pool, Forces& f) {
  const std::size_t n = plane.x.size();
  pool.run(static_cast<int>(n), 8, [&](int begin, int end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const double* p = joint.data() + i * n;
      const double xi = plane.x[i], yi = plane.y[i];
      double pull_x = 0, pull_y = 0, push_x = 0, push_y = 0, weights = 0;
      for (std::size_t j = 0; j < n; ++j) {
        const double dx = xi - plane.x[j], dy = yi - plane.y[j], w = 1 / (1 + dx * dx + dy * dy), pull = p[j] * w, push = w * w;
        pull_x += pull * dx;
        pull_y += pull * dy;
        push_x += push * dx;
        push_y += push * dy;
        weights += w;
      }
      f.pull_x[i] = pull_x, f.pull_y[i] = pull_y, f.push_x[i] = push_x, f.push_y[i] = push_y;
      f.weights[i] = weights - 1;  // without the point itself
    }
  });
}

double sum_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum;
}

/// Sum over pairs of p log(p / q).
double divergence(const Matrix& joint, const Points& plane, double all_weights) {
  const std::size_t n = plane.x.size();
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      if (i == j) continue;
      const double dx = plane.x[i] - plane.x[j], dy = plane.y[i] - plane.y[j], p = joint.data()[i * n + j];
      sum += p * std::log(p / std::max(1 / (1 + dx * dx + dy * dy) / all_weights, kTiny));
    }
  }
  return sum;
}

/// One coordinate's step: gains grow while the direction stays, shrink where it turns.
void move(std::vector<double>& at, std::vector<double>& speed, std::vector<double>& gain, const std::vector<double>& pull, const std::vector<double>& push,
          double exaggeration, double all_weights, double momentum, double rate) {
  for (std::size_t i = 0; i < at.size(); ++i) {
    const double gradient = 4 * (exaggeration * pull[i] - push[i] / all_weights);
    gain[i] = std::max(speed[i] * gradient < 0 ? gain[i] + 0.2 : gain[i] * 0.8, 0.01);
    speed[i] = momentum * speed[i] - rate * gain[i] * gradient;
    at[i] += speed[i];
  }
}
}  // namespace

double tsne_perplexity(double wanted, int points) { return wanted < points ? wanted : std::max(1, (points - 1) / 3); }

std::optional<Tsne> tsne(const Tensor& tensor, const TsneOptions& options, StudyContext& context) {
  assert(tensor.rank() == 2 && tensor.dim(0) >= 2);
  const Matrix points = in_double(tensor.data(), tensor.dim(0), tensor.dim(1));
  const auto n = static_cast<std::size_t>(points.rows());
  if (!context.go_on(0, options.steps)) return std::nullopt;
  Tsne found;
  found.points = static_cast<int>(n);
  found.perplexity = tsne_perplexity(options.perplexity, found.points);
  found.learning_rate = std::max(static_cast<double>(n) / options.exaggeration / 4, 50.0);
  const Matrix scores = first_components(points, found.explained);
  for (std::size_t i = 0; i < n; ++i) {
    found.pca_x.push_back(scores(static_cast<Eigen::Index>(i), 0));
    found.pca_y.push_back(scores(static_cast<Eigen::Index>(i), 1));
  }
  if (!context.go_on(0, options.steps)) return std::nullopt;
  const Matrix joint = joint_probabilities(points, found.perplexity, context.pool);
  Points plane = start_of(scores, options);
  Forces forces(n);
  std::vector<double> speed_x(n), speed_y(n), gain_x(n, 1.0), gain_y(n, 1.0);
  for (int step = 0; step < options.steps; ++step) {
    if (step % kReportEvery == 0 && !context.go_on(step, options.steps)) return std::nullopt;
    forces_of(joint, plane, context.pool, forces);
    const double all = std::max(sum_of(forces.weights), kTiny);
    if (step == 0) found.divergence_start = divergence(joint, plane, all);
    const bool early = step < options.exaggerated;
    const double exaggeration = early ? options.exaggeration : 1, momentum = early ? 0.5 : 0.8;
    move(plane.x, speed_x, gain_x, forces.pull_x, forces.push_x, exaggeration, all, momentum, found.learning_rate);
    move(plane.y, speed_y, gain_y, forces.pull_y, forces.push_y, exaggeration, all, momentum, found.learning_rate);
  }
  forces_of(joint, plane, context.pool, forces);
  found.divergence_end = divergence(joint, plane, std::max(sum_of(forces.weights), kTiny));
  found.x = std::move(plane.x);
  found.y = std::move(plane.y);
  context.go_on(options.steps, options.steps);
  return found;
}

Tensor columns_as_rows(const Tensor& matrix, int skip) {
  const int rows = matrix.dim(0) - skip, columns = matrix.dim(1);
  Tensor turned({columns, rows});
  for (int c = 0; c < columns; ++c) {
    for (int r = 0; r < rows; ++r) turned.edit()[static_cast<std::ptrdiff_t>(c) * rows + r] = matrix.at(r + skip, c);
  }
  return turned;
}

}  // namespace vitscope
