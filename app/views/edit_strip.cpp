// The edits of the run, one chip each, above the page: always in sight while there are any.
#include "app/views/view.h"

namespace vitscope::views {

using draw::Align;
using draw::Rect;

namespace {

constexpr std::string_view kMasking = "edits.masking";  // what a click on a patch does; memory of the interface

/// One edit: a click on the words switches it, a click on the cross removes it. Returns its width.
float chip(ui::Ui& ui, Rect r, std::size_t index, const Edit& edit, float room, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const std::string text = words(edit, [&](std::string_view english) { return c.tr(english); });
  const float width = std::min(c.text_width(text, small) + 6.25f * u, room);
  r.x1 = r.x0 + width;
  const Rect cross{r.x1 - 3 * u, r.y0, r.x1, r.y1}, label{r.x0, r.y0, cross.x0, r.y1};
  c.fill(r, edit.on ? theme.selection_tint : theme.raised, 4);
  if (ui.hovering(label)) c.outline(r, theme.tick, 1, 4);
  const float y = r.centre().y - c.text_height(small) / 2;
  c.circle({r.x0 + 1.5f * u, r.centre().y}, 0.4f * u, edit.on ? theme.selection : theme.tick);
  c.text({r.x0 + 2.5f * u, y}, text, small, edit.on ? theme.text1 : theme.text3, Align::left, cross.x0 - r.x0 - 2.75f * u);
  const draw::Vec at = cross.centre();
  const draw::Color stroke = ui.hovering(cross) ? theme.selection : theme.text3;
  c.line({at.x - 3.5f, at.y - 3.5f}, {at.x + 3.5f, at.y + 3.5f}, stroke, 1.5f);
  c.line({at.x - 3.5f, at.y + 3.5f}, {at.x + 3.5f, at.y - 3.5f}, stroke, 1.5f);
  const std::string key = "edit." + std::to_string(index);
  if (ui.clicked(key, label)) out.push_back(ToggleEdit{index});
  if (ui.clicked(key + ".remove", cross)) out.push_back(RemoveEdit{index});
  return width;
}

/// A small quiet command at the right end; moves `right` to its left end.
bool edit_command(ui::Ui& ui, float& right, Rect r, std::string_view key, std::string_view label, bool enabled) {
  draw::Canvas& c = ui.canvas();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const float width = c.text_width(label, small) + 2 * u;
  const Rect box{right - width, r.y0, right, r.y1};
  if (enabled && ui.hovering(box)) c.fill(box, c.theme().raised, 4);
  c.text({box.x0 + u, box.centre().y - c.text_height(small) / 2}, label, small, enabled ? c.theme().text2 : c.theme().tick);
  right = box.x0 - 0.25f * u;
  return ui.clicked(key, box) && enabled;
}

}  // namespace

bool has_edit_strip(const Frame& frame) { return frame.masking >= 0 || frame.brush.colour >= 0 || (frame.edits && !frame.edits->empty()) || frame.can_redo; }

void edit_strip(ui::Ui& ui, Rect r, const Frame& frame, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style(), medium = c.metrics().small_medium();
  c.fill(r, theme.panel);
  c.fill({r.x0, r.y1 - c.pixel(), r.x1, r.y1}, theme.hairline);
  r = r.inset((layout(frame.size).narrow ? 2.5f : 3.5f) * u, 0.75f * u);
  float right = r.x1;
  if (edit_command(ui, right, r, "edits.add", c.tr("Add …"), true)) out.push_back(ShowPanel{Panel::edits});
  if (edit_command(ui, right, r, "edits.clear", c.tr("Clear"), frame.edits && !frame.edits->empty())) out.push_back(ClearEdits{});
  if (edit_command(ui, right, r, "edits.redo", c.tr("Redo"), frame.can_redo)) out.push_back(Redo{});
  if (edit_command(ui, right, r, "edits.undo", c.tr("Undo"), frame.can_undo)) out.push_back(Undo{});
  if (frame.masking >= 0 && edit_command(ui, right, r, kMasking, c.tr("Stop masking"), true)) out.push_back(SetMasking{-1});
  if (frame.brush.colour >= 0 && edit_command(ui, right, r, "edits.painting", c.tr("Stop painting"), true)) out.push_back(SetBrush{{-1, frame.brush.size}});
  float x = c.text({r.x0, r.centre().y - c.text_height(medium) / 2}, c.tr("What if"), medium, theme.selection).x1 + 1.5f * u;
  right -= u;
  if (!frame.edits || frame.edits->empty()) {
    const std::string_view hint = frame.masking >= 0 ? c.tr("click on patches to mask them") : frame.brush.colour >= 0 ? c.tr("drag over the picture to paint on it") : c.tr("no edits: the run as the model makes it");
    c.text({x, r.centre().y - c.text_height(small) / 2}, hint, small, theme.text3, Align::left, right - x);
    return;
  }
  // Chips share the room; what does not fit is counted.
  const std::size_t count = frame.edits->size();
  const float more = c.text_width("+88", small) + u, least = 14 * u;
  for (std::size_t i = 0; i < count; ++i) {
    const float left = right - x - (i + 1 < count ? more : 0);
    if (left < least) {
      c.text({x, r.centre().y - c.text_height(small) / 2}, "+" + std::to_string(count - i), small, theme.text2);
      break;
    }
    const float fair = std::max(least, left / static_cast<float>(std::min<std::size_t>(count - i, 4)));
    x += chip(ui, {x, r.y0, x, r.y1}, i, (*frame.edits)[i], count - i == 1 ? left : std::max(fair, std::min(left, 30 * u)), out) + u;
  }
}

}  // namespace vitscope::views
