// NumPy's .npz archives.
#include <bit>
#include <cstring>
#include <utility>

#include "core/checkpoint/npz.h"
#include "core/image/npy.h"
#include "core/text.h"

namespace vitscope {

namespace {

std::span<const std::uint8_t> keep(TensorFile& file, std::vector<std::uint8_t> bytes) {
  file.more_memory.push_back(std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes)));
  return *file.more_memory.back();
}

/// Little-endian floats in C order stay where they are; other orders and whole numbers are converted.
StoredTensor stored(TensorFile& file, const NpyArray& array) {
  StoredTensor tensor{DType::other, array.type, array.shape, array.data};
  if (!array.big_endian && !array.column_major) {
    if (array.type == "f4") tensor.dtype = DType::f32;
    if (array.type == "f2") tensor.dtype = DType::f16;
    if (array.type == "f8") tensor.dtype = DType::f64;
    return tensor;
  }
  if (!array.convertible()) return tensor;
  const std::vector<float> values = array.floats();
  std::vector<std::uint8_t> bytes(values.size() * sizeof(float));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  tensor.dtype = DType::f32;
  tensor.bytes = keep(file, std::move(bytes));
  return tensor;
}

}  // namespace

Result<TensorFile> parse_npz(std::string name, std::shared_ptr<const std::vector<std::uint8_t>> memory, std::span<const ZipEntry> entries) {
  constexpr std::string_view kNpy = ".npy";
  TensorFile file;
  for (const ZipEntry& entry : entries) {
    if (!entry.name.ends_with(kNpy)) {
      return Error{printable(name) + ": is a zip archive that holds " + printable(entry.name, 80) + ", not a .npz of arrays nor a checkpoint of PyTorch; safetensors, .npz and PyTorch's files work"};
    }
    std::span<const std::uint8_t> bytes = entry.bytes;
    if (entry.deflated) {
      auto unpacked = unpack(name, entry);
      if (!unpacked) return unpacked.error();
      bytes = keep(file, std::move(*unpacked));
    }
    const auto array = parse_npy(name + ": " + printable(entry.name, 80), bytes);
    if (!array) return array.error();
    file.tensors.emplace(entry.name.substr(0, entry.name.size() - kNpy.size()), stored(file, *array));
  }
  file.path = std::move(name);
  file.memory = std::move(memory);
  return file;
}

}  // namespace vitscope
