// Colours by role, and the sizes of type and space.
#pragma once
#include <cstdint>

#include "core/colormap.h"
#include "core/slots.h"

namespace vitscope::draw {

struct Color {
  std::uint8_t r = 0, g = 0, b = 0, a = 255;
  /// The same colour at `share` (0..1) of its opacity.
  Color faded(float share) const { return {r, g, b, static_cast<std::uint8_t>(static_cast<float>(a) * share + 0.5f)}; }
  bool operator==(const Color&) const = default;
};
constexpr Color hex(std::uint32_t rgb) {
  return {static_cast<std::uint8_t>(rgb >> 16), static_cast<std::uint8_t>(rgb >> 8), static_cast<std::uint8_t>(rgb), 255};
}
inline Color of(Rgb c) { return {c.r, c.g, c.b, 255}; }
inline constexpr Color kBlack{0, 0, 0, 255}, kWhite{255, 255, 255, 255};

/// Every colour that the program uses, by role. Text colours reach 4.5 : 1 on every ground they stand on.
struct Theme {
  bool dark;
  Color ground, panel, raised, hairline, tick;
  Color text1, text2, text3;  ///< names and values / sentences / labels, ticks, hints
  Color patch_token;          ///< also the dimension N (tokens)
  Color class_token;          ///< row 0, its share, the prediction bars
  Color other_token;          ///< distillation token, registers
  Color weights, block, width, heads, hidden;
  Color selection, selection_tint;  ///< in text, rail and chips
  Color mark;                 ///< selection on pictures and maps: always the bright one, between two black hairlines
  Color warning, warning_tint;
  Color tooltip, tooltip_text;
};
const Theme& dark_theme();
const Theme& light_theme();
/// Colour of a dimension in shapes and formulas.
Color color_of(Dim dim, const Theme& theme);

enum class Face : std::uint8_t { regular, medium, italic };
struct Style {
  float size;
  Face face = Face::regular;
};

/// Type sizes and the unit of space, in points. On screen u = 8; on paper everything is larger.
struct Metrics {
  float u;                         ///< unit of space, half of the base size
  float title, body, small;        ///< type sizes
  float line = 1.5f;               ///< line height of running text as a multiple of its size
  Style title_style() const { return {title, Face::medium}; }
  Style heading_style() const { return {body, Face::medium}; }
  Style body_style() const { return {body, Face::regular}; }
  Style small_style() const { return {small, Face::regular}; }
  Style small_medium() const { return {small, Face::medium}; }
};
inline constexpr Metrics kScreenMetrics{8, 24, 16, 13};
/// At 1600 points of width.
inline constexpr Metrics kPaperMetrics{10, 32, 20, 17};

}  // namespace vitscope::draw
