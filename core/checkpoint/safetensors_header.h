// The JSON header of a safetensors file, before its claims are checked against the data.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace vitscope {

struct SafetensorsHeader {
  struct Entry {
    std::string name, dtype;
    std::vector<std::int64_t> shape;
    std::uint64_t begin = 0, end = 0;  ///< bytes behind the header
  };
  std::vector<Entry> entries;  ///< in the order of the header
  std::map<std::string, std::string> metadata;
};

/// Every entry holds exactly dtype, shape and data_offsets; no key occurs twice. Errors carry no file name.
Result<SafetensorsHeader> parse_safetensors_header(std::string_view json);

}  // namespace vitscope
