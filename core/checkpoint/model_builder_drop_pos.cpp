// The part of the builder that reads DropPos's decoder, under the names of Haochen-Wang409/DropPos, models_DropPos_mae.py.
#include <string>
#include <vector>

#include "core/checkpoint/model_builder.h"

namespace vitscope {

/// The vector in place of dropped positions tells such a file from a masked autoencoder's, whose decoder has the same names.
bool ModelBuilder::is_drop_pos() const {
  return !named_.read_family && named_.naming == Naming::timm && reader_.has("mask_pos_token") && reader_.has("decoder_embed.weight") && reader_.has("decoder_pred.weight");
}

BlockWeights ModelBuilder::read_decoder_block(int index, int width, int hidden, bool qkv_bias) {
  const std::string block = "decoder_blocks." + std::to_string(index) + ".";
  BlockWeights b;
  b.norm1 = reader_.take_norm(block + "norm1", width);
  b.qkv = reader_.take_linear(block + "attn.qkv", 3 * width, width, qkv_bias);
  b.proj = reader_.take_linear(block + "attn.proj", width, width);
  b.norm2 = reader_.take_norm(block + "norm2", width);
  b.fc1 = reader_.take_linear(block + "mlp.fc1", hidden, width);
  b.fc2 = reader_.take_linear(block + "mlp.fc2", width, hidden);
  return b;
}

/// Its sizes decide whether it fits; one that does not is left out with a warning, one that is broken is an error like any other.
void ModelBuilder::read_drop_pos() {
  if (failed() || !is_drop_pos()) return;
  DropPosWeights decoder;
  const std::string of_width = std::to_string(config().dim);
  const auto embed = reader_.extents("decoder_embed.weight", 2, "decoder width x " + of_width), predict = reader_.extents("decoder_pred.weight", 2, "cells x decoder width");
  if (failed()) return;
  const int width = embed[0], cells = predict[0], stored = weights().stored_rows * weights().stored_columns;
  if (embed[1] != config().dim || predict[1] != width || cells != stored || width % decoder.heads != 0) {
    warn("its DropPos decoder is not used: it goes from " + std::to_string(embed[1]) + " over " + std::to_string(width) + " numbers to " + std::to_string(cells) + " cells, expected " + of_width +
         ", a width that " + std::to_string(decoder.heads) + " heads divide and " + std::to_string(stored) + " cells");
    return;
  }
  const int blocks = reader_.blocks("decoder_blocks.");
  const int hidden = blocks > 0 ? reader_.extents("decoder_blocks.0.mlp.fc1.weight", 2, "hidden width x " + std::to_string(width))[0] : 0;
  const bool qkv_bias = reader_.has("decoder_blocks.0.attn.qkv.bias");
  decoder.mask_position = reader_.take_rows("mask_pos_token", 1, config().dim);
  decoder.embed = reader_.take_linear("decoder_embed", width, config().dim);
  for (int i = 0; i < blocks && !failed(); ++i) decoder.blocks.push_back(read_decoder_block(i, width, hidden, qkv_bias));
  decoder.norm = reader_.take_norm("decoder_norm", width);
  decoder.predict = reader_.take_linear("decoder_pred", cells, width);
  if (failed()) return;
  decoder.mask_position = decoder.mask_position.reshaped({config().dim});
  weights().drop_pos = std::move(decoder);
}

}  // namespace vitscope
