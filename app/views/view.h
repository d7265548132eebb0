// A view draws one part of the window and pushes what a person wishes.
#pragma once
#include "app/ui/ui.h"
#include "app/views/frame.h"

namespace vitscope::views {

void top_bar(ui::Ui& ui, draw::Rect r, const Frame& frame, Commands& out);
void rail(ui::Ui& ui, draw::Rect r, const Frame& frame, Commands& out);
void page(ui::Ui& ui, draw::Rect r, const Frame& frame, Commands& out);
void inspector(ui::Ui& ui, draw::Rect r, const Frame& frame, Commands& out);
void head_strip(ui::Ui& ui, draw::Rect r, const Frame& frame, Commands& out);
void prediction_panel(ui::Ui& ui, draw::Rect r, const Frame& frame, Commands& out);
/// The edits as a strip above the page, while there are any or a click masks patches.
bool has_edit_strip(const Frame& frame);
void edit_strip(ui::Ui& ui, draw::Rect r, const Frame& frame, Commands& out);
/// Panels that lie over the page; nothing for Panel::none.
void open_picture_panel(ui::Ui& ui, draw::Rect window, const Frame& frame, Commands& out);
void open_model_panel(ui::Ui& ui, draw::Rect window, const Frame& frame, Commands& out);
/// An architecture of one's own.
void build_panel(ui::Ui& ui, draw::Rect window, const Frame& frame, Commands& out);
void export_panel(ui::Ui& ui, draw::Rect window, const Frame& frame, Commands& out);
void keys_panel(ui::Ui& ui, draw::Rect window, const Frame& frame, Commands& out);
void edits_panel(ui::Ui& ui, draw::Rect window, const Frame& frame, Commands& out);
void settings_panel(ui::Ui& ui, draw::Rect window, const Frame& frame, Commands& out);
/// Inset message with its ways out.
float message_box(ui::Ui& ui, draw::Rect r, const Message& message, Commands& out);

/// Sizes of the parts for a window of this size, in points.
struct Layout {
  draw::Rect top, rail, page, inspector, strip, prediction;
  bool narrow = false;  ///< 1280 x 720 and the like: shorter names and hints
};
Layout layout(draw::Vec window);

/// In place of a figure whose studies are missing: how far they are, and a way to stop or to start them.
void studying(ui::Ui& ui, draw::Rect r, std::span<const Study> missing, const Studies& studies, Commands& out);

/// Everything: layout, all views, the open panel. Later the shell resolves what lies under the pointer.
void window(ui::Ui& ui, const Frame& frame, Commands& out);

}  // namespace vitscope::views
