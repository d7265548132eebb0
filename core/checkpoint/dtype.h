// The element types of safetensors files.
#pragma once
#include <optional>
#include <string_view>

#include "core/checkpoint/tensor_file.h"

namespace vitscope {

struct DTypeFacts {
  std::string_view name;
  int bits;
  DType dtype;
};
/// Nothing for a name that the format does not know.
std::optional<DTypeFacts> find_dtype(std::string_view name);

/// "192 x 3 x 4 x 4"
std::string shape_text(std::span<const std::int64_t> shape);

}  // namespace vitscope
