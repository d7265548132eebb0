// Head: one number per class.
#include "core/ops/ops.h"
#include "core/step.h"
#include "core/steps/explain.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::pooled};
constexpr Slot kWrites[] = {Slot::logits};

void run(StepContext& c) {
  Tensor logits = c.make(Slot::logits);
  ops::linear(c.pool, c.in(Slot::pooled).data(), 1, c.model().weights.head, logits.edit());
  c.keep(Slot::logits, std::move(logits));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  Explanation e = why::linear(trace.at(Slot::pooled).values(), trace.model().weights.head, cell.i, {}, [](int j) { return CellRef{{Slot::pooled}, j}; });
  e.rule = e.rest_label.empty() ? "z = Σ_j c_j w_j" : "z = Σ_j c_j w_j + b";
  e.a_column = "c";
  e.note = "The class token compared with the learned direction of " + trace.model().label(cell.i) + ".";
  why::station(e, "logit of " + trace.model().label(cell.i), "1 of " + std::to_string(config.classes), "head");
  why::station(e, "class token", std::to_string(config.dim) + " numbers", "pool");
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
          .sentence = "The class token is compared with one learned direction per class.",
          .teaching =
              "The better the row fits the direction of a class, the higher its logit; logits may have any size and sign. "
              "Only differences between logits matter for the answer, not their level.",
          .run = run,
          .explain = explain_cell};
}

}  // namespace vitscope
