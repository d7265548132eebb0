#include "core/image/resample.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/core/file_makers.h"

using namespace vitscope;
using namespace vitscope::test;

namespace {

Image load_resample(const std::string& name) { return load_picture(data_path("golden/resample/" + name)).value().image; }

/// Reproducible bytes without a pattern, from `low` to `low` + 255 / `narrow`.
Image noise(int width, int height, int channels, int low = 0, int narrow = 1) {
  Bytes bytes(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * static_cast<std::size_t>(channels));
  std::uint32_t state = 12345;
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(low + static_cast<int>((state = state * 1664525u + 1013904223u) >> 24) / narrow);
  return Image::of_bytes(width, height, channels, bytes);
}

Image as_floats(const Image& image) {
  std::vector<float> floats;
  for (const std::uint8_t byte : image.bytes()) floats.push_back(static_cast<float>(byte) / 255.0f);
  return Image::of_floats(image.width(), image.height(), image.channels(), floats);
}

}  // namespace

TEST_CASE("8-bit pictures are resampled to Pillow's very bytes", "[resample]") {
  const auto cases = nlohmann::json::parse(std::ifstream(data_path("golden/resample/cases.json")));
  REQUIRE(cases.size() > 10);
  for (const auto& c : cases) {
    const std::string input = c["input"], output = c["output"];
    INFO(output);
    const Image want = load_resample(output);
    const Image got = resample_bicubic(load_resample(input), c["size"][1], c["size"][0]);
    REQUIRE(got.width() == want.width());
    REQUIRE(got.height() == want.height());
    REQUIRE(got.channels() == want.channels());
    CHECK(std::equal(got.bytes().begin(), got.bytes().end(), want.bytes().begin(), want.bytes().end()));
  }
}

TEST_CASE("float pictures follow the 8-bit ones up to rounding", "[resample]") {
  const Image bytes = noise(31, 17, 3, 64, 2);  // far from 0 and 255, where only the 8-bit form is clipped between its passes
  for (const auto& [width, height] : {std::pair{8, 8}, {64, 40}, {31, 5}, {7, 17}}) {
    const Image got = resample_bicubic(as_floats(bytes), width, height), want = resample_bicubic(bytes, width, height);
    REQUIRE_FALSE(got.is_bytes());
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        for (int c = 0; c < 3; ++c) CHECK(std::abs(std::clamp(got.value(y, x, c), 0.0f, 1.0f) - want.value(y, x, c)) < 1.6f / 255);
  }
}

TEST_CASE("a part of the resized picture is the same as cutting it", "[resample]") {
  const Image image = noise(37, 23, 3);
  for (const auto& [width, height] : {std::pair{16, 12}, {80, 60}, {37, 23}, {5, 90}}) {
    const Image whole = resample_bicubic(image, width, height);
    const ResizedPart part{width / 3, height / 4, width / 2, height / 2};
    const Image got = resample_bicubic_part(image, width, height, part);
    REQUIRE(got.width() == part.width);
    REQUIRE(got.height() == part.height);
    for (int y = 0; y < part.height; ++y)
      for (int x = 0; x < part.width; ++x)
        for (int c = 0; c < 3; ++c) CHECK(got.value(y, x, c) == whole.value(y + static_cast<int>(part.top), x + static_cast<int>(part.left), c));
  }
}

TEST_CASE("resampling keeps what it must", "[resample]") {
  SECTION("the same size changes nothing") {
    const Image image = noise(13, 9, 3);
    const Image same = resample_bicubic(image, 13, 9);
    CHECK(std::equal(same.bytes().begin(), same.bytes().end(), image.bytes().begin(), image.bytes().end()));
  }
  SECTION("a flat picture stays flat, also from and to one pixel") {
    for (const auto& [w, h, nw, nh] : {std::tuple{9, 9, 4, 4}, {1, 1, 12, 7}, {30, 40, 1, 1}, {2, 2, 3, 50}}) {
      const Image flat = Image::of_bytes(w, h, 1, Bytes(static_cast<std::size_t>(w * h), 201));
      const Image out = resample_bicubic(flat, nw, nh);
      CHECK(std::all_of(out.bytes().begin(), out.bytes().end(), [](int v) { return v == 201; }));
    }
  }
  SECTION("extreme shapes are cheap where a part is asked for") {
    const Image thin = noise(1, 20000, 1);
    const Image part = resample_bicubic_part(thin, 224, 224LL * 20000, {0, 2239888, 224, 224});
    CHECK(part.height() == 224);
  }
}

TEST_CASE("grids of vectors are resampled channel by channel", "[resample]") {
  const int rows = 3, columns = 3, channels = 5;
  std::vector<float> grid;
  for (int i = 0; i < rows * columns * channels; ++i) grid.push_back(std::sin(static_cast<float>(i * i)));
  const auto out = resample_bicubic(grid, rows, columns, channels, 4, 2);
  REQUIRE(out.size() == 4 * 2 * 5);
  for (int c = 0; c < channels; ++c) {
    std::vector<float> plane;
    for (int i = 0; i < rows * columns; ++i) plane.push_back(grid[static_cast<std::size_t>(i * channels + c)]);
    const auto alone = resample_bicubic(plane, rows, columns, 1, 4, 2);
    for (std::size_t i = 0; i < 8; ++i) CHECK(out[i * 5 + static_cast<std::size_t>(c)] == alone[i]);
  }
  CHECK(resample_bicubic(grid, rows, columns, channels, rows, columns) == grid);
}
