// Position tables for grids other than the one they were learned on.
#pragma once
#include <optional>
#include <string>

#include "core/model/config.h"

namespace vitscope {

inline constexpr int kMaxInputSide = 16384;
inline constexpr int kMaxInputTokens = 16384;

/// Why a model is not run on this grid although the patches fit, if it is not: attention grows with the square of the tokens.
std::optional<std::string> input_size_refusal(const PatchGrid& grid);

/// The table [prefix + rows*columns, D] resampled to the rows and columns of `grid`, prefix rows kept. timm: bicubic, a = -0.5, antialiased
/// (resample_abs_pos_embed). transformers: PyTorch's bicubic without antialiasing, a = -0.75, half-pixel centres, the border repeated
/// (interpolate_pos_encoding). The table itself where the grid is the same.
Tensor resample_position(const Tensor& stored, int stored_rows, int stored_columns, const PatchGrid& grid,
                         PositionResampling kind = PositionResampling::timm);

/// Sinusoids (see sinusoidal_table) along both axes of a grid: [prefix + rows*columns, D], a quarter of the width each for sin and cos of the column, sin and cos of the row, with
/// angles column / 10000^(j/(D/4 - 1)) (as in lucidrains' simple ViT). Prefix rows are 0. D must be a multiple of 4.
Tensor sinusoidal_grid_table(int rows, int columns, int prefix, int dim);

}  // namespace vitscope
