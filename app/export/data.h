// The numbers behind a figure, as CSV and .npy.
#pragma once
#include <string>

#include "app/figures/figure.h"
#include "core/result.h"

namespace vitscope::exporting {

/// Columns with one head line, '.' as decimal point, 9 significant digits; values that are not finite stay empty.
std::string to_csv(const figures::Table& table);
/// Little-endian float32 in C order, format version 1.0.
std::vector<std::uint8_t> to_npy(const Tensor& tensor);
/// kind "csv": BASE.csv of the columns, and BASE.TENSOR.csv for each tensor, its last axis as columns, all others
/// below each other. kind "npy": BASE.TENSOR.npy for each tensor and BASE.npy of the columns.
Result<std::monostate> write_table(const figures::Table& table, const std::string& base, const std::string& kind, bool force);

}  // namespace vitscope::exporting
