// Attention rollout as figures show it: the chosen settings, and a map laid over the picture as a published variant does.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "app/figures/attention_draw.h"

namespace vitscope::figures::attention {

/// Variant, fusion of the heads, residual, discard ratio, start block.
std::span<const Option> rollout_options();
/// What they say, with a start block that the model has.
struct RolloutChoice {
  const RolloutVariant* variant = nullptr;  ///< a published one; null for settings of one's own
  RolloutOptions options;
  RolloutDisplay display = RolloutDisplay::cells;
};
RolloutChoice rollout_choice(const FigureInput& input);

/// True when the heads' attention is put together to something that is no distribution before its rows are divided.
bool not_a_distribution(const RolloutOptions& options);
/// "rows sum to 1", "rows sum to 0.83 to 1.21"
std::string row_sums_text(const draw::Canvas& c, const RowSums& sums);

/// Whether the attention of all blocks is there.
bool rollout_ready(const FigureInput& input);
/// The patches of the last row, and what the prefix tokens keep.
struct RolloutMap {
  RolloutRows rolled;
  draw::Matrix grid;  ///< [rows, columns]
  double kept = 0;    ///< share of the class token itself (all prefix tokens together)
};
RolloutMap rollout_map(const FigureInput& input, const RolloutOptions& options);

/// For Figure::studies, the rollouts that a figure shows: nothing where all of them fit into a frame.
std::vector<Study> rollout_studies(const FigureInput& input, std::span<const RolloutOptions> all);
/// Whether rollout_map() has them at hand or makes them within a frame.
bool rollouts_found(const FigureInput& input, std::span<const RolloutOptions> all);

/// The picture made as bright as the map, as large as it fits at the top left of `r`; places to point at. Returns where picture and model input lie.
draw::Rect lit_picture(draw::Canvas& c, draw::Rect r, const FigureInput& input, const RolloutMap& map, RolloutDisplay display);
/// What darkness and brightness mean there: a lying bar with shares; returns the height used.
float lit_bar(draw::Canvas& c, draw::Vec corner, float width, const FigureInput& input, const RolloutMap& map, RolloutDisplay display);

}  // namespace vitscope::figures::attention
