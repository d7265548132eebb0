// Seeded orders, the same on every machine.
#pragma once
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "core/model/random.h"

namespace vitscope {

/// 0..count-1 in an order that depends on the seed alone (Fisher and Yates).
inline std::vector<int> permutation(int count, std::uint64_t seed) {
  std::vector<int> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  Random random(seed, 0);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.next() % i]);
  return order;
}

}  // namespace vitscope
