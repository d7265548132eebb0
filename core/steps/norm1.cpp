// LayerNorm in front of the attention.
#include "core/ops/ops.h"
#include "core/step.h"
#include "core/steps/explain.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::embed_pos, Slot::out};
constexpr Slot kWrites[] = {Slot::norm1};

void run(StepContext& c) {
  const VitConfig& config = c.config();
  const NormWeights& norm = c.weights().norm1;
  Tensor y = c.make(Slot::norm1);
  ops::layer_norm(c.pool, c.trace.entering(c.block).data(), config.tokens(), config.dim, norm.gain.data(), norm.shift.data(),
                  config.layer_norm_eps, y.edit());
  c.keep(Slot::norm1, std::move(y));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const int block = cell.tensor.block;
  const NormWeights& norm = trace.model().weights.blocks[static_cast<std::size_t>(block)].norm1;
  Explanation e = why::layer_norm(trace.entering(block).row(cell.i), norm, trace.config().layer_norm_eps, cell.j,
                                 why::entering_cell(trace, block, cell.i, cell.j));
  why::station(e, "normalised number " + std::to_string(cell.j) + " of " + why::token_name(trace, cell.i),
               "1 of " + std::to_string(trace.config().dim), "norm1", block);
  why::stations_below(e, trace, block, {cell.i});
  return e;
}

}  // namespace

Step norm1_step() {
  return {.slug = "norm1",
          .title = "LayerNorm",
          .short_title = "LayerNorm",
          .stage = Stage::block,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::norm1,
          .formula = "y = (x − μ) / √(σ^2 + ε) · g + b",
          .sizes = "{T} × {D} → {T} × {D}",
          .sentence = "Every token is brought to the same scale before it is compared with the others.",
          .teaching =
              "Each row is shifted to mean 0 and scaled to deviation 1 over its own {D} numbers, then every column gets a learned gain and "
              "shift. "
              "Rows do not see each other here; look how rows of very different size before become comparable after.",
          .run = run,
          .explain = explain_cell};
}

}  // namespace vitscope
