// An architecture with seeded random weights.
#pragma once
#include <cstdint>
#include <memory>

#include "core/model/model.h"

namespace vitscope {

/// Which table is added to the tokens: random numbers as if learned, the fixed sinusoids along the raster (Vaswani et al. 2017, section 3.5) or along rows and columns
/// (see sinusoidal_grid_table), random rows for columns and for rows put together (see table_of_axes), or zeros, which do not count as parameters. Blocks get tables of
/// their own and relative positions, random, where the config has them.
enum class PositionTable : std::uint8_t { random, sinusoidal, sinusoidal_grid, axes, zeros };

/// Weights of mean 0 and deviation 0.02 (Dosovitskiy et al. 2021 and timm), gains 1, shifts and biases 0; each tensor from a random sequence of its own. With the
/// sinusoidal table the class token is zeros (LANL). Takes the sizes from `config`, whose grid is set. May throw std::bad_alloc.
std::shared_ptr<Model> random_model(const VitConfig& config, PositionTable table, std::uint64_t seed, PresetWeights weights = PresetWeights::random);

}  // namespace vitscope
