// DropPos's decoder: a small transformer without positions behind the encoder, which classifies patches into the cells of the grid.
#pragma once
#include <cstdint>

#include "core/model/model.h"

namespace vitscope {
class ThreadPool;

/// The authors' sizes (Haochen-Wang409/DropPos, models_DropPos_mae.py, the architectures named dec512): width 512, 16 heads, an MLP of four times the width; 2 blocks in
/// the published command (scripts/pretrain_base.sh), 8 in the architectures that the code calls recommended.
inline constexpr int kDropPosWidth = 512, kDropPosHeads = 16, kDropPosMlpRatio = 4, kDropPosBlocks = 2, kDropPosBlocksRecommended = 8;

/// An untrained decoder from `dim` numbers to `cells` classes, as the authors begin (initialize_weights): weights uniform within ±√(6 / (in + out)) (Glorot & Bengio
/// 2010), biases 0, gains 1. blocks >= 0. The same bits for any number of threads.
DropPosWeights drop_pos_decoder(ThreadPool& pool, int dim, int cells, int blocks, std::uint64_t seed);

/// logits [rows, N] of what the encoder makes of its sequence, `tokens` [rows, D], tokens in front of the patches among them (forward_decoder): linear layer, pre-norm
/// blocks, LayerNorm, linear layer. Nothing tells the rows apart but their numbers: where they stand has no part in it.
Tensor drop_pos_logits(ThreadPool& pool, const Tensor& tokens, const DropPosWeights& decoder);

/// Whether a model brings a decoder of its own for the grid that it runs on.
bool has_drop_pos_decoder(const Model& model);

}  // namespace vitscope
