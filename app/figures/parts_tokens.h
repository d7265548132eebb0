// Values or colours of the tokens of one block laid over the picture, cell by cell.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/figures/parts_stream.h"

namespace vitscope::figures::tokens {

/// Either a heat map or colours, one cell per patch.
struct Cells {
  draw::Matrix heat;                   ///< [rows, columns] of the grid
  draw::HeatStyle style;
  std::shared_ptr<const Image> image;  ///< columns x rows pixels; used where it is there
  float opacity = 1;
  int pinned = -1, hovered = -1;       ///< tokens that are marked; prefix tokens have no place on the picture
  std::function<std::string(int)> tooltip;  ///< of a token
};
/// Over the original picture, as large as `r` allows at its upper left corner. Returns where the picture lies.
draw::Rect over_picture(draw::Canvas& c, draw::Rect r, const FigureInput& in, const Cells& cells);
/// The place of a patch in a picture that over_picture() drew into `r`.
draw::Rect patch_in(draw::Rect picture, const FigureInput& in, int patch);
/// Where over_picture() would draw.
draw::Rect picture_place(draw::Rect r, const FigureInput& in);
/// The left part of `r` that a picture with a heading above it and `below` points under it takes: at least wide enough for words.
draw::Rect picture_column(const draw::Canvas& c, draw::Rect r, const FigureInput& in, float below);

/// The same without the picture, small; `r` has the aspect of the model input.
void thumbnail(draw::Canvas& c, draw::Rect r, const FigureInput& in, const Cells& cells);

/// One pixel per patch, row by row.
std::shared_ptr<const Image> image_of(std::span<const Rgb> colors, const PatchGrid& grid);
/// The cells of one row of a tensor [n, T].
draw::Matrix on_grid(const Tensor& values, int row, const PatchGrid& grid);

/// Slider that several figures share: how much of the picture the cells cover.
const Option& opacity_option();
float opacity(const FigureInput& in);

/// What the page shows: position of the output of the selected block among embedding and blocks.
inline int position_of(const FigureInput& in) { return in.block() + 1; }
/// True when the outputs of all blocks up to the selected one are there.
bool outputs_ready(const FigureInput& in);
/// Number that changes with every run and every further finished block, for caches.
std::uint64_t run_id(const Trace& trace);

/// "patch 27, row 3, column 3"
std::string token_words(const draw::Canvas& c, int token, const PatchGrid& grid);

}  // namespace vitscope::figures::tokens
