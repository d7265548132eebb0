// The kernels with the compiler's default instruction set: what every processor of the architecture runs.
#include "core/ops/kernels.h"

#define VITSCOPE_KERNEL_LANES 4
#define VITSCOPE_KERNEL_VECTORS 2
#define VITSCOPE_KERNEL_ACCUMULATORS 8
#define VITSCOPE_KERNEL_NAME "generic"
#include "core/ops/kernel_table.inc"
namespace vitscope::ops {
const Kernels* const kKernelsGeneric = &kTable;
}
