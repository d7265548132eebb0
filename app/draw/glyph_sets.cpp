#include "app/draw/glyph_sets.h"

#include <algorithm>
#include <array>
#include <set>

// A private copy of the reader of font files: only cmap and head are used.
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wnull-dereference"
#endif
#define STBTT_STATIC
#define STB_TRUETYPE_IMPLEMENTATION
#include <imstb_truetype.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

namespace vitscope::draw {

namespace {
stbtt_fontinfo opened(std::span<const std::uint8_t> bytes, int offset) {
  stbtt_fontinfo info{};
  stbtt_InitFont(&info, bytes.data(), offset);
  return info;
}

struct Range {
  char32_t first, last;
};
constexpr std::array kBase = std::to_array<Range>({
    {0x20, 0x7E}, {0xA0, 0xFF}, {0x391, 0x3C9},          // ASCII, Latin-1, Greek
    {0x2010, 0x2016}, {0x2018, 0x201E}, {0x2020, 0x2022}, {0x2026, 0x2026}, {0x2030, 0x2033}, {0x2039, 0x203A},
    {0x2070, 0x208E}, {0x2090, 0x209C}, {0x1D40, 0x1D40}, {0x1D50, 0x1D50}, {0x1D62, 0x1D63}, {0x2C7C, 0x2C7C},  // raised and lowered
    {0x20AC, 0x20AC}, {0x2113, 0x2113}, {0x211D, 0x211D}, {0x2190, 0x2195}, {0x21A6, 0x21A6}, {0x21B5, 0x21B5}, {0x21D0, 0x21D4},
    {0x2200, 0x220B}, {0x220F, 0x221E}, {0x2225, 0x222B}, {0x2248, 0x2248}, {0x2260, 0x2261}, {0x2264, 0x226B},
    {0x2295, 0x2299}, {0x22A4, 0x22A5}, {0x22C5, 0x22C5}, {0x22EF, 0x22EF},
    {0x25A0, 0x25A1}, {0x25AA, 0x25AB}, {0x25B2, 0x25B9}, {0x25BC, 0x25BF}, {0x25C0, 0x25C6}, {0x25CB, 0x25CB}, {0x25CF, 0x25CF},
    {0x2713, 0x2713}, {0x2715, 0x2715}, {0xFFFD, 0xFFFD},
});
constexpr Range kNames{0x100, 0x17F};
}  // namespace

FontFile::FontFile(std::span<const std::uint8_t> bytes) : bytes_(bytes) {
  if (bytes_.empty()) return;
  offset_ = stbtt_GetFontOffsetForIndex(bytes_.data(), 0);
  if (offset_ < 0) {
    bytes_ = {};
    return;
  }
  const stbtt_fontinfo info = opened(bytes_, offset_);
  line_height_ = stbtt_ScaleForMappingEmToPixels(&info, 1.0f) / stbtt_ScaleForPixelHeight(&info, 1.0f);
}

bool FontFile::has(char32_t c) const {
  if (bytes_.empty()) return false;
  const stbtt_fontinfo info = opened(bytes_, offset_);
  return stbtt_FindGlyphIndex(&info, static_cast<int>(c)) != 0;
}

std::vector<char32_t> base_characters(bool names) {
  std::vector<char32_t> set;
  const auto add = [&set](Range range) {
    for (char32_t c = range.first; c <= range.last; ++c) set.push_back(c);
  };
  for (Range range : kBase) add(range);
  if (names) add(kNames);
  std::ranges::sort(set);
  return set;
}

std::vector<char32_t> characters_beyond(const Language& language) {
  const std::vector<char32_t> base = base_characters(true);
  std::set<char32_t> found{U'中', U'文'};  // the language switch names itself
  for (const auto& [english, text] : language.texts())
    for (std::string_view rest = text; !rest.empty();)
      if (const char32_t c = next_character(rest); c >= 0x80 && c < 0x10000 && !std::ranges::binary_search(base, c)) found.insert(c);
  return {found.begin(), found.end()};
}

char32_t next_character(std::string_view& utf8) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(utf8[i]); };
  const unsigned char lead = byte(0);
  const auto between = [lead](unsigned from, unsigned to) { return lead >= from && lead < to; };
  const std::size_t length = lead < 0x80 ? 1 : between(0xC2, 0xE0) ? 2 : between(0xE0, 0xF0) ? 3 : between(0xF0, 0xF5) ? 4 : 0;
  if (length == 0 || length > utf8.size()) {
    utf8.remove_prefix(1);
    return 0xFFFD;
  }
  char32_t c = length == 1 ? lead : lead & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0u) != 0x80u) {
      utf8.remove_prefix(i);
      return 0xFFFD;
    }
    c = (c << 6) | (byte(i) & 0x3Fu);
  }
  utf8.remove_prefix(length);
  return c;
}

}  // namespace vitscope::draw
