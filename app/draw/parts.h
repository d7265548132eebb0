// Parts that figures and views share: titled maps, colour bars, axes, shapes of tensors, the photograph with its grid.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "app/draw/canvas.h"
#include "core/trace.h"

namespace vitscope::draw {

/// Vertical or horizontal colour bar with numbers: `r` is the bar alone; numbers stand right of (below) it. `cut_lo`, `cut_hi` write ≤ and
/// ≥ before the end numbers because values lie beyond. `as_percent` writes shares as percentages. Returns the box with the numbers.
struct BarStyle {
  HeatStyle heat;
  bool vertical = true;
  bool as_percent = false;
  bool cut_lo = false, cut_hi = false;
  std::string label;  ///< unit or quantity, written beside (vertical: below) the bar
};
Rect color_bar(Canvas& c, Rect r, const BarStyle& style);
/// Points that numbers and label need behind (horizontal: below) a bar of this length.
float color_bar_room(const Canvas& c, float length, const BarStyle& style);

/// A matrix as a map: small title left, reading hint right, cells, axis numbers, dimension names in their colours, lines at prefix rows
/// and columns, numbers inside large cells, marks for the pinned row (token) and the hovered cell, tags for every cell. `r` is all of it,
/// bar included. Returns the rectangle of the cells.
struct MapStyle {
  std::string title, hint;
  std::string row_name, column_name;       ///< axis names, such as "tokens T = 65"
  std::optional<Dim> row_dim, column_dim;  ///< for their colours
  PrefixTokens row_prefix, column_prefix;  ///< rows / columns of prefix tokens, labelled "cls", "dist", "r1" and counted before patch 0
  HeatStyle heat;
  bool bar = true, bar_percent = false;
  std::string bar_label;
  std::optional<CellGrid> cells;            ///< what the cells mean
  int pinned_row = -1, pinned_column = -1;  ///< drawn with the accent
  std::optional<CellRef> hovered, pinned;   ///< the cell under the pointer / pinned, marked when it lies in this map
  bool square_cells = false;
  bool numbers = true;  ///< numbers inside cells when they are large enough
  float max_cell = 48;  ///< points; cells do not grow beyond
};
Rect map(Canvas& c, Rect r, const Matrix& m, const MapStyle& style);

/// The photograph with the crop frame; what the model never sees is veiled and hatched. Returns where the whole picture lies.
/// `model_to_canvas` maps pixels of the model input to the canvas.
struct PhotoView {
  Rect picture;  ///< the whole original picture
  Rect seen;     ///< the part that the model sees
  PixelMap map;
  double scale = 1;  ///< points per original pixel
  Rect of_model(Box model_pixels) const;
  Vec of_original(Point original) const;
};
PhotoView photo(Canvas& c, Rect r, const Trace& trace, bool veil_outside = true);
/// Where the photograph would lie, without drawing.
PhotoView photo_layout(Rect r, const Trace& trace);
/// Grid lines of the patches over the part that the model sees; tags one token target per patch when `tagged`.
void patch_grid_lines(Canvas& c, const PhotoView& view, const PatchGrid& grid, Color color, bool tagged);

/// Rectangle with edges in the colours of its dimensions: height 4 + 2 log2(rows), width 4 + 2 log2(columns).
void tensor_glyph(Canvas& c, Vec centre, Slot slot, const VitConfig& config);

/// Red for the class token, orange for distillation token and registers.
Color prefix_color(const Theme& theme, int token, const PrefixTokens& prefix);
/// "patch 27", "class token", "distillation token" or "register 1".
std::string token_name(const Canvas& c, int token, const PatchGrid& grid);
/// "row 3, column 3"
std::string token_place(const Canvas& c, int token, const PatchGrid& grid);

}  // namespace vitscope::draw
