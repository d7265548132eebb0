#include "app/embed/embedded.h"

#include <cstddef>

namespace {
struct Entry {
  const char* name;
  const unsigned char* begin;
  const unsigned char* end;
};
}  // namespace

extern "C" {
#include "table.inc"
}

namespace vitscope {

std::span<const std::uint8_t> embedded(std::string_view name) {
  for (const Entry& entry : kEntries)
    if (name == entry.name) return {entry.begin, static_cast<std::size_t>(entry.end - entry.begin)};
  return {};
}

std::vector<std::string_view> embedded_names() {
  std::vector<std::string_view> names;
  for (const Entry& entry : kEntries) names.emplace_back(entry.name);
  return names;
}

}  // namespace vitscope
