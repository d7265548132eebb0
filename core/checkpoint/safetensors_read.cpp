#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>

#include "core/checkpoint/dtype.h"
#include "core/checkpoint/safetensors_header.h"
#include "core/checkpoint/tensor_file.h"
#include "core/files.h"
#include "core/half.h"
#include "core/text.h"

namespace vitscope {

static_assert(std::endian::native == std::endian::little, "safetensors data are copied as they lie");

namespace {

constexpr std::uint64_t kMaxHeader = 100'000'000;
constexpr std::uint64_t kMaxBits = std::uint64_t{1} << 55;

constexpr DTypeFacts kDTypes[] = {
    {"F32", 32, DType::f32},      {"F16", 16, DType::f16},   {"BF16", 16, DType::bf16},    {"F64", 64, DType::f64},      {"BOOL", 8, DType::other},
    {"U8", 8, DType::other},      {"I8", 8, DType::other},   {"U16", 16, DType::other},    {"I16", 16, DType::other},    {"U32", 32, DType::other},
    {"I32", 32, DType::other},    {"U64", 64, DType::other}, {"I64", 64, DType::other},    {"F8_E4M3", 8, DType::other}, {"F8_E5M2", 8, DType::other},
    {"F8_E8M0", 8, DType::other}, {"F4", 4, DType::other},   {"F6_E2M3", 6, DType::other}, {"F6_E3M2", 6, DType::other}, {"C64", 64, DType::other},
};

/// Size in bits of a tensor, nothing when it is beyond any file.
std::optional<std::uint64_t> bits_of(const SafetensorsHeader::Entry& entry, const DTypeFacts& dtype) {
  std::uint64_t bits = static_cast<std::uint64_t>(dtype.bits);
  for (const std::int64_t extent : entry.shape) {
    if (extent == 0) return 0;
  }
  for (const std::int64_t extent : entry.shape) {
    if (bits > kMaxBits / static_cast<std::uint64_t>(extent)) return std::nullopt;
    bits *= static_cast<std::uint64_t>(extent);
  }
  return bits;
}

/// What is wrong with one entry, given where the one before it ended.
std::optional<std::string> entry_damage(const SafetensorsHeader::Entry& entry, std::uint64_t expected_begin, std::uint64_t data_size) {
  const auto dtype = find_dtype(entry.dtype);
  if (!dtype) return "has the unknown type " + printable(entry.dtype, 40);
  const auto number = [](std::uint64_t n) { return std::to_string(n); };
  if (entry.begin > entry.end || entry.end > data_size) {
    return "lies at bytes " + number(entry.begin) + " to " + number(entry.end) + ", but the file holds " + number(data_size) + " bytes of data";
  }
  if (entry.begin != expected_begin) {
    return std::string(entry.begin < expected_begin ? "overlaps the one before it" : "leaves a hole in front of it") + ": it begins at byte " +
           number(entry.begin) + ", expected " + number(expected_begin);
  }
  const auto bits = bits_of(entry, *dtype);
  if (!bits || *bits % 8 != 0 || *bits / 8 != entry.end - entry.begin) {
    return "holds " + number(entry.end - entry.begin) + " bytes, expected " + (bits ? number(*bits / 8) : "far more") + " for " + shape_text(entry.shape) +
           " of type " + entry.dtype;
  }
  return std::nullopt;
}

/// Files of other kinds that are taken for checkpoints.
std::optional<std::string_view> other_format(std::span<const std::uint8_t> bytes) {
  constexpr std::pair<std::string_view, std::string_view> kKnown[] = {
      {"\x89HDF\r\n", "an HDF5 file (Keras)"},
      {"GGUF", "a GGUF file"},
      {"\x93NUMPY", "a .npy array"},
      {"\x89PNG", "a PNG picture"},
      {"\xFF\xD8\xFF", "a JPEG picture"},
  };
  for (const auto& [magic, name] : kKnown) {
    if (bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0 && (bytes.size() < 9 || bytes[8] != '{')) return name;
  }
  constexpr std::string_view kTar = "ustar";
  constexpr std::size_t kTarAt = 257;
  if (bytes.size() >= kTarAt + kTar.size() && std::memcmp(bytes.data() + kTarAt, kTar.data(), kTar.size()) == 0) return "a tar archive (PyTorch before 0.2, or packed files)";
  return std::nullopt;
}

}  // namespace

std::optional<DTypeFacts> find_dtype(std::string_view name) {
  const auto found = std::find_if(std::begin(kDTypes), std::end(kDTypes), [&](const DTypeFacts& facts) { return facts.name == name; });
  return found == std::end(kDTypes) ? std::nullopt : std::optional(*found);
}

std::string shape_text(std::span<const std::int64_t> shape) {
  std::string text;
  for (const std::int64_t extent : shape) text += (text.empty() ? "" : " x ") + std::to_string(extent);
  return shape.empty() ? "a single number" : text;
}

Result<TensorFile> parse_safetensors(std::string name, std::shared_ptr<const std::vector<std::uint8_t>> memory) {
  const auto fail = [&](const std::string& what) { return Error{printable(name) + ": " + what}; };
  const std::vector<std::uint8_t>& bytes = *memory;
  if (bytes.empty()) return fail("the file is empty");
  if (const auto other = other_format(bytes)) return fail("is " + std::string(*other) + ", which cannot be read; safetensors, .npz and PyTorch's files work");
  if (bytes.size() < 8) return fail("is too short for a safetensors file (" + std::to_string(bytes.size()) + " bytes)");
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > kMaxHeader)
    return fail("is no safetensors file, or damaged: it claims a header of " + std::to_string(length) + " bytes, at most 100000000 work");
  if (length > bytes.size() - 8) {
    return fail("the file ends early: its header has " + std::to_string(length) + " bytes, but only " + std::to_string(bytes.size() - 8) + " follow");
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + 8, static_cast<std::size_t>(length));
  if (!text.starts_with('{')) return fail("is no safetensors file, or damaged: its header does not begin with '{'");
  auto header = parse_safetensors_header(text);
  if (!header) return fail("damaged safetensors file: " + header.error().text);

  auto& entries = header->entries;
  const std::span<const std::uint8_t> data(bytes.data() + 8 + length, bytes.size() - 8 - static_cast<std::size_t>(length));
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
  std::uint64_t at = 0;
  TensorFile file;
  for (auto& entry : entries) {
    if (const auto damage = entry_damage(entry, at, data.size())) return fail("tensor " + printable(entry.name, 80) + " " + *damage);
    at = entry.end;
    file.tensors.emplace(entry.name, StoredTensor{find_dtype(entry.dtype)->dtype, entry.dtype, std::move(entry.shape),
                                                  data.subspan(static_cast<std::size_t>(entry.begin), static_cast<std::size_t>(entry.end - entry.begin))});
  }
  if (at != data.size()) {
    return fail("holds " + std::to_string(data.size()) + " bytes of data, of which its tensors cover " + std::to_string(at));
  }
  file.path = std::move(name);
  file.metadata = std::move(header->metadata);
  file.memory = std::move(memory);
  return file;
}

Result<TensorFile> read_safetensors(const std::string& path) {
  auto bytes = read_file(path);
  if (!bytes) return bytes.error();
  return parse_safetensors(path, std::make_shared<const std::vector<std::uint8_t>>(std::move(*bytes)));
}

namespace {

template <class Bits, class Widen>
void widen(std::span<const std::uint8_t> bytes, float* out, Widen widen_one) {
  for (std::size_t i = 0; i < bytes.size() / sizeof(Bits); ++i) {
    Bits bits;
    std::memcpy(&bits, bytes.data() + i * sizeof(Bits), sizeof(Bits));
    out[i] = widen_one(bits);
  }
}

/// The nearest float; beyond its range an infinity.
float narrowed(double value) {
  if (std::abs(value) > static_cast<double>(std::numeric_limits<float>::max()) * (1 + 0x1p-25))
    return std::copysign(HUGE_VALF, static_cast<float>(std::copysign(1.0, value)));
  return static_cast<float>(value);
}

}  // namespace

Result<Tensor> to_float(const TensorFile& file, const std::string& name) {
  const auto fail = [&](const std::string& what) { return Error{printable(file.path) + ": " + printable(name, 80) + " " + what}; };
  const auto found = file.tensors.find(name);
  if (found == file.tensors.end()) return Error{printable(file.path) + ": holds no tensor " + printable(name, 80)};
  const StoredTensor& stored = found->second;
  if (stored.dtype == DType::other) return fail("is of type " + printable(stored.dtype_name, 40) + "; F32, F16, BF16 and F64 work");
  if (stored.shape.size() > 4) return fail("has " + std::to_string(stored.shape.size()) + " axes (" + shape_text(stored.shape) + "), at most 4 work");
  std::vector<int> extents;
  for (const std::int64_t extent : stored.shape) {
    if (extent > std::numeric_limits<int>::max()) return fail("has the shape " + shape_text(stored.shape) + ", which is too large");
    extents.push_back(static_cast<int>(extent));
  }
  try {
    Tensor tensor(Shape::of(extents));
    float* out = tensor.edit();
    switch (stored.dtype) {
      case DType::f32:
        if (!stored.bytes.empty()) std::memcpy(out, stored.bytes.data(), stored.bytes.size());
        break;
      case DType::f16:
        widen<std::uint16_t>(stored.bytes, out, half_to_float);
        break;
      case DType::bf16:
        widen<std::uint16_t>(stored.bytes, out, bfloat_to_float);
        break;
      case DType::f64:
        widen<double>(stored.bytes, out, narrowed);
        break;
      case DType::other:
        break;
    }
    return tensor;
  } catch (const std::bad_alloc&) {
    return fail("does not fit into memory (" + shape_text(stored.shape) + ")");
  }
}

}  // namespace vitscope
