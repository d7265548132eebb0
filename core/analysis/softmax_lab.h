// One row of scores under other softmaxes.
#pragma once
#include <span>
#include <vector>

#include "core/patch_grid.h"

namespace vitscope {

struct SoftmaxRow {
  std::vector<float> shares;
  double entropy = 0;          ///< bits
  double largest = 0;          ///< largest share
  double prefix_share = 0;     ///< share of the prefix tokens
  /// Mean distance in pixels of the model input to the patches that are attended to, prefix tokens left out and the rest renormalised; NaN where the query is a
  /// prefix token, which has no place, or gives nothing to patches.
  double distance = 0;
};
/// Softmax of factor * scores / temperature (0 and infinity: the limits) for the token `query`.
SoftmaxRow softmax_row_at(std::span<const float> scores, double factor, double temperature, const PatchGrid& grid, int query);

}  // namespace vitscope
