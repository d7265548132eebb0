// Analyses of token rows: how long they are, and how alike.
#pragma once
#include <vector>

#include "core/trace.h"

namespace vitscope {

/// Positions are the places between blocks: 0 is the embedding, p the output of block p counted from 1; Trace::stream_before(p) holds the tokens. This many of them, from
/// the first, have been computed and recorded; 0 before the embedding is there.
int token_positions(const Trace& trace);

/// Euclidean lengths of the tokens at all positions: [positions, T].
Tensor token_norms(const Trace& trace);

/// The patches of one position among themselves.
struct NormSummary {
  double low = 0, median = 0, high = 0;  ///< quantiles 10 %, 50 %, 90 %, between neighbours by distance
  double least = 0, most = 0;
};
NormSummary norm_summary(std::span<const float> norms);
/// Patches whose norm is more than `factor` times the median of all patches, by falling norm. Darcet et al. 2024 ("Vision transformers need registers") call such patches
/// outliers and cut DINOv2's at a norm of 150, by eye; a multiple of the median needs no eye and fits any width.
std::vector<int> high_norm_patches(std::span<const float> patch_norms, double factor);

/// Cosine between all pairs of tokens at a position: [T, T], symmetric, 1 on the diagonal. A row of zeros has cosine 0 with every other row.
Tensor token_similarity(const Trace& trace, int position);
/// Cosine between two rows of the same length; 0 where one of them is zero.
double cosine(std::span<const float> a, std::span<const float> b);

/// How similarity develops over the positions.
struct DepthSimilarity {
  std::vector<double> between_patches;  ///< mean cosine over all pairs of different patches; 1 where there is only one
  std::vector<double> to_class_token;   ///< mean cosine of the patches with the class token; empty without one
};
DepthSimilarity similarity_by_depth(const Trace& trace);
/// Cosine of one token with itself between any two positions: [positions, positions].
Tensor self_similarity(const Trace& trace, int token);

/// Entropy of one head's attention: bits, averaged over all queries.
struct HeadEntropy {
  double bits = 0;
  double prefix_share = 0;  ///< mean share of a patch query's attention that goes to prefix tokens
};
enum class EntropyKeys {
  all,      ///< the whole row of the softmax; at most log2 T bits
  patches,  ///< rows and columns of prefix tokens left out, rows renormalised; at most log2 N bits
};
/// attn [H, T, T] of one block -> one entry per head.
std::vector<HeadEntropy> head_entropy(const Tensor& attn, const PatchGrid& grid, EntropyKeys keys);

}  // namespace vitscope
