// The kernels for processors with AVX-512 (x86-64-v4). Built with that instruction set, therefore reached only
// through the table; without the compiler flags, and on other processors, there is none.
#include "core/ops/kernels.h"

#if defined(__x86_64__) && defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#define VITSCOPE_KERNEL_LANES 16
#define VITSCOPE_KERNEL_VECTORS 4
#define VITSCOPE_KERNEL_ACCUMULATORS 24
#define VITSCOPE_KERNEL_NAME "x86-64-v4"
#include "core/ops/kernel_table.inc"
namespace vitscope::ops {
const Kernels* const kKernelsV4 = &kTable;
}
#else
namespace vitscope::ops {
const Kernels* const kKernelsV4 = nullptr;
}
#endif
