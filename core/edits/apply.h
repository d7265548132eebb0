// Edits carried out: what they make of picture and model before a run, and of tensors while it goes on.
#pragma once
#include "core/edits/edits.h"
#include "core/step.h"

namespace vitscope {

/// The input with paint, moved crop, masked, swapped, shuffled and copied patches. The input itself where no edit concerns it.
InputPtr edited_input(const InputPtr& input, const Edits& edits, const PatchGrid& grid);
/// The architecture with what edits of positions add to it: a step for every block, no other sizes.
VitConfig edited_config(VitConfig config, const Edits& edits);
/// The model with other positions. The model itself where no edit concerns them.
ModelPtr edited_model(const ModelPtr& model, const Edits& edits);
/// Changes the tensors that the step at `place` has just written, before anybody has seen them.
void apply_edits(Trace& trace, ThreadPool& pool, const Place& place, const Edits& edits);

/// Why a cell is what it is, edits included: the step's own explanation where no edit has changed the tensor, else what the edit did.
Explanation explain(const Trace& trace, const CellRef& cell);

// --- what the edits of a list amount to; shared by carrying out and explaining

/// Where the pixels of a patch come from, and the last edit that had a say; null: its own pixels.
struct PatchOrigin {
  int patch = 0;  ///< of the unedited input, or one of the two below
  const Edit* edit = nullptr;
};
inline constexpr int kGreyPatch = -1, kMeanPatch = -2;
std::vector<PatchOrigin> patch_origins(const Edits& edits, int patches);

/// Where element `element` of row `row` of the flattened patches stands in the patch grid, flattened in the model's own order: wrong orders take the numbers from elsewhere.
struct FlatPlace {
  int patch = 0, element = 0;
};
FlatPlace flat_place(const Edits& edits, const VitConfig& config, int row, int element);

/// How the softmax of one block differs from the plain one.
struct SoftmaxEdits {
  std::vector<const Edit*> dropped;      ///< for each token: the edit that takes it out of the sequence, or null
  std::vector<double> temperature;       ///< for each head
  std::vector<const Edit*> heated;       ///< for each head: an edit of its temperature, or null
  bool any = false;
  int kept() const;                      ///< tokens that are left
};
SoftmaxEdits softmax_edits(const Edits& edits, int block, const VitConfig& config);

/// e^{(s - max)/temperature} of a row of scores, 0 for dropped tokens (`dropped` may be empty); at temperature 0 and infinity the limits.
std::vector<double> softmax_powers(std::span<const float> scores, std::span<const Edit* const> dropped, double temperature);
/// The same divided by their sum.
void softmax_row(std::span<const float> scores, std::span<const Edit* const> dropped, double temperature, std::span<float> shares);
/// The tokens whose mean the answer is made from where edits change that; empty where the model's own pooling holds.
std::vector<int> averaged_tokens(const Edits& edits, const VitConfig& config);
double answer_temperature(const Edits& edits);

/// Whether an edit of block (and head) concerns this one.
inline bool concerns(const Edit& edit, int block) { return edit.on && (edit.block == kAllBlocks || edit.block == block); }
bool concerns_head(const Edit& edit, int head);

}  // namespace vitscope
