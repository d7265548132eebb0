// Reading and writing whole files.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/result.h"

namespace vitscope {

/// The bytes of a regular file, at most `limit`. Errors: "PATH: no such file", "PATH: is a folder", "PATH: permission denied", ...
Result<std::vector<std::uint8_t>> read_file(const std::string& path, std::uint64_t limit = std::uint64_t{64} << 30);
/// Writes beside the target and renames, so that the file appears whole or not at all. Without `force` an existing file is an error
/// ("PATH: exists already; give --force to overwrite it").
Result<std::monostate> write_file(const std::string& path, std::span<const std::uint8_t> bytes, bool force);
/// The same for bytes that lie in several pieces, written one after the other.
Result<std::monostate> write_file_parts(const std::string& path, std::span<const std::span<const std::uint8_t>> parts, bool force);
/// CRC-32 (ISO 3309, as in PNG and zip).
std::uint32_t crc32(std::span<const std::uint8_t> bytes);

}  // namespace vitscope
