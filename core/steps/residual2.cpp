// Add: the token takes what the MLP computed; the block is done.
#include "core/ops/ops.h"
#include "core/step.h"
#include "core/steps/explain.h"
#include "core/variants.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::resid1, Slot::fc2, Slot::scaled2};
constexpr Slot kWrites[] = {Slot::out};

void run(StepContext& c) {
  const Tensor &before = c.in(Slot::resid1), &mlp = c.in(variants::second_addition(c.config()));
  Tensor sum = c.make(Slot::out);
  ops::add(c.pool, before.data(), mlp.data(), before.size(), sum.edit());
  c.keep(Slot::out, std::move(sum));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const int block = cell.tensor.block;
  const Slot addition = variants::second_addition(trace.config());
  const std::string name = why::token_name(trace, cell.i), width = "1 of " + std::to_string(trace.config().dim);
  Explanation e = why::sum("token after attention", trace.at(Slot::resid1, block).at(cell.i, cell.j), "MLP",
                           trace.at(addition, block).at(cell.i, cell.j), CellRef{{Slot::resid1, block}, cell.i, cell.j},
                           CellRef{{addition, block}, cell.i, cell.j});
  e.rule = "x_{out} = r + m";
  e.note =
      "Token before the block, plus attention, plus MLP: the last two are all that block " + std::to_string(block + 1) + " has changed.";
  why::station(e, name + " after block " + std::to_string(block + 1), width, "residual2", block);
  why::station(e, "MLP output", width, writer_of(addition, trace.config()).slug, block);
  why::station(e, name + " after attention", width, "residual1", block);
  why::stations_below(e, trace, block, {});
  return e;
}

}  // namespace

Step residual2_step() {
  return {.slug = "residual2",
          .title = "Add",
          .short_title = "Add",
          .stage = Stage::block,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::out,
          .formula = "x_{out} = r + m",
          .sizes = "{T} × {D} + {T} × {D} → {T} × {D}",
          .sentence = "The answer of the MLP is added to the token, and the block is done.",
          .teaching =
              "Same shape in and out: that is why blocks can be stacked, each one adding its part to the same {T} rows. "
              "Step through the blocks to watch rows of patches of one object become more and more alike.",
          .run = run,
          .explain = explain_cell};
}

}  // namespace vitscope
