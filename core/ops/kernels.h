// The inner loops of the operations, built once per instruction set and chosen at run time. Internal to core/ops.
// Included by the kernel units, so nothing here may define an inline function or include a header that does.
#pragma once
#include <cstdint>

namespace vitscope::ops {

/// c [rows, columns] = scale * (start + a [rows, depth] B [depth, columns]), limited to some panels of B.
/// Each element is summed over depth from the first to the last, so its bits do not depend on the limits.
struct Product {
  const float* a = nullptr;       ///< row r begins at a + r * a_stride
  std::int64_t a_stride = 0;
  int rows = 0;
  const float* panels = nullptr;  ///< B as pack_transposed() or pack_rows() lays it out
  int depth = 0;
  int columns = 0;                ///< of the whole of B
  int first_panel = 0, last_panel = 0;
  const float* start = nullptr;   ///< one value a column, rounded up to whole vectors; null: zeros
  float scale = 1;
  float* c = nullptr;             ///< the whole output: column j of row r is c[r * c_stride + j]
  std::int64_t c_stride = 0;
};

/// One build of the kernels. B is held in panels of `panel` columns, the last of one to panel + lanes: panel p begins at p * panel * depth
/// floats and holds, for each step of depth, its columns rounded up to whole vectors of `lanes`; the columns added are zero.
struct Kernels {
  const char* name;
  int lanes;  ///< floats in a vector
  int panel;  ///< columns of a full panel
  int tile;   ///< rows of a full tile; row limits that are multiples of it waste nothing
  /// Panels of the transpose of w [columns, depth], whose rows are `stride` apart.
  void (*pack_transposed)(const float* w, std::int64_t stride, int columns, int depth, float* panels);
  /// Panels of b [depth, columns], whose rows are `stride` apart.
  void (*pack_rows)(const float* b, std::int64_t stride, int columns, int depth, float* panels);
  void (*multiply)(const Product&);
  void (*layer_norm)(const float* x, int rows, int width, const float* gain, const float* shift, float eps, float* y);
  void (*softmax)(const float* x, int rows, int width, float* y);  ///< x may be y
  void (*gelu)(const float* x, std::int64_t count, float* y);      ///< x may be y
  void (*exponential)(const float* x, std::int64_t count, float* y);  ///< e^x; softmax is built on it. x may be y
  void (*add)(const float* a, const float* b, std::int64_t count, float* sum);
  /// Rows of `width` floats, their beginnings `from_stride` and `to_stride` floats apart.
  void (*copy_rows)(const float* from, std::int64_t from_stride, int rows, int width, float* to, std::int64_t to_stride);

  int panels(int columns) const;  ///< that hold `columns` columns
  /// Floats that the panels of a [depth, columns] matrix take.
  std::int64_t packed_size(int columns, int depth) const;
};

// Data, not functions: code of a unit must not run before the processor is known to support it. Null where not built.
extern const Kernels* const kKernelsV4;
extern const Kernels* const kKernelsV3;
extern const Kernels* const kKernelsGeneric;

/// The widest kernels that this processor runs, or what use_kernels() has set.
const Kernels& kernels();

/// For tests: makes kernels() return `chosen`, null to choose by processor again. Objects that hold packed weights keep the
/// kernels that packed them. Not while another thread is in an operation.
void use_kernels(const Kernels* chosen);

/// Every build that this processor can run, null-terminated, widest first.
const Kernels* const* runnable_kernels();

}  // namespace vitscope::ops
