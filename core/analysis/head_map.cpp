#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "core/analysis/attention.h"

namespace vitscope {

namespace {
/// x log2 x of a share, 0 for what is too small to count; within 1e-11 of the exact value and without branches, so that the compiler may take several at once.
inline double share_bits(float share) {
  constexpr float kNothing = 1e-30f;
  const float x = share > kNothing ? share : 1.0f;
  // x = m 2^e with m in 1/√2 .. √2, and ln m as the series of 2 artanh((m - 1) / (m + 1)).
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(x) - 0x3F3504F3u;
  const auto exponent = static_cast<std::int32_t>(bits) >> 23;
  const double m = static_cast<double>(std::bit_cast<float>((bits & 0x007FFFFFu) + 0x3F3504F3u));
  const double t = (m - 1) / (m + 1), s = t * t;
  const double series = t * (1 + s * (1.0 / 3 + s * (1.0 / 5 + s * (1.0 / 7 + s * (1.0 / 9 + s * (1.0 / 11 + s * (1.0 / 13)))))));
  return static_cast<double>(x) * (static_cast<double>(exponent) + series * (2 / std::numbers::ln2));
}
}  // namespace

double entropy_bits(std::span<const float> p) {
  double sum = 0;
  for (const float x : p) sum -= share_bits(x);
  return sum;
}

Tensor head_map(const Tensor& attn, int head) {
  const Shape shape{attn.dim(1), attn.dim(2)};
  if (head >= 0) return Tensor(shape, attn.row(head));
  Tensor map(shape);
  const int heads = attn.dim(0);
  for (std::size_t i = 0; i < attn.row(0).size(); ++i) {
    double value = attn.row(0)[i];
    for (int h = 1; h < heads; ++h) value = head == -2 ? std::max<double>(value, attn.row(h)[i]) : value + attn.row(h)[i];
    map.edit()[i] = static_cast<float>(head == -2 ? value : value / heads);
  }
  return map;
}

}  // namespace vitscope
