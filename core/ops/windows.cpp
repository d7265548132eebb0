// Overlapping windows of an image as rows of a matrix.
#include <algorithm>

#include "core/ops/ops.h"
#include "core/ops/scratch.h"

namespace vitscope::ops {

namespace {
/// One window; `next` is where its row begins.
void copy_window(const float* image, const Windows& w, int top, int left, float* next) {
  const int first = std::clamp(w.bound_left - left, 0, w.kernel), last = std::clamp(w.bound_right - left, first, w.kernel);
  for (int channel = 0; channel < w.channels; ++channel) {
    for (int y = top; y < top + w.kernel; ++y) {
      if (y < w.bound_top || y >= w.bound_bottom || first == last) {
        next = std::fill_n(next, w.kernel, 0.0F);
        continue;
      }
      const float* seen = image + (static_cast<std::int64_t>(channel) * w.height + y) * w.width + (left + first);
      next = std::fill_n(next, first, 0.0F);
      next = std::copy(seen, seen + (last - first), next);
      next = std::fill_n(next, w.kernel - last, 0.0F);
    }
  }
}
}  // namespace

void unfold(ThreadPool& pool, const float* image, const Windows& w, float* rows) {
  const std::int64_t length = static_cast<std::int64_t>(w.channels) * w.kernel * w.kernel;
  const int least = static_cast<int>(std::max<std::int64_t>(1, 16384 / length));
  run_chunks(pool, w.rows * w.columns, least, [&](int begin, int end) {
    for (int i = begin; i < end; ++i) copy_window(image, w, w.top + i / w.columns * w.stride, w.left + i % w.columns * w.stride, rows + i * length);
  });
}

void transpose(ThreadPool& pool, const float* x, int rows, int columns, float* out) {
  run_chunks(pool, columns, std::max(1, 4096 / rows), [&](int begin, int end) {
    for (int column = begin; column < end; ++column) {
      for (int row = 0; row < rows; ++row) out[static_cast<std::int64_t>(column) * rows + row] = x[static_cast<std::int64_t>(row) * columns + column];
    }
  });
}

}  // namespace vitscope::ops
