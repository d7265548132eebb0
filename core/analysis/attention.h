// Analyses of attention probabilities: pure functions of tensors and the patch grid.
#pragma once
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/analysis/rollout.h"
#include "core/patch_grid.h"
#include "core/tensor.h"
#include "core/trace.h"

namespace vitscope {

/// How a mean attention distance treats prefix tokens. In all three the distance is Euclidean between cell centres, weighted by attention,
/// summed over keys and averaged over the patches as queries; rows and columns of prefix tokens are left out.
/// paper: Dosovitskiy et al. 2021, figure 7 right and D.7: the weighted average on the token grid (so each row's weights are divided by
///   their sum), times the factor image width / grid width (google-research/vision_transformer issue 162). The paper does not say what
///   happens to the class token; here it is left out. Pixels are those of the model input, 224 wide in the paper. Equals renormalised
///   where patches are square.
/// keras: the remaining weights are not renormalised, so attention paid to prefix tokens shortens the distance (Keras "probing ViTs").
/// renormalised: each row is divided by its sum, pixels are measured along both axes; the share of the prefix tokens is reported beside.
enum class DistanceDefinition { paper, keras, renormalised };
/// pixels of the model input; cells of the grid; share (0..1) of the diagonal of the model input.
enum class DistanceUnit { pixels, cells, diagonal_share };
std::string_view name_of(DistanceDefinition definition);

struct HeadDistance {
  double distance = 0;      ///< in the unit asked for
  double prefix_share = 0;  ///< mean share of a patch query's attention that goes to prefix tokens
};
/// attn [H, T, T] of one block -> one entry per head.
std::vector<HeadDistance> attention_distance(const Tensor& attn, const PatchGrid& grid, DistanceDefinition definition,
                                             DistanceUnit unit = DistanceUnit::pixels);
/// The value for uniform attention over the patches (own patch included, nothing to prefix tokens).
double uniform_attention_distance(const PatchGrid& grid, DistanceUnit unit = DistanceUnit::pixels, DistanceDefinition definition = DistanceDefinition::renormalised);

/// Entropy in bits of a distribution: -sum p log2 p.
double entropy_bits(std::span<const float> p);

/// attn [H, T, T]: one head, or the mean (-1) or maximum (-2) over heads -> [T, T].
Tensor head_map(const Tensor& attn, int head);

}  // namespace vitscope
