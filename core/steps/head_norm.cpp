// Head norm: a LayerNorm on the one row that the pooling has kept.
#include "core/steps/norm_rows.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::pooled};
constexpr Slot kWrites[] = {Slot::head_norm};

void run(StepContext& c) { norm_rows::run(c, Slot::pooled, Slot::head_norm, c.model().weights.head_norm); }

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  Explanation e = why::layer_norm(trace.at(Slot::pooled).values(), trace.model().weights.head_norm, config.layer_norm_eps, cell.i, CellRef{{Slot::pooled}, cell.i});
  e.note = "Mean and deviation are those of the pooled row's own " + std::to_string(config.dim) + " numbers; gain and shift were learned, one pair per column.";
  why::station(e, "normalised number " + std::to_string(cell.i) + " of the pooled row", "1 of " + std::to_string(config.dim), "head-norm");
  why::station(e, why::pooled_name(config), std::to_string(config.dim) + " numbers", writer_of(Slot::pooled, config).slug);
  why::stations_below(e, trace, config.depth, {});
  return e;
}

}  // namespace

Step head_norm_step() {
  return {.slug = "head-norm",
          .title = "Norm of the pooled row",
          .short_title = "Head norm",
          .stage = Stage::answer,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::head_norm,
          .formula = "y = (c − μ) / √(σ^2 + ε) · g + b",
          .sizes = "{D} → {D}",
          .sentence = "The pooled row is normalised before the head reads it.",
          .teaching =
              "This model pools first and normalises after: one LayerNorm on one row instead of one on all {T}. "
              "For a class token that gives the same; for a mean it does not, because the mean of normalised rows is not the normalised mean.",
          .run = run,
          .explain = explain_cell,
          .applies = [](const VitConfig& c) { return c.head_norm; }};
}

}  // namespace vitscope
