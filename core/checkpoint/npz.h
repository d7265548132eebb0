// NumPy's .npz archives.
#pragma once
#include <span>

#include "core/checkpoint/tensor_file.h"
#include "core/checkpoint/zip.h"

namespace vitscope {

/// A zip archive of .npy entries, stored or deflated. Names lose their ".npy".
Result<TensorFile> parse_npz(std::string name, std::shared_ptr<const std::vector<std::uint8_t>> memory, std::span<const ZipEntry> entries);

}  // namespace vitscope
