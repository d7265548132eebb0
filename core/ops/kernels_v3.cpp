// The kernels for processors with AVX2 and FMA (x86-64-v3). Built with that instruction set, therefore reached only
// through the table; without the compiler flags, and on other processors, there is none.
#include "core/ops/kernels.h"

#if defined(__x86_64__) && defined(__AVX2__) && defined(__FMA__) && defined(__BMI2__)
#define VITSCOPE_KERNEL_LANES 8
#define VITSCOPE_KERNEL_VECTORS 2
#define VITSCOPE_KERNEL_ACCUMULATORS 12
#define VITSCOPE_KERNEL_NAME "x86-64-v3"
#include "core/ops/kernel_table.inc"
namespace vitscope::ops {
const Kernels* const kKernelsV3 = &kTable;
}
#else
namespace vitscope::ops {
const Kernels* const kKernelsV3 = nullptr;
}
#endif
