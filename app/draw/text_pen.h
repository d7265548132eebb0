// Glyphs: measuring and drawing runs of text. Canvas, paragraphs and formulas share it.
#pragma once
#include <string>
#include <string_view>

#include "app/draw/canvas.h"

namespace vitscope::draw {

class TextPen {
 public:
  explicit TextPen(const Canvas::Setup& setup) : s_(setup) {}
  explicit TextPen(const Canvas& canvas) : s_(canvas.s_) {}

  float width(std::string_view utf8, Style style) const;
  /// The longest part of `utf8` from its beginning, in whole characters, that is at most `room` wide.
  std::string_view head(std::string_view utf8, Style style, float room) const;
  /// `utf8` when it fits, else shortened with an ellipsis; empty when not even that fits.
  std::string elided(std::string_view utf8, Style style, float room) const;
  /// Draws without leaving a mark; `at` is the upper left corner of the line box.
  void draw(Vec at, std::string_view utf8, Style style, Color c) const;
  void draw_up(Vec centre, std::string_view utf8, Style style, Color c) const;
  /// For verbs built from several runs.
  static void mark(Canvas& canvas, Rect where, std::string_view text) { canvas.mark("text", where, text); }

 private:
  const Canvas::Setup& s_;
};

/// From the top of a line box to the baseline, as a share of the type size: capitals and digits stand in the middle of the box.
inline constexpr float kBaseline = 0.98f;

}  // namespace vitscope::draw
