// Files inside the executable: fonts, shaders, the shipped model, the built-in pictures.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace vitscope {

/// The bytes of an embedded file such as "models/cifar10-vit.safetensors"; empty when there is none of that name.
std::span<const std::uint8_t> embedded(std::string_view name);
/// Names of all embedded files, in order of the build's list.
std::vector<std::string_view> embedded_names();

}  // namespace vitscope
