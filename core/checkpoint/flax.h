// The original archives of google-research/vision_transformer: Flax names, kernels stored input first.
#pragma once
#include "core/checkpoint/naming.h"

namespace vitscope {

bool is_flax(const TensorFile& file);
/// Requires is_flax(file).
Result<NamedFile> from_flax(TensorFile file);
/// How such a file calls a tensor of timm's name.
std::string flax_name(const std::string& name, const std::string& prefix);

}  // namespace vitscope
