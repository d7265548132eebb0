// Binary PGM and PPM pictures.
#pragma once
#include "core/image/raw_picture.h"

namespace vitscope {

/// P5 and P6 with a largest value from 1 to 65535 (netpbm, pgm and ppm format). 255 gives bytes, others floats from 0 to 1.
Result<RawPicture> decode_pnm(const std::string& name, std::span<const std::uint8_t> file);

}  // namespace vitscope
