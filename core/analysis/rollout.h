// Attention rollout (Abnar & Zuidema 2020) with the choices that published implementations make differently.
#pragma once
#include <span>
#include <string_view>

#include "core/tensor.h"
#include "core/trace.h"

namespace vitscope {

enum class HeadFusion { mean, max, min };
/// A = (fused + I)/2, rows divided by their sum, later blocks multiplied from the left.
/// With max or min, or when weights are discarded, the fused rows are no distributions before they are divided by their sum.
struct RolloutOptions {
  HeadFusion fusion = HeadFusion::mean;
  bool residual = true;       ///< add the identity
  double discard = 0;         ///< share of the smallest fused weights that is set to 0 (vit-explain: 0.9 by default); entry (0, 0) is kept
  int start_block = 0;
  bool divide_columns = false;  ///< divide column j, instead of row j, by the sum of row j, as vit-explain's code does (its issue 16): rows then do not sum to 1
  bool operator==(const RolloutOptions&) const = default;
};
/// blocks: attn [H, T, T] of each block, first block first -> [T, T]. Computed in double; empty without
/// blocks, the identity when start_block lies behind the last. A row of which nothing is left (no residual, all discarded) stays zero.
Tensor attention_rollout(std::span<const Tensor> blocks, const RolloutOptions& options = {});
/// Row of the class token, patch columns only [N]. Empty when there is no class token or the trace is unfinished.
Tensor class_rollout(const Trace& trace, const RolloutOptions& options = {});

/// One block's factor A of the product: attn [H, T, T] -> [T, T].
Tensor rollout_factor(const Tensor& attn, const RolloutOptions& options);
/// query A_n ... A_1 A_0 for n = 0, 1, ...: factors [T, T] of the blocks, first block first, and a row [T] -> [blocks, T].
Tensor rollout_rows(std::span<const Tensor> factors, std::span<const float> query);
/// The row that a rollout is read for: the class token's where there is one, else the mean over all patches as queries. [T], sums to 1.
Tensor rollout_query(const PatchGrid& grid);
/// Smallest and largest sum of a row of the product of all factors.
struct RowSums {
  double smallest = 1, largest = 1;
};
RowSums rollout_row_sums(std::span<const Tensor> factors);

/// How a published variant lays its map over the picture.
enum class RolloutDisplay {
  cells,       ///< one colour per patch
  bilinear,    ///< divided by the largest, scaled up bilinearly, multiplied into the picture
  vit_paper,   ///< divided by the largest, scaled up with Lanczos' kernel, blurred by one patch, spread from 0 to 1, multiplied into the picture
};
/// A published implementation with its settings, as its code has them.
struct RolloutVariant {
  std::string_view name;
  std::string_view definition;  ///< two lines
  RolloutOptions options;
  RolloutDisplay display = RolloutDisplay::cells;
};
/// Sources: google-research/vision_transformer issues 18 and 27; keras.io probing_vits and jeonsworld/ViT-pytorch; jacobgil/vit-explain
/// vit_rollout.py, once with rows divided as it says and once as its code does; hila-chefer/Transformer-Explainability; and this program's own.
std::span<const RolloutVariant> rollout_variants();

/// A map over the model input as brightness 0..1, and the shares that are drawn black and at full brightness.
struct BrightnessMask {
  Tensor values;  ///< [h, w], covers the whole model input
  double black = 0, white = 0;
  /// Between the middles of neighbouring cells linearly, beyond the outer ones constant; position in pixels of a model input of that size.
  float at(Point model_pixel, int height, int width) const;
};
/// cells [rows, columns]: shares of the patches. Display `cells` gives the shares divided by the largest.
BrightnessMask brightness_mask(const Tensor& cells, const PatchGrid& grid, RolloutDisplay display);

}  // namespace vitscope
