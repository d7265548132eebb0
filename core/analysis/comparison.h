// Two runs beside each other.
#pragma once
#include <vector>

#include "core/trace.h"

namespace vitscope {

struct TensorDifference {
  TensorRef tensor;
  bool shared = false;  ///< the very same numbers, taken over
  double largest = 0;   ///< largest |after - before|
  double size = 0;      ///< largest |before|
  CellRef at{};         ///< where the difference is largest, the first of equals
  /// largest / size; 0 where both are 0.
  double relative() const { return size > 0 ? largest / size : largest > 0 ? 1.0 : 0.0; }
};
/// Every tensor that both runs hold, in the order of the walk.
std::vector<TensorDifference> differences(const Trace& before, const Trace& after);
/// Number of the first entry that differs at all; the size of the list when none does.
std::size_t first_difference(const std::vector<TensorDifference>& list);

}  // namespace vitscope
