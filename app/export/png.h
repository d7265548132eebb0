// PNG with its description inside.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/image/image.h"

namespace vitscope::exporting {

/// 8-bit image -> PNG file. `texts` become text chunks (tEXt where Latin-1 suffices, iTXt with UTF-8 otherwise); keywords of 1 to 79 Latin-1 characters.
/// The same input gives the same bytes. Source: PNG specification (Third Edition), 11.3.
std::vector<std::uint8_t> encode_png(const Image& image, std::span<const std::pair<std::string, std::string>> texts, int pixels_per_metre);

/// Text chunks of a PNG file, in order; empty when it is none.
std::vector<std::pair<std::string, std::string>> png_texts(std::span<const std::uint8_t> file);

}  // namespace vitscope::exporting
