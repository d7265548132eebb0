#include "core/image/jpeg_check.h"

namespace vitscope {

namespace {

constexpr std::uint8_t kStartOfScan = 0xDA, kHuffman = 0xC4, kEnd = 0xD9;

/// Markers that stand alone, without a length: TEM, RST0 to RST7, SOI.
bool stands_alone(std::uint8_t marker) { return marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8); }

/// Tables one after the other: one byte of class and number, sixteen counts, as many symbols as the counts sum to.
bool tables_fit(std::span<const std::uint8_t> segment) {
  while (!segment.empty()) {
    if (segment.size() < 17) return false;
    std::size_t codes = 0;
    for (std::uint8_t count : segment.subspan(1, 16)) codes += count;
    if (codes > 256 || segment.size() < 17 + codes) return false;
    segment = segment.subspan(17 + codes);
  }
  return true;
}

}  // namespace

std::optional<std::string> jpeg_damage(std::span<const std::uint8_t> file) {
  std::size_t at = 0;
  while (at + 1 < file.size()) {
    // The next marker: 0xFF, any number of fill bytes 0xFF, then neither 0 (a stuffed byte of a scan) nor 0xFF.
    if (file[at] != 0xFF || file[at + 1] == 0x00 || file[at + 1] == 0xFF) {
      ++at;
      continue;
    }
    const std::uint8_t marker = file[at + 1];
    at += 2;
    if (marker == kEnd) break;
    if (stands_alone(marker)) continue;
    if (at + 2 > file.size()) return "ends inside a segment";
    const std::size_t length = static_cast<std::size_t>(file[at]) << 8 | file[at + 1];
    if (length < 2 || at + length > file.size()) return "holds a segment that runs past its end";
    if (marker == kHuffman && !tables_fit(file.subspan(at + 2, length - 2))) return "holds a Huffman table that cannot be";
    // Behind the head of a scan follow coded bytes, which the search for the next marker passes over.
    at += marker == kStartOfScan ? 2 : length;
  }
  return std::nullopt;
}

}  // namespace vitscope
