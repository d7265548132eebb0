// Working memory and division of work, shared by the operations. Internal to core/ops.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>

#include "core/ops/thread_pool.h"

namespace vitscope::ops {

struct Freed {
  void operator()(float* memory) const { std::free(memory); }
};
/// Floats aligned to 64 bytes, not initialised.
using Floats = std::unique_ptr<float[], Freed>;

/// Throws std::bad_alloc. Large blocks are asked for in huge pages, whose first use costs far fewer page faults.
Floats allocate_floats(std::int64_t count);

/// Memory of the calling thread for `count` floats; the next call on this thread reuses it.
float* scratch(std::int64_t count);

/// pool.run() over [0, count) with grains that give each thread several chunks, each worth at least `least` items.
template <typename Body>
void run_chunks(ThreadPool& pool, int count, int least, const Body& body) {
  constexpr int kChunksPerThread = 4;  // a thread that is held up for a while leaves the rest to the others
  const int wanted = pool.threads() > 1 ? pool.threads() * kChunksPerThread : 1;
  pool.run(count, std::max({(count + wanted - 1) / wanted, least, 1}), std::cref(body));
}

}  // namespace vitscope::ops
