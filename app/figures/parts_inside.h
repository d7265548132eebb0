// Parts shared by the figures of T2T and TNT: matrices in a row, the chosen window and word.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/draw/parts.h"
#include "app/figures/figure.h"

namespace vitscope::figures::inside {

/// One matrix of a row of them.
struct View {
  std::string title;
  std::string hint;
  draw::Matrix matrix;
  std::optional<draw::CellGrid> cells;
  std::string row_name, column_name;
  std::string sign;  ///< "+" or "=": stands behind it
};
/// The matrices side by side on one scale with a bar below; `row` is marked in each. The hovered and the pinned cell are marked where they are.
void row_of_maps(draw::Canvas& c, draw::Rect r, const FigureInput& in, std::span<const View> views, int row, std::string_view label);
/// The same with a scale for each.
void maps_apart(draw::Canvas& c, draw::Rect r, const FigureInput& in, std::span<const View> views, int row);

/// A matrix [rows, columns] that is a whole tensor, or matrix `index` of a tensor [n, rows, columns].
View view_of(const draw::Canvas& c, const FigureInput& in, TensorRef ref, std::string_view title, int index = -1);

/// The number of the window (0, 1, ...) that a figure of soft split `n` (0 to 2), or of what follows it, is about: that of the pinned cell, else where the
/// slider stands.
int chosen_window(const FigureInput& in, int n, const Option& slider);
/// "window 12", of the last split "patch 12".
std::string window_name(const draw::Canvas& c, int n, int window);

/// The patch and the word that the figures of TNT are about: those of the pinned cell, else the pinned patch and where the slider stands.
int chosen_patch(const FigureInput& in);
int chosen_word(const FigureInput& in, const Option& slider);

/// Words [N, m, c] of all patches, averaged over their numbers, where they lie in the picture: [rows of words, columns of words].
Tensor word_map(const FigureInput& in, TensorRef words);

}  // namespace vitscope::figures::inside
