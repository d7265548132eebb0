// A picture as its file holds it: 1 to 4 channels, before alpha and orientation are dealt with.
#pragma once
#include "core/image/image.h"

namespace vitscope {

struct RawPicture {
  Image image;  ///< 2 and 4 channels: the last one is alpha, not multiplied into the others
  std::vector<std::string> notes;
};

}  // namespace vitscope
