#include "core/image/pnm.h"

#include <algorithm>
#include <optional>

#include "core/image/limits.h"
#include "core/text.h"

namespace vitscope {

namespace {

bool is_space(std::uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// The next whole number of the header, behind white space and comments; `at` ends up behind its digits.
std::optional<int> next_number(std::span<const std::uint8_t> file, std::size_t& at) {
  while (at < file.size() && (is_space(file[at]) || file[at] == '#')) {
    if (file[at] == '#') {
      while (at < file.size() && file[at] != '\n' && file[at] != '\r') ++at;
    } else {
      ++at;
    }
  }
  int value = 0;
  const std::size_t begin = at;
  for (; at < file.size() && file[at] >= '0' && file[at] <= '9'; ++at) {
    if (value > 10'000'000) return std::nullopt;
    value = value * 10 + (file[at] - '0');
  }
  return at > begin ? std::optional(value) : std::nullopt;
}

}  // namespace

Result<RawPicture> decode_pnm(const std::string& name, std::span<const std::uint8_t> file) {
  const auto fail = [&](const std::string& what) { return Error{printable(name) + ": " + what}; };
  std::size_t at = 2;
  const auto width = next_number(file, at), height = next_number(file, at), largest = next_number(file, at);
  if (!width || !height || !largest || at >= file.size() || !is_space(file[at])) return fail("damaged PNM (its header)");
  if (const auto off = size_refusal(*width, *height)) return fail(*off);
  if (*largest < 1 || *largest > 65535) return fail("damaged PNM (largest value " + std::to_string(*largest) + ", expected 1 to 65535)");
  const int channels = file[1] == '6' ? 3 : 1;
  const std::size_t item = *largest > 255 ? 2 : 1;
  const std::size_t count = static_cast<std::size_t>(*width) * static_cast<std::size_t>(*height) * static_cast<std::size_t>(channels);
  const auto data = file.subspan(at + 1);
  if (data.size() / item < count) return fail("damaged or unsupported PNM (the file ends early)");

  RawPicture raw;
  if (*largest == 255) {
    raw.image = Image::of_bytes(*width, *height, channels, {data.begin(), data.begin() + static_cast<std::ptrdiff_t>(count)});
    return raw;
  }
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    const int value = item == 2 ? data[2 * i] << 8 | data[2 * i + 1] : data[i];
    values[i] = static_cast<float>(std::min(value, *largest)) / static_cast<float>(*largest);
  }
  raw.image = Image::of_floats(*width, *height, channels, std::move(values));
  return raw;
}

}  // namespace vitscope
