// "Why this number?": the rule with its true operands, and the way back to the pixels.
#pragma once
#include "app/views/view.h"

namespace vitscope::views {

/// Returns the height used, at most r.height().
float why_card(ui::Ui& ui, draw::Rect r, const Frame& frame, const CellRef& cell, Commands& out);

}  // namespace vitscope::views
