// Whether the Huffman tables of a JPEG can be. stb_image trusts their sizes.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace vitscope {

/// What is wrong with the marker segments of a JPEG file (a segment that runs past the end, a Huffman table of more than 256 codes), if anything.
/// Source: ITU-T T.81, B.1.1 and B.2.4.2.
std::optional<std::string> jpeg_damage(std::span<const std::uint8_t> file);

}  // namespace vitscope
