// .npy files as pictures and as model inputs.
#include "core/image/npy_picture.h"

#include <array>
#include <cmath>
#include <cstdio>

#include "core/files.h"
#include "core/image/channels.h"
#include "core/image/limits.h"
#include "core/image/npy.h"
#include "core/image/preprocess.h"
#include "core/text.h"

namespace vitscope {

namespace {

std::string number_text(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g", value);
  return text.data();
}

/// A shape such as 3 x 32 x 32, with the channels in front.
bool channels_first(const std::vector<std::int64_t>& shape) { return shape.size() == 3 && (shape[0] == 1 || shape[0] == 3 || shape[0] == 4) && shape[2] > 4; }

}  // namespace

Result<RawPicture> decode_npy(const std::string& name, std::span<const std::uint8_t> file) {
  const auto fail = [&](const std::string& what) { return Error{printable(name) + ": " + what}; };
  const auto parsed = parse_npy(name, file);
  if (!parsed) return parsed.error();
  const NpyArray& array = *parsed;
  const auto& shape = array.shape;
  const bool three = shape.size() == 3;
  if (!(shape.size() == 2 || (three && shape[2] >= 1 && shape[2] <= 4))) {
    std::string line = "has the shape " + array.shape_text() + "; a picture has [height, width] or [height, width, 1 to 4 channels]";
    if (channels_first(shape)) line += "; move the channels from the first to the last axis";
    return fail(line);
  }
  if (!array.convertible()) return fail("holds numbers of type " + array.type + "; u1, u2, f2, f4 and f8 can be pictures");
  if (const auto off = size_refusal(shape[1], shape[0])) return fail(*off);

  RawPicture raw;
  const int height = static_cast<int>(shape[0]), width = static_cast<int>(shape[1]), channels = three ? static_cast<int>(shape[2]) : 1;
  if (array.type == "u1") {
    raw.image = Image::of_bytes(width, height, channels, array.bytes());
    return raw;
  }
  if (array.type == "u2") {
    raw.image = Image::of_floats(width, height, channels, array.floats(0, 1.0 / 65535.0));
    return raw;
  }
  const auto range = array.range();
  if (range.not_finite) {
    return fail(std::to_string(range.not_finite) + " of its " + std::to_string(array.size()) + " values " +
                (range.not_finite == 1 ? "is no finite number" : "are no finite numbers") + " (NaN or infinity)");
  }
  double offset = 0, factor = 1;
  const std::string span_text = number_text(range.min) + " to " + number_text(range.max);
  if (range.min >= 0 && range.max <= 1) {
    // 0 is black and 1 is white already
  } else if (range.min >= 0 && range.max <= 255) {
    factor = 1.0 / 255.0;
    raw.notes.push_back("values " + span_text + " divided by 255");
  } else if (channels == 2 || channels == 4) {
    return fail("values from " + span_text + " together with an alpha channel; 0 to 1 or 0 to 255 works");
  } else if (!std::isfinite(range.max - range.min)) {
    return fail("values from " + span_text + " span too far to be scaled to 0 to 1");
  } else if (std::isfinite(1.0 / (range.max - range.min))) {
    offset = range.min;
    factor = 1.0 / (range.max - range.min);
    raw.notes.push_back("values " + span_text + " scaled to 0 to 1");
  } else {
    offset = range.min - 0.5;
    raw.notes.push_back("all values are " + number_text(range.min) + ": shown as middle grey");
  }
  raw.image = Image::of_floats(width, height, channels, array.floats(offset, factor));
  return raw;
}

Result<InputPtr> load_input_values(const std::string& path) {
  const auto fail = [&](const std::string& what) { return Error{printable(path) + ": " + what}; };
  const auto file = read_file(path, kMaxPictureFile);
  if (!file) return file.error();
  const auto parsed = parse_npy(path, *file);
  if (!parsed) return parsed.error();
  const NpyArray& array = *parsed;
  if (array.type != "f4") return fail("holds numbers of type " + array.type + ", expected f4 (float32) of shape [channels, height, width]");
  if (array.shape.size() != 3 || array.shape[0] < 1 || array.shape[0] > kMostChannels) {
    return fail("has the shape " + array.shape_text() + ", expected [channels, height, width] with 1 to " + std::to_string(kMostChannels) + " channels");
  }
  if (const auto off = size_refusal(array.shape[2], array.shape[1])) return fail(*off);
  const auto range = array.range();
  if (range.not_finite) {
    return fail(std::to_string(range.not_finite) + " of its " + std::to_string(array.size()) + " values " +
                (range.not_finite == 1 ? "is no finite number" : "are no finite numbers") + " (NaN or infinity)");
  }
  const Shape shape{static_cast<int>(array.shape[0]), static_cast<int>(array.shape[1]), static_cast<int>(array.shape[2])};
  return input_of_values(path.substr(path.rfind('/') + 1), Tensor(shape, array.floats()));
}

}  // namespace vitscope
