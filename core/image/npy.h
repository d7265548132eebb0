// NumPy's array file format (.npy), read strictly.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"

namespace vitscope {

/// An array as stored. `data` points into the caller's bytes and holds exactly the elements.
struct NpyArray {
  std::string type;  ///< kind and size without byte order, such as "f4", "u1", "i8"
  bool big_endian = false;
  bool column_major = false;  ///< Fortran order: the first axis runs fastest
  std::vector<std::int64_t> shape;
  std::span<const std::uint8_t> data;

  std::int64_t size() const;
  /// "60 x 100"
  std::string shape_text() const;
  /// Whether the functions below know the type: u1, u2, f2, f4 or f8.
  bool convertible() const;
  struct Range {
    double min = 0, max = 0;
    std::int64_t not_finite = 0;  ///< NaN and infinities, which min and max leave out
  };
  Range range() const;
  /// (element - offset) * factor for all elements, first axis outermost.
  std::vector<float> floats(double offset = 0, double factor = 1) const;
  /// The elements of a u1 array, first axis outermost.
  std::vector<std::uint8_t> bytes() const;
};

bool looks_like_npy(std::span<const std::uint8_t> file);
/// Versions 1 to 3 with a simple type. Errors begin with `name`.
Result<NpyArray> parse_npy(const std::string& name, std::span<const std::uint8_t> file);

}  // namespace vitscope
