// A picture in memory, as it was stored: one or three channels, 8-bit or float.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace vitscope {

/// Row-major, channels interleaved. 8-bit pictures keep their bytes; 16-bit and float sources hold floats, where
/// 0 is black and 1 is white (16-bit sources are divided by 65535; float sources are kept and may leave 0..1).
class Image {
 public:
  Image() = default;
  static Image of_bytes(int width, int height, int channels, std::vector<std::uint8_t> bytes);
  static Image of_floats(int width, int height, int channels, std::vector<float> values);

  int width() const { return width_; }
  int height() const { return height_; }
  int channels() const { return channels_; }
  bool is_bytes() const { return !bytes_.empty(); }
  bool empty() const { return width_ == 0; }
  std::span<const std::uint8_t> bytes() const { return bytes_; }
  std::span<const float> floats() const { return floats_; }
  /// Value at row y, column x, channel c; bytes are divided by 255.
  float value(int y, int x, int c) const {
    const auto i = (static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x)) * static_cast<std::size_t>(channels_) +
                   static_cast<std::size_t>(c);
    return is_bytes() ? static_cast<float>(bytes_[i]) / 255.0f : floats_[i];
  }

 private:
  int width_ = 0, height_ = 0, channels_ = 0;
  std::vector<std::uint8_t> bytes_;
  std::vector<float> floats_;
};

/// A decoded picture with what a person calls it.
struct Picture {
  std::string name;       ///< file name without folders, or the name of a built-in picture
  std::string path;       ///< empty for built-in pictures
  std::uint32_t crc = 0;  ///< CRC-32 of the file's bytes, printed as eight hexadecimal digits
  Image image;
  std::vector<std::string> notes;  ///< what decoding changed, such as "alpha laid over white" or "turned by EXIF"
};
using PicturePtr = std::shared_ptr<const Picture>;

/// Decodes what stb_image reads (PNG, JPEG, BMP, GIF, TGA, PSD, PNM, HDR as far as stb does) and .npy pictures
/// ([H,W], [H,W,1|3|4]; u1, u2, f2?, f4, f8; little endian; C or Fortran order). Alpha is laid over white; EXIF
/// orientation is respected; two-channel pictures are grey with alpha. Sides from 1 to 32768 and at most 2^28 pixels.
/// Errors: one line that begins with `name`.
Result<Picture> decode_picture(std::string name, std::span<const std::uint8_t> file);
/// Reads and decodes a file. Errors name the path.
Result<Picture> load_picture(const std::string& path);

/// Antialiased bicubic resampling (a = -0.5, half-pixel centres, support widened when shrinking) of the whole picture, equal to
/// Pillow's Image.resize(BICUBIC): 8-bit pictures are rounded and clipped to 8 bits after each pass as Pillow does;
/// float pictures stay float. width, height >= 1.
Image resample_bicubic(const Image& image, int width, int height);
/// The same kernel on a float grid [rows, columns, channels] (position tables), without rounding.
std::vector<float> resample_bicubic(std::span<const float> grid, int rows, int columns, int channels, int new_rows, int new_columns);

}  // namespace vitscope
