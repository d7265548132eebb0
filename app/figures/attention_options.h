// Choices that the figures of attention share: what is set on one of them holds for all, and for the strip of heads.
#pragma once
#include "app/figures/figure.h"

namespace vitscope::figures::attention {

/// Where the chosen token looks (its row), or who looks at it (its column).
const Option& reading_option();
/// Bilinear between the middles of the cells instead of cells with edges.
const Option& smooth_option();
/// Of the overlay on the picture.
const Option& opacity_option();
/// Upper end of every map as a share; 0: as Selection::scale says.
const Option& range_option();

bool reads_column(const Selection& selection);

}  // namespace vitscope::figures::attention
