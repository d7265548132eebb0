// Gather: each window reads the summed keys and values with the features of its query.
#include "core/steps/t2t_parts.h"

namespace vitscope {
namespace {

constexpr Slot kReads1[] = {Slot::t2t1_features_q, Slot::t2t1_kv, Slot::t2t1_k_sum, Slot::t2t1_v};
constexpr Slot kReads2[] = {Slot::t2t2_features_q, Slot::t2t2_kv, Slot::t2t2_k_sum, Slot::t2t2_v};
constexpr Slot kWrites1[] = {Slot::t2t1_normaliser, Slot::t2t1_numerator, Slot::t2t1_context, Slot::t2t1_attn_proj, Slot::t2t1_attn_out};
constexpr Slot kWrites2[] = {Slot::t2t2_normaliser, Slot::t2t2_numerator, Slot::t2t2_context, Slot::t2t2_attn_proj, Slot::t2t2_attn_out};

template <int kIndex>
void run(StepContext& c) {
  performer::run_read(c, t2t::token_performer(c.model(), kIndex));
}

template <int kIndex>
Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  return performer::explain(trace, t2t::token_performer(trace.model(), kIndex), cell, [&](Explanation& e) { t2t::stations_below_split(e, trace, kIndex); });
}

constexpr std::string_view kShownAs1[] = {"t2t-gather1"}, kShownAs2[] = {"t2t-gather2"};

template <int kIndex>
Step read(std::string_view slug, std::string_view title, std::string_view sizes, std::string_view sentence) {
  return {.slug = slug,
          .title = title,
          .short_title = title,
          .stage = Stage::embed,
          .reads = kIndex == 0 ? std::span<const Slot>(kReads1) : kReads2,
          .writes = kIndex == 0 ? std::span<const Slot>(kWrites1) : kWrites2,
          .result = kIndex == 0 ? Slot::t2t1_attn_out : Slot::t2t2_attn_out,
          .formula = "y = v + W_o S φ( q ) / ( φ( q ) · s + ε ) + b",
          .sizes = sizes,
          .sentence = sentence,
          .teaching =
              "What is read is a mean of the values of all windows, weighted by how alike query and key are in their features, though no weight of a single window is ever computed. "
              "The window is too wide to be added to it, so its own value takes its place in the sum.",
          .run = run<kIndex>,
          .explain = explain_cell<kIndex>,
          .applies = t2t::has_performers, .shown_as = kIndex == 0 ? std::span<const std::string_view>(kShownAs1) : kShownAs2};
}

}  // namespace

Step t2t_read1_step() {
  return read<0>("t2t-read1", "Gather 1", "{n₁} × {mₜ} · {mₜ} × {e} → {n₁} × {e}",
                   "Each window reads the sum with its query's features and adds its own value.");
}

Step t2t_read2_step() {
  return read<1>("t2t-read2", "Gather 2", "{n₂} × {mₜ} · {mₜ} × {e} → {n₂} × {e}",
                   "Each window reads the sum with its query's features and adds its own value.");
}

}  // namespace vitscope
