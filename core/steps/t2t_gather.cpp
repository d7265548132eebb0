// Gather: each window collects values and becomes narrow.
#include "core/steps/t2t_parts.h"

namespace vitscope {
namespace {

constexpr Slot kReads1[] = {Slot::t2t1_attn, Slot::t2t1_v}, kReads2[] = {Slot::t2t2_attn, Slot::t2t2_v};
constexpr Slot kWrites1[] = {Slot::t2t1_context, Slot::t2t1_attn_proj, Slot::t2t1_attn_out};
constexpr Slot kWrites2[] = {Slot::t2t2_context, Slot::t2t2_attn_proj, Slot::t2t2_attn_out};

template <int kIndex>
void run(StepContext& c) {
  stack::run_gather(c, t2t::token_transformer(c.model(), kIndex));
}

template <int kIndex>
Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  return stack::explain(trace, t2t::token_transformer(trace.model(), kIndex), cell, [&](Explanation& e) { t2t::stations_below_split(e, trace, kIndex); });
}

template <int kIndex>
Step gather(std::string_view slug, std::string_view title, std::string_view sizes, std::string_view sentence) {
  return {.slug = slug,
          .title = title,
          .short_title = title,
          .stage = Stage::embed,
          .reads = kIndex == 0 ? std::span<const Slot>(kReads1) : kReads2,
          .writes = kIndex == 0 ? std::span<const Slot>(kWrites1) : kWrites2,
          .result = kIndex == 0 ? Slot::t2t1_attn_out : Slot::t2t2_attn_out,
          .formula = "y = v + W_o Σ_j a_j v_j + b",
          .sizes = sizes,
          .sentence = sentence,
          .teaching =
              "An encoder block adds what attention gathers to the token itself; here the token is too wide for that, so its own value takes "
              "its place in the sum. "
              "This is where most of the numbers of a window are given up.",
          .run = run<kIndex>,
          .explain = explain_cell<kIndex>,
          .applies = t2t::has_attention};
}

}  // namespace

Step t2t_gather1_step() {
  return gather<0>("t2t-gather1", "Gather 1", "{n₁} × {L₁} → {n₁} × {e}",
                   "Each window of {L₁} numbers becomes {e}: its own value and what it gathered from the others.");
}

Step t2t_gather2_step() {
  return gather<1>("t2t-gather2", "Gather 2", "{n₂} × {L₂} → {n₂} × {e}",
                   "Each window of {L₂} numbers becomes {e}: its own value and what it gathered from the others.");
}

}  // namespace vitscope
