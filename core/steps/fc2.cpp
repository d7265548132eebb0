// MLP down: the hidden units write back into the token.
#include "core/ops/ops.h"
#include "core/step.h"
#include "core/steps/explain.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::gelu};
constexpr Slot kWrites[] = {Slot::fc2};

void run(StepContext& c) {
  Tensor y = c.make(Slot::fc2);
  ops::linear(c.pool, c.in(Slot::gelu).data(), c.config().tokens(), c.weights().fc2, y.edit());
  c.keep(Slot::fc2, std::move(y));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const int block = cell.tensor.block;
  Explanation e =
      why::linear(trace.at(Slot::gelu, block).row(cell.i), trace.model().weights.blocks[static_cast<std::size_t>(block)].fc2, cell.j, {},
                  [&](int j) { return CellRef{{Slot::gelu, block}, cell.i, j}; });
  e.rule = e.rest_label.empty() ? "m = Σ_j h_j w_j" : "m = Σ_j h_j w_j + b";
  e.label_column = "unit";
  e.a_column = "h";
  e.note = "Units that are silent for this token add nothing; the loudest ones decide.";
  const std::string name = why::token_name(trace, cell.i);
  why::station(e, "MLP output of " + name, "1 of " + std::to_string(config.dim), "fc2", block);
  why::station(e, "hidden units of " + name, std::to_string(config.mlp_dim) + " numbers", "gelu", block);
  why::station(e, name + " after LayerNorm", std::to_string(config.dim) + " numbers", "norm2", block);
  why::stations_below(e, trace, block, {});
  return e;
}

}  // namespace

Step fc2_step() {
  return {.slug = "fc2",
          .title = "MLP down",
          .short_title = "MLP down",
          .stage = Stage::block,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::fc2,
          .formula = "m = h W_2 + b_2",
          .sizes = "{T} × {M} · {M} × {D} → {T} × {D}",
          .sentence = "The active hidden units write their findings back into {D} numbers.",
          .teaching =
              "Each hidden unit owns one learned row of {D} numbers and adds it in proportion to how active it is. "
              "Rows are tokens: look for single rows or columns that stand out, the MLP writes strongly there.",
          .run = run,
          .explain = explain_cell};
}

}  // namespace vitscope
