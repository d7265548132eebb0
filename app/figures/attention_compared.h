// The two sides of a comparison of maps: A was kept, B is what is shown.
#pragma once
#include <span>

#include "app/figures/attention_data.h"

namespace vitscope::figures::attention {

/// Side A as numbers of the selection, so that it is written and read like any other option.
std::span<const Option> side_a_options();
/// What is pinned becomes side A.
void keep_as_side_a(Selection& selection);
void forget_side_a(Selection& selection);
/// Side A of `from`, as far as it has one, becomes that of `to`.
void copy_side_a(const Selection& from, Selection& to);
bool has_side_a(const Selection& selection);

/// A brought into the range of the architecture. Where nothing was kept: the mean over heads for a head, and the first head for the mean or the maximum.
Chosen side_a(const FigureInput& input);
/// Of a run what comparisons show of side A: attention and the outputs of the blocks.
TracePtr kept_for_comparing(const Trace& trace);
/// The run that A belongs to.
const Trace& trace_of_a(const FigureInput& input);

}  // namespace vitscope::figures::attention
