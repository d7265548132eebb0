// Summed keys and values: all windows in one small matrix.
#include "core/steps/t2t_parts.h"

namespace vitscope {
namespace {

constexpr Slot kReads1[] = {Slot::t2t1_v, Slot::t2t1_features_k};
constexpr Slot kReads2[] = {Slot::t2t2_v, Slot::t2t2_features_k};
constexpr Slot kWrites1[] = {Slot::t2t1_kv, Slot::t2t1_k_sum};
constexpr Slot kWrites2[] = {Slot::t2t2_kv, Slot::t2t2_k_sum};

template <int kIndex>
void run(StepContext& c) {
  performer::run_summary(c, t2t::token_performer(c.model(), kIndex));
}

template <int kIndex>
Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  return performer::explain(trace, t2t::token_performer(trace.model(), kIndex), cell, [&](Explanation& e) { t2t::stations_below_split(e, trace, kIndex); });
}

template <int kIndex>
Step summary(std::string_view slug, std::string_view title, std::string_view sizes, std::string_view sentence) {
  return {.slug = slug,
          .title = title,
          .short_title = title,
          .stage = Stage::embed,
          .reads = kIndex == 0 ? std::span<const Slot>(kReads1) : kReads2,
          .writes = kIndex == 0 ? std::span<const Slot>(kWrites1) : kWrites2,
          .result = kIndex == 0 ? Slot::t2t1_kv : Slot::t2t2_kv,
          .formula = "S = Σ_j v_j φ( k_j )^T   s = Σ_j φ( k_j )",
          .sizes = sizes,
          .sentence = sentence,
          .teaching =
              "Every window adds the products of its value with the features of its key, and the sum is the same whoever asks. "
              "Therefore the work grows with the number of windows, and not with its square as it does where every window looks at all.",
          .run = run<kIndex>,
          .explain = explain_cell<kIndex>,
          .applies = t2t::has_performers};
}

}  // namespace

Step t2t_summary1_step() {
  return summary<0>("t2t-summary1", "Keys and values 1", "{e} × {n₁} · {n₁} × {mₜ} → {e} × {mₜ}",
                   "All {n₁} windows are added into one matrix of {e} × {mₜ} numbers.");
}

Step t2t_summary2_step() {
  return summary<1>("t2t-summary2", "Keys and values 2", "{e} × {n₂} · {n₂} × {mₜ} → {e} × {mₜ}",
                   "All {n₂} windows are added into one matrix of {e} × {mₜ} numbers.");
}

}  // namespace vitscope
