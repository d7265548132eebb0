// What stands above the figure of a page: its tabs and its options.
#pragma once
#include "app/views/view.h"

namespace vitscope::views {

/// Tabs of the step's figures and the options of the shown one, at the top of `r`; returns the height that they take, 0 where there are none.
float figure_controls(ui::Ui& ui, draw::Rect r, const Frame& frame, Commands& out);

}  // namespace vitscope::views
