#include "core/image/exif.h"

#include <algorithm>
#include <optional>

namespace vitscope {

namespace {

using Bytes = std::span<const std::uint8_t>;
constexpr std::string_view kExifSignature("Exif\0\0", 6);

std::uint32_t big(Bytes bytes, std::size_t at, int count) {
  std::uint32_t value = 0;
  for (int i = 0; i < count; ++i) value = value << 8 | bytes[at + static_cast<std::size_t>(i)];
  return value;
}

bool begins_with(Bytes bytes, std::string_view text) {
  return bytes.size() >= text.size() &&
         std::equal(text.begin(), text.end(), bytes.begin(), [](char c, std::uint8_t b) { return static_cast<std::uint8_t>(c) == b; });
}

/// The orientation in a TIFF structure (EXIF 2.32, section 4.6): tag 0x0112 of the first directory, one SHORT.
int orientation_of_tiff(Bytes tiff) {
  if (tiff.size() < 8) return 1;
  const bool little = begins_with(tiff, std::string_view("II\x2A\0", 4));
  if (!little && !begins_with(tiff, std::string_view("MM\0\x2A", 4))) return 1;
  const auto number = [&](std::size_t at, int count) {
    const std::uint32_t value = big(tiff, at, count);
    if (!little) return value;
    return count == 2 ? (value & 0xFF) << 8 | value >> 8 : (value & 0xFF) << 24 | (value & 0xFF00) << 8 | (value >> 8 & 0xFF00) | value >> 24;
  };
  const std::size_t directory = number(4, 4);
  if (directory > tiff.size() - 2) return 1;
  const std::size_t entries = number(directory, 2);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    if (entry + 12 > tiff.size()) return 1;
    if (number(entry, 2) != 0x0112) continue;
    const std::uint32_t value = number(entry + 8, 2);
    return number(entry + 2, 2) == 3 && number(entry + 4, 4) == 1 && value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

int orientation_of_jpeg(Bytes file) {
  for (std::size_t at = 2; at + 4 <= file.size();) {
    if (file[at] != 0xFF) return 1;
    const int marker = file[at + 1];
    if (marker == 0xFF) {  // fill byte
      ++at;
      continue;
    }
    if (marker == 0xDA || marker == 0xD9) return 1;  // the picture itself begins
    const std::size_t length = big(file, at + 2, 2);
    if (length < 2 || at + 2 + length > file.size()) return 1;
    const Bytes content = file.subspan(at + 4, length - 2);
    if (marker == 0xE1 && begins_with(content, kExifSignature)) return orientation_of_tiff(content.subspan(kExifSignature.size()));
    at += 2 + length;
  }
  return 1;
}

int orientation_of_png(Bytes file) {
  for (std::size_t at = 8; at + 12 <= file.size();) {
    const std::size_t length = big(file, at, 4);
    if (length > file.size() - at - 12) return 1;
    if (begins_with(file.subspan(at + 4), "eXIf")) {
      const Bytes content = file.subspan(at + 8, length);
      // Some programs put JPEG's signature in front, which does not belong there.
      return orientation_of_tiff(begins_with(content, kExifSignature) ? content.subspan(kExifSignature.size()) : content);
    }
    at += 12 + length;
  }
  return 1;
}

template <class T>
std::vector<T> turned(std::span<const T> in, int width, int height, int channels, int orientation) {
  const bool swapped = orientation >= 5;
  const int new_width = swapped ? height : width, new_height = swapped ? width : height;
  std::vector<T> out;
  out.reserve(in.size());
  for (int y = 0; y < new_height; ++y) {
    for (int x = 0; x < new_width; ++x) {
      // Row and column of the stored picture; first the mirrored and turned ones that keep rows as rows.
      int row = swapped ? x : y, column = swapped ? y : x;
      if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7) row = height - 1 - row;
      if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8) column = width - 1 - column;
      const auto from =
          (static_cast<std::size_t>(row) * static_cast<std::size_t>(width) + static_cast<std::size_t>(column)) * static_cast<std::size_t>(channels);
      for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c) out.push_back(in[from + c]);
    }
  }
  return out;
}

}  // namespace

int exif_orientation(Bytes file) {
  if (begins_with(file, "\x89PNG\r\n\x1A\n")) return orientation_of_png(file);
  if (begins_with(file, "\xFF\xD8")) return orientation_of_jpeg(file);
  return 1;
}

Image upright(Image image, int orientation) {
  if (orientation < 2 || orientation > 8 || image.empty()) return image;
  const int width = image.width(), height = image.height(), channels = image.channels();
  const int new_width = orientation >= 5 ? height : width, new_height = orientation >= 5 ? width : height;
  if (image.is_bytes()) return Image::of_bytes(new_width, new_height, channels, turned(image.bytes(), width, height, channels, orientation));
  return Image::of_floats(new_width, new_height, channels, turned(image.floats(), width, height, channels, orientation));
}

std::string_view orientation_text(int orientation) {
  switch (orientation) {
    case 2:
      return "mirrored left to right";
    case 3:
      return "turned by 180 degrees";
    case 4:
      return "mirrored top to bottom";
    case 5:
      return "mirrored along the main diagonal";
    case 6:
      return "turned by 90 degrees clockwise";
    case 7:
      return "mirrored along the other diagonal";
    case 8:
      return "turned by 90 degrees counterclockwise";
    default:
      return "kept as stored";
  }
}

}  // namespace vitscope
