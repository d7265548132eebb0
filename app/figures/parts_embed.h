// Parts shared by the figures before the encoder: pixels and patches under the selection, whole cells, numbered axes, matrices with one grown row.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "app/draw/parts.h"
#include "app/figures/figure.h"

namespace vitscope::figures::embed {

// --- what the selection means here
/// One number of the model input.
struct PixelRef {
  int channel = 0, row = 0, column = 0;
  bool operator==(const PixelRef&) const = default;
};
/// The pixel behind a cell of pixels, input, patch_grid or patches; nothing for other tensors.
std::optional<PixelRef> pixel_of(const CellRef& cell, const VitConfig& config);
int patch_of(const PixelRef& pixel, const PatchGrid& grid);
/// Place of a pixel in the flattened row of its patch, channel first.
int element_of(const PixelRef& pixel, const VitConfig& config);
/// The pinned cell's patch where it has one, else the pinned patch.
int chosen_patch(const FigureInput& in);
/// The patch under the pointer, -1 for none.
int hovered_patch(const FigureInput& in);
std::optional<PixelRef> pinned_pixel(const FigureInput& in);
std::optional<PixelRef> hovered_pixel(const FigureInput& in);

// --- words
/// "red", "green", "blue"; "grey" for the only one; "channel 3" beyond.
std::string channel_name(const draw::Canvas& c, int channel, int channels);
/// "patch 27"
std::string patch_name(const draw::Canvas& c, int patch);
std::string patch_subject(const draw::Canvas& c, const FigureInput& in);
/// "12 to 15"
std::string pixel_range(const draw::Canvas& c, double from, double to);

// --- places
draw::Rect cell_at(draw::Rect cells, int row, int column, int rows, int columns);
/// The largest grid of square cells in the upper left corner of `r`; cells are whole pixels of the target from two pixels upwards.
draw::Rect whole_cells(const draw::Canvas& c, draw::Rect r, int rows, int columns, float max_cell = 1e9f);

// --- drawing
/// One scale for everything that shows values of the model input.
draw::HeatStyle input_heat(const FigureInput& in);
/// The mark of a number that is worked out in the figure: white under the pointer, in the accent otherwise.
void chosen_mark(draw::Canvas& c, draw::Rect r, bool under_pointer);
/// A line of text that fits or is left out; true when it was drawn.
bool line_if_fits(draw::Canvas& c, draw::Rect r, std::string_view text, draw::Style style, draw::Color color, draw::Align align = draw::Align::left);
void arrow(draw::Canvas& c, draw::Vec from, draw::Vec to);
/// Numbers inside the cells, black or white by their ground, when they fit.
void cell_numbers(draw::Canvas& c, draw::Rect cells, const draw::Matrix& m, const draw::HeatStyle& heat);
/// Thin lines between the cells.
void cell_lines(draw::Canvas& c, draw::Rect cells, int rows, int columns, draw::Color color);
/// Marks of the pinned pixel and of the one under the pointer in a map of the whole input; `channel` -1 takes any.
void pixel_marks(draw::Canvas& c, draw::Rect cells, const FigureInput& in, int channel);
/// The patches as places to point at.
void tag_patches(draw::Canvas& c, const FigureInput& in, const std::function<draw::Rect(int)>& where);

/// Numbers beside the middles of cells: left of a column of them or below a row of them. As many as fit; `chosen` always, in the accent.
struct CellAxis {
  int count = 0, chosen = -1, factor = 1;  ///< what is written is index * factor
  bool vertical = false;
  bool above = false;  ///< a row of numbers above the cells instead of below
};
void cell_axis(draw::Canvas& c, draw::Rect cells, const CellAxis& axis);
/// Numbers at the edges of pixels, every `step` of them or a multiple of that, with little ticks.
void edge_axis(draw::Canvas& c, draw::Rect cells, int extent, int step, bool vertical);

/// Label and value, one below the other; lines that do not fit are left out. Returns the height used.
struct Fact {
  std::string label, value;
};
float facts(draw::Canvas& c, draw::Rect r, std::span<const Fact> list);
/// Height of one line of facts.
float fact_height(const draw::Canvas& c);

/// A matrix in which one row is grown so that its numbers can be seen.
class GrownRows {
 public:
  GrownRows(const draw::Canvas& c, draw::Rect r, int rows, int grown, float grown_height);
  draw::Rect row(int i) const;
  int rows() const { return rows_; }
  int grown() const { return grown_; }
  draw::Rect all() const { return r_; }
  /// The cells; `first` is what cell (0, 0) means, absent when the matrix is not recorded.
  void heat(draw::Canvas& c, const draw::Matrix& m, const draw::HeatStyle& style, const std::optional<CellRef>& first) const;
  /// Numbers of tokens on the left, the first `prefix` rows being prefix tokens.
  void labels(draw::Canvas& c, const PrefixTokens& prefix) const;

 private:
  draw::Rect r_;
  int rows_, grown_;
  float top_, bottom_;  ///< of the grown row
};

}  // namespace vitscope::figures::embed
