// Python's pickle format, read as data: classes and functions stay names, and nothing is ever called.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"

namespace vitscope {

/// The number of a value in its Pickle. Values refer to each other by number, so that files may nest them as deeply as they like, or in circles.
using PickleRef = std::uint32_t;

enum class PickleKind : std::uint8_t { none, boolean, integer, real, text, bytes, tuple, list, dictionary, set, name, object, persistent };

struct PickleValue {
  PickleKind kind = PickleKind::none;
  std::int64_t integer = 0;   ///< of a boolean 0 or 1; integers beyond 64 bits are `bytes`, little-endian
  double real = 0;            ///< of an integer too
  std::string_view text;      ///< of text and bytes, inside the bytes that were parsed
  std::vector<PickleRef> items;  ///< members of a tuple, list or set; of a name its module and itself; of an object its maker and the maker's arguments; of `persistent` its id
  std::vector<std::pair<PickleRef, PickleRef>> entries;  ///< of a dictionary, or of an object that behaves like one
  PickleRef state = 0;  ///< what an object (or an ordered dictionary with attributes) was told to take over; 0 is None
};

struct Pickle {
  std::vector<PickleValue> values;  ///< the first is None
  PickleRef root = 0;
  std::size_t size = 0;  ///< bytes up to the end of this pickle; others may follow

  const PickleValue& operator[](PickleRef ref) const { return values[ref]; }
  /// "module.name" of a name; empty for anything else.
  std::string name_of(PickleRef ref) const;
  /// The entry of a dictionary under a text; 0, which is None, without one.
  PickleRef entry(PickleRef dictionary, std::string_view key) const;
};

/// Reads one pickle of protocol 2 to 5 (Lib/pickletools.py of CPython describes the opcodes) from the front of `bytes`, which must outlive it. Errors say what is
/// wrong, without a file's name: opcodes that are unknown or take what is not there, ends that are missing, more than a million values.
Result<Pickle> parse_pickle(std::span<const std::uint8_t> bytes);

}  // namespace vitscope
