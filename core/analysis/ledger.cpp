#include "core/analysis/ledger.h"

#include <cmath>
#include <numeric>

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

/// The direction of one token behind a LayerNorm whose deviation is held; `share` is its part of the answer.
Readout::Row direction_of(int token, std::span<const double> weight, const NormWeights& norm, double deviation, double share) {
  Readout::Row row{token, {weight.begin(), weight.end()}};
  double mean = 0;
  for (std::size_t i = 0; i < weight.size(); ++i) mean += row.direction[i] *= static_cast<double>(norm.gain.values()[i]);
  mean /= static_cast<double>(weight.size());
  for (double& d : row.direction) d = share * (d - mean) / deviation;
  return row;
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
  const VitConfig& config = trace.config();
  const NormWeights& norm = trace.model().weights.norm;
  const ClassRow row = class_row(trace.model().weights.head, class_index, of);
  Readout result;
  const double deviation = deviation_of(trace.entering(config.depth).row(0), static_cast<double>(config.layer_norm_eps));
  result.rows.push_back(direction_of(0, row.weight, norm, deviation, 1));
  for (std::size_t i = 0; i < row.weight.size(); ++i) result.shift += row.weight[i] * static_cast<double>(norm.shift.values()[i]);
  result.bias = row.bias;
  return result;
}

double Ledger::sum() const {
  return std::accumulate(attention.begin(), attention.end(), embedding) + std::accumulate(mlp.begin(), mlp.end(), shift + bias);
}

Ledger residual_ledger(const Trace& trace, int class_index, LedgerOf of) {
  const Readout read = readout(trace, class_index, of);
  Ledger ledger;
  ledger.embedding = along(read, trace.entering(0));
  for (int block = 0; block < trace.config().depth; ++block) {
    const Tensor& between = trace.at(Slot::resid1, block);
    ledger.attention.push_back(along(read, between, &trace.entering(block)));
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
  const ops::Linear& proj = trace.model().weights.blocks[static_cast<std::size_t>(block)].proj;
  const auto width = static_cast<std::size_t>(trace.config().head_width);
  HeadLedger ledger;
  ledger.heads.assign(static_cast<std::size_t>(trace.config().heads), 0.0);
  for (const Readout::Row& row : read.rows) {
    const auto x = context.row(row.token);
    std::vector<double> pulled(x.size());  // the direction seen through the projection: one number for each number of the context
    for (std::size_t i = 0; i < row.direction.size(); ++i) {
      const auto weights = proj.weight().row(static_cast<int>(i));
      for (std::size_t j = 0; j < pulled.size(); ++j) pulled[j] += row.direction[i] * static_cast<double>(weights[j]);
    }
    for (std::size_t j = 0; j < pulled.size(); ++j) ledger.heads[j / width] += pulled[j] * static_cast<double>(x[j]);
  }
  ledger.rest = along(read, trace.at(Slot::resid1, block), &trace.entering(block)) - std::accumulate(ledger.heads.begin(), ledger.heads.end(), 0.0);
  return ledger;
}

}  // namespace vitscope
