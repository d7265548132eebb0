#include "core/analysis/lens.h"

#include <algorithm>
#include <cmath>

#include "core/analysis/tokens.h"
#include "core/edits/apply.h"
#include "core/ops/ops.h"
#include "core/step.h"

namespace vitscope {

namespace {
Tensor normed(ThreadPool& pool, const Tensor& rows, const NormWeights& norm, float eps) {
  Tensor y(rows.shape());
  ops::layer_norm(pool, rows.data(), rows.dim(0), rows.dim(1), norm.gain.data(), norm.shift.data(), eps, y.edit());
  return y;
}

Tensor product(ThreadPool& pool, const Tensor& rows, const ops::Linear& layer) {
  Tensor y({rows.dim(0), layer.out()});
  ops::linear(pool, rows.data(), rows.dim(0), layer, y.edit());
  return y;
}

/// What the head reads of rows [n, D] behind the pooling: normalised where the model does so, and through the layer with tanh where there is one.
Tensor head_input(const Model& model, ThreadPool& pool, Tensor rows, LensNorm norm) {
  const VitConfig& config = model.config;
  if (norm == LensNorm::with_norm && config.final_norm) rows = normed(pool, rows, model.weights.norm, config.layer_norm_eps);
  if (norm == LensNorm::with_norm && config.head_norm) rows = normed(pool, rows, model.weights.head_norm, config.layer_norm_eps);
  if (config.representation == 0) return rows;
  Tensor y = product(pool, rows, model.weights.pre_logits);
  std::transform(y.values().begin(), y.values().end(), y.edit(), [](float x) { return std::tanh(x); });
  return y;
}

Tensor mean_of(const Tensor& a, const Tensor& b) {
  Tensor mean(a.shape());
  std::transform(a.values().begin(), a.values().end(), b.values().begin(), mean.edit(), [](float x, float y) { return (x + y) / 2; });
  return mean;
}

/// One class of a head, alone.
ops::Linear class_of(const ops::Linear& head, int index) {
  const Tensor weight({1, head.in()}, head.weight().row(index));
  return ops::Linear(weight, head.bias().empty() ? Tensor() : Tensor({1}, head.bias().values().subspan(static_cast<std::size_t>(index), 1)));
}

Tensor rows_of(const float* rows, int n, int width) { return Tensor({n, width}, std::span(rows, static_cast<std::size_t>(n) * static_cast<std::size_t>(width))); }
}  // namespace

std::vector<int> answer_tokens(const VitConfig& config) {
  if (config.two_heads) return {0, 1};
  if (config.pool == "cls") return {0};
  std::vector<int> tokens;
  for (int token = config.pool == "avg" ? config.prefix_tokens : 0; token < config.tokens(); ++token) tokens.push_back(token);
  return tokens;
}

Tensor answer_of(const Model& model, ThreadPool& pool, const float* rows, int n, LensNorm norm) {
  const Tensor read = head_input(model, pool, rows_of(rows, n, model.config.dim), norm);
  const Tensor logits = product(pool, read, model.weights.head);
  return model.config.two_heads ? mean_of(logits, product(pool, read, model.weights.head_dist)) : logits;
}

namespace {
/// The head on the pooled rows as they are.
Tensor bare_answer(const Trace& trace, ThreadPool& pool, int position) {
  const Model& model = trace.model();
  const VitConfig& config = model.config;
  const Tensor& tokens = trace.stream_before(position);
  if (config.two_heads) {
    return mean_of(product(pool, head_input(model, pool, rows_of(tokens.row(0).data(), 1, config.dim), LensNorm::without), model.weights.head),
                   product(pool, head_input(model, pool, rows_of(tokens.row(1).data(), 1, config.dim), LensNorm::without), model.weights.head_dist));
  }
  const std::vector<int> read = answer_tokens(config);
  std::vector<double> sums(static_cast<std::size_t>(config.dim));
  for (const int token : read) std::transform(sums.begin(), sums.end(), tokens.row(token).begin(), sums.begin(), [](double sum, float x) { return sum + static_cast<double>(x); });
  Tensor pooled({1, config.dim});
  std::transform(sums.begin(), sums.end(), pooled.edit(), [&](double sum) { return static_cast<float>(sum / static_cast<double>(read.size())); });
  return answer_of(model, pool, pooled.data(), 1, LensNorm::without);
}
}  // namespace

Tensor lens(const Trace& trace, ThreadPool& pool, int position, LensNorm norm) {
  if (norm == LensNorm::without) {
    const Tensor logits = bare_answer(trace, pool, position);
    return logits.reshaped({logits.dim(1)});
  }
  // The steps of the answer themselves, on a trace whose last tokens are those of the position.
  Trace ended = trace;
  if (position != trace.config().depth) ended.set({Slot::out, trace.config().depth - 1}, trace.stream_before(position));
  for (const Place& place : walk(trace.config())) {
    if (place.step->stage != Stage::answer) continue;
    StepContext context{ended, pool};
    place.step->run(context);
    if (trace.edits()) apply_edits(ended, pool, place, *trace.edits());
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
  const Tensor logits = answer_of(trace.model(), pool, trace.stream_before(position).data(), trace.config().tokens(), norm);
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
  const Weights& weights = trace.model().weights;
  const Tensor rows = head_input(trace.model(), pool, trace.stream_before(position), norm);
  Tensor logits = product(pool, rows, class_of(weights.head, class_index));
  if (trace.config().two_heads) logits = mean_of(logits, product(pool, rows, class_of(weights.head_dist, class_index)));
  std::vector<float> shares;
  for (int token = 0; token < rows.dim(0); ++token) {
    const double share = std::exp(static_cast<double>(logits.at(token, 0)) - sums.log_sum[static_cast<std::size_t>(token)]);
    shares.push_back(static_cast<float>(std::min(1.0, share)));
  }
  return shares;
}

}  // namespace vitscope
