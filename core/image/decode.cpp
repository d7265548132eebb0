#include <algorithm>
#include <new>
#include <optional>
#include <variant>

#include "core/files.h"
#include "core/image/exif.h"
#include "core/image/jpeg_check.h"
#include "core/image/limits.h"
#include "core/image/npy_picture.h"
#include "core/image/png_check.h"
#include "core/image/pnm.h"
#include "core/image/stb_decode.h"
#include "core/text.h"

namespace vitscope {

namespace {

constexpr std::string_view kWhatWorks = "PNG, JPEG, BMP, GIF, TGA, PSD, PPM, PGM, HDR and .npy work";

using Decoder = Result<RawPicture> (*)(const std::string& name, std::span<const std::uint8_t> file);

struct Signature {
  std::size_t offset;
  std::string_view bytes;
  std::variant<StbFormat, Decoder, std::string_view> meaning;  ///< who decodes it, or the name of a kind that is not supported
};
constexpr Signature kSignatures[] = {
    {0, "\x93NUMPY", decode_npy},
    {0, "\x89PNG\r\n\x1A\n", StbFormat::png},
    {0, "\xFF\xD8\xFF", StbFormat::jpeg},
    {0, "GIF87a", StbFormat::gif},
    {0, "GIF89a", StbFormat::gif},
    {0, "8BPS", StbFormat::psd},
    {0, "P5", decode_pnm},
    {0, "P6", decode_pnm},
    {0, "#?RADIANCE\n", StbFormat::hdr},
    {0, "#?RGBE\n", StbFormat::hdr},
    {0, "BM", StbFormat::bmp},
    {8, "WEBP", "a WebP picture"},
    {4, "ftypavif", "an AVIF picture"},
    {4, "ftyp", "a HEIF picture or a film"},
    {0, std::string_view("II\x2A\0", 4), "a TIFF picture"},
    {0, std::string_view("MM\0\x2A", 4), "a TIFF picture"},
    {0, "%PDF", "a PDF document"},
    {0, "<svg", "an SVG drawing"},
    {0, "<?xml", "an XML document"},
    {0, std::string_view("PK\3\4", 4), "a zip archive (or .npz)"},
    {0, "\xFF\x0A", "a JPEG XL picture"},
    {0, "P1", "a PNM picture of kind P1"},
    {0, "P2", "a PNM picture of kind P2"},
    {0, "P3", "a PNM picture of kind P3"},
    {0, "P4", "a PNM picture of kind P4"},
    {0, "P7", "a PNM picture of kind P7"},
};

const Signature* signature_of(std::span<const std::uint8_t> file) {
  const auto matches = [&](const Signature& s) {
    return file.size() >= s.offset + s.bytes.size() && std::equal(s.bytes.begin(), s.bytes.end(), file.begin() + static_cast<std::ptrdiff_t>(s.offset),
                                                                  [](char c, std::uint8_t b) { return static_cast<std::uint8_t>(c) == b; });
  };
  const auto found = std::find_if(std::begin(kSignatures), std::end(kSignatures), matches);
  return found == std::end(kSignatures) ? nullptr : found;
}

bool named_as_tga(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return name.ends_with(".tga") || name.ends_with(".icb") || name.ends_with(".vda") || name.ends_with(".vst");
}

Result<RawPicture> decode_raw(const std::string& name, std::span<const std::uint8_t> file) {
  const auto fail = [&](const std::string& what) { return Error{printable(name) + ": " + what}; };
  if (file.empty()) return fail("the file is empty");
  const Signature* signature = signature_of(file);
  if (!signature && named_as_tga(name)) return decode_with_stb(name, file, StbFormat::tga);
  if (!signature) return fail("is no picture of a known kind; " + std::string(kWhatWorks));
  if (const auto* other = std::get_if<std::string_view>(&signature->meaning)) return fail("is " + std::string(*other) + "; " + std::string(kWhatWorks));
  if (const auto* decoder = std::get_if<Decoder>(&signature->meaning)) return (*decoder)(name, file);
  const StbFormat format = std::get<StbFormat>(signature->meaning);
  if (format == StbFormat::png) {
    if (const auto damage = png_damage(file)) return fail("damaged PNG (" + *damage + ")");
  }
  if (format == StbFormat::jpeg) {
    if (const auto damage = jpeg_damage(file)) return fail("damaged JPEG (" + *damage + ")");
  }
  return decode_with_stb(name, file, format);
}

/// Colours laid over white by their alpha, in the last channel; nothing when the picture has no alpha.
template <class T, class Mix>
std::vector<T> over_white(std::span<const T> in, std::size_t channels, T opaque, bool& transparent, Mix mix) {
  std::vector<T> out;
  out.reserve(in.size() / channels * (channels - 1));
  transparent = false;
  for (std::size_t i = 0; i + channels <= in.size(); i += channels) {
    const T alpha = in[i + channels - 1];
    transparent = transparent || alpha != opaque;
    for (std::size_t c = 0; c + 1 < channels; ++c) out.push_back(mix(in[i + c], alpha));
  }
  return out;
}

void lay_over_white(RawPicture& raw) {
  const Image& image = raw.image;
  const int channels = image.channels();
  if (channels != 2 && channels != 4) return;
  bool transparent = false;
  if (image.is_bytes()) {
    auto bytes = over_white<std::uint8_t>(image.bytes(), static_cast<std::size_t>(channels), 255, transparent,
                                          [](unsigned v, unsigned a) { return static_cast<std::uint8_t>((v * a + 255 * (255 - a) + 127) / 255); });
    raw.image = Image::of_bytes(image.width(), image.height(), channels - 1, std::move(bytes));
  } else {
    auto floats = over_white<float>(image.floats(), static_cast<std::size_t>(channels), 1.0f, transparent, [](float v, float a) { return v * a + (1.0f - a); });
    raw.image = Image::of_floats(image.width(), image.height(), channels - 1, std::move(floats));
  }
  if (transparent) raw.notes.push_back("transparency laid over white");
}

}  // namespace

Result<Picture> decode_picture(std::string name, std::span<const std::uint8_t> file) try {
  if (file.size() > kMaxPictureFile)
    return Error{printable(name) + ": is larger than the " + std::to_string(kMaxPictureFile) + " bytes that a picture may have"};
  auto raw = decode_raw(name, file);
  if (!raw) return raw.error();
  lay_over_white(*raw);
  const int orientation = exif_orientation(file);
  if (orientation != 1) raw->notes.push_back(std::string(orientation_text(orientation)) + " (EXIF orientation " + std::to_string(orientation) + ")");
  Picture picture;
  picture.image = upright(std::move(raw->image), orientation);
  picture.notes = std::move(raw->notes);
  picture.crc = crc32(file);
  picture.name = std::move(name);
  return picture;
} catch (const std::bad_alloc&) {
  return Error{printable(name) + ": not enough memory to decode the picture"};
}

Result<Picture> load_picture(const std::string& path) {
  const auto file = read_file(path, kMaxPictureFile);
  if (!file) return file.error();
  auto picture = decode_picture(path, *file);
  if (!picture) return picture.error();
  picture->path = path;
  picture->name = path.substr(path.rfind('/') + 1);
  return picture;
}

}  // namespace vitscope
