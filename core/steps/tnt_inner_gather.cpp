// Inner values: each word collects from the words of its patch.
#include "core/steps/tnt_parts.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::tnt_attn, Slot::tnt_v};
constexpr Slot kWrites[] = {Slot::tnt_context, Slot::tnt_attn_out, Slot::tnt_resid1};

void run(StepContext& c) { stack::run_gather(c, tnt::inner_transformer(c.model(), c.block)); }

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  return stack::explain(trace, tnt::inner_transformer(trace.model(), cell.tensor.block), cell,
                        [&](Explanation& e) { tnt::stations_below_words(e, trace, cell.tensor.block, cell.i); });
}

}  // namespace

Step tnt_inner_gather_step() {
  return {.slug = "tnt-inner-gather",
          .title = "Inner values",
          .short_title = "Inner values",
          .stage = Stage::block,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::tnt_resid1,
          .formula = "r = x + W_o Σ_j a_j v_j + b",
          .sizes = "{N} × {m} × {c} → {N} × {m} × {c}",
          .sentence = "Each word collects the values of the words it looks at; the result is added to it.",
          .teaching =
              "This is the attention of a plain block in small: heads are joined, mixed by a learned map, and added to what was there. "
              "Choose a patch to see what its {m} words were before and are after.",
          .run = run,
          .explain = explain_cell,
          .applies = tnt::applies};
}

}  // namespace vitscope
