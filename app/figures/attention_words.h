// Words that the figures of attention share, and phrases with coloured parts.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>

#include "app/figures/figure.h"

namespace vitscope::figures::attention {

/// Replaces {0}, {1}, ... in a translated pattern.
std::string filled(std::string_view pattern, std::initializer_list<std::string_view> arguments);

/// What replaces {0}, {1}, ... of a phrase, in a colour of its own.
struct Piece {
  std::string text;
  draw::Color color;
};
/// Draws a translated pattern with coloured parts in one line; where it is too wide it becomes one elided text. Returns its box.
draw::Rect phrase(draw::Canvas& c, draw::Vec at, std::string_view pattern, std::initializer_list<Piece> pieces, draw::Style style, draw::Color color,
                  float max_width);

/// Takes a line of small titles off the top of `r`: the phrase at the left, the hint at the right where both fit.
void heading(draw::Canvas& c, draw::Rect& r, std::string_view pattern, std::initializer_list<Piece> pieces, std::string_view hint = {});

float heading_height(const draw::Canvas& c);

/// "head 2 of 6", "mean of 6 heads", "largest of 6 heads"
std::string head_name(const draw::Canvas& c, const FigureInput& input, int head);
/// "block 6, head 2 of 6" of what the selection has chosen.
std::string block_and_head(const draw::Canvas& c, const FigureInput& input);
/// The chosen query by name, in the accent or in the class token's colour.
Piece token_piece(const draw::Canvas& c, int token, const PatchGrid& grid);
/// "cls", "dist", "r1" or the number of the patch.
std::string token_number(const draw::Canvas& c, int token, const PatchGrid& grid);

}  // namespace vitscope::figures::attention
