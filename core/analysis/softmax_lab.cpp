#include "core/analysis/softmax_lab.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/analysis/attention.h"
#include "core/edits/apply.h"

namespace vitscope {

SoftmaxRow softmax_row_at(std::span<const float> scores, double factor, double temperature, const PatchGrid& grid, int query) {
  std::vector<float> scaled(scores.begin(), scores.end());
  for (float& score : scaled) score = static_cast<float>(static_cast<double>(score) * factor);
  SoftmaxRow row;
  row.shares.resize(scaled.size());
  softmax_row(scaled, {}, temperature, row.shares);
  row.entropy = entropy_bits(row.shares);
  row.largest = static_cast<double>(*std::max_element(row.shares.begin(), row.shares.end()));
  double patches = 0, distance = 0;
  const int from = grid.patch_of(query);
  for (int token = 0; token < grid.tokens(); ++token) {
    const auto share = static_cast<double>(row.shares[static_cast<std::size_t>(token)]);
    const int patch = grid.patch_of(token);
    if (patch < 0) {
      row.prefix_share += share;
      continue;
    }
    patches += share;
    if (from >= 0) distance += share * grid.distance(from, patch);
  }
  row.distance = from >= 0 && patches > 0 ? distance / patches : std::numeric_limits<double>::quiet_NaN();
  return row;
}

}  // namespace vitscope
