// The size of the input that the open model runs on.
#pragma once
#include "app/views/view.h"

namespace vitscope::views {

inline constexpr float kInputSizeHeight = 17;  ///< units
/// Height and width to choose, what becomes of patches and positions, and why a size cannot be.
void input_size_part(ui::Ui& ui, draw::Rect r, const Frame& frame, Commands& out);

}  // namespace vitscope::views
