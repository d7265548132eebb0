#include "core/analysis/map_facts.h"

#include <algorithm>
#include <cmath>

namespace vitscope {

MapFacts map_facts(std::span<const float> values, int prefix) {
  MapFacts facts;
  if (values.empty()) return facts;
  const auto first_patch = static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(prefix, 0, std::ssize(values)));
  for (std::size_t i = 0; i < values.size(); ++i) {
    facts.sum += static_cast<double>(values[i]);
    if (i < first_patch) facts.prefix_share += static_cast<double>(values[i]);
  }
  if (const auto patches = values.subspan(first_patch); !patches.empty()) {
    const auto [least, most] = std::minmax_element(patches.begin(), patches.end());
    facts.min = static_cast<double>(*least);
    facts.max = static_cast<double>(*most);
  }
  if (facts.sum > 0)
    for (const float value : values)
      if (const double p = static_cast<double>(value) / facts.sum; p > 0) facts.entropy_bits -= p * std::log2(p);
  facts.uniform = 1.0 / static_cast<double>(values.size());
  facts.strongest = static_cast<int>(std::max_element(values.begin(), values.end()) - values.begin());
  return facts;
}

int rank_of(std::span<const float> values, int index) {
  const float own = values[static_cast<std::size_t>(index)];
  return 1 + static_cast<int>(std::count_if(values.begin(), values.end(), [own](float value) { return value > own; }));
}

std::vector<float> row_or_column(const Tensor& matrix, int token, bool column) {
  const auto tokens = static_cast<std::size_t>(matrix.dim(1));
  if (!column) {
    const std::span<const float> row = matrix.row(token);
    return {row.begin(), row.end()};
  }
  std::vector<float> values(static_cast<std::size_t>(matrix.dim(0)));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = matrix.data()[i * tokens + static_cast<std::size_t>(token)];
  return values;
}

std::vector<float> row_or_column(const Tensor& attn, int head, int token, bool column) {
  const auto tokens = static_cast<std::size_t>(attn.dim(2));
  const int heads = attn.dim(0), first = std::max(head, 0), last = head >= 0 ? head : heads - 1;
  std::vector<float> values(tokens);
  for (std::size_t i = 0; i < tokens; ++i) {
    const std::size_t at = column ? i * tokens + static_cast<std::size_t>(token) : static_cast<std::size_t>(token) * tokens + i;
    double value = static_cast<double>(attn.row(first)[at]);
    for (int h = first + 1; h <= last; ++h) {
      const double other = static_cast<double>(attn.row(h)[at]);
      value = head == -2 ? std::max(value, other) : value + other;
    }
    values[i] = static_cast<float>(head == -1 ? value / heads : value);
  }
  return values;
}

MapDifference map_difference(std::span<const float> a, std::span<const float> b) {
  MapDifference difference;
  const double count = static_cast<double>(a.size());
  double mean_a = 0, mean_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference.values.push_back(b[i] - a[i]);
    difference.total_variation += 0.5 * std::abs(static_cast<double>(b[i]) - static_cast<double>(a[i]));
    mean_a += static_cast<double>(a[i]) / count;
    mean_b += static_cast<double>(b[i]) / count;
  }
  double aa = 0, bb = 0, ab = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = static_cast<double>(a[i]) - mean_a, y = static_cast<double>(b[i]) - mean_b;
    aa += x * x, bb += y * y, ab += x * y;
  }
  if (aa > 0 && bb > 0) difference.correlation = ab / std::sqrt(aa * bb);
  const auto [least, most] = std::minmax_element(difference.values.begin(), difference.values.end());
  difference.most_lost = static_cast<int>(least - difference.values.begin());
  difference.most_gained = static_cast<int>(most - difference.values.begin());
  return difference;
}

}  // namespace vitscope
