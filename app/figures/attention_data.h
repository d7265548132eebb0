// What the figures of attention show: the chosen head's shares, their spans, and analyses kept from frame to frame.
#pragma once
#include <memory>
#include <vector>

#include "app/figures/attention_options.h"
#include "app/figures/figure.h"
#include "core/analysis/attention.h"
#include "core/analysis/map_facts.h"

namespace vitscope::figures::attention {

/// One map of attention: block, head (or kMeanHead, kMaxHead), token, and whether the token is the query (its row) or the key (its column).
struct Chosen {
  int block = 0, head = 0, query = 0;
  bool column = false;
  bool operator==(const Chosen&) const = default;
};
/// What is pinned.
Chosen pinned_choice(const FigureInput& input);
/// What is pinned, or in its place what lies under the pointer: a thumbnail of a head, or another row (column) of the matrix.
Chosen chosen(const FigureInput& input);
/// The chosen head where a figure needs a real one: the first for mean and maximum.
int real_head(const FigureInput& input);

/// Query and key of what lies under the pointer: a cell of scores or shares, or a token as key; -1 for none and on paper.
int hovered_query(const FigureInput& input);
int hovered_key(const FigureInput& input);
/// The token under the pointer at the other end of the chosen one: a key where rows are read, a query where columns are; -1 for none and on paper.
int hovered_other(const FigureInput& input);
/// The same of the pinned cell when it belongs to the chosen row (column); -1 for none.
int pinned_other(const FigureInput& input);
/// Key of the pinned cell when it lies in the chosen row; -1 for none.
int pinned_key(const FigureInput& input);

/// Shares of a block as [T, T]; head as in Selection.
draw::Matrix shares(const Trace& trace, int block, int head);
/// The patches among the keys of one query, as a grid.
draw::Matrix on_grid(const draw::Matrix& shares, int query, const PatchGrid& grid);
/// The queries among the patches that look at one key, as a grid.
draw::Matrix column_on_grid(const draw::Matrix& shares, int key, const PatchGrid& grid);
/// One of the two above.
draw::Matrix grid_of(const Trace& trace, const Chosen& chosen);
/// One number per token of a row or column.
std::vector<float> values_of(const Trace& trace, const Chosen& chosen);
/// False for columns and for the maximum over heads.
bool is_distribution(const Chosen& chosen);
/// What one query gives to the prefix tokens.
double prefix_share(const draw::Matrix& shares, int query, const PatchGrid& grid);
/// 0 to the largest share of a token's patches: of this map, of its block or of all blocks that are there; or to the end that was set by hand.
draw::Span span_of(const FigureInput& input, const Chosen& chosen);

/// Span of all pairs that covers `covered` (0..1) of the values, its end rounded; `cut` when values lie beyond.
struct CutSpan {
  draw::Span span;
  bool cut = false;
};
CutSpan cut_span(const FigureInput& input, const Chosen& chosen, double covered);

/// The options of the distance figure, which hold for every figure that speaks of distances.
std::span<const Option> distance_options();
struct DistanceChoice {
  DistanceDefinition definition = DistanceDefinition::renormalised;
  DistanceUnit unit = DistanceUnit::pixels;
  bool side_by_side = false;  ///< all definitions beside each other; `definition` is then the program's own
};
DistanceChoice distance_choice(const Selection& selection);
/// Distances of the heads of a block, as chosen or as asked for.
std::shared_ptr<const std::vector<HeadDistance>> distances(const FigureInput& input, int block);
std::shared_ptr<const std::vector<HeadDistance>> distances(const FigureInput& input, int block, DistanceDefinition definition, DistanceUnit unit);
/// What uniform attention over the patches would give.
double uniform_distance(const PatchGrid& grid, DistanceDefinition definition, DistanceUnit unit);

/// Attention rollout of the query (rollout_query) over the blocks from the start block to it: [blocks from the start block, T], and how its rows sum.
struct RolloutRows {
  Tensor rows;
  RowSums sums;
};
RolloutRows rollout_by_block(const Trace& trace, const RolloutOptions& options);

}  // namespace vitscope::figures::attention
