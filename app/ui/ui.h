// The handful of widgets that repeat. Immediate: a widget draws itself and says whether it was used in this frame.
#pragma once
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/draw/canvas.h"

namespace vitscope::ui {

/// The pointer in points.
struct Pointer {
  draw::Vec at{-1, -1};
  bool down = false, pressed = false, released = false, double_clicked = false;
  float wheel = 0;  ///< notches, positive away from the person
};

/// What widgets remember between frames. Keys are chosen by the caller and never shown.
struct State {
  std::string active;                  ///< the widget that holds the pointer
  std::string focus;                   ///< the text field that receives typing
  std::map<std::string, float> scroll; ///< offset of scrolled areas, points; zoom of the page
  std::map<std::string, std::string> texts; ///< what has been typed into text fields
  std::map<std::string, int> numbers;       ///< what has been chosen in panels
};

/// A widget of this frame, for tests and for keyboard traversal.
struct Widget {
  std::string key;
  draw::Rect where;
};

class Ui {
 public:
  Ui(draw::Canvas& canvas, const Pointer& pointer, State& state, std::string typed, bool backspace, bool enter);

  draw::Canvas& canvas() { return canvas_; }
  const Pointer& pointer() const { return pointer_; }
  State& state() { return state_; }
  const std::vector<Widget>& widgets() const { return widgets_; }

  /// While blocked nothing reacts to the pointer: what lies under an open panel.
  void block(bool blocked) { blocked_ = blocked; }
  bool blocked() const { return blocked_; }
  /// The pointer is over `r` and nothing holds it elsewhere.
  bool hovering(draw::Rect r) const;
  /// Pressed and released over `r`. Records the widget.
  bool clicked(std::string_view key, draw::Rect r);
  /// While the pointer is held since it was pressed over `r`. Records the widget.
  bool dragging(std::string_view key, draw::Rect r);

  enum class Look { filled, outlined, quiet };
  /// Text button; its width is button_width(). `hint` is a key cap behind the label, or empty.
  bool button(std::string_view key, draw::Rect r, std::string_view label, Look look = Look::outlined, bool warning = false);
  float button_width(std::string_view label) const;
  /// Key cap such as "E"; returns its box.
  draw::Rect key_cap(draw::Vec at, std::string_view key);
  static constexpr float kKeyCapHeight = 19;
  float key_cap_width(std::string_view key) const;
  /// Segmented control; returns the chosen index, `chosen` when it was not used.
  int segments(std::string_view key, draw::Rect r, std::span<const std::string> labels, int chosen);
  float segments_width(std::span<const std::string> labels) const;
  bool toggle(std::string_view key, draw::Rect r, std::string_view label, bool on);
  float slider(std::string_view key, draw::Rect r, float value, float lo, float hi);
  /// One line of text; typing goes to the field that was clicked last. Returns true when enter was pressed in it.
  bool text_field(std::string_view key, draw::Rect r, std::string& text, std::string_view hint);
  /// Vertical scrolling of content that is `height` tall inside `r`: clips, draws a thin bar when it does not fit; returns the offset to add to y (<= 0).
  /// Ends with end_scroll().
  float begin_scroll(std::string_view key, draw::Rect r, float height);
  void end_scroll();

 private:
  draw::Canvas& canvas_;
  Pointer pointer_;
  State& state_;
  std::string typed_;
  bool backspace_, enter_, blocked_ = false;
  std::vector<Widget> widgets_;
};

}  // namespace vitscope::ui
