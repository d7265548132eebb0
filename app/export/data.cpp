#include "app/export/data.h"

#include <cmath>
#include <cstdio>
#include <cstring>

#include "core/files.h"

namespace vitscope::exporting {

namespace {

std::string field(double value) {
  if (!std::isfinite(value)) return {};
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

std::string quoted(const std::string& name) {
  if (name.find_first_of(",\"\n") == std::string::npos) return name;
  std::string out = "\"";
  for (char c : name) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::string safe(std::string name) {
  for (char& c : name)
    if (c == '/' || c == ' ' || c == '\\') c = '_';
  return name;
}

std::string matrix_csv(const Tensor& tensor) {
  std::string out;
  const std::int64_t columns = tensor.dim(tensor.rank() - 1);
  for (std::int64_t i = 0; i < tensor.size(); ++i) out += field(static_cast<double>(tensor.data()[i])) + ((i + 1) % columns != 0 ? "," : "\n");
  return out;
}

std::span<const std::uint8_t> bytes_of(const std::string& text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

}  // namespace

std::string to_csv(const figures::Table& table) {
  std::string out;
  std::size_t rows = 0;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    out += (i ? "," : "") + quoted(table.columns[i].name);
    rows = std::max(rows, table.columns[i].values.size());
  }
  out += "\n";
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t i = 0; i < table.columns.size(); ++i)
      out += (i ? "," : "") + (r < table.columns[i].values.size() ? field(table.columns[i].values[r]) : std::string());
    out += "\n";
  }
  return out;
}

std::vector<std::uint8_t> to_npy(const Tensor& tensor) {
  std::string shape;
  for (int axis = 0; axis < tensor.rank(); ++axis) shape += std::to_string(tensor.dim(axis)) + (tensor.rank() == 1 ? "," : axis + 1 < tensor.rank() ? ", " : "");
  std::string head = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }";
  while ((10 + head.size() + 1) % 64 != 0) head += ' ';
  head += '\n';
  const std::uint8_t start[10] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, static_cast<std::uint8_t>(head.size() & 255), static_cast<std::uint8_t>(head.size() >> 8)};
  const std::size_t values = static_cast<std::size_t>(tensor.size()) * sizeof(float);
  std::vector<std::uint8_t> out(sizeof start + head.size() + values);
  std::memcpy(out.data(), start, sizeof start);
  std::memcpy(out.data() + sizeof start, head.data(), head.size());
  if (values > 0) std::memcpy(out.data() + sizeof start + head.size(), tensor.data(), values);
  return out;
}

Result<std::monostate> write_table(const figures::Table& table, const std::string& base, const std::string& kind, bool force) {
  if (kind == "csv") {
    if (!table.columns.empty())
      if (const auto written = write_file(base + ".csv", bytes_of(to_csv(table)), force); !written) return written.error();
    for (const auto& [name, tensor] : table.tensors)
      if (!tensor.empty() && tensor.rank() >= 1)
        if (const auto written = write_file(base + "." + safe(name) + ".csv", bytes_of(matrix_csv(tensor)), force); !written) return written.error();
    return std::monostate{};
  }
  for (const auto& [name, tensor] : table.tensors)
    if (!tensor.empty())
      if (const auto written = write_file(base + "." + safe(name) + ".npy", to_npy(tensor), force); !written) return written.error();
  if (!table.columns.empty()) {
    const auto rows = table.columns.front().values.size(), columns = table.columns.size();
    Tensor matrix({static_cast<int>(rows), static_cast<int>(columns)});
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t c = 0; c < columns; ++c) matrix.edit()[r * columns + c] = static_cast<float>(r < table.columns[c].values.size() ? table.columns[c].values[r] : std::nan(""));
    if (rows > 0)
      if (const auto written = write_file(base + ".npy", to_npy(matrix), force); !written) return written.error();
  }
  return std::monostate{};
}

}  // namespace vitscope::exporting
