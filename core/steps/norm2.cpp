// LayerNorm in front of the MLP.
#include "core/ops/ops.h"
#include "core/step.h"
#include "core/steps/explain.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::resid1};
constexpr Slot kWrites[] = {Slot::norm2};

void run(StepContext& c) {
  const VitConfig& config = c.config();
  const NormWeights& norm = c.weights().norm2;
  Tensor y = c.make(Slot::norm2);
  ops::layer_norm(c.pool, c.in(Slot::resid1).data(), config.tokens(), config.dim, norm.gain.data(), norm.shift.data(),
                  config.layer_norm_eps, y.edit());
  c.keep(Slot::norm2, std::move(y));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const int block = cell.tensor.block;
  const NormWeights& norm = trace.model().weights.blocks[static_cast<std::size_t>(block)].norm2;
  const std::string name = why::token_name(trace, cell.i), width = std::to_string(trace.config().dim);
  Explanation e = why::layer_norm(trace.at(Slot::resid1, block).row(cell.i), norm, trace.config().layer_norm_eps, cell.j,
                                 CellRef{{Slot::resid1, block}, cell.i, cell.j});
  why::station(e, "normalised number " + std::to_string(cell.j) + " of " + name, "1 of " + width, "norm2", block);
  why::station(e, name + " after attention", width + " numbers", "residual1", block);
  why::stations_below(e, trace, block, {});
  return e;
}

}  // namespace

Step norm2_step() {
  return {.slug = "norm2",
          .title = "LayerNorm",
          .short_title = "LayerNorm",
          .stage = Stage::block,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::norm2,
          .formula = "y = (r − μ) / √(σ^2 + ε) · g + b",
          .sizes = "{T} × {D} → {T} × {D}",
          .sentence = "Every token is brought to the same scale again, now for the MLP.",
          .teaching =
              "The sum of token and attention may have grown; normalising each row over its own {D} numbers gives the MLP inputs of a "
              "known size. "
              "This is a second norm with a gain and a shift of its own: compare them with those of the first.",
          .run = run,
          .explain = explain_cell};
}

}  // namespace vitscope
