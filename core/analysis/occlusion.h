// Occlusion: what the answer loses when a part of the model input is covered.
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "core/study.h"
#include "core/trace.h"

namespace vitscope {

/// What covers a part of the input. grey: 0.5 before normalising, as padding is. mean_patch: the mean over all patches of this input, pixel by pixel.
enum class OcclusionFill : std::uint8_t { grey, mean_patch };
struct OcclusionOptions {
  int size = 1;  ///< side of the square in patches, at most the shorter side of the grid; it moves by one patch
  OcclusionFill fill = OcclusionFill::grey;
};

/// The answers for every place of the square; place (r, c) covers the patches of rows r..r+size-1 and columns c..c+size-1.
struct Occlusion {
  OcclusionOptions options;
  int rows = 0, columns = 0;               ///< places: those of the grid minus (size - 1)
  std::vector<float> plain_logits, plain_probs;  ///< [K], nothing covered
  Tensor logits, probs;                    ///< [places, K]
};

/// The model input with a square of patches covered, its corner at patch (row, column).
InputPtr occluded(const ModelInput& input, const PatchGrid& grid, const OcclusionOptions& options, int row, int column);

/// One forward pass for each place; nothing when it was stopped. `trace` must be complete.
/// Source: Zeiler & Fergus 2014, section 4.2 (a grey square, the probability of the class as a map).
std::optional<Occlusion> occlusion(const Trace& trace, OcclusionOptions options, StudyContext& context);

enum class OcclusionQuantity : std::uint8_t { logit, probability };
/// What covering takes from one class, plain minus covered, for each patch [rows, columns] of the grid: the mean over the places that cover it.
/// Positive: the patch speaks for the class.
Tensor occlusion_drop(const Occlusion& occlusion, const PatchGrid& grid, int class_index, OcclusionQuantity quantity);

/// Spearman's rank correlation: Pearson's correlation of the ranks, equal values sharing their mean rank. Nothing when one of the two is constant
/// or they are shorter than 2.
std::optional<double> rank_correlation(std::span<const float> a, std::span<const float> b);

}  // namespace vitscope
