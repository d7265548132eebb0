// DropPos: patches are left out, most of the others lose their position, and a decoder is asked where they lie.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/analysis/drop_pos_decoder.h"
#include "core/study.h"
#include "core/trace.h"

namespace vitscope {

/// Source: Wang et al. 2023, "DropPos: Pre-Training Vision Transformers by Reconstructing Dropped Positions", both ratios 0.75.
struct DropPosOptions {
  double patch_ratio = 0.75;     ///< share of the patches that never enter the encoder
  double position_ratio = 0.75;  ///< share of the others that lose their position
  std::uint64_t seed = 1;        ///< of both masks, and of what is not trained: the vector in place of positions and the decoder
  int blocks = kDropPosBlocks;   ///< of an untrained decoder; one that the model brings has its own
};

/// dropped: not in the sequence. unplaced: seen, with the one vector that all unplaced patches share in place of a position. placed: seen, with its own position.
enum class DropPosState : std::uint8_t { dropped, unplaced, placed };

/// One state for each patch. Shares are rounded as the authors do, down: of 196 patches 49 are seen, of which 12 keep their position. At least one is seen.
std::vector<DropPosState> drop_pos_masks(int patches, const DropPosOptions& options);
int count_of(std::span<const DropPosState> states, DropPosState state);

/// The table [T, D] with the rows of unplaced patches replaced by `shared` [D].
Tensor drop_pos_positions(const Tensor& position, const PatchGrid& grid, std::span<const DropPosState> states, const Tensor& shared);
/// An untrained vector in place of positions [dim]: normal numbers of deviation 0.02, with which the authors begin to learn it.
Tensor drop_pos_shared(int dim, std::uint64_t seed);

/// The rows of `tokens` [T, D] that the encoder had: the tokens in front, and the seen patches from left to right and down, [prefix + seen, D].
Tensor drop_pos_rows(const Tensor& tokens, const PatchGrid& grid, std::span<const DropPosState> states);

/// What a decoder says of the patches that are seen.
struct DropPosGuesses {
  std::vector<int> cells;  ///< [N]: the cell of the largest logit, the first of equal ones; -1 for dropped patches
  int asked = 0;           ///< unplaced patches: what the authors train and measure
  int right = 0;           ///< of these
  /// 0..1, every patch counted once; nothing where no patch is unplaced.
  std::optional<double> accuracy() const;
};
/// `logits` [rows, N]: in its last rows the seen patches, as in drop_pos_rows().
DropPosGuesses drop_pos_guesses(const Tensor& logits, std::span<const DropPosState> states);

/// The weights of the patches in the authors' loss (`attn_guide`, on in the published command; get_feature_similarity and forward_drop_pos_loss): softmax over all
/// patches of cos(class token, patch) / 0.1, in the run on the whole picture with every position, for unplaced patches and brought to the sum 1. [N], 0 for the others;
/// empty without a class token, where nothing is unplaced and where the run itself drops patches.
std::vector<double> drop_pos_loss_weights(const Trace& trace, std::span<const DropPosState> states);

struct DropPos {
  std::vector<DropPosState> states;
  Tensor tokens;  ///< [T, D] behind the final norm, or behind the last block where there is none; rows of dropped patches mean nothing
  bool own_decoder = false;  ///< the checkpoint's, trained or not; otherwise an untrained one
  int width = 0, blocks = 0, heads = 0;  ///< of the decoder
  Tensor logits;  ///< [seen, N]
  DropPosGuesses guesses;
  std::vector<double> loss_weights;  ///< [N] or empty, see drop_pos_loss_weights()
  int decoders = 0;                  ///< of other seeds that were asked of the same tokens; 0 with the checkpoint's own and where no patch is unplaced
  std::optional<double> mean_accuracy;  ///< over these; nothing without any
};
/// How many other untrained decoders are asked: as many as take about a second, most of it for their random weights. 100 without blocks, 16 with 2, 4 with 8.
int drop_pos_decoders(int blocks);
/// Whether the model adds a table of positions with a row for every token.
bool has_position_table(const Model& model);
/// One forward pass of the run's model, input and edits on the seen patches only; patches that edits drop are seen or not as the masks say. Nothing when it was
/// stopped. Requires has_position_table().
std::optional<DropPos> drop_pos(const Trace& trace, const DropPosOptions& options, StudyContext& context);

}  // namespace vitscope
