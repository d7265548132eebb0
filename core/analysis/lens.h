// Logit lens: what the head would answer if the walk ended earlier, read from any token after any block.
#pragma once
#include <vector>

#include "core/ops/thread_pool.h"
#include "core/analysis/map_facts.h"
#include "core/trace.h"

namespace vitscope {

/// What a lens does with a row x of the tokens at a position (see token_positions()).
/// with_norm: z = head(LN(x)), the final LayerNorm of the model with its own mean and deviation of the row (nostalgebraist 2020, "interpreting GPT: the logit lens").
/// without:   z = head(x), the row compared with the class directions as it is (as Vilas et al. 2023 project hidden states of ViTs onto the class matrix).
enum class LensNorm { with_norm, without };

/// The tokens that the answer is read from: the class token, both of DeiT's, or those whose mean is taken.
std::vector<int> answer_tokens(const VitConfig& config);

/// Logits [n, K] of rows [n, D], each taken as if it were the row that the model reads its answer from: with the norm through the LayerNorms behind the last block,
/// in any case through the layer with tanh where there is one; with two heads (DeiT) the mean of both.
Tensor answer_of(const Model& model, ThreadPool& pool, const float* rows, int n, LensNorm norm = LensNorm::with_norm);

/// Logits [K] that the model would give if the tokens at `position` were its last ones. With the norm the steps of the answer themselves are run on them, so that
/// the lens behind the last block is the model's own answer bit for bit.
Tensor lens(const Trace& trace, ThreadPool& pool, int position, LensNorm norm = LensNorm::with_norm);
/// lens() at all positions that are there: [positions, K].
Tensor lens_by_depth(const Trace& trace, ThreadPool& pool, LensNorm norm = LensNorm::with_norm);

/// What every token alone would answer at one position; one entry per token, prefix tokens first.
struct TokenLens {
  std::vector<int> top;            ///< class with the largest logit
  std::vector<float> share;        ///< its probability
  std::vector<double> log_sum;     ///< ln Σ e^z over the classes
};
TokenLens token_lens(const Trace& trace, ThreadPool& pool, int position, LensNorm norm = LensNorm::with_norm);
/// Probability of one class for every token, with the sums of a token_lens() of the same position and norm.
std::vector<float> class_shares(const Trace& trace, ThreadPool& pool, int position, LensNorm norm, const TokenLens& sums, int class_index);

}  // namespace vitscope
