// DropPos: patches are left out, most of the others lose their position, and a head is asked where they lie.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/study.h"
#include "core/trace.h"

namespace vitscope {

/// Source: Wang et al. 2023, "DropPos: Pre-Training Vision Transformers by Reconstructing Dropped Positions", both ratios 0.75.
struct DropPosOptions {
  double patch_ratio = 0.75;     ///< share of the patches that never enter the encoder
  double position_ratio = 0.75;  ///< share of the others that lose their position
  std::uint64_t seed = 1;        ///< of both masks, of the vector in place of positions and of the head
};

/// dropped: not in the sequence. unplaced: seen, with the one vector that all unplaced patches share in place of a position. placed: seen, with its own position.
enum class DropPosState : std::uint8_t { dropped, unplaced, placed };

/// One state for each patch. Shares are rounded as the authors do, down: of 196 patches 49 are seen, of which 12 keep their position. At least one is seen.
std::vector<DropPosState> drop_pos_masks(int patches, const DropPosOptions& options);
int count_of(std::span<const DropPosState> states, DropPosState state);

/// The table [T, D] with the rows of unplaced patches replaced by one vector: seeded normal numbers of deviation 0.02, with which the authors begin to learn it.
Tensor drop_pos_positions(const Tensor& position, const PatchGrid& grid, std::span<const DropPosState> states, std::uint64_t seed);

/// An untrained head, seeded [N, D]: one row for each cell of the grid.
Tensor drop_pos_head(int patches, int width, std::uint64_t seed);

/// What a head says of the patches that are seen.
struct DropPosGuesses {
  std::vector<int> cells;  ///< [N]: the cell whose product is largest, -1 for dropped patches
  int asked = 0;           ///< unplaced patches: what the authors train and measure
  int right = 0;           ///< of these
  /// 0..1; nothing where no patch is unplaced.
  std::optional<double> accuracy() const;
};
/// `tokens` [T, D] what the encoder makes of the sequence, `head` [N, D].
DropPosGuesses drop_pos_guesses(const Tensor& tokens, const Tensor& head, const PatchGrid& grid, std::span<const DropPosState> states);

struct DropPos {
  std::vector<DropPosState> states;
  Tensor tokens;  ///< [T, D] behind the final norm, or behind the last block where there is none; rows of dropped patches mean nothing
  DropPosGuesses guesses;
  std::optional<double> mean_accuracy;  ///< over kDropPosHeads untrained heads of other seeds, on the same tokens; nothing where no patch is unplaced
};
inline constexpr int kDropPosHeads = 100;
/// Whether the model adds a table of positions with a row for every token.
bool has_position_table(const Model& model);
/// One forward pass of the run's model, input and edits on the seen patches only; patches that edits drop are seen or not as the masks say. Nothing when it was
/// stopped. Requires has_position_table().
std::optional<DropPos> drop_pos(const Trace& trace, const DropPosOptions& options, StudyContext& context);

}  // namespace vitscope
