// Position tables that are computed and not learned, to be held against a learned one.
#pragma once
#include "core/patch_grid.h"
#include "core/tensor.h"

namespace vitscope {

/// Sinusoids of Vaswani et al. 2017 along the raster: [rows, dim], element 2j of row i is sin(i / 10000^(2j/dim)), element 2j + 1 the cosine of
/// the same angle. Row lengths are the root of dim / 2 for even dim.
Tensor sinusoid_table(int rows, int dim);

/// Sines and cosines of column and row, a quarter of the width each (lucidrains simple_vit): [patches, dim] with sin(x w), cos(x w), sin(y w), cos(y w),
/// w = 10000^(-k / (dim/4 - 1)) for k = 0 .. dim/4 - 1. What dim leaves over when divided by four stays 0.
Tensor sincos_2d_table(const PatchGrid& grid, int dim);

}  // namespace vitscope
