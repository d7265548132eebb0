// Parts of the what-if panel that change an edit or choose what the pointer does.
#pragma once
#include <string>

#include "app/views/view.h"

namespace vitscope::views {

/// Points that the sliders of an edit need below its words; 0 for edits without a number.
float edit_sliders_height(const draw::Canvas& c, const Edit& edit, const Frame& frame);
/// One slider for each number of the edit: a factor, a temperature, a score, a shift. The run follows them; `index` is the edit's place in the list.
void edit_sliders(ui::Ui& ui, draw::Rect r, const std::string& key, std::size_t index, const Edit& edit, const Frame& frame, Commands& out);

/// The colours that a drag over the picture paints with, and how thick.
void brush_row(ui::Ui& ui, draw::Rect r, const Frame& frame, Commands& out);

}  // namespace vitscope::views
