// Residual ledger: what the embedding and every branch of every block added to one logit.
#pragma once
#include <vector>

#include "core/trace.h"

namespace vitscope {

/// One logit as a linear function of the last tokens. The final LayerNorm is linear once its deviation σ is held at the value that this run has:
///   logit = Σ_t Σ_i direction_t[i] x_t[i] + constant,   direction_t = (w g − mean(w g)) / σ_t,   constant = Σ_i shift[i] w[i] + bias
/// over the tokens t that the answer is read from. Subtracting the mean of w g is the same as subtracting the mean of the row. A LayerNorm behind the pooling is
/// treated likewise; a layer with tanh in front of the head is linear once every unit is held at its tanh(a) / a; two heads (DeiT) give half each.
struct Readout {
  struct Row {
    int token = 0;
    std::vector<double> direction;  ///< [D]
  };
  std::vector<Row> rows;
  double shift = 0;  ///< Σ_i shift[i] w[i]: of the LayerNorms behind the last block
  double bias = 0;   ///< of the head, and of the layer with tanh where there is one
};
enum class LedgerOf {
  logit,       ///< the logit of the class
  above_mean,  ///< the logit minus the mean of all logits, which is what the probabilities depend on
};
/// Requires a complete trace.
Readout readout(const Trace& trace, int class_index, LedgerOf of = LedgerOf::logit);

struct Ledger {
  double embedding = 0;           ///< patches, class token and positions: what enters the first block
  std::vector<double> attention;  ///< one per block: tokens after the attention branch minus tokens before it, along the direction
  std::vector<double> mlp;
  std::vector<double> fold;       ///< what is added to the tokens in front of a block's attention: by the words in TNT, or the positions where every block adds them; else empty
  double shift = 0, bias = 0;     ///< as in Readout
  double logit = 0;               ///< as the model computed it; the parts sum to it within rounding
  double sum() const;
};
/// Parts are differences of recorded token rows in double, so that they add up whatever a branch consists of.
Ledger residual_ledger(const Trace& trace, int class_index, LedgerOf of = LedgerOf::logit);

/// What each head of a block's attention added to the logit, [H], through its columns of the output projection; `rest` is what the attention branch added beside
/// its heads: the bias of the projection. Where attention adds v once more (LANL) it counts to its head. Requires the block's context.
struct HeadLedger {
  std::vector<double> heads;
  double rest = 0;
};
HeadLedger head_ledger(const Trace& trace, int class_index, int block, LedgerOf of = LedgerOf::logit);

}  // namespace vitscope
