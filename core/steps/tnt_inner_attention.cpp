// Inner attention: the words of a patch look at each other.
#include "core/steps/tnt_parts.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::tnt_embed, Slot::tnt_out};
constexpr Slot kWrites[] = {Slot::tnt_norm1, Slot::tnt_q, Slot::tnt_k, Slot::tnt_v, Slot::tnt_scores, Slot::tnt_attn};

void run(StepContext& c) { stack::run_attention(c, tnt::inner_transformer(c.model(), c.block)); }

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  return stack::explain(trace, tnt::inner_transformer(trace.model(), cell.tensor.block), cell,
                        [&](Explanation& e) { tnt::stations_below_words(e, trace, cell.tensor.block, cell.i); });
}

}  // namespace

Step tnt_inner_attention_step() {
  return {.slug = "tnt-inner-attention",
          .title = "Inner attention",
          .short_title = "Inner attention",
          .stage = Stage::block,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::tnt_attn,
          .formula = "A = e^S / Σ e^S   S = Q K^T / √d",
          .sizes = "{N} × {m} × {c} → {N} × {Hᵢ} × {m} × {m}",
          .sentence = "Inside each patch alone, every word looks at the {m} words of that patch.",
          .teaching =
              "No word sees another patch; the weights are the same for all patches. "
              "Rows are queries, columns are keys: {m} of each, so the maps are small and there is one for each patch and head.",
          .run = run,
          .explain = explain_cell,
          .applies = tnt::applies};
}

}  // namespace vitscope
