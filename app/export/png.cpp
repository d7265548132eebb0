#include "app/export/png.h"

#include <algorithm>
#include <cstring>

#include "core/files.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#define STBI_WRITE_NO_STDIO
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb_image_write.h>
#pragma GCC diagnostic pop

namespace vitscope::exporting {

namespace {

constexpr std::size_t kHeadEnd = 8 + 25;  // signature and IHDR

void put32(std::vector<std::uint8_t>& out, std::uint32_t v) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(v >> shift));
}

std::uint32_t get32(const std::uint8_t* p) {
  return static_cast<std::uint32_t>(p[0]) << 24 | static_cast<std::uint32_t>(p[1]) << 16 | static_cast<std::uint32_t>(p[2]) << 8 | p[3];
}

void chunk(std::vector<std::uint8_t>& out, std::string_view type, std::string_view data) {
  put32(out, static_cast<std::uint32_t>(data.size()));
  const std::size_t from = out.size();
  out.insert(out.end(), type.begin(), type.end());
  out.insert(out.end(), data.begin(), data.end());
  put32(out, crc32({out.data() + from, out.size() - from}));
}

bool ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || (c >= 32 && c < 127); });
}

}  // namespace

std::vector<std::uint8_t> encode_png(const Image& image, std::span<const std::pair<std::string, std::string>> texts, int pixels_per_metre) {
  std::vector<std::uint8_t> plain;
  stbi_write_png_compression_level = 9;
  stbi_write_png_to_func(
      [](void* context, void* data, int size) {
        auto* bytes = static_cast<const std::uint8_t*>(data);
        static_cast<std::vector<std::uint8_t>*>(context)->assign(bytes, bytes + size);
      },
      &plain, image.width(), image.height(), image.channels(), image.bytes().data(), image.width() * image.channels());
  if (plain.size() < kHeadEnd) return {};
  std::vector<std::uint8_t> out(plain.begin(), plain.begin() + kHeadEnd);
  std::vector<std::uint8_t> physical;
  put32(physical, static_cast<std::uint32_t>(pixels_per_metre));
  put32(physical, static_cast<std::uint32_t>(pixels_per_metre));
  physical.push_back(1);
  chunk(out, "pHYs", {reinterpret_cast<const char*>(physical.data()), physical.size()});
  for (const auto& [key, text] : texts) {
    if (ascii(text)) chunk(out, "tEXt", key + '\0' + text);
    else chunk(out, "iTXt", key + std::string(5, '\0') + text);  // not compressed, no language, no translated keyword
  }
  out.insert(out.end(), plain.begin() + kHeadEnd, plain.end());
  return out;
}

std::vector<std::pair<std::string, std::string>> png_texts(std::span<const std::uint8_t> file) {
  std::vector<std::pair<std::string, std::string>> found;
  if (file.size() < kHeadEnd || std::memcmp(file.data(), "\x89PNG\r\n\x1a\n", 8) != 0) return found;
  for (std::size_t at = 8; at + 12 <= file.size();) {
    const std::size_t length = get32(&file[at]);
    if (length > file.size() - at - 12) break;
    const std::string_view type(reinterpret_cast<const char*>(&file[at + 4]), 4), data(reinterpret_cast<const char*>(&file[at + 8]), length);
    const std::size_t end = data.find('\0');
    if (type == "tEXt" && end != std::string_view::npos) found.emplace_back(data.substr(0, end), data.substr(end + 1));
    if (type == "iTXt" && end != std::string_view::npos && data.size() >= end + 5) found.emplace_back(data.substr(0, end), data.substr(end + 5));
    at += length + 12;
  }
  return found;
}

}  // namespace vitscope::exporting
