// A small transformer beside the encoder's blocks, with slots of its own: T2T's token transformers and TNT's inner ones. What they compute and why.
#pragma once
#include <functional>
#include <string>

#include "core/step.h"
#include "core/steps/explain.h"

namespace vitscope {

/// One such transformer in one architecture. It runs on `sequences` sequences of `tokens` tokens each, and no sequence sees another; `stacked` tensors count
/// the sequences along their first axis.
struct Stack {
  Slot norm1, q, k, v, scores, attn, context, proj, sum, norm2, fc1, gelu, fc2, out;
  int block = -1;
  bool stacked = false;
  int sequences = 1, tokens = 0;
  int width_in = 0, heads = 0, head_width = 0, hidden = 0;
  float score_scale = 0, eps = 0;
  /// sum = v + proj where what enters has another width (T2T); else what enters + proj.
  bool adds_values = false;
  const BlockWeights* weights = nullptr;
  Slot entering = Slot::input;  ///< what the first norm reads, in the same order of sequences, tokens, numbers
  int entering_block = -1;
  std::string_view token_word;     ///< "window", "word"
  std::string_view sequence_word;  ///< "patch"; empty where there is one sequence
  std::string_view attention_slug, gather_slug, mlp_slug, below_slug;
  int features = 0;  ///< m of a performer, which keeps neither scores nor attn; 0: attention
  std::string_view summary_slug;  ///< of a performer

  int width() const { return heads * head_width; }
  int rows() const { return sequences * tokens; }
};

namespace stack {

/// norm1, q, k, v.
void run_projections(StepContext& c, const Stack& s);
/// The same and scores, attn.
void run_attention(StepContext& c, const Stack& s);
/// context, proj, sum.
void run_gather(StepContext& c, const Stack& s);
/// proj, sum, of a context that has been kept.
void run_output(StepContext& c, const Stack& s);
/// norm2, fc1, gelu, fc2, out.
void run_mlp(StepContext& c, const Stack& s);

/// Explains a cell of any tensor of the stack. Stations end with `below`, which leads from what enters down to the pixels.
Explanation explain(const Trace& trace, const Stack& s, const CellRef& cell, const std::function<void(Explanation&)>& below);

}  // namespace stack
}  // namespace vitscope
