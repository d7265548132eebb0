#include "core/colormap.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <limits>

using namespace vitscope;

TEST_CASE("viridis has the published ends and middle and grows lighter", "[colormap]") {
  const auto& colors = table(ColorMap::viridis);
  CHECK(colors[0] == Rgb{68, 1, 84});
  CHECK(colors[127] == Rgb{33, 144, 141});
  CHECK(colors[128] == Rgb{33, 145, 140});
  CHECK(colors[255] == Rgb{253, 231, 37});
  for (std::size_t i = 1; i < 256; ++i) {
    CAPTURE(i);
    CHECK(luminance(colors[i]) >= luminance(colors[i - 1]) - 0.0015);
    // No step is large: a wrong digit in the table would show.
    CHECK(std::abs(colors[i].r - colors[i - 1].r) <= 4);
    CHECK(std::abs(colors[i].g - colors[i - 1].g) <= 4);
    CHECK(std::abs(colors[i].b - colors[i - 1].b) <= 4);
  }
  for (std::size_t i = 8; i < 256; ++i) CHECK(luminance(colors[i]) > luminance(colors[i - 8]));
}

TEST_CASE("the diverging map runs from blue over near-white to red", "[colormap]") {
  const auto& colors = table(ColorMap::diverging);
  CHECK(colors[0] == Rgb{0x12, 0x3A, 0x7A});
  CHECK(colors[255] == Rgb{0x7F, 0x14, 0x29});
  for (std::size_t i : {127, 128}) {
    CHECK(colors[i].r >= 0xF3);
    CHECK(colors[i].g >= 0xF3);
    CHECK(colors[i].b >= 0xF3);
  }
  CHECK(color_of(ColorMap::diverging, 0, -1, 1) == colors[128]);
  for (std::size_t i = 1; i <= 127; ++i) CHECK(luminance(colors[i]) > luminance(colors[i - 1]));
  for (std::size_t i = 129; i < 256; ++i) CHECK(luminance(colors[i]) < luminance(colors[i - 1]));
}

TEST_CASE("grey is grey", "[colormap]") {
  for (std::size_t i = 0; i < 256; ++i) {
    const auto level = static_cast<std::uint8_t>(i);
    CHECK(table(ColorMap::grey)[i] == Rgb{level, level, level});
  }
}

TEST_CASE("values find their index, clamped at both ends", "[colormap]") {
  CHECK(color_of(ColorMap::grey, 0, 0, 1) == Rgb{0, 0, 0});
  CHECK(color_of(ColorMap::grey, 1, 0, 1) == Rgb{255, 255, 255});
  CHECK(color_of(ColorMap::grey, 0.5f, 0, 1) == Rgb{128, 128, 128});
  CHECK(color_of(ColorMap::grey, 0.4999f, 0, 1) == Rgb{127, 127, 127});
  CHECK(color_of(ColorMap::grey, -5, 0, 1) == Rgb{0, 0, 0});
  CHECK(color_of(ColorMap::grey, std::numeric_limits<float>::infinity(), 0, 1) == Rgb{255, 255, 255});
  CHECK(color_of(ColorMap::viridis, std::nanf(""), 0, 1) == Rgb{128, 128, 128});
}

TEST_CASE("luminance follows the definition", "[colormap]") {
  CHECK(luminance({0, 0, 0}) == Approx(0));
  CHECK(luminance({255, 255, 255}) == Approx(1));
  CHECK(luminance({255, 0, 0}) == Approx(0.2126));
  CHECK(luminance({128, 128, 128}) == Approx(0.21586).epsilon(1e-4));
}
