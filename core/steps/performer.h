// T2T's token performers: what stands in the place of attention, and why. The rest of them is a Stack.
#pragma once
#include "core/steps/stack.h"

namespace vitscope {

/// One performer. exponents and features [n, m], kv [e, m], k_sum [m], numerator [n, e], normaliser [n]; see T2tConfig for the definition.
struct Performer {
  Stack stack;
  Slot exponents_q, exponents_k, features_q, features_k, kv, k_sum, numerator, normaliser;
};

namespace performer {

/// norm1, q, k, v, exponents, features.
void run_features(StepContext& c, const Performer& p);
/// kv and k_sum, added up in double precision in the order of the windows.
void run_summary(StepContext& c, const Performer& p);
/// normaliser, numerator, context, proj, sum.
void run_read(StepContext& c, const Performer& p);

/// Explains a cell of any tensor of the performer, as stack::explain does.
Explanation explain(const Trace& trace, const Performer& p, const CellRef& cell, const std::function<void(Explanation&)>& below);

}  // namespace performer
}  // namespace vitscope
