// Class token: one more row, in front.
#include <algorithm>

#include "core/step.h"
#include "core/steps/explain.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::embed_patch};
constexpr Slot kWrites[] = {Slot::embed_cls};

/// The learned number in a row in front of the patches.
float learned_number(const Model& model, int row, int column) {
  const VitConfig& config = model.config;
  switch (config.role(row)) {
    case PrefixRole::class_token: return model.weights.class_token.at(column);
    case PrefixRole::distillation: return model.weights.distillation_token.at(column);
    case PrefixRole::register_token: break;
  }
  return model.weights.registers.at(config.grid.prefix_tokens().register_number(row) - 1, column);
}

void run(StepContext& c) {
  Tensor tokens = c.make(Slot::embed_cls);
  const Weights& weights = c.model().weights;
  const std::span<const float> patches = c.in(Slot::embed_patch).values();
  float* next = tokens.edit();
  for (const Tensor* learned : {&weights.class_token, &weights.distillation_token, &weights.registers}) {
    const std::span<const float> values = learned->values();
    next = std::copy(values.begin(), values.end(), next);
  }
  std::copy(patches.begin(), patches.end(), next);
  c.keep(Slot::embed_cls, std::move(tokens));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const int patch = config.grid.patch_of(cell.i);
  const std::string of_row = "1 of " + std::to_string(config.dim);
  if (patch < 0) {
    Explanation e =
        why::copy("row " + std::to_string(cell.i) + " = " + why::token_name(trace, cell.i), learned_number(trace.model(), cell.i, cell.j), "A learned number, the same for every picture.");
    why::station(e, why::token_name(trace, cell.i) + ", learned: no picture involved", of_row, "class-token");
    return e;
  }
  Explanation e = why::copy("row " + std::to_string(cell.i) + " = patch " + std::to_string(patch),
                            trace.at(Slot::embed_patch).at(patch, cell.j), "Taken over unchanged; the patches only move down.",
                            CellRef{{Slot::embed_patch}, patch, cell.j});
  why::station(e, "number " + std::to_string(cell.j) + " of row " + std::to_string(cell.i), of_row, "class-token");
  why::row_of_patch(e, trace, "patch " + std::to_string(patch));
  return e;
}

}  // namespace

Step class_token_step() {
  return {.slug = "class-token",
          .title = "Class token",
          .short_title = "Class token",
          .stage = Stage::embed,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::embed_cls,
          .formula = "X = [ x_{cls} ; e_0 , e_1 , … ]",
          .sizes = "1 × {D} and {N} × {D} → {T} × {D}",
          .sentence = "One learned row is put in front; it belongs to no patch and will collect the answer.",
          .teaching =
              "The model needs one place that speaks for the whole picture, so an empty seat joins the patches and listens to them in "
              "every block. "
              "Its row, marked red, is the same for every picture here; what differs at the end comes from attention alone.",
          .run = run,
          .explain = explain_cell,
          .applies = [](const VitConfig& c) { return c.prefix_tokens > 0; }};
}

}  // namespace vitscope
