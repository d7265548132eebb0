#include "core/image/preprocess.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "tests/core/file_makers.h"

using namespace vitscope;
using namespace vitscope::test;

namespace {

PicturePtr picture_of(Image image) {
  auto picture = std::make_shared<Picture>();
  picture->name = "test";
  picture->image = std::move(image);
  return picture;
}

/// Every pixel tells where it is: red grows to the right, green downwards.
PicturePtr ramp(int width, int height, int channels = 3) {
  std::vector<float> values;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c) {
        values.push_back(c == 0   ? (static_cast<float>(x) + 0.5f) / static_cast<float>(width)
                         : c == 1 ? (static_cast<float>(y) + 0.5f) / static_cast<float>(height)
                                  : 0.25f);
      }
  return picture_of(Image::of_floats(width, height, channels, values));
}

PreprocessSpec spec_of(int height, int width, ResizeMode mode, double fraction = 1.0) {
  PreprocessSpec spec;
  spec.height = height;
  spec.width = width;
  spec.mode = mode;
  spec.crop_fraction = fraction;
  return spec;
}

void check_near(const Box& got, const Box& want) {
  CHECK(got.x0 == Approx(want.x0).margin(1e-9));
  CHECK(got.y0 == Approx(want.y0).margin(1e-9));
  CHECK(got.x1 == Approx(want.x1).margin(1e-9));
  CHECK(got.y1 == Approx(want.y1).margin(1e-9));
}

}  // namespace

TEST_CASE("crop takes the sizes and corners that torchvision takes", "[preprocess]") {
  struct Case {
    int width, height, size;
    double fraction;
    int resized_width, resized_height, left, top;
  };
  // Worked out by hand from Resize (short side to floor(size / fraction), long side cut down) and CenterCrop (round half to even).
  const Case cases[] = {
      {500, 332, 224, 0.875, 385, 256, 80, 16},                                          // (385 - 224) / 2 = 80.5 -> 80
      {335, 500, 224, 1.0, 224, 334, 0, 55},    {500, 408, 224, 0.9, 303, 248, 40, 12},  // 39.5 -> 40
      {33, 31, 32, 1.0, 34, 32, 1, 0},          {31, 34, 32, 1.0, 32, 35, 0, 2},         // 1.5 -> 2
      {100, 37, 32, 1.0, 86, 32, 27, 0},        {64, 64, 32, 0.5, 64, 64, 16, 16},
  };
  for (const Case& c : cases) {
    INFO(c.width << " x " << c.height << " to " << c.size << " at " << c.fraction);
    const auto input = preprocess(ramp(c.width, c.height), spec_of(c.size, c.size, ResizeMode::crop, c.fraction));
    const double sx = static_cast<double>(c.width) / c.resized_width, sy = static_cast<double>(c.height) / c.resized_height;
    check_near(input->map.to_original(Box{0, 0, static_cast<double>(c.size), static_cast<double>(c.size)}),
               {c.left * sx, c.top * sy, (c.left + c.size) * sx, (c.top + c.size) * sy});
    CHECK(input->pixels.shape() == Shape{3, c.size, c.size});
  }
}

TEST_CASE("the map tells where a model pixel lies in the original picture", "[preprocess]") {
  // On a ramp the pixel's value is its position, so the map can be read off the picture that comes out.
  for (const ResizeMode mode : {ResizeMode::crop, ResizeMode::stretch, ResizeMode::pad}) {
    for (const auto& [w, h, mh, mw] :
         {std::tuple{120, 90, 32, 32}, {90, 120, 32, 32}, {300, 50, 24, 48}, {40, 260, 48, 24}, {20, 16, 60, 100}, {64, 64, 64, 64}}) {
      INFO(name_of(mode) << " " << w << " x " << h << " to " << mw << " x " << mh);
      const auto input = preprocess(ramp(w, h), spec_of(mh, mw, mode, 0.9));
      const PixelMap& map = input->map;
      const Box covered = map.covered();
      int seen = 0;
      for (int y = 0; y < mh; ++y) {
        for (int x = 0; x < mw; ++x) {
          const Point centre{x + 0.5, y + 0.5}, original = map.to_original(centre);
          CHECK(map.to_model(original).x == Approx(centre.x).margin(1e-9));
          CHECK(map.to_model(original).y == Approx(centre.y).margin(1e-9));
          if (!covered.contains(centre)) {
            CHECK(input->pixels.at(0, y, x) == 0.5f);
            continue;
          }
          // The kernel reaches over the edge of the picture, where the ramp is no longer straight.
          const double margin_x = 3 * std::max(1.0, (map.to_original(Point{1, 0}).x - map.to_original(Point{0, 0}).x));
          const double margin_y = 3 * std::max(1.0, (map.to_original(Point{0, 1}).y - map.to_original(Point{0, 0}).y));
          if (original.x < margin_x || original.x > w - margin_x || original.y < margin_y || original.y > h - margin_y) continue;
          ++seen;
          CHECK(input->pixels.at(0, y, x) * static_cast<float>(w) == Approx(original.x).margin(0.02));
          CHECK(input->pixels.at(1, y, x) * static_cast<float>(h) == Approx(original.y).margin(0.02));
        }
      }
      CHECK(seen > 20);
    }
  }
}

TEST_CASE("seen and covered parts", "[preprocess]") {
  const auto stretched = preprocess(ramp(30, 20), spec_of(8, 8, ResizeMode::stretch));
  check_near(stretched->map.seen(), {0, 0, 30, 20});
  check_near(stretched->map.covered(), {0, 0, 8, 8});
  const auto padded = preprocess(ramp(30, 20), spec_of(12, 12, ResizeMode::pad));
  check_near(padded->map.seen(), {0, 0, 30, 20});
  check_near(padded->map.covered(), {0, 2, 12, 10});
  const auto cropped = preprocess(ramp(30, 20), spec_of(20, 20, ResizeMode::crop));
  check_near(cropped->map.seen(), {5, 0, 25, 20});
  check_near(cropped->map.covered(), {0, 0, 20, 20});
}

TEST_CASE("a picture of the model's size passes unchanged in every mode", "[preprocess]") {
  Bytes bytes;
  for (int i = 0; i < 6 * 10 * 3; ++i) bytes.push_back(static_cast<std::uint8_t>(i * 37));
  for (const ResizeMode mode : {ResizeMode::crop, ResizeMode::stretch, ResizeMode::pad}) {
    const auto input = preprocess(picture_of(Image::of_bytes(10, 6, 3, bytes)), spec_of(6, 10, mode));
    for (int c = 0; c < 3; ++c)
      for (int y = 0; y < 6; ++y)
        for (int x = 0; x < 10; ++x) CHECK(input->pixels.at(c, y, x) == static_cast<float>(bytes[static_cast<std::size_t>((y * 10 + x) * 3 + c)]) / 255.0f);
  }
}

TEST_CASE("normalising and channels", "[preprocess]") {
  PreprocessSpec spec = spec_of(2, 2, ResizeMode::stretch);
  spec.mean = {0.5f, 0.25f, 0.0f, 0.0f};
  spec.std = {0.5f, 0.25f, 1.0f, 1.0f};
  SECTION("each channel has its own mean and deviation") {
    const auto input = preprocess(picture_of(Image::of_bytes(2, 2, 3, Bytes(12, 255))), spec);
    CHECK(input->values.at(0, 0, 0) == 1.0f);
    CHECK(input->values.at(1, 1, 1) == 3.0f);
    CHECK(input->values.at(2, 0, 1) == 1.0f);
    CHECK(input->notes.empty());
  }
  SECTION("grey is repeated") {
    const auto input = preprocess(picture_of(Image::of_bytes(2, 2, 1, {0, 51, 102, 255})), spec);
    for (int c = 0; c < 3; ++c) CHECK(input->pixels.at(c, 0, 1) == 0.2f);
    CHECK(input->notes == std::vector<std::string>{"grey picture repeated for 3 channels"});
  }
  SECTION("colours fill other numbers of channels in turn") {
    for (const int channels : {2, 4, 5, 256}) {
      spec.channels = channels;
      const auto input = preprocess(picture_of(Image::of_bytes(1, 1, 3, {255, 51, 0})), spec);
      const float colours[] = {1.0f, 0.2f, 0.0f};
      for (int c = 0; c < channels; ++c) {
        CHECK(input->pixels.at(c, 0, 0) == colours[c % 3]);
        // Beyond four channels the constants are those of the colours.
        const auto own = static_cast<std::size_t>(channels > 4 ? c % 3 : c);
        CHECK(input->values.at(c, 0, 0) == (colours[c % 3] - spec.mean[own]) / spec.std[own]);
      }
      CHECK(input->notes == std::vector<std::string>{"the " + std::to_string(channels) + " channels are red, green and blue of the picture in turn"});
    }
    const auto grey = preprocess(picture_of(Image::of_bytes(1, 1, 1, {51})), spec);
    CHECK(grey->pixels.at(255, 0, 0) == 0.2f);
    CHECK(grey->notes == std::vector<std::string>{"grey picture repeated for 256 channels"});
  }
  SECTION("colour becomes luma") {
    spec.channels = 1;
    const auto input = preprocess(picture_of(Image::of_bytes(1, 1, 3, {255, 0, 0})), spec);
    CHECK(input->pixels.at(0, 0, 0) == Approx(0.299));
    CHECK(input->notes.size() == 1);
  }
  SECTION("float pictures stay within 0..1") {
    std::vector<float> edge(40, 0.0f);
    std::fill(edge.begin() + 20, edge.end(), 1.0f);
    spec.height = 1;
    spec.width = 100;
    const auto input = preprocess(picture_of(Image::of_floats(40, 1, 1, edge)), spec);
    for (const float v : input->pixels.values()) CHECK((v >= 0 && v <= 1));
  }
}

TEST_CASE("extreme shapes and fractions", "[preprocess]") {
  const auto column = preprocess(picture_of(Image::of_bytes(1, 20000, 1, Bytes(20000, 9))), spec_of(224, 224, ResizeMode::crop));
  CHECK(column->pixels.at(0, 100, 100) == 9 / 255.0f);
  check_near(column->map.seen(), {0, 9999.5, 1, 10000.5});
  const auto row = preprocess(picture_of(Image::of_bytes(20000, 1, 1, Bytes(20000, 9))), spec_of(32, 16, ResizeMode::pad));
  CHECK(row->map.covered().height() == 1);
  for (const double fraction : {0.0, -1.0, 1e-300, 2.0, std::nan("")}) {
    CHECK(preprocess(ramp(40, 30), spec_of(8, 8, ResizeMode::crop, fraction))->pixels.shape() == Shape{3, 8, 8});
  }
}

TEST_CASE("input values are fed as they are", "[preprocess]") {
  const std::string path = temporary_path("values.npy");
  const auto refusal = [&](const Bytes& file) {
    REQUIRE(write_file(path, file, true).ok());
    const auto input = load_input_values(path);
    REQUIRE_FALSE(input.ok());
    return input.error().text;
  };
  REQUIRE(write_file(path, npy("<f4", "(1, 2, 3)", raw<float>({-5, 1, 2, 3, 4, 300})), true).ok());
  const auto input = load_input_values(path).value();
  CHECK(input->values.shape() == Shape{1, 2, 3});
  CHECK(input->values.at(0, 1, 2) == 300.0f);
  CHECK(input->values.at(0, 0, 0) == -5.0f);
  CHECK(input->pixels.shape() == Shape{1, 2, 3});
  CHECK(input->map.to_original(Point{1.5, 0.5}) == Point{1.5, 0.5});
  CHECK(input->picture == nullptr);
  CHECK(path.ends_with("/" + input->name));
  CHECK(refusal(npy("<f8", "(1, 1, 1)", Bytes(8))) == path + ": holds numbers of type f8, expected f4 (float32) of shape [channels, height, width]");
  CHECK(refusal(npy("<f4", "(2, 2)", Bytes(16))) == path + ": has the shape 2 x 2, expected [channels, height, width] with 1 to 1024 channels");
  CHECK(refusal(npy("<f4", "(1025, 1, 1)", Bytes(4100))).find("1 to 1024 channels") != std::string::npos);
  CHECK(refusal(npy("<f4", "(1, 1, 1)", {0, 0, 0xC0, 0x7F})).find("NaN") != std::string::npos);
  CHECK(refusal(bytes_of("text")).find("is not a .npy file") != std::string::npos);
  std::remove(path.c_str());
}
