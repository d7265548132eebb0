// The two 16-bit floating-point forms, widened exactly.
#pragma once
#include <bit>
#include <cstdint>

namespace vitscope {

/// IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits.
inline float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000u) << 16, exponent = (half >> 10) & 0x1Fu, fraction = half & 0x3FFu;
  if (exponent == 0x1F) return std::bit_cast<float>(sign | 0x7F800000u | (fraction << 13));
  if (exponent != 0) return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
  const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
  return sign ? -magnitude : magnitude;
}

/// bfloat16: the upper half of a binary32.
inline float bfloat_to_float(std::uint16_t upper) { return std::bit_cast<float>(static_cast<std::uint32_t>(upper) << 16); }

}  // namespace vitscope
