// MLP up: every token is widened to the hidden width.
#include "core/ops/ops.h"
#include "core/step.h"
#include "core/steps/explain.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::norm2};
constexpr Slot kWrites[] = {Slot::fc1};

void run(StepContext& c) {
  Tensor y = c.make(Slot::fc1);
  ops::linear(c.pool, c.in(Slot::norm2).data(), c.config().tokens(), c.weights().fc1, y.edit());
  c.keep(Slot::fc1, std::move(y));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const int block = cell.tensor.block;
  const std::string name = why::token_name(trace, cell.i), width = std::to_string(config.dim) + " numbers";
  Explanation e =
      why::linear(trace.at(Slot::norm2, block).row(cell.i), trace.model().weights.blocks[static_cast<std::size_t>(block)].fc1, cell.j, {},
                  [&](int j) { return CellRef{{Slot::norm2, block}, cell.i, j}; });
  e.rule = e.rest_label.empty() ? "u = Σ_j y_j w_j" : "u = Σ_j y_j w_j + b";
  e.a_column = "y";
  e.note = "Hidden unit " + std::to_string(cell.j) + " looks at all numbers of this token and at no other token.";
  why::station(e, "hidden unit " + std::to_string(cell.j), "1 of " + std::to_string(config.mlp_dim), "fc1", block);
  why::station(e, name + " after LayerNorm", width, "norm2", block);
  why::station(e, name + " after attention", width, "residual1", block);
  why::stations_below(e, trace, block, {});
  return e;
}

}  // namespace

Step fc1_step() {
  return {.slug = "fc1",
          .title = "MLP up",
          .short_title = "MLP up",
          .stage = Stage::block,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::fc1,
          .formula = "u = y W_1 + b_1",
          .sizes = "{T} × {D} · {D} × {M} → {T} × {M}",
          .sentence = "Each token alone is compared with {M} learned patterns.",
          .teaching =
              "After attention has moved information between tokens, the MLP works on what each token now holds, one row at a time. "
              "Each column is one hidden unit: a column that is high in some rows only has found its pattern there.",
          .run = run,
          .explain = explain_cell};
}

}  // namespace vitscope
