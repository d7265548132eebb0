// Drawing that the figures of attention share: overlays on the original picture, bars over keys, facts.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "app/draw/parts.h"
#include "app/figures/attention_data.h"
#include "app/figures/attention_words.h"

namespace vitscope::figures::attention {

/// Shares of the patches laid over the original picture; each cell covers its patch exactly.
struct Overlay {
  draw::Matrix grid;
  draw::Span span;
  bool smooth = false;
  float opacity = 1;
  int pinned = -1, hovered = -1;  ///< tokens that are marked; prefix tokens have no place on the picture
  std::string tooltip;            ///< of the hovered token
  bool tagged = true;
};
/// Smoothness and opacity as the person has set them.
Overlay overlay_of(const FigureInput& input);
/// The picture and the whole model input (in pad mode it is larger) at the top left of `r`, as large as they fit.
draw::Rect snug(draw::Rect r, const Trace& trace);
draw::PhotoView overlay(draw::Canvas& c, draw::Rect r, const FigureInput& input, const Overlay& o);
/// Title, overlay and, where a narrow or low picture leaves room beside or below it, the same on what the model sees, enlarged. `below` is left free
/// under all of it. Returns where the pictures lie.
draw::Rect overlay_panel(draw::Canvas& c, draw::Rect r, const FigureInput& input, std::string_view pattern, std::initializer_list<Piece> pieces, std::string_view hint, float below,
                           const Overlay& o);
/// The same without marks and tags, small.
void thumbnail(draw::Canvas& c, draw::Rect r, const draw::Matrix& grid, draw::Span span);

/// Lying bar with words or numbers at both ends of it, inside one line.
void word_bar(draw::Canvas& c, draw::Rect line, const draw::HeatStyle& heat, std::string_view low, std::string_view high);
/// Lying bar below an overlay: 0, middle, largest; returns the height it takes.
float overlay_bar(draw::Canvas& c, draw::Vec corner, float width, draw::Span span);

/// All queries and keys of one head as a map with its bar; returns the rectangle of the cells.
struct Pairs {
  draw::Matrix all;
  TensorRef tensor;
  int head = 0;  ///< below 0: heads taken together, whose cells are no numbers of the trace
  int query = 0;
  bool column = false;  ///< `query` is a key: its column is marked
  draw::HeatStyle heat;
  bool percent = false;
};
draw::Rect pairs(draw::Canvas& c, draw::Rect r, const FigureInput& input, const Pairs& p);
/// What a map of pairs needs above and below its cells, and the width that it can use in a given height.
float pairs_overhead(const draw::Canvas& c);
float pairs_width(const draw::Canvas& c, float height, int tokens);
/// Cuts the place of such a map off `r`: above where the figure stands upright, else at the left.
draw::Rect cut_pairs(const draw::Canvas& c, draw::Rect& r, int tokens);

/// One bar per token from zero, coloured by the map; values outside the span are cut.
void token_bars(draw::Canvas& c, draw::Rect plot, std::span<const float> values, const draw::HeatStyle& heat, float lo, float hi);
/// The place of one token in a chart over all tokens.
draw::Rect token_place_in(draw::Rect plot, int token, int tokens);
/// Numbers of the patches below a chart over all tokens; `pinned` and `hovered` are always named.
void token_axis(draw::Canvas& c, draw::Rect plot, const PatchGrid& grid, int pinned, int hovered);
/// Numbers at the left of a chart, on the heights that they name.
class AxisNumbers {
 public:
  AxisNumbers(draw::Canvas& c, float right) : c_(c), right_(right) {}
  /// Leaves out a number that would touch an earlier one; `shift` moves it by parts of a line.
  void add(float y, std::string_view text, float shift = 0);

 private:
  draw::Canvas& c_;
  float right_;
  std::vector<float> taken_;
};

/// A line of facts: the label at the left, the value at the right of `r`, or below it where both do not fit; returns the height used.
float fact(draw::Canvas& c, draw::Rect r, std::string_view label, std::string_view value, draw::Color value_color);

}  // namespace vitscope::figures::attention
