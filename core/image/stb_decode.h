// The decoders of stb_image: the only way to them.
#pragma once
#include "core/image/raw_picture.h"

namespace vitscope {

/// The kinds of file that stb_image reads, told apart by their first bytes (TGA, which has none, by its name).
enum class StbFormat { png, jpeg, bmp, gif, psd, hdr, tga };

/// Decodes a file of the given format. Errors begin with `name`.
Result<RawPicture> decode_with_stb(const std::string& name, std::span<const std::uint8_t> file, StbFormat format);

/// Unpacks raw DEFLATE data that make exactly as many bytes as `to` holds; false when they do not. Both sides hold less than 2 GB.
bool inflate(std::span<const std::uint8_t> from, std::span<std::uint8_t> to);

}  // namespace vitscope
