#include "core/analysis/ledger.h"

#include <cmath>
#include <numeric>

#include "core/analysis/lens.h"

namespace vitscope {

namespace {
/// The learned row of a class, minus the mean over all classes where that is asked for, and its bias likewise.
struct ClassRow {
  std::vector<double> weight;
  double bias = 0;
};

ClassRow class_row(const ops::Linear& head, int index, LedgerOf of) {
  const auto row = head.weight().row(index);
  ClassRow result{{row.begin(), row.end()}, head.bias().empty() ? 0 : static_cast<double>(head.bias().at(index))};
  if (of == LedgerOf::logit) return result;
  const double share = 1.0 / head.out();
  for (int k = 0; k < head.out(); ++k) {
    const auto other = head.weight().row(k);
    for (std::size_t i = 0; i < other.size(); ++i) result.weight[i] -= share * static_cast<double>(other[i]);
    if (!head.bias().empty()) result.bias -= share * static_cast<double>(head.bias().at(k));
  }
  return result;
}

double deviation_of(std::span<const float> row, double eps) {
  const double n = static_cast<double>(row.size()), mean = std::accumulate(row.begin(), row.end(), 0.0) / n;
  double squares = 0;
  for (const float x : row) squares += (static_cast<double>(x) - mean) * (static_cast<double>(x) - mean);
  return std::sqrt(squares / n + eps);
}

/// A row of weights seen through a LayerNorm whose deviation is held: (w g − mean(w g)) / σ. Adds Σ w shift to `shift`.
std::vector<double> through_norm(std::span<const double> weight, const NormWeights& norm, double deviation, double& shift) {
  std::vector<double> seen(weight.begin(), weight.end());
  double mean = 0;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    shift += seen[i] * static_cast<double>(norm.shift.values()[i]);
    mean += seen[i] *= static_cast<double>(norm.gain.values()[i]);
  }
  mean /= static_cast<double>(seen.size());
  for (double& x : seen) x = (x - mean) / deviation;
  return seen;
}

/// A class row seen through the layer with tanh: every unit is held at its own tanh(a) / a, so that the product stays exact.
ClassRow through_tanh(const ClassRow& row, const ops::Linear& layer, std::span<const float> sums) {
  ClassRow seen{std::vector<double>(static_cast<std::size_t>(layer.in())), row.bias};
  for (int unit = 0; unit < layer.out(); ++unit) {
    const auto at = static_cast<std::size_t>(unit);
    const double a = static_cast<double>(sums[at]), ratio = row.weight[at] * (a != 0 ? std::tanh(a) / a : 1);
    const auto weights = layer.weight().row(unit);
    for (std::size_t i = 0; i < seen.weight.size(); ++i) seen.weight[i] += ratio * static_cast<double>(weights[i]);
    if (!layer.bias().empty()) seen.bias += ratio * static_cast<double>(layer.bias().at(unit));
  }
  return seen;
}

/// Adds what one head reads from `tokens`, with `share` of the answer, to the readout.
void add_head(Readout& result, const Trace& trace, ClassRow row, const std::vector<int>& tokens, double share) {
  const VitConfig& config = trace.config();
  const Weights& weights = trace.model().weights;
  const double eps = static_cast<double>(config.layer_norm_eps);
  if (config.representation > 0) row = through_tanh(row, weights.pre_logits, trace.at(Slot::representation).values());
  result.bias += share * row.bias;
  double shift = 0;
  if (config.head_norm) row.weight = through_norm(row.weight, weights.head_norm, deviation_of(trace.at(Slot::pooled).values(), eps), shift);
  result.shift += share * shift;
  const double each = share / static_cast<double>(tokens.size());
  for (const int token : tokens) {
    Readout::Row read{token, row.weight};
    if (config.final_norm) {
      shift = 0;
      read.direction = through_norm(row.weight, weights.norm, deviation_of(trace.stream_before(config.depth).row(token), eps), shift);
      result.shift += each * shift;
    }
    for (double& d : read.direction) d *= each;
    result.rows.push_back(std::move(read));
  }
}

/// Σ direction x over the rows of `after`, minus the same of `before` where there is one.
double along(const Readout& readout, const Tensor& after, const Tensor* before = nullptr) {
  double sum = 0;
  for (const Readout::Row& row : readout.rows) {
    const auto x = after.row(row.token), y = before ? before->row(row.token) : std::span<const float>();
    for (std::size_t i = 0; i < x.size(); ++i) sum += row.direction[i] * (static_cast<double>(x[i]) - (before ? static_cast<double>(y[i]) : 0));
  }
  return sum;
}
}  // namespace

Readout readout(const Trace& trace, int class_index, LedgerOf of) {
  const Weights& weights = trace.model().weights;
  Readout result;
  if (trace.config().two_heads) {
    add_head(result, trace, class_row(weights.head, class_index, of), {0}, 0.5);
    add_head(result, trace, class_row(weights.head_dist, class_index, of), {1}, 0.5);
  } else {
    add_head(result, trace, class_row(weights.head, class_index, of), answer_tokens(trace.config()), 1);
  }
  return result;
}

double Ledger::sum() const {
  return std::accumulate(attention.begin(), attention.end(), embedding) + std::accumulate(mlp.begin(), mlp.end(), shift + bias) + std::accumulate(fold.begin(), fold.end(), 0.0);
}

Ledger residual_ledger(const Trace& trace, int class_index, LedgerOf of) {
  const Readout read = readout(trace, class_index, of);
  Ledger ledger;
  ledger.embedding = along(read, trace.stream_before(0));
  for (int block = 0; block < trace.config().depth; ++block) {
    const Tensor& between = trace.at(Slot::resid1, block);
    ledger.attention.push_back(along(read, between, &trace.entering(block)));
    if (trace.config().tnt || trace.config().places_in_blocks()) ledger.fold.push_back(along(read, trace.entering(block), &trace.stream_before(block)));
    ledger.mlp.push_back(along(read, trace.at(Slot::out, block), &between));
  }
  ledger.shift = read.shift;
  ledger.bias = read.bias;
  const auto logits = trace.at(Slot::logits).values();
  ledger.logit = static_cast<double>(logits[static_cast<std::size_t>(class_index)]);
  if (of == LedgerOf::above_mean) ledger.logit -= std::accumulate(logits.begin(), logits.end(), 0.0) / static_cast<double>(logits.size());
  return ledger;
}

HeadLedger head_ledger(const Trace& trace, int class_index, int block, LedgerOf of) {
  const Readout read = readout(trace, class_index, of);
  const Tensor& context = trace.at(Slot::context, block);
  const BlockWeights& weights = trace.model().weights.blocks[static_cast<std::size_t>(block)];
  const auto width = static_cast<std::size_t>(trace.config().head_width);
  HeadLedger ledger;
  ledger.heads.assign(static_cast<std::size_t>(trace.config().heads), 0.0);
  for (const Readout::Row& row : read.rows) {
    const auto x = context.row(row.token);
    std::vector<double> pulled(x.size());  // the direction seen through the projection: one number for each number of the context
    for (std::size_t i = 0; i < row.direction.size(); ++i) {
      const double along_i = row.direction[i] * (weights.scale1.empty() ? 1 : static_cast<double>(weights.scale1.values()[i]));
      const auto columns = weights.proj.weight().row(static_cast<int>(i));
      for (std::size_t j = 0; j < pulled.size(); ++j) pulled[j] += along_i * static_cast<double>(columns[j]);
    }
    for (std::size_t j = 0; j < pulled.size(); ++j) ledger.heads[j / width] += pulled[j] * static_cast<double>(x[j]);
    if (!trace.config().value_skip) continue;
    const Tensor& v = trace.at(Slot::v, block);  // each head adds its own v a second time
    for (std::size_t head = 0; head < ledger.heads.size(); ++head)
      for (std::size_t j = 0; j < width; ++j) ledger.heads[head] += row.direction[head * width + j] * static_cast<double>(v.at(static_cast<int>(head), row.token, static_cast<int>(j)));
  }
  ledger.rest = along(read, trace.at(Slot::resid1, block), &trace.entering(block)) - std::accumulate(ledger.heads.begin(), ledger.heads.end(), 0.0);
  return ledger;
}

}  // namespace vitscope
