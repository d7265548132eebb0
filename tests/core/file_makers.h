// Files made in memory: .npy arrays and safetensors checkpoints, legal or not.
#pragma once
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/files.h"
#include "core/model/model.h"

namespace vitscope::test {

using Bytes = std::vector<std::uint8_t>;

inline std::string data_path(const std::string& name) { return std::string(VITSCOPE_TEST_DATA) + "/" + name; }

/// A path for a file of this process; the test removes it.
inline std::string temporary_path(const std::string& name) {
  return (std::filesystem::temp_directory_path() / ("vitscope_test_" + std::to_string(::getpid()) + "_" + name)).string();
}

inline Bytes file_bytes(const std::string& name) { return read_file(data_path(name)).value(); }

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
/// Whether a line of the model's warnings holds `part`.
inline bool warned(const ModelPtr& model, const std::string& part) {
  return std::any_of(model->warnings.begin(), model->warnings.end(), [&](const std::string& line) { return contains(line, part); });
}

inline Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

inline void append(Bytes& bytes, std::uint64_t value, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

inline void append(Bytes& bytes, std::string_view text) { bytes.insert(bytes.end(), text.begin(), text.end()); }

template <class T>
Bytes raw(const std::vector<T>& values) {
  Bytes bytes(values.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

/// A .npy file of version 1 with any text as its header.
inline Bytes npy_of_header(const std::string& header, const Bytes& data) {
  Bytes file = bytes_of("\x93NUMPY\x01");
  file.push_back(0);
  append(file, header.size(), 2);
  append(file, header);
  file.insert(file.end(), data.begin(), data.end());
  return file;
}

inline Bytes npy(const std::string& descr, const std::string& shape, const Bytes& data, bool fortran_order = false) {
  return npy_of_header("{'descr': '" + descr + "', 'fortran_order': " + (fortran_order ? "True" : "False") + ", 'shape': " + shape + ", }\n", data);
}

/// A safetensors file of any header text and data.
inline Bytes safetensors(const std::string& header, const Bytes& data) {
  Bytes file;
  append(file, header.size(), 8);
  append(file, header);
  file.insert(file.end(), data.begin(), data.end());
  return file;
}

inline std::shared_ptr<const Bytes> shared(Bytes bytes) { return std::make_shared<const Bytes>(std::move(bytes)); }

/// A checkpoint of F32 tensors, all with the same small numbers counting up, for tests that change shapes and names.
struct Checkpoint {
  std::map<std::string, std::vector<int>> shapes;
  std::map<std::string, std::string> metadata;
  std::map<std::string, std::vector<float>> values;  ///< for tensors whose values matter

  /// D 8, 2 blocks, 2 heads, M 12, 3 classes, patches of 2 x 2 on 6 x 6 pixels of 3 channels.
  static Checkpoint small() {
    Checkpoint c;
    c.shapes = {{"cls_token", {1, 1, 8}},       {"pos_embed", {1, 10, 8}}, {"patch_embed.proj.weight", {8, 3, 2, 2}},
                {"patch_embed.proj.bias", {8}}, {"norm.weight", {8}},      {"norm.bias", {8}},
                {"head.weight", {3, 8}},        {"head.bias", {3}}};
    for (const char* block : {"blocks.0.", "blocks.1."}) {
      const std::string b = block;
      c.shapes.insert({{b + "norm1.weight", {8}},
                       {b + "norm1.bias", {8}},
                       {b + "attn.qkv.weight", {24, 8}},
                       {b + "attn.qkv.bias", {24}},
                       {b + "attn.proj.weight", {8, 8}},
                       {b + "attn.proj.bias", {8}},
                       {b + "norm2.weight", {8}},
                       {b + "norm2.bias", {8}},
                       {b + "mlp.fc1.weight", {12, 8}},
                       {b + "mlp.fc1.bias", {12}},
                       {b + "mlp.fc2.weight", {8, 12}},
                       {b + "mlp.fc2.bias", {8}}});
    }
    c.metadata = {{"num_heads", "2"}, {"img_size", "6,6"}, {"eps", "1e-6"}, {"mean", "[0.5, 0.25, 0.125]"}, {"std", "[0.5]"}};
    return c;
  }

  Bytes file(const std::string& prefix = "") const {
    std::string header = "{\"__metadata__\":{";
    for (const auto& [key, value] : metadata) {
      std::string escaped;
      for (const char c : value) escaped += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
      header += (header.back() == '{' ? "\"" : ",\"") + key + "\":\"" + escaped + "\"";
    }
    header += "}";
    Bytes data;
    for (const auto& [name, shape] : shapes) {
      std::size_t count = 1;
      header += ",\"" + prefix + name + "\":{\"dtype\":\"F32\",\"shape\":[";
      for (std::size_t i = 0; i < shape.size(); ++i) {
        header += (i ? "," : "") + std::to_string(shape[i]);
        count *= static_cast<std::size_t>(shape[i]);
      }
      const std::size_t begin = data.size();
      const auto own = values.find(name);
      for (std::size_t i = 0; i < count; ++i) {
        append(data, std::bit_cast<std::uint32_t>(own != values.end() ? own->second.at(i) : 0.01f * static_cast<float>(i)), 4);
      }
      header += "],\"data_offsets\":[" + std::to_string(begin) + "," + std::to_string(data.size()) + "]}";
    }
    return safetensors(header + "}", data);
  }
};

}  // namespace vitscope::test
