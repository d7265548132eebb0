// Scalar to colour on the CPU: what the heat map shader is tested against.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace vitscope {

struct Rgb {
  std::uint8_t r = 0, g = 0, b = 0;
  bool operator==(const Rgb&) const = default;
};

/// viridis: shares and other non-negative numbers. diverging: signed numbers, near-white at the middle. grey: one-channel pictures.
enum class ColorMap : std::uint8_t { viridis, diverging, grey };
inline constexpr int kColorMapCount = 3;

/// 256 colours, from the lowest to the highest value.
const std::array<Rgb, 256>& table(ColorMap map);
/// Colour of `value` on the span lo..hi (lo < hi): index floor(256 (value - lo) / (hi - lo)) clamped to 0..255. NaN gives mid grey
/// (128, 128, 128).
Rgb color_of(ColorMap map, float value, float lo, float hi);
/// Relative luminance (WCAG) of a colour, 0..1.
double luminance(Rgb color);

}  // namespace vitscope
