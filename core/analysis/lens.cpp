#include "core/analysis/lens.h"

#include <algorithm>
#include <cmath>

#include "core/analysis/tokens.h"
#include "core/ops/ops.h"
#include "core/step.h"

namespace vitscope {

namespace {
/// Rows [n, D] behind the final LayerNorm, or as they are.
Tensor read_rows(const Model& model, ThreadPool& pool, const float* rows, int n, LensNorm norm) {
  const VitConfig& config = model.config;
  Tensor y({n, config.dim});
  if (norm == LensNorm::without) {
    std::copy(rows, rows + y.size(), y.edit());
  } else {
    const NormWeights& weights = model.weights.norm;
    ops::layer_norm(pool, rows, n, config.dim, weights.gain.data(), weights.shift.data(), config.layer_norm_eps, y.edit());
  }
  return y;
}

Tensor logits_of(ThreadPool& pool, const Tensor& rows, const ops::Linear& head) {
  Tensor logits({rows.dim(0), head.out()});
  ops::linear(pool, rows.data(), rows.dim(0), head, logits.edit());
  return logits;
}

/// One class of a head, alone.
ops::Linear class_of(const ops::Linear& head, int index) {
  const Tensor weight({1, head.in()}, head.weight().row(index));
  return ops::Linear(weight, head.bias().empty() ? Tensor() : Tensor({1}, head.bias().values().subspan(static_cast<std::size_t>(index), 1)));
}
}  // namespace

Tensor answer_of(const Model& model, ThreadPool& pool, const float* rows, int n, LensNorm norm) {
  return logits_of(pool, read_rows(model, pool, rows, n, norm), model.weights.head);
}

Tensor lens(const Trace& trace, ThreadPool& pool, int position, LensNorm norm) {
  if (norm == LensNorm::without) {
    const Tensor logits = answer_of(trace.model(), pool, trace.entering(position).row(0).data(), 1, norm);
    return logits.reshaped({logits.dim(1)});
  }
  // The steps of the answer themselves, on a trace whose last tokens are those of the position.
  Trace ended = trace;
  if (position != trace.config().depth) ended.set({Slot::out, trace.config().depth - 1}, trace.entering(position));
  for (const Place& place : walk(trace.config())) {
    if (place.step->stage != Stage::answer) continue;
    StepContext context{ended, pool};
    place.step->run(context);
    if (std::find(place.step->writes.begin(), place.step->writes.end(), Slot::logits) != place.step->writes.end()) break;
  }
  return ended.at(Slot::logits);
}

Tensor lens_by_depth(const Trace& trace, ThreadPool& pool, LensNorm norm) {
  const int positions = token_positions(trace), classes = trace.config().classes;
  Tensor all({positions, classes});
  for (int position = 0; position < positions; ++position) {
    const Tensor logits = lens(trace, pool, position, norm);
    std::copy(logits.values().begin(), logits.values().end(), all.edit() + static_cast<std::int64_t>(position) * classes);
  }
  return all;
}

TokenLens token_lens(const Trace& trace, ThreadPool& pool, int position, LensNorm norm) {
  const Tensor logits = answer_of(trace.model(), pool, trace.entering(position).data(), trace.config().tokens(), norm);
  Tensor shares(logits.shape());
  ops::softmax_rows(pool, logits.data(), logits.dim(0), logits.dim(1), shares.edit());
  TokenLens result;
  for (int token = 0; token < logits.dim(0); ++token) {
    const auto row = logits.row(token);
    const auto top = std::max_element(row.begin(), row.end()) - row.begin();
    result.top.push_back(static_cast<int>(top));
    result.share.push_back(shares.row(token)[static_cast<std::size_t>(top)]);
    // The largest share is at least 1 / K, so its logarithm is exact enough.
    result.log_sum.push_back(static_cast<double>(row[static_cast<std::size_t>(top)]) - std::log(static_cast<double>(result.share.back())));
  }
  return result;
}

std::vector<float> class_shares(const Trace& trace, ThreadPool& pool, int position, LensNorm norm, const TokenLens& sums, int class_index) {
  const Tensor rows = read_rows(trace.model(), pool, trace.entering(position).data(), trace.config().tokens(), norm);
  const Tensor logits = logits_of(pool, rows, class_of(trace.model().weights.head, class_index));
  std::vector<float> shares;
  for (int token = 0; token < rows.dim(0); ++token) {
    const double share = std::exp(static_cast<double>(logits.at(token, 0)) - sums.log_sum[static_cast<std::size_t>(token)]);
    shares.push_back(static_cast<float>(std::min(1.0, share)));
  }
  return shares;
}

int rank_of(std::span<const float> logits, int class_index) {
  const float mine = logits[static_cast<std::size_t>(class_index)];
  return 1 + static_cast<int>(std::count_if(logits.begin(), logits.end(), [&](float z) { return z > mine; }));
}

}  // namespace vitscope
