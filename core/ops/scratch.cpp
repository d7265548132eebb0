#include "core/ops/scratch.h"

#include <new>
#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace vitscope::ops {

Floats allocate_floats(std::int64_t count) {
  constexpr std::size_t kLine = 64, kHugePage = 2U << 20;
  std::size_t bytes = static_cast<std::size_t>(count) * sizeof(float);
  const std::size_t alignment = bytes >= 2 * kHugePage ? kHugePage : kLine;
  bytes = (std::max<std::size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, bytes);
  if (!memory) throw std::bad_alloc();
#if defined(__linux__)
  if (alignment == kHugePage) madvise(memory, bytes, MADV_HUGEPAGE);  // advice: nothing is lost where it is refused
#endif
  return Floats(static_cast<float*>(memory));
}

float* scratch(std::int64_t count) {
  thread_local Floats memory;
  thread_local std::int64_t size = 0;
  if (count > size) {
    memory.reset();
    size = 0;
    memory = allocate_floats(count);
    size = count;
  }
  return memory.get();
}

}  // namespace vitscope::ops
