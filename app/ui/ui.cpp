#include "app/ui/ui.h"

#include <cmath>

namespace vitscope::ui {

using draw::Align;
using draw::Rect;
using draw::Vec;

Ui::Ui(draw::Canvas& canvas, const Pointer& pointer, State& state, std::string typed, bool backspace, bool enter)
    : canvas_(canvas), pointer_(pointer), state_(state), typed_(std::move(typed)), backspace_(backspace), enter_(enter) {}

bool Ui::hovering(Rect r) const { return !blocked_ && state_.active.empty() && r.contains(pointer_.at); }

bool Ui::clicked(std::string_view key, Rect r) {
  widgets_.push_back({std::string(key), r});
  if (blocked_) return false;
  if (pointer_.pressed && r.contains(pointer_.at)) state_.active = key;
  if (state_.active != key || !pointer_.released) return false;
  state_.active.clear();
  return r.contains(pointer_.at);
}

bool Ui::dragging(std::string_view key, Rect r) {
  widgets_.push_back({std::string(key), r});
  if (blocked_) return false;
  if (pointer_.pressed && r.contains(pointer_.at)) state_.active = key;
  if (state_.active != key) return false;
  if (pointer_.released || !pointer_.down) state_.active.clear();
  return true;
}

float Ui::button_width(std::string_view label) const {
  return canvas_.text_width(label, canvas_.metrics().small_medium()) + 3 * canvas_.u();
}

bool Ui::button(std::string_view key, Rect r, std::string_view label, Look look, bool warning) {
  const draw::Theme& theme = canvas_.theme();
  const bool hot = hovering(r), held = state_.active == key && r.contains(pointer_.at);
  const draw::Color strong = warning ? theme.warning : theme.selection;
  draw::Color text = theme.text1;
  if (look == Look::filled) {
    canvas_.fill(r, held ? strong.faded(0.8f) : strong, 4);
    text = theme.dark ? draw::hex(0x14181D) : draw::kWhite;
    if (hot) canvas_.outline(r, theme.text1, 1, 4);
  } else {
    if (hot || held) canvas_.fill(r, theme.raised, 4);
    if (look == Look::outlined) canvas_.outline(r, hot ? theme.text3 : theme.tick, 1, 4);
  }
  const draw::Style style = canvas_.metrics().small_medium();
  canvas_.text({r.centre().x, r.centre().y - canvas_.text_height(style) / 2}, label, style, text, Align::centre, r.width() - canvas_.u());
  return clicked(key, r);
}

float Ui::key_cap_width(std::string_view key) const {
  return std::max(kKeyCapHeight, canvas_.text_width(key, canvas_.metrics().small_style()) + 1.4f * canvas_.u());
}

Rect Ui::key_cap(Vec at, std::string_view key) {
  const draw::Style style = canvas_.metrics().small_style();
  const Rect r = draw::rect_at(at, key_cap_width(key), kKeyCapHeight);
  canvas_.outline(r, canvas_.theme().tick, 1, 4);
  canvas_.text({r.centre().x, r.centre().y - canvas_.text_height(style) / 2}, key, style, canvas_.theme().text2, Align::centre);
  return r;
}

float Ui::segments_width(std::span<const std::string> labels) const {
  float width = 0;
  for (const std::string& label : labels) width += canvas_.text_width(label, canvas_.metrics().small_medium()) + 2.5f * canvas_.u();
  return width + 4;
}

int Ui::segments(std::string_view key, Rect r, std::span<const std::string> labels, int chosen) {
  const draw::Theme& theme = canvas_.theme();
  canvas_.fill(r, theme.panel, 5);
  canvas_.outline(r, theme.hairline, 1, 5);
  float x = r.x0 + 2;
  int result = chosen;
  for (int i = 0; i < static_cast<int>(labels.size()); ++i) {
    const std::string& label = labels[static_cast<std::size_t>(i)];
    const draw::Style style = i == chosen ? canvas_.metrics().small_medium() : canvas_.metrics().small_style();
    const float width = canvas_.text_width(label, canvas_.metrics().small_medium()) + 2.5f * canvas_.u();
    const Rect cell{x, r.y0 + 2, x + width, r.y1 - 2};
    if (i == chosen) canvas_.fill(cell, theme.raised, 4);
    const draw::Color color = i == chosen ? theme.text1 : hovering(cell) ? theme.text2 : theme.text3;
    canvas_.text({cell.centre().x, cell.centre().y - canvas_.text_height(style) / 2}, label, style, color, Align::centre);
    if (clicked(std::string(key) + "#" + std::to_string(i), cell)) result = i;
    x += width;
  }
  return result;
}

bool Ui::toggle(std::string_view key, Rect r, std::string_view label, bool on) {
  const draw::Theme& theme = canvas_.theme();
  const float u = canvas_.u(), h = 1.75f * u, cy = r.centre().y;
  const Rect track{r.x0, cy - h / 2, r.x0 + 3.25f * u, cy + h / 2};
  canvas_.fill(track, on ? theme.selection : theme.raised, h / 2);
  if (!on) canvas_.outline(track, theme.tick, 1, h / 2);
  canvas_.circle({on ? track.x1 - h / 2 : track.x0 + h / 2, cy}, h / 2 - 3, on ? (theme.dark ? theme.ground : draw::kWhite) : theme.text2);
  const draw::Style style = canvas_.metrics().small_style();
  canvas_.text({track.x1 + u, cy - canvas_.text_height(style) / 2}, label, style, hovering(r) ? theme.text1 : theme.text2, Align::left,
               r.x1 - track.x1 - u);
  return clicked(key, r) ? !on : on;
}

float Ui::slider(std::string_view key, Rect r, float value, float lo, float hi) {
  const draw::Theme& theme = canvas_.theme();
  const float radius = 0.75f * canvas_.u(), cy = r.centre().y, left = r.x0 + radius, right = r.x1 - radius;
  if (dragging(key, r) && right > left)
    value = lo + (hi - lo) * std::clamp((pointer_.at.x - left) / (right - left), 0.0f, 1.0f);
  const float x = left + (right - left) * (hi > lo ? std::clamp((value - lo) / (hi - lo), 0.0f, 1.0f) : 0.0f);
  canvas_.fill({left, cy - 1.5f, right, cy + 1.5f}, theme.raised, 1.5f);
  canvas_.fill({left, cy - 1.5f, x, cy + 1.5f}, theme.selection, 1.5f);
  canvas_.circle({x, cy}, radius, state_.active == key || hovering(r) ? theme.text1 : theme.text2);
  return value;
}

bool Ui::text_field(std::string_view key, Rect r, std::string& text, std::string_view hint) {
  const draw::Theme& theme = canvas_.theme();
  const draw::Style style = canvas_.metrics().body_style();
  if (clicked(key, r)) state_.focus = key;
  const bool focused = state_.focus == key && !blocked_;
  if (focused) {
    text += typed_;
    if (backspace_ && !text.empty()) {
      do text.pop_back();
      while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80);
    }
  }
  canvas_.fill(r, theme.ground, 4);
  canvas_.outline(r, focused ? theme.selection : theme.tick, 1, 4);
  const float x = r.x0 + canvas_.u(), y = r.centre().y - canvas_.text_height(style) / 2;
  canvas_.push_clip(r.inset(2));
  const float width = canvas_.text_width(text, style), room = r.width() - 2 * canvas_.u() - 2;
  const float shift = focused ? std::max(0.0f, width - room) : 0;
  if (text.empty()) canvas_.text({x, y}, hint, style, theme.text3, Align::left, room);
  else if (shift > 0) canvas_.text({x - shift, y}, text, style, theme.text1);
  else canvas_.text({x, y}, text, style, theme.text1, Align::left, room);
  if (focused) canvas_.fill({x + width - shift + 1, r.y0 + 6, x + width - shift + 2.5f, r.y1 - 6}, theme.selection);
  canvas_.pop_clip();
  return focused && enter_;
}

float Ui::begin_scroll(std::string_view key, Rect r, float height) {
  float& offset = state_.scroll[std::string(key)];
  if (hovering(r)) offset -= pointer_.wheel * 6 * canvas_.u();
  offset = std::clamp(offset, 0.0f, std::max(0.0f, height - r.height()));
  if (height > r.height()) {
    const float length = std::max(3 * canvas_.u(), r.height() * r.height() / height);
    const float top = r.y0 + (r.height() - length) * offset / (height - r.height());
    const Rect grip{r.x1 - 5, top, r.x1 - 2, top + length}, track{r.x1 - 9, r.y0, r.x1, r.y1};
    if (dragging(std::string(key) + "#bar", track))
      offset = std::clamp((pointer_.at.y - r.y0 - length / 2) / (r.height() - length), 0.0f, 1.0f) * (height - r.height());
    canvas_.fill(grip, hovering(track) ? canvas_.theme().text3 : canvas_.theme().tick, 1.5f);
  }
  canvas_.push_clip(r);
  return -std::round(offset);
}

void Ui::end_scroll() { canvas_.pop_clip(); }

}  // namespace vitscope::ui
