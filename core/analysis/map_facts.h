// Numbers that belong to one row or one column of an attention matrix.
#pragma once
#include <span>
#include <vector>

#include "core/tensor.h"

namespace vitscope {

/// What a map of attention leaves unsaid. `values` holds one number per token, the prefix tokens first: a row (where a query looks) or a
/// column (who looks at a key).
struct MapFacts {
  double min = 0, max = 0;   ///< over the patches, which are what a map shows
  double sum = 0;            ///< over all tokens; 1 for a row of one head or of the mean over heads
  double prefix_share = 0;   ///< sum over the prefix tokens
  double entropy_bits = 0;   ///< of the values divided by their sum: -sum p log2 p; log2 T where all are alike, 0 where one has all
  double uniform = 0;        ///< 1 / T, what each token has when all are alike
  int strongest = 0;         ///< token with the largest value, the first of equals
  double patch_mass() const { return sum - prefix_share; }
};
MapFacts map_facts(std::span<const float> values, int prefix);

/// Place of one value among all, 1 for the largest; equal values share the better place.
int rank_of(std::span<const float> values, int index);

/// One value per token of a matrix [T, T]: row or column `token`.
std::vector<float> row_or_column(const Tensor& matrix, int token, bool column);
/// The same of one head of attn [H, T, T], or of the mean (-1) or maximum (-2) over heads.
std::vector<float> row_or_column(const Tensor& attn, int head, int token, bool column);

/// How two maps over the same tokens differ.
struct MapDifference {
  std::vector<float> values;    ///< b - a
  double total_variation = 0;   ///< half the sum of |b - a|: the share that would have to be moved
  double correlation = 0;       ///< Pearson's, 0 where one of them is constant
  int most_gained = 0, most_lost = 0;  ///< tokens with the largest and the smallest b - a
};
/// a and b are equally long and not empty.
MapDifference map_difference(std::span<const float> a, std::span<const float> b);

}  // namespace vitscope
