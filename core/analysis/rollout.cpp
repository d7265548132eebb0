#include <algorithm>
#include <utility>
#include <vector>

#include "core/analysis/linear_algebra.h"
#include "core/analysis/rollout.h"

namespace vitscope {

namespace {
using Matrix = RowMatrix;

Matrix fuse(const Tensor& attn, HeadFusion fusion) {
  const int heads = attn.dim(0), tokens = attn.dim(1);
  Matrix fused(tokens, tokens);
  for (int i = 0; i < tokens * tokens; ++i) {
    const auto at = [&](int head) -> double { return attn.row(head)[static_cast<std::size_t>(i)]; };
    double value = at(0);
    for (int head = 1; head < heads; ++head) {
      switch (fusion) {
        case HeadFusion::mean: value += at(head); break;
        case HeadFusion::max: value = std::max(value, at(head)); break;
        case HeadFusion::min: value = std::min(value, at(head)); break;
      }
    }
    fused.data()[i] = fusion == HeadFusion::mean ? value / heads : value;
  }
  return fused;
}

/// Sets the smallest floor(share * size) entries to 0, all but entry (0, 0); of equal entries the first.
void discard_smallest(Matrix& fused, double share) {
  std::vector<std::pair<double, int>> order(static_cast<std::size_t>(fused.size()));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = {fused.data()[i], static_cast<int>(i)};
  const auto count = static_cast<std::size_t>(static_cast<double>(order.size()) * std::clamp(share, 0.0, 1.0));
  if (count == 0) return;
  std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count - 1), order.end());
  for (std::size_t i = 0; i < count; ++i) {
    if (order[i].second != 0) fused.data()[order[i].second] = 0;
  }
}

/// One factor of the product.
Matrix factor(const Tensor& attn, const RolloutOptions& options) {
  Matrix a = fuse(attn, options.fusion);
  if (options.discard > 0) discard_smallest(a, options.discard);
  if (options.residual) a = (a + Matrix::Identity(a.rows(), a.cols())) / 2;
  const Eigen::VectorXd sums = a.rowwise().sum();
  for (Eigen::Index i = 0; i < a.rows(); ++i) {
    if (!(sums[i] > 0)) continue;
    if (options.divide_columns) a.col(i) /= sums[i];
    else a.row(i) /= sums[i];
  }
  return a;
}

std::span<const Tensor> used(std::span<const Tensor> blocks, const RolloutOptions& options) {
  return blocks.subspan(std::min(blocks.size(), static_cast<std::size_t>(std::max(0, options.start_block))));
}

template <class Values>
void copy_out(const Values& values, float* out) {
  for (Eigen::Index i = 0; i < values.size(); ++i) out[i] = static_cast<float>(values.data()[i]);
}
}  // namespace

Tensor attention_rollout(std::span<const Tensor> blocks, const RolloutOptions& options) {
  if (blocks.empty()) return {};
  const int tokens = blocks[0].dim(1);
  Matrix product = Matrix::Identity(tokens, tokens);
  for (const Tensor& attn : used(blocks, options)) product = vitscope::product(factor(attn, options), product);
  Tensor rollout({tokens, tokens});
  copy_out(product, rollout.edit());
  return rollout;
}

Tensor class_rollout(const Trace& trace, const RolloutOptions& options) {
  const VitConfig& config = trace.config();
  if (!config.grid.class_token() || trace.finished_blocks() < config.depth) return {};
  std::vector<Tensor> blocks;
  for (int block = 0; block < config.depth; ++block) blocks.push_back(trace.at(Slot::attn, block));
  // Only one row of the product is asked for: from the last block on, a vector times a matrix.
  Matrix row = Eigen::RowVectorXd::Unit(config.tokens(), 0);
  const std::span<const Tensor> from_start = used(blocks, options);
  for (auto attn = from_start.rbegin(); attn != from_start.rend(); ++attn) row = product(row, factor(*attn, options));
  Tensor rollout({config.patches()});
  copy_out(Matrix(row.rightCols(config.patches())), rollout.edit());
  return rollout;
}

Tensor rollout_factor(const Tensor& attn, const RolloutOptions& options) {
  Tensor result({attn.dim(1), attn.dim(2)});
  copy_out(factor(attn, options), result.edit());
  return result;
}

Tensor rollout_rows(std::span<const Tensor> factors, std::span<const float> query) {
  if (factors.empty()) return {};
  const std::size_t tokens = query.size();
  Tensor rows({static_cast<int>(factors.size()), static_cast<int>(tokens)});
  std::vector<double> row(tokens), next(tokens);
  for (std::size_t last = 0; last < factors.size(); ++last) {
    std::copy(query.begin(), query.end(), row.begin());
    for (std::size_t block = last + 1; block-- > 0;) {
      std::fill(next.begin(), next.end(), 0.0);
      for (std::size_t i = 0; i < tokens; ++i) {
        if (row[i] == 0) continue;
        const std::span<const float> from = factors[block].row(static_cast<int>(i));
        for (std::size_t j = 0; j < tokens; ++j) next[j] += row[i] * static_cast<double>(from[j]);
      }
      row.swap(next);
    }
    std::transform(row.begin(), row.end(), rows.edit() + last * tokens, [](double value) { return static_cast<float>(value); });
  }
  return rows;
}

Tensor rollout_query(const PatchGrid& grid) {
  Tensor query({grid.tokens()});
  const bool class_token = grid.class_token();
  float* const first = query.edit();
  std::fill_n(first, query.size(), 0.0f);
  if (class_token)
    first[0] = 1;
  else
    std::fill_n(first + grid.prefix(), grid.patches(), 1.0f / static_cast<float>(grid.patches()));
  return query;
}

RowSums rollout_row_sums(std::span<const Tensor> factors) {
  if (factors.empty()) return {};
  Matrix sums = Matrix::Ones(factors[0].dim(0), 1);
  for (const Tensor& a : factors) sums = product(in_double(a.data(), a.dim(0), a.dim(1)), sums);
  return {sums.minCoeff(), sums.maxCoeff()};
}

}  // namespace vitscope
