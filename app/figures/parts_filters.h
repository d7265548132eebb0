// Filters of the patch projection as little pictures: their principal components, or the learned filters themselves.
#pragma once
#include <memory>
#include <vector>

#include "app/figures/parts_embed.h"
#include "core/analysis/embedding.h"

namespace vitscope::figures::embed {

struct FilterPictures {
  int count = 0, channels = 0, height = 0, width = 0;
  Tensor values;                 ///< [F, C, P, P]
  Tensor colours;                ///< three channels: [3, F P, P], 0..1, the filters below each other: place of a weight in its filter's span
  std::vector<draw::Span> spans; ///< one per filter, over all channels: from the negative to the positive largest magnitude, or from smallest to largest weight
  bool symmetric = true;         ///< 0 is the middle of every span
  std::vector<double> explained; ///< share of the variance; empty for the learned filters
};

/// What principal_components() looks up, for Figure::studies: nothing where the decomposition fits into a frame.
std::vector<Study> component_studies(const FigureInput& in);
/// Computed once per model; null while the study is missing.
std::shared_ptr<const FilterPictures> principal_components(const FigureInput& in);
/// The learned filters `first` and following, at most `count`; symmetric, or each from its smallest to its largest weight as Keras draws them.
FilterPictures learned_filters(const Model& model, int first, int count, bool symmetric = true);
void filter_tile(draw::Canvas& c, draw::Rect r, const FilterPictures& pictures, int index);
/// What the colours of the tiles mean, lying, with a label behind, the brief one where the other does not fit. The height is that of a lying colour bar.
void filter_scale(draw::Canvas& c, draw::Rect r, const FilterPictures& pictures, std::string_view label, std::string_view brief);

}  // namespace vitscope::figures::embed
