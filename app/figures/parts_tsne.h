// t-SNE and principal components of what a block hands on: choices, study, panels.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/figures/figure.h"
#include "core/analysis/tsne.h"

namespace vitscope::figures::plane {

/// What becomes a point, and what t-SNE is told; the same for every figure that draws such planes.
std::span<const Option> options();
/// Points are the channels of the block's output, each by its values over the patches; else its tokens.
bool of_channels(const FigureInput& input);
TsneOptions chosen_options(const FigureInput& input);

bool can_project(const FigureInput& input);
/// The study of the run's chosen block, and the name under which its result (Tsne) is found.
std::string key_of(const FigureInput& input);
std::vector<Study> tsne_studies(const FigureInput& input);

struct PanelWords {
  std::string_view title, hint;
};
/// The points in the plane of t-SNE, or of the first two principal components. Points of a run that is not the page's own are not `tagged`: nothing can be chosen there.
void panel(draw::Canvas& c, draw::Rect r, const FigureInput& input, const Tsne& found, bool components, const PanelWords& words, bool tagged = true);

/// The colours on the grid of the picture, each cell tagged with its token; returns the height that it took.
float place_key(draw::Canvas& c, draw::Rect r, const FigureInput& input);
/// The colour bar of channels: standard deviation over the patches; returns the height that it took.
float deviation_key(draw::Canvas& c, draw::Rect r, const FigureInput& input, std::string_view title);

}  // namespace vitscope::figures::plane
