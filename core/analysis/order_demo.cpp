#include "core/analysis/order_demo.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/analysis/linear_algebra.h"

namespace vitscope {

namespace {

RowMatrix rows_of(const Tensor& t) { return in_double(t.data(), t.dim(0), t.dim(1)); }

Tensor taken(const Tensor& t, std::span<const int> order) {
  Tensor result(t.shape());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::span<const float> from = t.row(order[i]);
    std::copy(from.begin(), from.end(), result.edit() + i * from.size());
  }
  return result;
}

constexpr float kQueries[] = {10, 16, 5, 17, 17, 4, 3, 18, 11, 9, 15, 13, 10, 17, 15, 5, 7, 13, 10, 6, 7, 6, 19, 7, 19, 13, 3, 17, 6, 17, 4, 17, 2, 13, 17, 19};
constexpr float kKeys[] = {16, 7, 10, 17, 14, 1, 6, 6, 12, 4, 5, 13, 13, 7, 1, 1, 17, 16, 3, 8, 2, 9, 19, 8, 12, 1, 15, 16, 8, 6, 12, 19, 8, 1, 5, 3};
constexpr float kValues[] = {19, 1, 18, 17, 4, 2, 2, 2, 1, 3, 11, 18, 4, 2, 2, 16, 2, 18, 2, 12, 12, 14, 6, 5, 18, 10, 12, 18, 4, 7, 15, 2, 10, 2, 17, 12};

}  // namespace

QkvRows order_demo_rows() { return {Tensor({4, 9}, kQueries), Tensor({4, 9}, kKeys), Tensor({4, 9}, kValues)}; }

Attended attend(const QkvRows& rows, bool softmax) {
  RowMatrix a = product_transposed(rows_of(rows.q), rows_of(rows.k));
  if (softmax) {
    a /= std::sqrt(static_cast<double>(rows.q.dim(1)));
    for (Eigen::Index i = 0; i < a.rows(); ++i) {
      const double most = a.row(i).maxCoeff();
      a.row(i) = (a.row(i).array() - most).exp().matrix();
      a.row(i) /= a.row(i).sum();
    }
  }
  const RowMatrix av = product(a, rows_of(rows.v));
  return {static_cast<int>(a.rows()), static_cast<int>(av.cols()), {a.data(), a.data() + a.size()}, {av.data(), av.data() + av.size()}};
}

QkvRows reordered(const QkvRows& rows, std::span<const int> order) { return {taken(rows.q, order), taken(rows.k, order), taken(rows.v, order)}; }

std::vector<int> swapped_order(int count, int a, int b) {
  std::vector<int> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[static_cast<std::size_t>(a)], order[static_cast<std::size_t>(b)]);
  return order;
}

OrderChange order_change(const QkvRows& rows, std::span<const int> order, bool softmax) {
  const Attended before = attend(rows, softmax), after = attend(reordered(rows, order), softmax);
  OrderChange change;
  for (int i = 0; i < before.tokens; ++i) {
    const int from = order[static_cast<std::size_t>(i)];
    for (int j = 0; j < before.tokens; ++j) change.a = std::max(change.a, std::abs(after.a_at(i, j) - before.a_at(from, order[static_cast<std::size_t>(j)])));
    for (int j = 0; j < before.width; ++j) change.av = std::max(change.av, std::abs(after.av_at(i, j) - before.av_at(from, j)));
  }
  for (int j = 0; j < before.width; ++j) change.first_row = std::max(change.first_row, std::abs(after.av_at(0, j) - before.av_at(0, j)));
  return change;
}

}  // namespace vitscope
