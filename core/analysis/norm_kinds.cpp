#include "core/analysis/norm_kinds.h"

#include <algorithm>
#include <cmath>

namespace vitscope {

namespace {

/// `groups` groups of `count` numbers: number j of group g lies at g * group_step + j * step.
Tensor normed(const Tensor& rows, int groups, int count, std::int64_t group_step, std::int64_t step, double epsilon) {
  Tensor result(rows.shape());
  for (int g = 0; g < groups; ++g) {
    const float* in = rows.data() + g * group_step;
    double mean = 0, variance = 0;
    for (int j = 0; j < count; ++j) mean += static_cast<double>(in[j * step]) / count;
    for (int j = 0; j < count; ++j) variance += (static_cast<double>(in[j * step]) - mean) * (static_cast<double>(in[j * step]) - mean) / count;
    const double deviation = std::sqrt(variance + epsilon);
    for (int j = 0; j < count; ++j) result.edit()[g * group_step + j * step] = deviation > 0 ? static_cast<float>((static_cast<double>(in[j * step]) - mean) / deviation) : 0;
  }
  return result;
}

}  // namespace

Tensor layer_normed(const Tensor& rows, double epsilon) { return normed(rows, rows.dim(0), rows.dim(1), rows.dim(1), 1, epsilon); }

Tensor batch_normed(const Tensor& rows, double epsilon) { return normed(rows, rows.dim(1), rows.dim(0), 1, rows.dim(1), epsilon); }

Tensor norm_toy() {
  constexpr float kTokens[] = {1, 2, 3, 4, 2, 4, 6, 8, 0, 0, 0, 12};
  return Tensor({3, 4}, kTokens);
}

Tensor with_row(const Tensor& rows, std::initializer_list<float> row) {
  Tensor result({rows.dim(0) + 1, rows.dim(1)});
  std::copy_n(rows.data(), rows.size(), result.edit());
  std::copy(row.begin(), row.end(), result.edit() + rows.size());
  return result;
}

NormChange change_without_last(const Tensor& rows, double epsilon) {
  NormChange change;
  if (rows.dim(0) < 2) return change;
  const int kept = rows.dim(0) - 1;
  const Tensor fewer({kept, rows.dim(1)}, rows.values().first(static_cast<std::size_t>(kept) * static_cast<std::size_t>(rows.dim(1))));
  const auto largest = [&](const Tensor& all, const Tensor& some) {
    double most = 0;
    for (std::int64_t i = 0; i < some.size(); ++i) most = std::max(most, std::abs(static_cast<double>(all.data()[i]) - static_cast<double>(some.data()[i])));
    return most;
  };
  change.layer = largest(layer_normed(rows, epsilon), layer_normed(fewer, epsilon));
  change.batch = largest(batch_normed(rows, epsilon), batch_normed(fewer, epsilon));
  return change;
}

}  // namespace vitscope
