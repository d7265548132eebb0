// .npy files as pictures.
#pragma once
#include "core/image/raw_picture.h"

namespace vitscope {

/// [H,W] or [H,W,1..4] of u1, u2, f2, f4 or f8. Float values in 0..1 are kept, in 0..255 divided by 255, others scaled by their range.
Result<RawPicture> decode_npy(const std::string& name, std::span<const std::uint8_t> file);

}  // namespace vitscope
