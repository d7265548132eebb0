// Random features: what a performer makes of queries and keys in the place of scores.
#include "core/steps/t2t_parts.h"

namespace vitscope {
namespace {

constexpr Slot kReads1[] = {Slot::t2t_split0}, kReads2[] = {Slot::t2t_split1};
constexpr Slot kWrites1[] = {Slot::t2t1_norm1,       Slot::t2t1_q,           Slot::t2t1_k,          Slot::t2t1_v,
                            Slot::t2t1_exponents_q, Slot::t2t1_features_q, Slot::t2t1_exponents_k, Slot::t2t1_features_k};
constexpr Slot kWrites2[] = {Slot::t2t2_norm1,       Slot::t2t2_q,           Slot::t2t2_k,          Slot::t2t2_v,
                            Slot::t2t2_exponents_q, Slot::t2t2_features_q, Slot::t2t2_exponents_k, Slot::t2t2_features_k};

template <int kIndex>
void run(StepContext& c) {
  performer::run_features(c, t2t::token_performer(c.model(), kIndex));
}

template <int kIndex>
Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  return performer::explain(trace, t2t::token_performer(trace.model(), kIndex), cell, [&](Explanation& e) { t2t::stations_below_split(e, trace, kIndex); });
}

template <int kIndex>
Step features(std::string_view slug, std::string_view title, std::string_view sizes, std::string_view sentence) {
  return {.slug = slug,
          .title = title,
          .short_title = title,
          .stage = Stage::embed,
          .reads = kIndex == 0 ? std::span<const Slot>(kReads1) : kReads2,
          .writes = kIndex == 0 ? std::span<const Slot>(kWrites1) : kWrites2,
          .result = kIndex == 0 ? Slot::t2t1_features_q : Slot::t2t2_features_q,
          .formula = "φ( u ) = e^{W u − |u|² / 2} / √m",
          .sizes = sizes,
          .sentence = sentence,
          .teaching =
              "A performer has no matrix of attention, and so there is no map of who looks at whom: the product of two rows of features stands in for the exponential of query times key. "
              "The random directions W were drawn once and are not trained; look how windows over even ground have nearly equal rows.",
          .run = run<kIndex>,
          .explain = explain_cell<kIndex>,
          .applies = t2t::has_performers};
}

}  // namespace

Step t2t_features1_step() {
  return features<0>("t2t-features1", "Random features 1", "{n₁} × {L₁} → {n₁} × {mₜ}",
                   "Each query and key becomes {mₜ} random features; no window is compared with another.");
}

Step t2t_features2_step() {
  return features<1>("t2t-features2", "Random features 2", "{n₂} × {L₂} → {n₂} × {mₜ}",
                   "Each query and key becomes {mₜ} random features; no window is compared with another.");
}

}  // namespace vitscope
