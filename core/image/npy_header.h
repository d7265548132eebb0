// The dictionary at the front of a .npy file.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitscope {

struct NpyHeader {
  std::string descr;
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
};

/// Reads "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }" with its keys in any order, each exactly once,
/// and white space around. Nothing for any other text.
std::optional<NpyHeader> parse_npy_header(std::string_view text);

}  // namespace vitscope
