#include <Eigen/Core>
#include <algorithm>
#include <numeric>

#include "core/analysis/attention.h"

namespace vitscope {

namespace {
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

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
  std::vector<int> order(static_cast<std::size_t>(fused.size()));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return fused.data()[a] < fused.data()[b]; });
  const auto count = static_cast<std::size_t>(static_cast<double>(order.size()) * std::clamp(share, 0.0, 1.0));
  for (std::size_t i = 0; i < count; ++i) {
    if (order[i] != 0) fused.data()[order[i]] = 0;
  }
}

/// One factor of the product: rows that sum to 1.
Matrix factor(const Tensor& attn, const RolloutOptions& options) {
  Matrix a = fuse(attn, options.fusion);
  if (options.discard > 0) discard_smallest(a, options.discard);
  if (options.residual) a = (a + Matrix::Identity(a.rows(), a.cols())) / 2;
  for (Eigen::Index row = 0; row < a.rows(); ++row) {
    if (const double sum = a.row(row).sum(); sum > 0) a.row(row) /= sum;
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
  for (const Tensor& attn : used(blocks, options)) product = factor(attn, options) * product;
  Tensor rollout({tokens, tokens});
  copy_out(product, rollout.edit());
  return rollout;
}

Tensor class_rollout(const Trace& trace, const RolloutOptions& options) {
  const VitConfig& config = trace.config();
  if (config.grid.prefix() < 1 || !config.class_token || trace.finished_blocks() < config.depth) return {};
  std::vector<Tensor> blocks;
  for (int block = 0; block < config.depth; ++block) blocks.push_back(trace.at(Slot::attn, block));
  // Only one row of the product is asked for: from the last block on, a vector times a matrix.
  Eigen::RowVectorXd row = Eigen::RowVectorXd::Unit(config.tokens(), 0);
  const std::span<const Tensor> from_start = used(blocks, options);
  for (auto attn = from_start.rbegin(); attn != from_start.rend(); ++attn) row = (row * factor(*attn, options)).eval();
  Tensor rollout({config.patches()});
  copy_out(Eigen::RowVectorXd(row.tail(config.patches())), rollout.edit());
  return rollout;
}

}  // namespace vitscope
