// Which characters the fonts hold, and which of their files each comes from.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "app/draw/language.h"

namespace vitscope::draw {

/// What a font file can do.
class FontFile {
 public:
  explicit FontFile(std::span<const std::uint8_t> bytes);
  bool has(char32_t c) const;
  /// Line height of this font in units of its em: stb_truetype bakes by line height, type sizes count ems.
  float line_height() const { return line_height_; }
  std::span<const std::uint8_t> bytes() const { return bytes_; }

 private:
  std::span<const std::uint8_t> bytes_;
  int offset_ = 0;
  float line_height_ = 1;
};

/// Latin, Greek, mathematical signs and arrows; `names` adds what the names of files may hold.
std::vector<char32_t> base_characters(bool names);
/// The characters of a language's texts that lie beyond the base: Chinese and its punctuation.
std::vector<char32_t> characters_beyond(const Language& language);
/// The next character of `utf8`, which is shortened by it; U+FFFD for a broken sequence. Requires text.
char32_t next_character(std::string_view& utf8);

}  // namespace vitscope::draw
