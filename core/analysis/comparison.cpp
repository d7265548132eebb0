#include "core/analysis/comparison.h"

#include <algorithm>
#include <cmath>

namespace vitscope {

std::vector<TensorDifference> differences(const Trace& before, const Trace& after) {
  std::vector<TensorDifference> list;
  for (const TensorRef& ref : tensors_of(after.config())) {
    if (!before.has(ref) || !after.has(ref) || !(before.at(ref).shape() == after.at(ref).shape())) continue;
    const Tensor &a = before.at(ref), &b = after.at(ref);
    TensorDifference difference{ref, a.id() == b.id(), 0, 0, {ref}};
    float largest = 0, size = 0;
    std::size_t where = 0;
    const float *x = a.data(), *y = b.data();
    const auto count = static_cast<std::size_t>(a.size());
    for (std::size_t i = 0; i < count; ++i) size = std::max(size, std::fabs(x[i]));
    if (!difference.shared)
      for (std::size_t i = 0; i < count; ++i)
        if (const float moved = std::fabs(y[i] - x[i]); moved > largest) largest = moved, where = i;
    difference.largest = static_cast<double>(largest);
    difference.size = static_cast<double>(size);
    int* const index[] = {&difference.at.i, &difference.at.j, &difference.at.k, &difference.at.l};
    for (int axis = a.rank() - 1; axis >= 0; --axis) {
      const auto length = static_cast<std::size_t>(a.dim(axis));
      *index[axis] = static_cast<int>(where % length);
      where /= length;
    }
    list.push_back(difference);
  }
  return list;
}

std::size_t first_difference(const std::vector<TensorDifference>& list) {
  return static_cast<std::size_t>(std::find_if(list.begin(), list.end(), [](const TensorDifference& d) { return d.largest > 0; }) - list.begin());
}

}  // namespace vitscope
