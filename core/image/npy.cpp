#include "core/image/npy.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "core/half.h"
#include "core/image/npy_header.h"
#include "core/text.h"

namespace vitscope {

namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMaxHeader = 65536;

template <class Bits>
Bits load(const std::uint8_t* p, bool big_endian) {
  Bits bits = 0;
  for (std::size_t i = 0; i < sizeof(Bits); ++i) {
    bits = static_cast<Bits>(bits | static_cast<Bits>(static_cast<Bits>(p[i]) << (8 * (big_endian ? sizeof(Bits) - 1 - i : i))));
  }
  return bits;
}

double read_u1(const std::uint8_t* p, bool) { return *p; }
double read_u2(const std::uint8_t* p, bool big) { return load<std::uint16_t>(p, big); }
double read_f2(const std::uint8_t* p, bool big) { return half_to_float(load<std::uint16_t>(p, big)); }
double read_f4(const std::uint8_t* p, bool big) { return std::bit_cast<float>(load<std::uint32_t>(p, big)); }
double read_f8(const std::uint8_t* p, bool big) { return std::bit_cast<double>(load<std::uint64_t>(p, big)); }

struct Reader {
  std::string_view type;
  double (*read)(const std::uint8_t*, bool);
};
constexpr Reader kReaders[] = {{"u1", read_u1}, {"u2", read_u2}, {"f2", read_f2}, {"f4", read_f4}, {"f8", read_f8}};

const Reader* reader_of(const std::string& type) {
  const auto found = std::find_if(std::begin(kReaders), std::end(kReaders), [&](const Reader& r) { return r.type == type; });
  return found == std::end(kReaders) ? nullptr : found;
}

/// Bytes of one element, 0 for types that are not plain numbers.
std::size_t item_size(const std::string& type) {
  for (const std::string_view known : {"b1", "i1", "u1", "i2", "u2", "f2", "i4", "u4", "f4", "i8", "u8", "f8", "c8", "f16", "c16", "c32"}) {
    if (type == known) return static_cast<std::size_t>(std::stoi(type.substr(1)));
  }
  return 0;
}

/// Calls use(bytes of the element) for each element, first axis outermost.
template <class Use>
void for_each_element(const NpyArray& array, Use use) {
  const auto count = static_cast<std::size_t>(array.size());
  if (count == 0) return;
  const std::size_t item = array.data.size() / count, rank = array.shape.size();
  if (!array.column_major || rank < 2) {
    for (std::size_t i = 0; i < count; ++i) use(array.data.data() + i * item);
    return;
  }
  std::vector<std::size_t> index(rank, 0), stride(rank, item);
  for (std::size_t axis = 1; axis < rank; ++axis) stride[axis] = stride[axis - 1] * static_cast<std::size_t>(array.shape[axis - 1]);
  std::size_t offset = 0;
  for (std::size_t i = 0; i < count; ++i) {
    use(array.data.data() + offset);
    for (std::size_t axis = rank; axis-- > 0;) {
      offset += stride[axis];
      if (++index[axis] < static_cast<std::size_t>(array.shape[axis])) break;
      offset -= stride[axis] * index[axis];
      index[axis] = 0;
    }
  }
}

}  // namespace

std::int64_t NpyArray::size() const {
  std::int64_t product = 1;
  for (const std::int64_t extent : shape) product *= extent;
  return product;
}

std::string NpyArray::shape_text() const {
  std::string text;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) text += (axis ? " x " : "") + std::to_string(shape[axis]);
  return shape.empty() ? "a single number" : text;
}

bool NpyArray::convertible() const { return reader_of(type) != nullptr; }

NpyArray::Range NpyArray::range() const {
  Range range{HUGE_VAL, -HUGE_VAL, 0};
  for_each_element(*this, [&, read = reader_of(type)->read](const std::uint8_t* p) {
    const double value = read(p, big_endian);
    if (!std::isfinite(value)) {
      ++range.not_finite;
      return;
    }
    range.min = std::min(range.min, value);
    range.max = std::max(range.max, value);
  });
  return range;
}

std::vector<float> NpyArray::floats(double offset, double factor) const {
  std::vector<float> result;
  result.reserve(static_cast<std::size_t>(size()));
  for_each_element(*this,
                   [&, read = reader_of(type)->read](const std::uint8_t* p) { result.push_back(static_cast<float>((read(p, big_endian) - offset) * factor)); });
  return result;
}

std::vector<std::uint8_t> NpyArray::bytes() const {
  std::vector<std::uint8_t> result;
  result.reserve(static_cast<std::size_t>(size()));
  for_each_element(*this, [&](const std::uint8_t* p) { result.push_back(*p); });
  return result;
}

bool looks_like_npy(std::span<const std::uint8_t> file) { return file.size() >= kMagic.size() && std::memcmp(file.data(), kMagic.data(), kMagic.size()) == 0; }

Result<NpyArray> parse_npy(const std::string& name, std::span<const std::uint8_t> file) {
  const auto fail = [&](const std::string& what) { return Error{printable(name) + ": " + what}; };
  if (!looks_like_npy(file)) return fail("is not a .npy file");
  if (file.size() < 10) return fail("the .npy file ends within its header");
  const int version = file[6];
  if (version < 1 || version > 3) return fail(".npy version " + std::to_string(version) + " is not known; 1 to 3 are");
  const std::size_t start = version == 1 ? 10 : 12;
  if (file.size() < start) return fail("the .npy file ends within its header");
  const std::size_t length = version == 1 ? load<std::uint16_t>(file.data() + 8, false) : load<std::uint32_t>(file.data() + 8, false);
  if (length > file.size() - start) return fail("the .npy file ends within its header");
  if (length > kMaxHeader) return fail("the .npy header is longer than " + std::to_string(kMaxHeader) + " bytes");

  const std::string text(reinterpret_cast<const char*>(file.data()) + start, length);
  const auto header = parse_npy_header(text);
  if (!header) return fail("the .npy header is damaged or describes no plain array of numbers: " + printable(text, 60));
  const std::string& descr = header->descr;
  NpyArray array;
  array.type = descr.size() > 1 ? descr.substr(1) : "";
  const std::size_t item = item_size(array.type);
  if (item == 0 || std::string_view("<>|=").find(descr[0]) == std::string_view::npos || (descr[0] == '|' && item != 1)) {
    return fail("holds elements of type '" + printable(descr, 40) + "', which are not plain numbers");
  }
  array.big_endian = descr[0] == '>' || (descr[0] == '=' && std::endian::native == std::endian::big);
  array.column_major = header->fortran_order;
  array.shape = header->shape;
  array.data = file.subspan(start + length);
  std::uint64_t expected = item;
  for (const std::int64_t extent : array.shape) {
    if (extent != 0 && expected > (std::uint64_t{1} << 48) / static_cast<std::uint64_t>(extent)) {
      return fail("claims " + array.shape_text() + " elements, more than a file can hold");
    }
    expected *= static_cast<std::uint64_t>(extent);
  }
  if (expected != array.data.size()) {
    return fail("holds " + std::to_string(array.data.size()) + " bytes of numbers, expected " + std::to_string(expected) + " for " + array.shape_text() +
                " of type " + array.type);
  }
  return array;
}

}  // namespace vitscope
