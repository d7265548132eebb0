#include "core/model/stem.h"

#include <cmath>

namespace vitscope {

namespace {
int windows_along(int side, int stride) { return (side + stride - 1) / stride; }
}  // namespace

SameWindows SameWindows::over(int height, int width, int kernel, int stride) {
  SameWindows w{height, width, kernel, stride, windows_along(height, stride), windows_along(width, stride)};
  w.above = std::max(0, (w.rows - 1) * stride + kernel - height) / 2;
  w.before = std::max(0, (w.columns - 1) * stride + kernel - width) / 2;
  return w;
}

void StemConfig::fit(int height, int width) {
  conv = SameWindows::over(height, width, kKernel, kStride);
  pool = SameWindows::over(conv.rows, conv.columns, kPool, kStride);
}

Box StemConfig::seen_by(int patch_row, int patch_column) const {
  // From the cells of the map to the windows of the pooling, and from those to the windows of the convolution.
  const int top = std::max(0, pool.top(patch_row * patch)), bottom = std::min(pool.height, pool.top((patch_row + 1) * patch - 1) + pool.kernel);
  const int left = std::max(0, pool.left(patch_column * patch)), right = std::min(pool.width, pool.left((patch_column + 1) * patch - 1) + pool.kernel);
  return {static_cast<double>(std::max(0, conv.left(left))), static_cast<double>(std::max(0, conv.top(top))),
          static_cast<double>(std::min(conv.width, conv.left(right - 1) + conv.kernel)), static_cast<double>(std::min(conv.height, conv.top(bottom - 1) + conv.kernel))};
}

Tensor standardised(const Tensor& kernel, float eps) {
  Tensor result(kernel.shape());
  float* next = result.edit();
  for (int filter = 0; filter < kernel.dim(0); ++filter) {
    const auto weights = kernel.row(filter);
    double mean = 0, variance = 0;
    for (const float w : weights) mean += static_cast<double>(w);
    mean /= static_cast<double>(weights.size());
    for (const float w : weights) variance += (static_cast<double>(w) - mean) * (static_cast<double>(w) - mean);
    variance /= static_cast<double>(weights.size());
    const double deviation = std::sqrt(variance + static_cast<double>(eps));
    for (const float w : weights) *next++ = static_cast<float>((static_cast<double>(w) - mean) / deviation);
  }
  return result;
}

}  // namespace vitscope
