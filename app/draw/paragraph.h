// Breaking a text into lines.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "app/draw/text_pen.h"

namespace vitscope::draw {

/// Neighbouring characters of one face.
struct TextRun {
  std::string text;
  Face face = Face::regular;
  float width = 0;
};
using TextLine = std::vector<TextRun>;

/// Breaks at spaces and between Chinese characters, but never before closing or behind opening punctuation; words wider than the line are
/// cut.
/// `**` switches to the medium face and back; a line feed starts a new line.
std::vector<TextLine> break_lines(const TextPen& pen, std::string_view utf8, Style style, float width);

}  // namespace vitscope::draw
