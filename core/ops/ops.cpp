// Operations on rows and on single elements.
#include "core/ops/ops.h"

#include <algorithm>
#include <climits>

#include "core/ops/kernels.h"
#include "core/ops/scratch.h"

namespace vitscope::ops {
namespace {

/// Rows worth a chunk of their own.
int least_rows(int width, int least_elements) { return std::max(1, least_elements / width); }

/// Calls part(offset, count) for pieces of [0, count).
template <typename Part>
void run_elements(ThreadPool& pool, std::int64_t count, int least, const Part& part) {
  constexpr std::int64_t kPiece = 1024;
  const int pieces = static_cast<int>((count + kPiece - 1) / kPiece);
  run_chunks(pool, pieces, least / static_cast<int>(kPiece), [&](int begin, int end) {
    const std::int64_t offset = begin * kPiece;
    part(offset, std::min(end * kPiece, count) - offset);
  });
}

}  // namespace

void layer_norm(ThreadPool& pool, const float* x, int rows, int width, const float* gain, const float* shift, float eps, float* y) {
  const Kernels& k = kernels();
  run_chunks(pool, rows, least_rows(width, 4096), [&](int begin, int end) {
    const std::int64_t offset = static_cast<std::int64_t>(begin) * width;
    k.layer_norm(x + offset, end - begin, width, gain, shift, eps, y + offset);
  });
}

void softmax_rows(ThreadPool& pool, const float* x, int rows, int width, float* y) {
  const Kernels& k = kernels();
  run_chunks(pool, rows, least_rows(width, 4096), [&](int begin, int end) {
    const std::int64_t offset = static_cast<std::int64_t>(begin) * width;
    k.softmax(x + offset, end - begin, width, y + offset);
  });
}

void gelu(ThreadPool& pool, const float* x, std::int64_t count, float* y) {
  const Kernels& k = kernels();
  run_elements(pool, count, 4096, [&](std::int64_t offset, std::int64_t n) { k.gelu(x + offset, n, y + offset); });
}

void add(ThreadPool& pool, const float* a, const float* b, std::int64_t count, float* sum) {
  const Kernels& k = kernels();
  run_elements(pool, count, 16384, [&](std::int64_t offset, std::int64_t n) { k.add(a + offset, b + offset, n, sum + offset); });
}

}  // namespace vitscope::ops
