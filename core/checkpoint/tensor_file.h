// Named tensors in a file: safetensors, read strictly and written whole; .npz and PyTorch's checkpoints, read strictly.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/tensor.h"

namespace vitscope {

enum class DType { f16, bf16, f32, f64, other };

/// One tensor as stored. `bytes` points into the file's memory.
struct StoredTensor {
  DType dtype = DType::other;
  std::string dtype_name;  ///< as written in the file, such as "F16"
  std::vector<std::int64_t> shape;
  std::span<const std::uint8_t> bytes;
};

/// A checkpoint file in memory. What does not lie in the file as such (unpacked or rearranged) lies in `more_memory`.
struct TensorFile {
  std::string path;  ///< for messages
  std::map<std::string, StoredTensor> tensors;
  std::map<std::string, std::string> metadata;
  std::vector<std::string> notes;  ///< a line each on what was chosen among what the file holds
  std::shared_ptr<const std::vector<std::uint8_t>> memory;
  std::vector<std::shared_ptr<const std::vector<std::uint8_t>>> more_memory;
};

/// Strict by the format's rules (github.com/huggingface/safetensors, section Format): header length within the file and at most 100 MB, header a JSON object
/// that begins with '{' and holds no duplicate keys, offsets in order, without holes or overlap and covering the data exactly, sizes equal to shape times item
/// size, metadata text to text. Errors name the file and the tensor. The file is read into memory, never mapped.
Result<TensorFile> read_safetensors(const std::string& path);
Result<TensorFile> parse_safetensors(std::string name, std::shared_ptr<const std::vector<std::uint8_t>> memory);

/// Whether a file may be a checkpoint by the end of its name: .safetensors, .npz, and PyTorch's .pth, .pt, .bin, .ckpt and .pth.tar.
bool is_checkpoint_name(std::string_view path);
/// Reads a file of any of these formats (core/checkpoint/torch_file.h for PyTorch's), told apart by what it holds, not by its name.
Result<TensorFile> read_checkpoint(const std::string& path);
Result<TensorFile> parse_checkpoint(std::string name, std::shared_ptr<const std::vector<std::uint8_t>> memory);

/// Converts to float. Fails (with tensor name and type) for dtype other and for more than four axes.
Result<Tensor> to_float(const TensorFile& file, const std::string& name);

/// Writes F32 tensors in the given order. The file appears whole or not at all (written beside, then renamed). Does not
/// overwrite unless `force`. Returns an error line or nothing.
struct NamedTensor {
  std::string name;
  Tensor tensor;
};
Result<std::monostate> write_safetensors(const std::string& path, std::span<const NamedTensor> tensors, const std::map<std::string, std::string>& metadata,
                                         bool force);

}  // namespace vitscope
