// Head: one number per class.
#include "core/ops/ops.h"
#include "core/step.h"
#include "core/steps/explain.h"
#include "core/variants.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::pre_logits, Slot::head_norm, Slot::pooled};
constexpr Slot kWrites[] = {Slot::logits};
constexpr std::string_view kShownAs[] = {"head", "prediction"};

void run(StepContext& c) {
  Tensor logits = c.make(Slot::logits);
  ops::linear(c.pool, c.in(variants::head_input(c.config())).data(), 1, c.model().weights.head, logits.edit());
  c.keep(Slot::logits, std::move(logits));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const Slot source = variants::head_input(config);
  Explanation e = why::linear(trace.at(source).values(), trace.model().weights.head, cell.i, {}, [&](int j) { return CellRef{{source}, j}; });
  e.rule = e.rest_label.empty() ? "z = Σ_j c_j w_j" : "z = Σ_j c_j w_j + b";
  e.a_column = "c";
  e.note = config.classes > 1 ? "The pooled row compared with the learned direction of " + trace.model().label(cell.i) + "."
                              : "The pooled row compared with one learned direction: the model's only answer.";
  why::station(e, "logit of " + trace.model().label(cell.i), "1 of " + std::to_string(config.classes), writer_of(Slot::logits, config).slug);
  if (config.representation > 0) why::station(e, "representation", std::to_string(config.representation) + " numbers", "pre-logits");
  why::station(e, why::pooled_name(config), std::to_string(config.dim) + " numbers", writer_of(Slot::pooled, config).slug);
  why::stations_below(e, trace, config.depth, {});
  return e;
}

}  // namespace

Step head_step() {
  return {.slug = "head",
          .title = "Head",
          .short_title = "Head",
          .stage = Stage::answer,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::logits,
          .formula = "z = c W + b",
          .sizes = "{D} · {D} × {K} → {K}",
          .sentence = "The pooled row is compared with one learned direction per class.",
          .teaching =
              "The better the row fits the direction of a class, the higher its logit; logits may have any size and sign. "
              "Only differences between logits matter for the answer, not their level.",
          .run = run,
          .explain = explain_cell,
          .applies = [](const VitConfig& c) { return c.classes > 1 && !c.two_heads; }};
}

Step one_number_step() {
  Step step = head_step();
  step.slug = "one-number";
  step.title = "Head: one number";
  step.short_title = "Head";
  step.sentence = "The pooled row is compared with one learned direction; the number that comes out is the answer.";
  step.teaching =
      "A model that estimates a quantity needs no classes: its only number is the prediction, without softmax and in the unit it was trained on. "
      "With untrained weights the number means nothing, however many digits it has.";
  step.applies = [](const VitConfig& c) { return c.classes == 1 && !c.two_heads; };
  step.shown_as = kShownAs;
  return step;
}

}  // namespace vitscope
