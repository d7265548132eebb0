#include "core/text.h"

namespace vitscope {

namespace {

/// Length of the well-formed UTF-8 sequence at the front of `text`, 0 when it is broken (RFC 3629).
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const unsigned lead = byte(0), second = byte(1);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (!follows(1) || !follows(2) || (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F)) return 0;
    return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!follows(1) || !follows(2) || !follows(3) || (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) return 0;
    return 4;
  }
  return 0;
}

}  // namespace

std::string printable(std::string_view text, std::size_t limit) {
  std::string line;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = sequence_length(text.substr(i));
    const unsigned char lead = static_cast<unsigned char>(text[i]);
    // U+0080..U+009F are control characters as well, U+2028 and U+2029 break lines.
    const std::string_view piece = text.substr(i, length);
    const bool control = length == 1
                             ? lead < 0x20 || lead == 0x7F
                             : (length == 2 && lead == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0) || piece == "\u2028" || piece == "\u2029";
    const std::string_view shown = length == 0 || control ? std::string_view("?") : piece;
    if (line.size() + shown.size() > limit) return line + "...";
    line += shown;
    i += length ? length : 1;
  }
  return line;
}

}  // namespace vitscope
