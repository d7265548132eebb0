#include "core/image/png_check.h"

#include "core/files.h"
#include "core/text.h"

namespace vitscope {

namespace {
std::uint32_t big_endian(std::span<const std::uint8_t> p) { return std::uint32_t{p[0]} << 24 | std::uint32_t{p[1]} << 16 | std::uint32_t{p[2]} << 8 | p[3]; }
}  // namespace

std::optional<std::string> png_damage(std::span<const std::uint8_t> file) {
  for (std::size_t at = 8;;) {
    if (file.size() < at + 12) return "the file ends early";
    const std::size_t length = big_endian(file.subspan(at, 4));
    if (length > file.size() - at - 12) return "the file ends early";
    const auto type = file.subspan(at + 4, 4);
    const std::string type_name = printable(std::string(type.begin(), type.end()));
    // A capital letter in front marks the chunks without which the picture cannot be shown.
    const bool critical = (type[0] & 0x20) == 0;
    if (critical && crc32(file.subspan(at + 4, length + 4)) != big_endian(file.subspan(at + 8 + length, 4))) {
      return "chunk " + type_name + " fails its checksum";
    }
    if (type_name == "IEND") return std::nullopt;
    at += 12 + length;
  }
}

}  // namespace vitscope
