// Mean over tokens: every patch has a say in the answer.
#include <vector>

#include "core/step.h"
#include "core/steps/explain.h"
#include "core/variants.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::norm, Slot::out};
constexpr Slot kWrites[] = {Slot::pooled};

/// The first token that counts: the mean over the patches leaves out what stands in front of them.
int first_token(const VitConfig& config) { return config.pool == "avg" ? config.prefix_tokens : 0; }

void run(StepContext& c) {
  const VitConfig& config = c.config();
  const Tensor& tokens = c.trace.at(variants::pooling_input(config));
  const int first = first_token(config);
  std::vector<double> sums(static_cast<std::size_t>(config.dim), 0.0);
  for (int token = first; token < config.tokens(); ++token) {
    const std::span<const float> row = tokens.row(token);
    for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += row[j];
  }
  Tensor pooled = c.make(Slot::pooled);
  for (std::size_t j = 0; j < sums.size(); ++j) pooled.edit()[j] = static_cast<float>(sums[j] / (config.tokens() - first));
  c.keep(Slot::pooled, std::move(pooled));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const TensorRef source = variants::pooling_input(config);
  const Tensor& tokens = trace.at(source);
  const int first = first_token(config), count = config.tokens() - first;
  Explanation e;
  double sum = 0;
  for (int token = first; token < config.tokens(); ++token) {
    const double x = tokens.at(token, cell.i);
    sum += x;
    e.terms.push_back({why::token_name(trace, token), x, 1.0 / count, x / count, CellRef{source, token, cell.i}, {}});
  }
  why::sort_by_size(e);
  e.rule = "c = Σ_i y_i / n";
  e.numbers = why::number(sum) + " / " + std::to_string(count);
  e.value = sum / count;
  e.label_column = "token";
  e.a_column = "y";
  e.b_column = "1 / n";
  e.product_column = "adds";
  e.note = first > 0 ? "The mean over the " + std::to_string(count) + " patches; tokens in front of them do not count."
                     : "The mean over all " + std::to_string(count) + " tokens" + (config.prefix_tokens > 0 ? ", those in front of the patches too." : ".");
  why::station(e, "number " + std::to_string(cell.i) + " of the " + why::pooled_name(config), "1 of " + std::to_string(config.dim), "mean-pool");
  if (config.final_norm) why::station(e, "normalised tokens", why::sizes({config.tokens(), config.dim}), "final-norm");
  why::stations_below(e, trace, config.depth, {});
  return e;
}

}  // namespace

Step pool_mean_step() {
  return {.slug = "mean-pool",
          .title = "Mean over tokens",
          .short_title = "Mean",
          .stage = Stage::answer,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::pooled,
          .formula = "c = Σ_i y_i / n",
          .sizes = "{T} × {D} → {D}",
          .sentence = "The rows are averaged column by column: every patch has the same say in the answer.",
          .teaching =
              "This model keeps no seat that speaks for the whole picture; what most patches agree on survives the mean, what they disagree on cancels. "
              "Look which patches stand out in a column: each gives only its n-th part.",
          .run = run,
          .explain = explain_cell,
          .applies = [](const VitConfig& c) { return c.pool != "cls" && !c.two_heads; }};
}

}  // namespace vitscope
