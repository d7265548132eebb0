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

/// PE[i, 2j] = sin(i / 10000^(2j/D)), PE[i, 2j+1] = cos of the same angle (Vaswani et al. 2017, section 3.5): [rows, D]. Row lengths are the
/// root of D / 2 for even D.
Tensor sinusoidal_table(int rows, int dim);

/// Sinusoids (see sinusoidal_table) along both axes of a grid: [prefix + rows*columns, D], a quarter of the width each for sin and cos of the column, sin and cos of the row, with
/// angles column / 10000^(j/(D/4 - 1)) (as in lucidrains' simple ViT). Prefix rows are 0, and so is
/// what D leaves over when it is divided by 4.
Tensor sinusoidal_grid_table(int rows, int columns, int prefix, int dim);

/// Sinusoids (see sinusoidal_table) of the offsets 1 - N to N - 1 along the raster: [2N - 1, width] (as in Transformer-XL, Dai et al. 2019).
Tensor sinusoidal_offset_table(int patches, int width);

/// A learned table as it would be if it were made of one row for each column and one for each row of the grid, D/2 numbers wide both (Dosovitskiy et al. 2021, D.4):
/// the first half of a patch's row is the mean over its column, the second the mean over its row of the grid. Prefix rows are kept.
Tensor axes_of_table(const Tensor& table, const PatchGrid& grid);
/// Column rows [columns, D/2] and row rows [rows, D - D/2] put together to [prefix + rows*columns, D], `prefix` rows [prefix, D] in front (may be empty).
Tensor table_of_axes(const Tensor& prefix, const Tensor& of_columns, const Tensor& of_rows);

}  // namespace vitscope
