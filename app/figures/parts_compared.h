// Parts of the figures that put a run under edits beside the same run without them.
#pragma once
#include <memory>

#include "app/figures/parts_stream.h"
#include "core/analysis/comparison.h"

namespace vitscope::figures::edits {

/// The run without edits; null where the shown run has none.
inline const Trace* unedited(const FigureInput& in) { return in.trace.edits() ? in.trace.origin().unedited.get() : nullptr; }

/// On the page the figures also say how to come to an edit; on paper there must be something to compare.
inline bool ready_to_compare(const FigureInput& in) { return in.trace.complete() && (!in.paper || unedited(in)); }
void invitation_to_edit(draw::Canvas& c, draw::Rect r);

/// Every tensor of both runs in the order of the walk, remembered for the last few runs. Requires unedited().
std::shared_ptr<const std::vector<TensorDifference>> compared_runs(const FigureInput& in);

/// Relative difference of every tensor over the walk, on a logarithmic scale. A click goes to the step that writes the tensor, or, where one tensor is `marked`,
/// pins the number that changed most.
void difference_chart(draw::Canvas& c, draw::Rect r, const FigureInput& in, std::optional<TensorRef> marked);

}  // namespace vitscope::figures::edits
