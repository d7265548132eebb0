// Telling apart checkpoints of Vision Transformers by the names of their tensors.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/tensor_file.h"

namespace vitscope {

/// What stands in front of `anchor` in the names of the file ("", "module.", "model.encoder."), the shortest where several fit; nothing when no tensor is called so.
std::optional<std::string> prefix_of(const TensorFile& file, std::string_view anchor);

/// "found ..., which is not supported; ..." when tensors of the file change the computation in a way that is not known here.
std::optional<std::string> unsupported_reason(const TensorFile& file);
/// What to say of a file that is of none of the known families.
std::string unknown_reason(const TensorFile& file);

/// Up to three names and how many more: "a, b, c and 5 more".
std::string some_names(const std::vector<std::string>& names);

}  // namespace vitscope
