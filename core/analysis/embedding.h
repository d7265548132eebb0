// Analyses of the learned embeddings: position table and patch projection.
#pragma once
#include <cstdint>
#include <vector>

#include "core/model/model.h"
#include "core/patch_grid.h"
#include "core/tensor.h"

namespace vitscope {

enum class Similarity { cosine, dot_product };
/// Similarity of the position rows that are added to the patches (prefix rows left out): position [T, D] -> [N, N].
/// Source: Dosovitskiy et al. 2021, figure 7 centre. A row of zeros has cosine 0 with every other row and 1 with itself.
Tensor position_similarity(const Tensor& position, const PatchGrid& grid, Similarity kind = Similarity::cosine);

/// Rows in the order of flattened patches [F, C*P*P], or filters of a convolution, as pictures [F, C, P, P].
Tensor filters_as_pictures(const Tensor& rows, const VitConfig& config);
/// Mean similarity of a patch with itself, with the other patches of its row, of its column, and with all that share neither.
struct PositionMeans {
  double own = 0, same_row = 0, same_column = 0, elsewhere = 0;
  std::int64_t row_pairs = 0, column_pairs = 0, other_pairs = 0;  ///< pairs that were averaged, in both orders; a mean of none is 0
};
/// similarity [N, N] of the patches.
PositionMeans position_means(const Tensor& similarity, const PatchGrid& grid);

struct EmbeddingFilters {
  Tensor components;                ///< [F, C, P, P], unit length, by falling variance; the largest element of each is positive
  std::vector<double> explained;    ///< share of the variance of each component, 0..1
};
/// Principal components of the D projection filters (each filter one sample, mean subtracted); at most `count`, and as many as have a
/// variance that stands above rounding (1e-12 of the total), so at most min(D - 1, C*P*P). Empty when all filters are equal, and for models that do not
/// project patches of pixels.
/// Source: Dosovitskiy et al. 2021, figure 7 left.
EmbeddingFilters embedding_filters(const Model& model, int count = 28);

/// Cosine between all pairs of rows of a matrix [T, D] -> [T, T]. Rows of zeros as in position_similarity.
Tensor cosine_matrix(const Tensor& rows);

}  // namespace vitscope
