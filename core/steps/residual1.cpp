// Add: the token keeps what it was and takes what attention found.
#include "core/ops/ops.h"
#include "core/step.h"
#include "core/steps/explain.h"
#include "core/variants.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::embed_pos, Slot::out, Slot::attn_out, Slot::scaled1};
constexpr Slot kWrites[] = {Slot::resid1};

void run(StepContext& c) {
  const Tensor &before = c.trace.entering(c.block), &attention = c.in(variants::first_addition(c.config()));
  Tensor sum = c.make(Slot::resid1);
  ops::add(c.pool, before.data(), attention.data(), before.size(), sum.edit());
  c.keep(Slot::resid1, std::move(sum));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const int block = cell.tensor.block;
  const Slot addition = variants::first_addition(trace.config());
  const std::string name = why::token_name(trace, cell.i), width = "1 of " + std::to_string(trace.config().dim);
  Explanation e =
      why::sum("token before", trace.entering(block).at(cell.i, cell.j), "attention", trace.at(addition, block).at(cell.i, cell.j),
               why::entering_cell(trace, block, cell.i, cell.j), CellRef{{addition, block}, cell.i, cell.j});
  e.rule = "r = x + o";
  e.note = "What the token was before the block stays in the sum; attention only adds to it.";
  why::station(e, name + " after attention", width, "residual1", block);
  why::station(e, "attention output", width, writer_of(addition, trace.config()).slug, block);
  why::stations_below(e, trace, block, {});
  return e;
}

}  // namespace

Step residual1_step() {
  return {.slug = "residual1",
          .title = "Add",
          .short_title = "Add",
          .stage = Stage::block,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::resid1,
          .formula = "r = x + o",
          .sizes = "{T} × {D} + {T} × {D} → {T} × {D}",
          .sentence = "The message of attention is added to the token; nothing that it held before is thrown away.",
          .teaching =
              "This bypass lets every block make a small correction instead of starting anew, which is what makes deep models trainable. "
              "Compare the two summands: where the right one is faint, attention changed little.",
          .run = run,
          .explain = explain_cell};
}

}  // namespace vitscope
