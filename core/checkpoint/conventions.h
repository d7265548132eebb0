// What readers of several families take for granted, and how they word sizes.
#pragma once
#include <cmath>
#include <string>

namespace vitscope {

/// Published models have heads this wide, whatever their number.
inline constexpr int kConventionalHeadWidth = 64;

/// The whole square root of a positive number, 0 when there is none.
inline int side_of(int square) {
  if (square <= 0) return 0;
  const int side = static_cast<int>(std::lround(std::sqrt(static_cast<double>(square))));
  return side * side == square ? side : 0;
}

inline std::string size_text(int height, int width) { return std::to_string(height) + " x " + std::to_string(width); }

}  // namespace vitscope
