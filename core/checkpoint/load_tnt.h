// Checkpoints of Transformer in Transformer: timm's names (pixel_embed) and Huawei's (inner_pos, outer_pos).
#pragma once
#include <optional>
#include <string>

#include "core/checkpoint/settings.h"
#include "core/checkpoint/weight_reader.h"

namespace vitscope {

/// What stands in front of `blocks.` in a model that has inner blocks; nothing when the file holds no such model.
std::optional<std::string> tnt_prefix(const TensorFile& file);

/// Reads architecture and weights. Failures go to the reader; what is assumed goes to the model's warnings.
void read_tnt(WeightReader& reader, const ModelSettings& settings, Model& model);

}  // namespace vitscope
