#include <algorithm>
#include <cmath>

#include "core/analysis/attention.h"

namespace vitscope {

double entropy_bits(std::span<const float> p) {
  double sum = 0;
  for (double x : p) {
    if (x > 0) sum -= x * std::log2(x);
  }
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
