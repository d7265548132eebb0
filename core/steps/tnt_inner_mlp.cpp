// Inner MLP: each word alone.
#include "core/steps/tnt_parts.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::tnt_resid1};
constexpr Slot kWrites[] = {Slot::tnt_norm2, Slot::tnt_fc1, Slot::tnt_gelu, Slot::tnt_fc2, Slot::tnt_out};

void run(StepContext& c) { stack::run_mlp(c, tnt::inner_transformer(c.model(), c.block)); }

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  return stack::explain(trace, tnt::inner_transformer(trace.model(), cell.tensor.block), cell,
                        [&](Explanation& e) { tnt::stations_below_words(e, trace, cell.tensor.block, cell.i); });
}

}  // namespace

Step tnt_inner_mlp_step() {
  return {.slug = "tnt-inner-mlp",
          .title = "Inner MLP",
          .short_title = "Inner MLP",
          .stage = Stage::block,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::tnt_out,
          .formula = "w = r + W_2 gelu( W_1 norm( r ) )",
          .sizes = "{N} × {m} × {c} → {N} × {m} × {Mᵢ} → {N} × {m} × {c}",
          .sentence = "An MLP of {Mᵢ} hidden units works on each word alone; its result is added.",
          .teaching =
              "The words go on to the next block as they are now; this block only takes a copy of them for the patch. "
              "Laid out where they lie in the picture, the words make finer maps than the patches do.",
          .run = run,
          .explain = explain_cell,
          .applies = tnt::applies};
}

}  // namespace vitscope
