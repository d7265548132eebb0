// Final norm: the last LayerNorm, behind all blocks.
#include "core/ops/ops.h"
#include "core/step.h"
#include "core/steps/explain.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::out};
constexpr Slot kWrites[] = {Slot::norm};

void run(StepContext& c) {
  const VitConfig& config = c.config();
  const NormWeights& norm = c.model().weights.norm;
  Tensor y = c.make(Slot::norm);
  ops::layer_norm(c.pool, c.trace.entering(config.depth).data(), config.tokens(), config.dim, norm.gain.data(), norm.shift.data(),
                  config.layer_norm_eps, y.edit());
  c.keep(Slot::norm, std::move(y));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  Explanation e = why::layer_norm(trace.entering(config.depth).row(cell.i), trace.model().weights.norm, config.layer_norm_eps, cell.j,
                                 why::entering_cell(trace, config.depth, cell.i, cell.j));
  why::station(e, "normalised number " + std::to_string(cell.j) + " of " + why::token_name(trace, cell.i),
               "1 of " + std::to_string(config.dim), "final-norm");
  why::stations_below(e, trace, config.depth, {});
  return e;
}

}  // namespace

Step final_norm_step() {
  return {.slug = "final-norm",
          .title = "Final norm",
          .short_title = "Final norm",
          .stage = Stage::answer,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::norm,
          .formula = "y = (x − μ) / √(σ^2 + ε) · g + b",
          .sizes = "{T} × {D} → {T} × {D}",
          .sentence = "One last LayerNorm brings the finished tokens to a common scale.",
          .teaching =
              "Every block has added to the tokens, so their size has drifted; the head was trained on normalised rows. "
              "All {T} rows are shown: a model that answers from its class token reads only that row, one without it takes the mean of the rows.",
          .run = run,
          .explain = explain_cell,
          .applies = [](const VitConfig& c) { return c.final_norm; }};
}

}  // namespace vitscope
