#include "core/image/preprocess.h"

#include <algorithm>
#include <cmath>

#include "core/image/channels.h"
#include "core/image/resample.h"

namespace vitscope {

namespace {

/// How a picture lies behind the model input: the size it is resized to, and where the input's corner lies in that.
struct Placement {
  std::int64_t width = 0, height = 0;
  std::int64_t left = 0, top = 0;  ///< negative where the input is padded
};

/// Half of `n`, rounded to the nearest whole number, halves to the even one.
std::int64_t half_to_even(std::int64_t n) { return n / 2 + (n % 2 != 0 && (n / 2) % 2 != 0 ? 1 : 0); }

std::int64_t whole(double x) { return std::max<std::int64_t>(1, std::llrint(x)); }

/// `at` moved by the nearest whole number to `shift`, kept within 0..last.
std::int64_t moved(std::int64_t at, double shift, std::int64_t last) {
  const double wanted = static_cast<double>(at) + std::round(shift);
  return static_cast<std::int64_t>(std::clamp(wanted, 0.0, static_cast<double>(std::max<std::int64_t>(last, 0))));
}

Placement place_crop(std::int64_t w, std::int64_t h, const PreprocessSpec& spec) {
  const double fraction = spec.crop_fraction > 0 && spec.crop_fraction <= 1 ? std::max(spec.crop_fraction, 0.01) : 1.0;
  const auto box_width = static_cast<std::int64_t>(std::floor(spec.width / fraction));
  const auto box_height = static_cast<std::int64_t>(std::floor(spec.height / fraction));
  Placement place;
  if (box_width == box_height) {
    // The short side takes the length, the long side is cut down to a whole number.
    place.width = w <= h ? box_width : box_width * w / h;
    place.height = w <= h ? box_height * h / w : box_height;
  } else {
    const double across = static_cast<double>(box_width) / static_cast<double>(w), down = static_cast<double>(box_height) / static_cast<double>(h);
    place.width = across >= down ? box_width : std::max(box_width, whole(static_cast<double>(w) * down));
    place.height = across >= down ? std::max(box_height, whole(static_cast<double>(h) * across)) : box_height;
  }
  place.left = moved(half_to_even(place.width - spec.width), spec.shift_x * static_cast<double>(place.width) / static_cast<double>(w), place.width - spec.width);
  place.top = moved(half_to_even(place.height - spec.height), spec.shift_y * static_cast<double>(place.height) / static_cast<double>(h), place.height - spec.height);
  return place;
}

Placement place_pad(std::int64_t w, std::int64_t h, const PreprocessSpec& spec) {
  const double across = spec.width / static_cast<double>(w), down = spec.height / static_cast<double>(h);
  Placement place;
  place.width = across <= down ? spec.width : std::min<std::int64_t>(spec.width, whole(static_cast<double>(w) * down));
  place.height = across <= down ? std::min<std::int64_t>(spec.height, whole(static_cast<double>(h) * across)) : spec.height;
  place.left = -((spec.width - place.width) / 2);
  place.top = -((spec.height - place.height) / 2);
  return place;
}

Placement place(const Image& image, const PreprocessSpec& spec) {
  switch (spec.mode) {
    case ResizeMode::crop:
      return place_crop(image.width(), image.height(), spec);
    case ResizeMode::pad:
      return place_pad(image.width(), image.height(), spec);
    case ResizeMode::stretch:
      break;
  }
  return {spec.width, spec.height, 0, 0};
}

PixelMap map_of(const Image& image, const PreprocessSpec& spec, const Placement& place) {
  const double w = image.width(), h = image.height();
  return {w / static_cast<double>(place.width),
          static_cast<double>(place.left) * w / static_cast<double>(place.width),
          h / static_cast<double>(place.height),
          static_cast<double>(place.top) * h / static_cast<double>(place.height),
          Box{0, 0, w, h},
          Box{0, 0, static_cast<double>(spec.width), static_cast<double>(spec.height)}};
}

/// Channel c of the model at a pixel of the resized picture.
float channel_value(const Image& image, int y, int x, int c, int model_channels) {
  float value = 0;
  if (image.channels() == 1) value = image.value(y, x, 0);
  else if (model_channels == image.channels()) value = image.value(y, x, c);
  else if (colours_in_turn(model_channels)) value = image.value(y, x, std::min(colour_in_turn(c), image.channels() - 1));
  else value = 0.299f * image.value(y, x, 0) + 0.587f * image.value(y, x, 1) + 0.114f * image.value(y, x, 2);
  return std::clamp(value, 0.0f, 1.0f);  // a filtered float picture overshoots at edges as an 8-bit one would without clipping
}

void fill_pixels(Tensor& pixels, const Image& resized, int left, int top) {
  const int channels = pixels.dim(0), height = pixels.dim(1), width = pixels.dim(2);
  std::fill_n(pixels.edit(), pixels.size(), 0.5f);
  for (int c = 0; c < channels; ++c) {
    for (int y = 0; y < resized.height(); ++y) {
      float* out = pixels.edit() + (static_cast<std::ptrdiff_t>(c) * height + y + top) * width + left;
      for (int x = 0; x < resized.width(); ++x) out[x] = channel_value(resized, y, x, c, channels);
    }
  }
}

}  // namespace

Tensor normalised(const Tensor& pixels, const PreprocessSpec& spec) {
  Tensor values(pixels.shape());
  const auto plane = static_cast<std::size_t>(pixels.size() / pixels.dim(0));
  for (int c = 0; c < pixels.dim(0); ++c) {
    const std::size_t channel = static_cast<std::size_t>(c), own = constants_of(c, pixels.dim(0));
    const auto from = pixels.row(c);
    float* to = values.edit() + channel * plane;
    for (std::size_t i = 0; i < plane; ++i) to[i] = (from[i] - spec.mean[own]) / spec.std[own];
  }
  return values;
}

std::string_view name_of(ResizeMode mode) {
  switch (mode) {
    case ResizeMode::crop:
      return "crop";
    case ResizeMode::stretch:
      return "stretch";
    case ResizeMode::pad:
      break;
  }
  return "pad";
}

InputPtr preprocess(PicturePtr picture, const PreprocessSpec& spec) {
  const Image& image = picture->image;
  const Placement place = vitscope::place(image, spec);
  const ResizedPart part{std::max<std::int64_t>(place.left, 0), std::max<std::int64_t>(place.top, 0),
                         static_cast<int>(std::min<std::int64_t>(place.width, spec.width)),
                         static_cast<int>(std::min<std::int64_t>(place.height, spec.height))};
  const Image resized = resample_bicubic_part(image, place.width, place.height, part);

  auto input = std::make_shared<ModelInput>();
  input->name = picture->name;
  input->spec = spec;
  input->map = map_of(image, spec, place);
  input->pixels = Tensor({spec.channels, spec.height, spec.width});
  fill_pixels(input->pixels, resized, static_cast<int>(std::max<std::int64_t>(-place.left, 0)), static_cast<int>(std::max<std::int64_t>(-place.top, 0)));
  input->values = normalised(input->pixels, spec);
  if (image.channels() == 1 && spec.channels > 1) input->notes.push_back("grey picture repeated for " + std::to_string(spec.channels) + " channels");
  if (image.channels() != 1 && image.channels() != spec.channels) {
    input->notes.push_back(spec.channels == 1 ? "colours turned to grey: 0.299 R + 0.587 G + 0.114 B" : channels_text(spec.channels));
  }
  input->picture = std::move(picture);
  return input;
}

InputPtr input_of_values(std::string name, Tensor values) {
  auto input = std::make_shared<ModelInput>();
  input->name = std::move(name);
  input->spec.channels = values.dim(0);
  input->spec.height = values.dim(1);
  input->spec.width = values.dim(2);
  input->spec.mode = ResizeMode::stretch;
  input->spec.mean = {0, 0, 0, 0};
  input->spec.std = {1, 1, 1, 1};
  const Box box{0, 0, static_cast<double>(values.dim(2)), static_cast<double>(values.dim(1))};
  input->map = PixelMap(1, 0, 1, 0, box, box);
  input->pixels = Tensor(values.shape(), values.values());
  input->values = std::move(values);
  return input;
}

}  // namespace vitscope
