#include "core/ops/kernels.h"

#include <array>
#include <atomic>

#include "core/ops/ops.h"

namespace vitscope::ops {
namespace {

bool runs_v4() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd");
#else
  return false;
#endif
}

bool runs_v3() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
#else
  return false;
#endif
}

using Builds = std::array<const Kernels*, 4>;

Builds find_runnable() {
  Builds found{};
  std::size_t count = 0;
  if (kKernelsV4 && runs_v3() && runs_v4()) found[count++] = kKernelsV4;
  if (kKernelsV3 && runs_v3()) found[count++] = kKernelsV3;
  found[count] = kKernelsGeneric;
  return found;
}

const Builds& runnable() {
  static const Builds builds = find_runnable();
  return builds;
}

std::atomic<const Kernels*> chosen_by_test{nullptr};

}  // namespace

int Kernels::panels(int columns) const {
  const int vectors = (columns + lanes - 1) / lanes, full = panel / lanes;
  const int count = (vectors + full - 1) / full;
  return count > 1 && vectors % full == 1 ? count - 1 : count;
}

std::int64_t Kernels::packed_size(int columns, int depth) const {
  return static_cast<std::int64_t>((columns + lanes - 1) / lanes) * lanes * depth;
}

const Kernels& kernels() {
  const Kernels* chosen = chosen_by_test.load(std::memory_order_relaxed);
  return chosen ? *chosen : *runnable()[0];
}

void use_kernels(const Kernels* chosen) { chosen_by_test.store(chosen, std::memory_order_relaxed); }

const Kernels* const* runnable_kernels() { return runnable().data(); }

std::string_view kernel_name() { return kernels().name; }

}  // namespace vitscope::ops
