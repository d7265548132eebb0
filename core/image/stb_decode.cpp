#include "core/image/stb_decode.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "core/image/limits.h"
#include "core/text.h"

// Zeroed memory: where a damaged file leaves pixels unwritten, what is read is at least always the same.
#define STBI_MALLOC(size) std::calloc(1, size)
#define STBI_REALLOC(p, size) std::realloc(p, size)
#define STBI_FREE(p) std::free(p)
#define STBI_MAX_DIMENSIONS 32768
#define STBI_NO_STDIO
#define STBI_NO_PIC
#define STBI_NO_PNM
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wnull-dereference"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"
#include <stb_image.h>
#pragma GCC diagnostic pop

namespace vitscope {

namespace {

/// Feeds a decoder and notices when it asks for more than there is, which stb_image itself answers with zeros.
class Source {
 public:
  explicit Source(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  bool ran_out() const { return ran_out_; }

  static stbi_io_callbacks callbacks() { return {&Source::read, &Source::skip, &Source::eof}; }

 private:
  static constexpr int kRefill = sizeof(stbi__context::buffer_start);  ///< stb_image asks for so much ahead, whether it needs it or not

  static int read(void* self, char* to, int size) {
    Source& source = *static_cast<Source*>(self);
    const auto wanted = static_cast<std::size_t>(std::max(size, 0));
    const std::size_t got = std::min(wanted, source.bytes_.size());
    if (got > 0) std::memcpy(to, source.bytes_.data(), got);
    source.bytes_ = source.bytes_.subspan(got);
    if (got < wanted && (got == 0 || size != kRefill)) source.ran_out_ = true;
    return static_cast<int>(got);
  }
  static void skip(void* self, int count) {
    Source& source = *static_cast<Source*>(self);
    const auto wanted = static_cast<std::size_t>(std::max(count, 0));
    if (wanted > source.bytes_.size()) source.ran_out_ = true;
    source.bytes_ = source.bytes_.subspan(std::min(wanted, source.bytes_.size()));
  }
  static int eof(void* self) { return static_cast<Source*>(self)->bytes_.empty() ? 1 : 0; }

  std::span<const std::uint8_t> bytes_;
  bool ran_out_ = false;
};

struct FormatFacts {
  StbFormat format;
  const char* name;
  std::int64_t pixels_per_byte;  ///< more than this no whole file of the format can hold
};
constexpr FormatFacts kFormats[] = {
    {StbFormat::png, "PNG", 16384}, {StbFormat::jpeg, "JPEG", 4096}, {StbFormat::bmp, "BMP", 8},   {StbFormat::gif, "GIF", 4096},
    {StbFormat::psd, "PSD", 128},   {StbFormat::hdr, "HDR", 128},    {StbFormat::tga, "TGA", 128},
};

struct Free {
  void operator()(void* p) const { std::free(p); }
};
template <class T>
using Pixels = std::unique_ptr<T[], Free>;

/// stb_image sets no reason on some of its ways out, and puts bytes of the file into others.
std::string failure_reason() {
  const char* reason = stbi_failure_reason();
  return reason ? printable(reason) : "its content makes no sense";
}

/// Radiance values are linear light; screens and the other formats are not.
std::vector<float> to_display(std::span<const float> linear) {
  std::vector<float> values(linear.size());
  std::transform(linear.begin(), linear.end(), values.begin(), [](float v) { return std::pow(std::clamp(v, 0.0f, 1.0f), 1.0f / 2.2f); });
  return values;
}

}  // namespace

Result<RawPicture> decode_with_stb(const std::string& name, std::span<const std::uint8_t> file, StbFormat format) {
  const FormatFacts& facts = *std::find_if(std::begin(kFormats), std::end(kFormats), [&](const FormatFacts& f) { return f.format == format; });
  const auto damaged = [&](std::string why) { return Error{printable(name) + ": damaged or unsupported " + facts.name + " (" + std::move(why) + ")"}; };
  const stbi_io_callbacks callbacks = Source::callbacks();
  int width = 0, height = 0, channels = 0;
  {
    Source source(file);
    if (!stbi_info_from_callbacks(&callbacks, &source, &width, &height, &channels)) {
      return damaged(source.ran_out() ? std::string("the file ends early") : failure_reason());
    }
  }
  if (const auto off = size_refusal(width, height)) return Error{printable(name) + ": " + *off};
  const std::int64_t pixels = std::int64_t{width} * height;
  if (pixels / facts.pixels_per_byte > static_cast<std::int64_t>(file.size())) {
    return damaged("claims " + std::to_string(width) + " x " + std::to_string(height) + " pixels in " + std::to_string(file.size()) + " bytes");
  }
  const bool sixteen = [&] {
    Source source(file);
    return stbi_is_16_bit_from_callbacks(&callbacks, &source) != 0;
  }();

  Source source(file);
  RawPicture raw;
  const int expected_width = width, expected_height = height;
  const auto whole = [&](const void* p) { return p && !source.ran_out() && width == expected_width && height == expected_height; };
  const auto refuse = [&](const void* p) {
    if (source.ran_out()) return damaged("the file ends early");
    return damaged(p ? std::string("its sizes contradict each other") : failure_reason());
  };
  const auto count = [&] { return static_cast<std::size_t>(pixels) * static_cast<std::size_t>(channels); };
  if (format == StbFormat::hdr) {
    const Pixels<float> values(stbi_loadf_from_callbacks(&callbacks, &source, &width, &height, &channels, 3));
    if (!whole(values.get())) return refuse(values.get());
    channels = 3;
    raw.image = Image::of_floats(width, height, channels, to_display({values.get(), count()}));
    raw.notes.push_back("light above 1 clipped, gamma 2.2 applied");
  } else if (sixteen) {
    const Pixels<stbi_us> values(stbi_load_16_from_callbacks(&callbacks, &source, &width, &height, &channels, 0));
    if (!whole(values.get())) return refuse(values.get());
    std::vector<float> floats(count());
    std::transform(values.get(), values.get() + floats.size(), floats.begin(), [](stbi_us v) { return static_cast<float>(v) / 65535.0f; });
    raw.image = Image::of_floats(width, height, channels, std::move(floats));
  } else {
    const Pixels<stbi_uc> values(stbi_load_from_callbacks(&callbacks, &source, &width, &height, &channels, 0));
    if (!whole(values.get())) return refuse(values.get());
    raw.image = Image::of_bytes(width, height, channels, {values.get(), values.get() + count()});
  }
  return raw;
}

bool inflate(std::span<const std::uint8_t> from, std::span<std::uint8_t> to) {
  // stb_image looks ahead for the check sum that follows the data in a zlib stream; raw data have none.
  constexpr std::size_t kAhead = 8;
  std::vector<std::uint8_t> padded(from.begin(), from.end());
  padded.resize(padded.size() + kAhead);
  const int made = stbi_zlib_decode_noheader_buffer(reinterpret_cast<char*>(to.data()), static_cast<int>(to.size()),
                                                    reinterpret_cast<const char*>(padded.data()), static_cast<int>(padded.size()));
  return made >= 0 && static_cast<std::size_t>(made) == to.size();
}

}  // namespace vitscope
