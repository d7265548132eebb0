// Token MLP: each narrow token works on what it has gathered.
#include "core/steps/t2t_parts.h"

namespace vitscope {
namespace {

constexpr Slot kReads1[] = {Slot::t2t1_attn_out}, kReads2[] = {Slot::t2t2_attn_out};
constexpr Slot kWrites1[] = {Slot::t2t1_norm2, Slot::t2t1_fc1, Slot::t2t1_gelu, Slot::t2t1_fc2, Slot::t2t1_out};
constexpr Slot kWrites2[] = {Slot::t2t2_norm2, Slot::t2t2_fc1, Slot::t2t2_gelu, Slot::t2t2_fc2, Slot::t2t2_out};

template <int kIndex>
void run(StepContext& c) {
  stack::run_mlp(c, t2t::token_transformer(c.model(), kIndex));
}

template <int kIndex>
Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  return stack::explain(trace, t2t::token_transformer(trace.model(), kIndex), cell, [&](Explanation& e) { t2t::stations_below_split(e, trace, kIndex); });
}

template <int kIndex>
Step token_mlp(std::string_view slug, std::string_view title, std::string_view sizes) {
  return {.slug = slug,
          .title = title,
          .short_title = title,
          .stage = Stage::embed,
          .reads = kIndex == 0 ? std::span<const Slot>(kReads1) : kReads2,
          .writes = kIndex == 0 ? std::span<const Slot>(kWrites1) : kWrites2,
          .result = kIndex == 0 ? Slot::t2t1_out : Slot::t2t2_out,
          .formula = "x = y + W_2 gelu( W_1 norm( y ) )",
          .sizes = sizes,
          .sentence = "An MLP of {Mₜ} hidden units works on each token alone; its result is added.",
          .teaching =
              "The token transformer is small on purpose: there are many more windows here than tokens in the encoder. "
              "Compare the rows: windows over even ground have nearly equal ones.",
          .run = run<kIndex>,
          .explain = explain_cell<kIndex>,
          .applies = t2t::applies};
}

}  // namespace

Step t2t_mlp1_step() { return token_mlp<0>("t2t-mlp1", "Token MLP 1", "{n₁} × {e} → {n₁} × {Mₜ} → {n₁} × {e}"); }

Step t2t_mlp2_step() { return token_mlp<1>("t2t-mlp2", "Token MLP 2", "{n₂} × {e} → {n₂} × {Mₜ} → {n₂} × {e}"); }

}  // namespace vitscope
