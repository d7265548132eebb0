#include <nlohmann/json.hpp>
#include <set>

#include "core/checkpoint/tensor_file.h"
#include "core/files.h"
#include "core/text.h"

namespace vitscope {

namespace {
constexpr std::size_t kAlignment = 8;  // of the data, from the beginning of the file

std::string quoted(const std::string& text) { return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }
}  // namespace

Result<std::monostate> write_safetensors(const std::string& path, std::span<const NamedTensor> tensors, const std::map<std::string, std::string>& metadata,
                                         bool force) {
  std::string header = "{";
  if (!metadata.empty()) {
    header += "\"__metadata__\":{";
    for (const auto& [key, value] : metadata) header += (header.back() == '{' ? "" : ",") + quoted(key) + ":" + quoted(value);
    header += "}";
  }
  std::set<std::string> names;
  std::uint64_t at = 0;
  for (const NamedTensor& named : tensors) {
    if (named.name == "__metadata__" || !names.insert(named.name).second)
      return Error{printable(path) + ": two tensors are called " + printable(named.name, 80)};
    header += header == "{" ? "" : ",";
    header += quoted(named.name) + ":{\"dtype\":\"F32\",\"shape\":[";
    for (int axis = 0; axis < named.tensor.rank(); ++axis) header += (axis ? "," : "") + std::to_string(named.tensor.dim(axis));
    const std::uint64_t end = at + named.tensor.values().size_bytes();
    header += "],\"data_offsets\":[" + std::to_string(at) + "," + std::to_string(end) + "]}";
    at = end;
  }
  header += "}";
  header.append((kAlignment - header.size() % kAlignment) % kAlignment, ' ');

  std::string front;
  for (std::size_t i = 0; i < 8; ++i) front.push_back(static_cast<char>(header.size() >> (8 * i) & 0xFF));
  front += header;
  std::vector<std::span<const std::uint8_t>> parts{{reinterpret_cast<const std::uint8_t*>(front.data()), front.size()}};
  for (const NamedTensor& named : tensors) {
    const auto values = named.tensor.values();
    parts.emplace_back(reinterpret_cast<const std::uint8_t*>(values.data()), values.size_bytes());
  }
  return write_file_parts(path, parts, force);
}

}  // namespace vitscope
