#include "core/checkpoint/zip.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <set>

#include "core/image/stb_decode.h"
#include "core/text.h"

namespace vitscope {

namespace {

constexpr std::size_t kEndSize = 22, kEnd64Size = 56, kLocator64Size = 20, kCentralSize = 46, kLocalSize = 30;
constexpr std::size_t kMaxComment = 65535, kMaxEntries = 1'000'000;
constexpr std::uint32_t kEndMark = 0x06054b50, kEnd64Mark = 0x06064b50, kLocator64Mark = 0x07064b50, kCentralMark = 0x02014b50, kLocalMark = 0x04034b50;

/// Numbers in little-endian order at a place that has been checked.
template <class Number>
Number load(std::span<const std::uint8_t> bytes, std::size_t at) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) number = static_cast<Number>(number | static_cast<Number>(static_cast<Number>(bytes[at + i]) << (8 * i)));
  return number;
}

struct Directory {
  std::uint64_t begin = 0, size = 0, entries = 0;
};

std::optional<Directory> find_directory(std::span<const std::uint8_t> file) {
  if (file.size() < kEndSize) return std::nullopt;
  const std::size_t last = file.size() - kEndSize, first = last > kMaxComment ? last - kMaxComment : 0;
  for (std::size_t at = last + 1; at-- > first;) {
    if (load<std::uint32_t>(file, at) != kEndMark) continue;
    Directory directory{load<std::uint32_t>(file, at + 16), load<std::uint32_t>(file, at + 12), load<std::uint16_t>(file, at + 10)};
    const bool wide = directory.begin == 0xFFFFFFFF || directory.size == 0xFFFFFFFF || directory.entries == 0xFFFF;
    if (wide && at >= kLocator64Size && load<std::uint32_t>(file, at - kLocator64Size) == kLocator64Mark) {
      const auto end64 = load<std::uint64_t>(file, at - kLocator64Size + 8);
      if (end64 > file.size() || file.size() - end64 < kEnd64Size || load<std::uint32_t>(file, static_cast<std::size_t>(end64)) != kEnd64Mark) return std::nullopt;
      const auto start = static_cast<std::size_t>(end64);
      directory = {load<std::uint64_t>(file, start + 48), load<std::uint64_t>(file, start + 40), load<std::uint64_t>(file, start + 32)};
    }
    return directory;
  }
  return std::nullopt;
}

/// Sizes and offset that do not fit into 32 bits stand in the extra field 1, those that overflow only, in this order.
struct Extents {
  std::uint64_t size, packed, offset;
};
bool read_wide(std::span<const std::uint8_t> extra, Extents& extents) {
  while (extra.size() >= 4) {
    const auto id = load<std::uint16_t>(extra, 0);
    const std::size_t length = load<std::uint16_t>(extra, 2);
    if (length > extra.size() - 4) return false;
    if (id == 1) {
      std::span<const std::uint8_t> field = extra.subspan(4, length);
      for (std::uint64_t* number : {&extents.size, &extents.packed, &extents.offset}) {
        if (*number != 0xFFFFFFFF) continue;
        if (field.size() < 8) return false;
        *number = load<std::uint64_t>(field, 0);
        field = field.subspan(8);
      }
      return true;
    }
    extra = extra.subspan(4 + length);
  }
  return extents.size != 0xFFFFFFFF && extents.packed != 0xFFFFFFFF && extents.offset != 0xFFFFFFFF;
}

}  // namespace

bool looks_like_zip(std::span<const std::uint8_t> file) { return file.size() >= 4 && file[0] == 'P' && file[1] == 'K' && (file[2] == 3 || file[2] == 5); }

Result<std::vector<ZipEntry>> parse_zip(const std::string& name, std::span<const std::uint8_t> file) {
  const auto fail = [&](const std::string& what) { return Error{printable(name) + ": " + what}; };
  const auto damaged = [&](const std::string& where) { return fail("damaged zip archive: " + where); };
  const auto directory = find_directory(file);
  if (!directory) return fail("the zip archive has no table of contents; it is damaged or ends early");
  if (directory->begin > file.size() || directory->size > file.size() - directory->begin) return damaged("its table of contents lies outside the file");
  if (directory->entries > kMaxEntries) return damaged("it claims " + std::to_string(directory->entries) + " entries");

  std::span<const std::uint8_t> rest = file.subspan(static_cast<std::size_t>(directory->begin), static_cast<std::size_t>(directory->size));
  std::vector<ZipEntry> entries;
  std::set<std::string> names;
  for (std::uint64_t i = 0; i < directory->entries; ++i) {
    const std::string number = "entry " + std::to_string(i + 1);
    if (rest.size() < kCentralSize || load<std::uint32_t>(rest, 0) != kCentralMark) return damaged(number + " of its table of contents is missing");
    const auto flags = load<std::uint16_t>(rest, 8), method = load<std::uint16_t>(rest, 10);
    const std::size_t name_length = load<std::uint16_t>(rest, 28), extra_length = load<std::uint16_t>(rest, 30), comment_length = load<std::uint16_t>(rest, 32);
    if (name_length + extra_length + comment_length > rest.size() - kCentralSize) return damaged(number + " of its table of contents ends early");
    Extents extents{load<std::uint32_t>(rest, 24), load<std::uint32_t>(rest, 20), load<std::uint32_t>(rest, 42)};
    ZipEntry entry;
    entry.name.assign(reinterpret_cast<const char*>(rest.data()) + kCentralSize, name_length);
    const std::string shown = printable(entry.name, 80);
    if (!read_wide(rest.subspan(kCentralSize + name_length, extra_length), extents)) return damaged("the sizes of " + shown + " are missing");
    rest = rest.subspan(kCentralSize + name_length + extra_length + comment_length);
    if (flags & 1) return fail(shown + " in it is encrypted, which cannot be read");
    if (method != 0 && method != 8) return fail(shown + " in it is packed by method " + std::to_string(method) + "; stored and deflated entries work");
    if (!names.insert(entry.name).second) return damaged(shown + " occurs twice");
    if (extents.offset > file.size() || file.size() - extents.offset < kLocalSize || load<std::uint32_t>(file, static_cast<std::size_t>(extents.offset)) != kLocalMark)
      return damaged(shown + " is not where its table of contents says");
    const auto local = static_cast<std::size_t>(extents.offset);
    const std::size_t begin = local + kLocalSize + load<std::uint16_t>(file, local + 26) + load<std::uint16_t>(file, local + 28);
    if (begin > file.size() || extents.packed > file.size() - begin) return damaged(shown + " ends outside the file");
    if (method == 0 && extents.packed != extents.size) return damaged(shown + " claims two different sizes");
    entry.deflated = method == 8;
    entry.size = extents.size;
    entry.bytes = file.subspan(begin, static_cast<std::size_t>(extents.packed));
    entries.push_back(std::move(entry));
  }
  return entries;
}

Result<std::vector<std::uint8_t>> unpack(const std::string& name, const ZipEntry& entry) {
  // DEFLATE cannot make more than 1032 bytes of one: a claim beyond that is refused before memory is asked for.
  constexpr std::uint64_t kMaxRatio = 1032;
  const std::string shown = printable(name) + ": " + printable(entry.name, 80) + " in it ";
  if (entry.size / kMaxRatio > entry.bytes.size()) return Error{shown + "claims " + std::to_string(entry.size) + " bytes, more than its packed bytes can hold"};
  if (std::max<std::uint64_t>(entry.size, entry.bytes.size()) > static_cast<std::uint64_t>(std::numeric_limits<int>::max() - 16))
    return Error{shown + "is too large to be unpacked (2 GB at most); archives written without compression work"};
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(entry.size));
  if (!inflate(entry.bytes, bytes)) return Error{shown + "is damaged: it does not unpack to " + std::to_string(entry.size) + " bytes"};
  return bytes;
}

}  // namespace vitscope
