#include <array>
#include <cmath>

#include "tests/gl/screen.h"

using namespace vitscope;
using namespace vitscope::draw;
using test::drawn;
using test::pixel;

namespace {
std::shared_ptr<const Image> checkerboard(int width, int height, int channels) {
  std::vector<std::uint8_t> bytes;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c) bytes.push_back(static_cast<std::uint8_t>((x + y) % 2 ? 240 - 40 * c : 10 * c));
  return std::make_shared<const Image>(Image::of_bytes(width, height, channels, std::move(bytes)));
}
}  // namespace

TEST_CASE("single pixels of a picture stay what they are") {
  for (int channels : {1, 3}) {
    const auto board = checkerboard(7, 5, channels);
    const Image image = drawn(70, 50, [&](Canvas& c) { c.image({0, 0, 70, 50}, board, {0, 0, 7, 5}, false); });
    for (int y = 0; y < 50; ++y)
      for (int x = 0; x < 70; ++x) {
        const bool odd = (x / 10 + y / 10) % 2;
        const Rgb expected = channels == 3 ? (odd ? Rgb{240, 200, 160} : Rgb{0, 10, 20}) : (odd ? Rgb{240, 240, 240} : Rgb{0, 0, 0});
        REQUIRE(pixel(image, x, y) == expected);
      }
  }
}

TEST_CASE("a part of a picture fills the rectangle") {
  const auto board = checkerboard(8, 8, 3);
  const Image image = drawn(20, 20, [&](Canvas& c) { c.image({0, 0, 20, 20}, board, {3, 2, 5, 4}, false); });
  CHECK(pixel(image, 5, 5) == Rgb{240, 200, 160});
  CHECK(pixel(image, 15, 5) == Rgb{0, 10, 20});
}

TEST_CASE("a shrunk picture shows means, an enlarged one may be smooth") {
  for (int side : {64, 100, 1000}) {
    const auto board = checkerboard(side, side, 3);
    const Image image = drawn(30, 30, [&](Canvas& c) {
      c.image({0, 0, 30, 30}, board, {0, 0, static_cast<double>(side), static_cast<double>(side)});
    });
    for (int at : {3, 15, 27}) {
      CHECK(pixel(image, at, at).r == Approx(120).margin(12));
      CHECK(pixel(image, at, at).b == Approx(90).margin(12));
    }
  }
  const auto two = std::make_shared<const Image>(Image::of_bytes(2, 1, 1, {0, 200}));
  const Image smooth = drawn(100, 10, [&](Canvas& c) { c.image({0, 0, 100, 10}, two, {0, 0, 2, 1}); });
  CHECK(pixel(smooth, 50, 5).r == Approx(100).margin(3));
}

TEST_CASE("float pictures and planes are shown from black to white") {
  const auto image = std::make_shared<const Image>(Image::of_floats(2, 1, 3, {0.5f, 0, 1, 2, -1, 0.25f}));
  Tensor planes({3, 1, 2}, std::array<float, 6>{0.5f, 2, 0, -1, 1, 0.25f});
  const Tensor grey({1, 1, 2}, std::array<float, 2>{0.5f, 1});
  const Image result = drawn(20, 30, [&](Canvas& c) {
    c.image({0, 0, 20, 10}, image, {0, 0, 2, 1}, false);
    c.planes({0, 10, 20, 20}, planes, {0, 0, 2, 1});
    c.planes({0, 20, 20, 30}, grey, {0, 0, 2, 1});
  });
  for (int y : {5, 15}) {
    CHECK(test::difference(pixel(result, 5, y), {128, 0, 255}) <= 1);
    CHECK(test::difference(pixel(result, 15, y), {255, 0, 64}) <= 1);
  }
  CHECK(test::difference(pixel(result, 5, 25), {128, 128, 128}) <= 1);
  CHECK(pixel(result, 15, 25) == Rgb{255, 255, 255});
}

TEST_CASE("opacity mixes with what lies below") {
  const auto white = std::make_shared<const Image>(Image::of_bytes(1, 1, 1, {255}));
  const Image image = drawn(10, 10, [&](Canvas& c) { c.image({0, 0, 10, 10}, white, {0, 0, 1, 1}, true, 0.5f); });
  CHECK(pixel(image, 5, 5).r == Approx(128).margin(1));
}

TEST_CASE("pictures that die make room for others at the same address") {
  for (int i = 0; i < 20; ++i) {
    const auto value = static_cast<std::uint8_t>(10 * i);
    const auto image = std::make_shared<const Image>(Image::of_bytes(1, 1, 1, {value}));
    CHECK(pixel(drawn(4, 4, [&](Canvas& c) { c.image({0, 0, 4, 4}, image, {0, 0, 1, 1}, false); }), 2, 2).r == value);
  }
}
