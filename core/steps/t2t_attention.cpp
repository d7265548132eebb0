// Token attention: windows look at each other before they are joined.
#include "core/steps/t2t_parts.h"

namespace vitscope {
namespace {

template <int kIndex>
constexpr Slot kReads[] = {kIndex == 0 ? Slot::t2t_split0 : Slot::t2t_split1};
constexpr Slot kWrites1[] = {Slot::t2t1_norm1, Slot::t2t1_q, Slot::t2t1_k, Slot::t2t1_v, Slot::t2t1_scores, Slot::t2t1_attn};
constexpr Slot kWrites2[] = {Slot::t2t2_norm1, Slot::t2t2_q, Slot::t2t2_k, Slot::t2t2_v, Slot::t2t2_scores, Slot::t2t2_attn};

template <int kIndex>
void run(StepContext& c) {
  stack::run_attention(c, t2t::token_transformer(c.model(), kIndex));
}

template <int kIndex>
Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  return stack::explain(trace, t2t::token_transformer(trace.model(), kIndex), cell, [&](Explanation& e) { t2t::stations_below_split(e, trace, kIndex); });
}

template <int kIndex>
Step token_attention(std::string_view slug, std::string_view title, std::span<const Slot> writes, std::string_view sizes, std::string_view sentence) {
  return {.slug = slug,
          .title = title,
          .short_title = title,
          .stage = Stage::embed,
          .reads = kReads<kIndex>,
          .writes = writes,
          .result = kIndex == 0 ? Slot::t2t1_attn : Slot::t2t2_attn,
          .formula = "A = e^S / Σ e^S   S = Q K^T · scale",
          .sizes = sizes,
          .sentence = sentence,
          .teaching =
              "Each window is normalised and turned into a query, a key and a value of {e} numbers, far fewer than it holds. "
              "Rows are queries, columns are keys; what a window gathers decides what its token will stand for.",
          .run = run<kIndex>,
          .explain = explain_cell<kIndex>,
          .applies = t2t::has_attention};
}

}  // namespace

Step t2t_attention1_step() {
  return token_attention<0>("t2t-attention1", "Token attention 1", kWrites1, "{n₁} × {L₁} → {Hₜ} × {n₁} × {n₁}",
                            "Every window looks at all {n₁} windows of the picture.");
}

Step t2t_attention2_step() {
  return token_attention<1>("t2t-attention2", "Token attention 2", kWrites2, "{n₂} × {L₂} → {Hₜ} × {n₂} × {n₂}",
                            "Every window of tokens looks at all {n₂} of them.");
}

}  // namespace vitscope
