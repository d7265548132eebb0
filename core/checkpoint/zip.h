// The table of contents of a zip archive, enough of the format for NumPy's .npz files and PyTorch's checkpoints.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"

namespace vitscope {

struct ZipEntry {
  std::string name;
  bool deflated = false;                ///< method 8; method 0 otherwise
  std::uint64_t size = 0;               ///< bytes when unpacked
  std::span<const std::uint8_t> bytes;  ///< as stored, inside the caller's bytes
};

bool looks_like_zip(std::span<const std::uint8_t> file);
/// Entries in the order of the central directory (PKWARE APPNOTE 6.3, sections 4.3 and 4.5.3), zip64 fields included. Every offset is checked; encrypted
/// entries, other methods, archives of several parts and doubled names are refused. Errors begin with `name`.
Result<std::vector<ZipEntry>> parse_zip(const std::string& name, std::span<const std::uint8_t> file);
/// The unpacked bytes of a deflated entry; errors begin with `name`.
Result<std::vector<std::uint8_t>> unpack(const std::string& name, const ZipEntry& entry);

}  // namespace vitscope
