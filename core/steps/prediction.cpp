// Prediction: logits become probabilities.
#include "core/ops/ops.h"
#include "core/step.h"
#include "core/steps/explain.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::logits};
constexpr Slot kWrites[] = {Slot::probs};

void run(StepContext& c) {
  Tensor probs = c.make(Slot::probs);
  ops::softmax_rows(c.pool, c.in(Slot::logits).data(), 1, c.config().classes, probs.edit());
  c.keep(Slot::probs, std::move(probs));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const Model& model = trace.model();
  Explanation e = why::softmax(trace.at(Slot::logits).values(), cell.i, [&](int k) { return model.label(k); },
                               [](int k) { return CellRef{{Slot::logits}, k}; });
  e.rule = "p = e^{z − max} / Σ e^{z − max}";
  e.label_column = "class";
  e.a_column = "z";
  e.b_column = "e^{z − max}";
  e.note = "The probabilities of all " + std::to_string(config.classes) + " classes sum to 1; \"something else\" is not among them.";
  why::station(e, "probability of " + model.label(cell.i), "1 of " + std::to_string(config.classes), "prediction");
  why::station(e, "logits", std::to_string(config.classes) + " numbers", writer_of(Slot::logits, config).slug);
  why::station(e, why::pooled_name(config), std::to_string(config.dim) + " numbers", writer_of(Slot::pooled, config).slug);
  why::stations_below(e, trace, config.depth, {});
  return e;
}

}  // namespace

Step prediction_step() {
  return {.slug = "prediction",
          .title = "Prediction",
          .short_title = "Prediction",
          .stage = Stage::answer,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::probs,
          .formula = "p = e^z / Σ e^z",
          .sizes = "{K} → {K}",
          .sentence = "Softmax turns the logits into probabilities that sum to 1.",
          .teaching =
              "The same softmax as in attention, now over classes: one logit that is 1 higher is e = 2.7 times as probable. "
              "A high bar means that this class fits best among the {K} that the model knows, not that the model is right.",
          .run = run,
          .explain = explain_cell,
          .applies = [](const VitConfig& c) { return c.classes > 1; }};
}

}  // namespace vitscope
