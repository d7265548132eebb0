// How a picture was held when it was taken.
#pragma once
#include <cstdint>
#include <span>

#include "core/image/image.h"

namespace vitscope {

/// The EXIF orientation of a JPEG (APP1 segment) or PNG (eXIf chunk): 1 to 8, and 1 where there is none or it is damaged.
int exif_orientation(std::span<const std::uint8_t> file);

/// The picture turned and mirrored so that it stands upright. Orientation 1 returns it as it is.
Image upright(Image image, int orientation);

/// What `upright` does: "turned by 90 degrees clockwise", ...
std::string_view orientation_text(int orientation);

}  // namespace vitscope
