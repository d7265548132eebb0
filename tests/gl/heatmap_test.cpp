#include <array>
#include <cmath>
#include <limits>

#include "app/gl/matrix_textures.h"
#include "app/gl/raster_pass.h"
#include "tests/gl/screen.h"

using namespace vitscope;
using namespace vitscope::draw;
using test::drawn;
using test::pixel;

namespace {
/// Waves with values on the limits between colours, NaN and infinities among them.
Tensor awkward_numbers(int rows, int columns, Span span) {
  Tensor tensor({rows, columns});
  for (int i = 0; i < rows * columns; ++i) {
    const float share = static_cast<float>(i % 300 - 20) / 256;
    const float wave = 0.5f + 0.6f * std::sin(static_cast<float>(i) * 0.37f);
    tensor.edit()[i] = span.lo + (span.hi - span.lo) * (i % 3 == 0 ? share : wave);
  }
  tensor.edit()[1] = std::numeric_limits<float>::quiet_NaN();
  tensor.edit()[2] = std::numeric_limits<float>::infinity();
  tensor.edit()[3] = -std::numeric_limits<float>::infinity();
  return tensor;
}

/// Mean over the part of the matrix under a pixel, by area.
double mean_under(const Matrix& m, double x0, double x1, double y0, double y1) {
  double sum = 0, weight = 0;
  for (int r = std::max(0, static_cast<int>(y0)); r < std::min<double>(m.rows, y1); ++r)
    for (int c = std::max(0, static_cast<int>(x0)); c < std::min<double>(m.columns, x1); ++c) {
      const double area =
          (std::min(x1, c + 1.0) - std::max(x0, static_cast<double>(c))) * (std::min(y1, r + 1.0) - std::max(y0, static_cast<double>(r)));
      if (area <= 0 || std::isnan(m.at(r, c))) continue;
      sum += area * static_cast<double>(m.at(r, c));
      weight += area;
    }
  return sum / weight;
}
}  // namespace

TEST_CASE("the card colours cells exactly as the processor does") {
  for (ColorMap map : {ColorMap::viridis, ColorMap::diverging, ColorMap::grey})
    for (Span span : {Span{0, 1}, Span{-1.32f, 1.32f}, Span{0, 0.0763f}, Span{1000, 1000.5f}, Span{-1e-20f, 1e-20f}}) {
      INFO("map " << static_cast<int>(map) << ", span " << span.lo << " to " << span.hi);
      const Tensor numbers = awkward_numbers(40, 50, span);
      const Matrix m(numbers);
      const Image image = drawn(160, 130, [&](Canvas& c) { c.heat({5, 4, 155, 124}, m, {.map = map, .span = span}); });
      int wrong = 0;
      for (int y = 4; y < 124; ++y)
        for (int x = 5; x < 155; ++x) wrong += !(pixel(image, x, y) == color_of(map, m.at((y - 4) / 3, (x - 5) / 3), span.lo, span.hi));
      CHECK(wrong == 0);
      CHECK(pixel(image, 4, 4) == Rgb{0, 0, 0});
      CHECK(pixel(image, 155, 123) == Rgb{0, 0, 0});
    }
}

TEST_CASE("limits of the table are the first float of each colour") {
  for (Span span : {Span{0, 1}, Span{-1, 1}, Span{0.3f, 0.30001f}, Span{-1e30f, 1e30f}, Span{0, 1e-38f}}) {
    const auto limits = gl::table_limits(span);
    for (int i = 1; i < 256; ++i) {
      const float limit = limits[static_cast<std::size_t>(i)], before = std::nextafter(limit, -std::numeric_limits<float>::infinity());
      const auto index = [&](float v) {
        return std::floor(256.0 * (static_cast<double>(v) - static_cast<double>(span.lo)) /
                          (static_cast<double>(span.hi) - static_cast<double>(span.lo)));
      };
      CHECK(index(limit) >= i);
      CHECK(index(before) < i);
    }
  }
}

TEST_CASE("cells under two pixels are averaged by area") {
  struct Case {
    int rows, columns, height, width;
  };
  const Span span{-1, 1};
  for (const Case& k :
       {Case{64, 64, 16, 16}, Case{65, 192, 65, 288}, Case{577, 577, 200, 200}, Case{16, 768, 240, 300}, Case{40, 40, 40, 40}}) {
    INFO(k.rows << " x " << k.columns << " on " << k.height << " x " << k.width);
    Tensor numbers({k.rows, k.columns});
    for (std::int64_t i = 0; i < numbers.size(); ++i)
      numbers.edit()[i] = std::sin(static_cast<float>(i) * 0.7f) * std::cos(static_cast<float>(i / k.columns) * 0.3f);
    numbers.edit()[7] = std::numeric_limits<float>::quiet_NaN();
    const Matrix m(numbers);
    const Image image = drawn(k.width, k.height, [&](Canvas& c) {
      c.heat({0, 0, static_cast<float>(k.width), static_cast<float>(k.height)}, m, {.map = ColorMap::grey, .span = span});
    });
    const double px = static_cast<double>(k.columns) / k.width, py = static_cast<double>(k.rows) / k.height;
    int worst = 0;
    for (int y = 0; y < k.height; ++y)
      for (int x = 0; x < k.width; ++x) {
        // Along an axis whose cells are two pixels or larger, only the cell under the middle counts.
        const double cx = (x + 0.5) * px, cy = (y + 0.5) * py;
        const double x0 = px > 0.5 ? cx - px / 2 : std::floor(cx), x1 = px > 0.5 ? cx + px / 2 : x0 + 1;
        const double y0 = py > 0.5 ? cy - py / 2 : std::floor(cy), y1 = py > 0.5 ? cy + py / 2 : y0 + 1;
        const double mean = mean_under(m, x0, x1, y0, y1);
        if (std::isnan(mean)) continue;
        worst = std::max(worst, test::difference(pixel(image, x, y), color_of(ColorMap::grey, static_cast<float>(mean), span.lo, span.hi)));
      }
    CHECK(worst <= 1);
  }
}

TEST_CASE("matrices beyond the card's limits are reduced by averaging") {
  Tensor numbers({3, 40000});
  for (int i = 0; i < 120000; ++i) numbers.edit()[i] = i % 40000 < 20000 ? 0.25f : 0.75f;
  const Matrix m(numbers);
  CHECK(gl::reduction_for(m, 4000, 60, 16384) == gl::Reduction{4, 1});
  CHECK(gl::reduction_for(m, 100000, 60, 1 << 20) == gl::Reduction{1, 1});
  CHECK(gl::reduction_for(m, 0, 0, 16384).x > 1);
  const Image image = drawn(400, 60, [&](Canvas& c) { c.heat({0, 0, 400, 60}, m, {.map = ColorMap::viridis, .span = {0, 1}}); });
  CHECK(pixel(image, 150, 30) == color_of(ColorMap::viridis, 0.25f, 0, 1));
  CHECK(pixel(image, 250, 30) == color_of(ColorMap::viridis, 0.75f, 0, 1));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor odd({1, 5}, std::array<float, 5>{1, 3, nan, nan, 7});
  const auto means = gl::reduced(Matrix(odd), {2, 2});
  REQUIRE(means.size() == 3);
  CHECK(means[0] == 2);
  CHECK(std::isnan(means[1]));
  CHECK(means[2] == 7);
}

TEST_CASE("views that leave their tensor draw nothing") {
  const Tensor numbers({4, 4}, std::array<float, 16>{});
  CHECK(gl::sound(Matrix(numbers)));
  CHECK_FALSE(gl::sound(Matrix(numbers, 1, 4, 4, 4)));
  CHECK_FALSE(gl::sound(Matrix(numbers, -1, 1, 1, 4)));
  CHECK_FALSE(gl::sound(Matrix()));
  const Image image = drawn(8, 8, [&](Canvas& c) { c.heat({0, 0, 8, 8}, Matrix(numbers, 1, 4, 4, 4), {.span = {-1, 1}}); });
  CHECK(pixel(image, 4, 4) == Rgb{0, 0, 0});
}

TEST_CASE("an overlay veils where the share is small and colours where it is large") {
  const Tensor shares({1, 3}, std::array<float, 3>{0, 0.25f, 1});
  const Image image = drawn(30, 10, [&](Canvas& c) {
    c.fill({0, 0, 30, 10}, hex(0xC8C8C8));
    c.heat({0, 0, 30, 10}, Matrix(shares), {.map = ColorMap::viridis, .span = {0, 1}, .overlay = true});
  });
  for (int i = 0; i < 3; ++i) {
    const double share = shares.at(0, i), veil = 0.55 * (1 - share), tint = 0.74 * std::sqrt(share);
    const Rgb color = color_of(ColorMap::viridis, shares.at(0, i), 0, 1), seen = pixel(image, 10 * i + 5, 5);
    const auto expected = [&](int channel) { return channel * tint + 200 * (1 - veil) * (1 - tint); };
    CHECK(seen.r == Approx(expected(color.r)).margin(1.5));
    CHECK(seen.g == Approx(expected(color.g)).margin(1.5));
    CHECK(seen.b == Approx(expected(color.b)).margin(1.5));
  }
}

TEST_CASE("smooth cells blend between neighbours") {
  const Tensor numbers({1, 2}, std::array<float, 2>{0, 1});
  const Image image = drawn(100, 10, [&](Canvas& c) {
    c.heat({0, 0, 100, 10}, Matrix(numbers), {.map = ColorMap::grey, .span = {0, 1}, .smooth = true});
  });
  CHECK(pixel(image, 2, 5).r == 0);
  CHECK(pixel(image, 97, 5).r == 255);
  CHECK(pixel(image, 50, 5).r == Approx(128).margin(3));
  for (int x = 1; x < 100; ++x) CHECK(pixel(image, x, 5).r >= pixel(image, x - 1, 5).r);
}

TEST_CASE("matrices leave the card when it holds more than allowed") {
  gl::Renderer& renderer = test::renderer();
  renderer.set_matrix_budget(10 * 64 * 64 * 4);
  std::vector<Tensor> numbers;
  for (int i = 0; i < 30; ++i) {
    Tensor t({64, 64});
    std::fill_n(t.edit(), 64 * 64, static_cast<float>(i) / 30);
    numbers.push_back(t);
  }
  const Image image = drawn(30 * 64, 64, [&](Canvas& c) {
    for (int i = 0; i < 30; ++i)
      c.heat(rect_at({64.0f * static_cast<float>(i), 0}, 64, 64), Matrix(numbers[static_cast<std::size_t>(i)]),
             {.map = ColorMap::grey, .span = {0, 1}});
  });
  CHECK(renderer.matrix_bytes() <= 10 * 64 * 64 * 4);
  CHECK(renderer.matrix_count() <= 10);
  for (int i = 0; i < 30; ++i) CHECK(pixel(image, 64 * i + 32, 32) == color_of(ColorMap::grey, static_cast<float>(i) / 30, 0, 1));
  renderer.set_matrix_budget(std::size_t{256} << 20);
}
