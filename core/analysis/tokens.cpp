#include "core/analysis/tokens.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/analysis/attention.h"
#include "core/analysis/parts.h"
#include "core/ops/ops.h"
#include "core/ops/thread_pool.h"

namespace vitscope {

namespace {
double length(std::span<const float> row) { return std::sqrt(dot(row, row)); }

double quantile(const std::vector<float>& sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto lower = static_cast<std::size_t>(at);
  const std::size_t upper = std::min(lower + 1, sorted.size() - 1);
  return static_cast<double>(sorted[lower]) + (at - static_cast<double>(lower)) * (static_cast<double>(sorted[upper]) - static_cast<double>(sorted[lower]));
}

/// Rows divided by their lengths; rows of zeros stay.
Tensor unit_rows(const Tensor& rows) {
  Tensor unit(rows.shape());
  float* out = unit.edit();
  for (int r = 0; r < rows.dim(0); ++r) {
    const auto row = rows.row(r);
    const double size = length(row);
    for (const float x : row) *out++ = size > 0 ? static_cast<float>(static_cast<double>(x) / size) : 0;
  }
  return unit;
}
}  // namespace

int token_positions(const Trace& trace) {
  if (!trace.has(Slot::embed_pos)) return 0;
  int count = 1;
  while (count <= trace.config().depth && trace.has(Slot::out, count - 1)) ++count;
  return count;
}

Tensor token_norms(const Trace& trace) {
  const int positions = token_positions(trace), tokens = trace.config().tokens();
  Tensor norms({positions, tokens});
  for (int position = 0; position < positions; ++position)
    for (int token = 0; token < tokens; ++token)
      norms.edit()[static_cast<std::int64_t>(position) * tokens + token] = static_cast<float>(length(trace.stream_before(position).row(token)));
  return norms;
}

NormSummary norm_summary(std::span<const float> norms) {
  std::vector<float> sorted(norms.begin(), norms.end());
  std::sort(sorted.begin(), sorted.end());
  return {quantile(sorted, 0.1), quantile(sorted, 0.5), quantile(sorted, 0.9), static_cast<double>(sorted.front()), static_cast<double>(sorted.back())};
}

std::vector<int> high_norm_patches(std::span<const float> patch_norms, double factor) {
  const double cut = factor * norm_summary(patch_norms).median;
  std::vector<int> found;
  for (std::size_t i = 0; i < patch_norms.size(); ++i)
    if (static_cast<double>(patch_norms[i]) > cut) found.push_back(static_cast<int>(i));
  std::stable_sort(found.begin(), found.end(), [&](int a, int b) { return patch_norms[static_cast<std::size_t>(a)] > patch_norms[static_cast<std::size_t>(b)]; });
  return found;
}

Tensor token_similarity(const Trace& trace, int position) {
  const Tensor unit = unit_rows(trace.stream_before(position));
  const int tokens = unit.dim(0);
  Tensor result({tokens, tokens});
  ThreadPool pool(1);
  ops::attention_scores(pool, unit.data(), unit.data(), 1, tokens, unit.dim(1), 1, result.edit());
  for (std::int64_t i = 0; i < tokens; ++i) {
    for (std::int64_t j = 0; j < i; ++j) {
      const float value = std::clamp(result.data()[i * tokens + j], -1.0f, 1.0f);
      result.edit()[i * tokens + j] = result.edit()[j * tokens + i] = value;
    }
    result.edit()[i * tokens + i] = 1;
  }
  return result;
}

double cosine(std::span<const float> a, std::span<const float> b) {
  const double lengths = length(a) * length(b);
  return lengths > 0 ? std::clamp(dot(a, b) / lengths, -1.0, 1.0) : 0;
}

DepthSimilarity similarity_by_depth(const Trace& trace) {
  const PatchGrid& grid = trace.grid();
  const double n = grid.patches();
  DepthSimilarity result;
  for (int position = 0, positions = token_positions(trace); position < positions; ++position) {
    const Tensor unit = unit_rows(trace.stream_before(position));
    // The sum of all pairs is the squared length of the sum of unit rows; the pairs of a patch with itself are taken out again.
    std::vector<double> sum(static_cast<std::size_t>(unit.dim(1)));
    double own = 0;
    for (int patch = 0; patch < grid.patches(); ++patch) {
      const auto row = unit.row(grid.token_of(patch));
      for (std::size_t i = 0; i < row.size(); ++i) sum[i] += static_cast<double>(row[i]);
      own += dot(row, row);
    }
    const double all = std::inner_product(sum.begin(), sum.end(), sum.begin(), 0.0);
    result.between_patches.push_back(n > 1 ? (all - own) / (n * (n - 1)) : 1);
    if (!grid.class_token()) continue;
    const auto first = unit.row(0);
    double prefix = 0;
    for (std::size_t i = 0; i < first.size(); ++i) prefix += static_cast<double>(first[i]) * sum[i];
    result.to_class_token.push_back(prefix / n);
  }
  return result;
}

Tensor self_similarity(const Trace& trace, int token) {
  const int positions = token_positions(trace);
  Tensor result({positions, positions});
  for (int i = 0; i < positions; ++i)
    for (int j = 0; j < positions; ++j)
      result.edit()[i * positions + j] = i == j ? 1 : static_cast<float>(cosine(trace.stream_before(i).row(token), trace.stream_before(j).row(token)));
  return result;
}

std::vector<HeadEntropy> head_entropy(const Tensor& attn, const PatchGrid& grid, EntropyKeys keys) {
  const int tokens = grid.tokens();
  const auto prefix = static_cast<std::size_t>(grid.prefix());
  std::vector<HeadEntropy> heads;
  for (int head = 0; head < attn.dim(0); ++head) {
    const std::span<const float> map = attn.row(head);
    HeadEntropy result;
    for (int query = 0; query < tokens; ++query) {
      const auto row = map.subspan(static_cast<std::size_t>(query) * static_cast<std::size_t>(tokens), static_cast<std::size_t>(tokens));
      const double to_prefix = std::accumulate(row.begin(), row.begin() + grid.prefix(), 0.0);
      if (query >= grid.prefix()) result.prefix_share += to_prefix;
      if (keys == EntropyKeys::all) {
        result.bits += entropy_bits(row);
      } else if (const auto rest = row.subspan(prefix); query >= grid.prefix()) {
        // H of p / s is H(p) / s + log2 s, with the sum s of the shares that are left.
        const double sum = std::accumulate(rest.begin(), rest.end(), 0.0);
        if (sum > 0) result.bits += entropy_bits(rest) / sum + std::log2(sum);
      }
    }
    heads.push_back({result.bits / (keys == EntropyKeys::all ? tokens : grid.patches()), result.prefix_share / grid.patches()});
  }
  return heads;
}

}  // namespace vitscope
