// Seeded orders, the same on every machine.
#pragma once
#include <cstdint>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

namespace vitscope {

/// 0..count-1 in an order that depends on the seed alone: that of NumPy's legacy generator, RandomState(seed).shuffle, for seeds below 2^32 (Fisher and Yates with
/// the Mersenne twister; an index is drawn as the low bits of a number, again while it is too large).
inline std::vector<int> permutation(int count, std::uint64_t seed) {
  std::vector<int> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  std::mt19937 random(static_cast<std::uint32_t>(seed ^ (seed >> 32)));
  for (std::size_t last = order.size(); last-- > 1;) {
    std::size_t mask = last, pick = 0;
    for (int shift = 1; shift < 32; shift *= 2) mask |= mask >> shift;
    do pick = random() & mask;
    while (pick > last);
    std::swap(order[last], order[pick]);
  }
  return order;
}

}  // namespace vitscope
