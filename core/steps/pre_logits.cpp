// Representation: a hidden layer with tanh in front of the head, as models had it in pre-training.
#include <cmath>

#include "core/ops/ops.h"
#include "core/step.h"
#include "core/steps/explain.h"
#include "core/variants.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::head_norm, Slot::pooled};
constexpr Slot kWrites[] = {Slot::representation, Slot::pre_logits};

void run(StepContext& c) {
  Tensor sums = c.make(Slot::representation), bent = c.make(Slot::pre_logits);
  ops::linear(c.pool, c.in(variants::representation_input(c.config())).data(), 1, c.model().weights.pre_logits, sums.edit());
  for (std::int64_t i = 0; i < sums.size(); ++i) bent.edit()[i] = std::tanh(sums.data()[i]);
  c.keep(Slot::representation, std::move(sums));
  c.keep(Slot::pre_logits, std::move(bent));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const std::string of_row = "1 of " + std::to_string(config.representation);
  Explanation e;
  if (cell.tensor.slot == Slot::pre_logits) {
    const double sum = trace.at(Slot::representation).at(cell.i);
    e.rule = "h = tanh(s)";
    e.numbers = "tanh(" + why::number(sum) + ")";
    e.value = std::tanh(sum);
    e.a_column = "s";
    e.product_column = "tanh(s)";
    e.terms = {{"", sum, why::kNone, e.value, CellRef{{Slot::representation}, cell.i}, {}}};
    e.note = "tanh bends every number into the range from −1 to 1.";
  } else {
    const Slot source = variants::representation_input(config);
    e = why::linear(trace.at(source).values(), trace.model().weights.pre_logits, cell.i, {}, [&](int j) { return CellRef{{source}, j}; });
    e.rule = e.rest_label.empty() ? "s = Σ_j c_j w_j" : "s = Σ_j c_j w_j + b";
    e.a_column = "c";
    e.note = "The pooled row compared with one learned direction, before the bend.";
  }
  why::station(e, "number " + std::to_string(cell.i) + " of the representation", of_row, "pre-logits");
  why::station(e, why::pooled_name(config), std::to_string(config.dim) + " numbers", writer_of(Slot::pooled, config).slug);
  why::stations_below(e, trace, config.depth, {});
  return e;
}

}  // namespace

Step pre_logits_step() {
  return {.slug = "pre-logits",
          .title = "Representation",
          .short_title = "Pre-logits",
          .stage = Stage::answer,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::pre_logits,
          .formula = "h = tanh(c W_r + b_r)",
          .sizes = "{D} · {D} × {R} → {R}",
          .sentence = "One more linear map and a bend stand between the pooled row and the head.",
          .teaching =
              "Models trained on very many classes had this hidden layer; when they are tuned for a new task, it is usually thrown away with the old head. "
              "tanh keeps every number between −1 and 1: look how many sit at the ends, where a change of the row hardly shows.",
          .run = run,
          .explain = explain_cell,
          .applies = [](const VitConfig& c) { return c.representation > 0; }};
}

}  // namespace vitscope
