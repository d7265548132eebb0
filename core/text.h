// Text from outside (file names, tensor names, metadata) made fit for a one-line message.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace vitscope {

/// `text` on one line of valid UTF-8: control characters and broken sequences become '?', and what lies beyond `limit` bytes "...".
std::string printable(std::string_view text, std::size_t limit = 300);

}  // namespace vitscope
