// Checkpoints of Tokens-to-Token models: the authors' names (yitu-opensource/T2T-ViT) and LANL's (vision_transformers_explained).
#pragma once
#include <optional>
#include <string>

#include "core/checkpoint/settings.h"
#include "core/checkpoint/weight_reader.h"

namespace vitscope {

/// What stands in front of `tokens_to_token.`; nothing when the file holds no such model.
std::optional<std::string> t2t_prefix(const TensorFile& file);

/// Reads architecture and weights. Failures go to the reader; what is assumed goes to the model's warnings.
void read_t2t(WeightReader& reader, const ModelSettings& settings, Model& model);

}  // namespace vitscope
