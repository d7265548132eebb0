// Whether a PNG arrived whole. stb_image does not look at checksums.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace vitscope {

/// What is wrong with the chunks of a PNG file (sizes, checksums of the critical ones, a missing end), if anything.
std::optional<std::string> png_damage(std::span<const std::uint8_t> file);

}  // namespace vitscope
