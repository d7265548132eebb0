#include <cmath>
#include <cstring>

#include "app/draw/formula.h"
#include "app/draw/parts.h"
#include "app/gl/program.h"
#include "tests/gl/screen.h"

using namespace vitscope;
using namespace vitscope::draw;
using test::drawn;
using test::pixel;

namespace {
/// A bit of everything, moved to the right by `shift`, a multiple of the hatching's period.
void scene(Canvas& c, float shift, const Tensor& numbers) {
  const Theme& theme = c.theme();
  c.fill({10 + shift, 10, 90 + shift, 60}, theme.raised, 6);
  c.outline({20 + shift, 20, 80 + shift, 50}, theme.selection, 2, 5);
  c.line({0 + shift, 0}, {150 + shift, 73}, theme.weights, 1.5f);
  c.circle({120 + shift, 40}, 15, theme.heads);
  c.hatch({150 + shift, 10, 200 + shift, 60}, theme.text3);
  c.text({10 + shift, 70}, "Token matrix 65 × 192 → ≤", {16}, theme.text1);
  c.text_up({220 + shift, 60}, "upwards", {13}, theme.text2);
  c.heat({250 + shift, 10, 350 + shift, 110}, Matrix(numbers), {.map = ColorMap::viridis, .span = {0, 1}});
  c.pinned({270 + shift, 30, 290 + shift, 50});
  c.push_clip({300 + shift, 0, 330 + shift, 90});
  c.fill({280 + shift, 60, 400 + shift, 80}, kWhite);
  c.pop_clip();
}

Tensor waves() {
  Tensor numbers({50, 50});
  for (int i = 0; i < 2500; ++i) numbers.edit()[i] = 0.5f + 0.5f * std::sin(static_cast<float>(i) * 0.1f);
  return numbers;
}

bool same(const Image& a, const Image& b) {
  return a.width() == b.width() && a.height() == b.height() && std::memcmp(a.bytes().data(), b.bytes().data(), a.bytes().size()) == 0;
}
}  // namespace

TEST_CASE("a shader that does not compile is an error with file and reason") {
  test::renderer();
  const auto broken = gl::Program::link("fine.vert", "#version 330 core\nvoid main() { gl_Position = vec4(0); }", "broken.frag",
                                        "#version 330 core\nvoid main() { nonsense; }");
  REQUIRE_FALSE(broken.ok());
  CHECK(broken.error().text.starts_with("broken.frag: "));
  CHECK(broken.error().text.find("nonsense") != std::string::npos);
  CHECK(broken.error().text.find('\n') == std::string::npos);
  CHECK_FALSE(gl::Program::load("shaders/heatmap.vert", "shaders/absent.frag").ok());
}

TEST_CASE("two renders give the same bytes") {
  const Tensor numbers = waves();
  const auto draw = [&](Canvas& c) { scene(c, 0, numbers); };
  CHECK(same(drawn(400, 120, draw), drawn(400, 120, draw)));
}

TEST_CASE("pictures wider than a tile have no seams") {
  const Tensor numbers = waves();
  constexpr int kWidth = 8200, kHeight = 120;
  const Image wide = drawn(kWidth, kHeight, [&](Canvas& c) {
    for (float shift : {0.0f, 3900.0f, 7794.0f}) scene(c, shift, numbers);
  });
  REQUIRE(wide.width() == kWidth);
  const Image narrow = drawn(400, kHeight, [&](Canvas& c) { scene(c, 0, numbers); });
  for (int shift : {0, 3900, 7794}) {
    int worst = 0;
    for (int y = 0; y < kHeight; ++y)
      for (int x = 0; x < 400; ++x) worst = std::max(worst, test::difference(pixel(wide, x + shift, y), pixel(narrow, x, y)));
    // Coordinates far to the right have fewer bits behind the point.
    CHECK(worst <= 3);
  }
}

TEST_CASE("sizes that no picture can have are refused") {
  static const Language english;
  const auto render = [&](int width, int height) {
    return gl::render_offscreen(
        test::renderer(), width, height, kBlack, [](Canvas&) {}, test::fonts(), dark_theme(), english, kScreenMetrics, 1);
  };
  CHECK_FALSE(render(0, 10).ok());
  CHECK_FALSE(render(10, -1).ok());
  CHECK_FALSE(render(1 << 20, 1 << 20).ok());
  CHECK(render(1, 1).ok());
}

TEST_CASE("rendering leaves the default state of OpenGL behind") {
  const Tensor numbers = waves();
  drawn(400, 120, [&](Canvas& c) { scene(c, 0, numbers); });
  for (GLenum what : {GL_BLEND, GL_SCISSOR_TEST, GL_DEPTH_TEST, GL_CULL_FACE, GL_STENCIL_TEST}) CHECK_FALSE(glIsEnabled(what));
  for (GLenum what : {GL_CURRENT_PROGRAM, GL_VERTEX_ARRAY_BINDING, GL_ARRAY_BUFFER_BINDING, GL_FRAMEBUFFER_BINDING, GL_TEXTURE_BINDING_2D,
                      GL_UNPACK_ROW_LENGTH, GL_UNIFORM_BUFFER_BINDING}) {
    GLint value = -1;
    glGetIntegerv(what, &value);
    CHECK(value == 0);
  }
  GLint value = -1;
  glGetIntegerv(GL_UNPACK_ALIGNMENT, &value);
  CHECK(value == 4);
  glGetIntegerv(GL_ACTIVE_TEXTURE, &value);
  CHECK(value == GL_TEXTURE0);
  CHECK(glGetError() == static_cast<GLenum>(GL_NO_ERROR));
}

TEST_CASE("text is drawn where its box says") {
  Rect box;
  const Image image = drawn(300, 60, [&](Canvas& c) { box = c.text({40, 20}, "Hxg 0123", {24}, kWhite); });
  int left = 300, right = 0, top = 60, bottom = 0;
  for (int y = 0; y < 60; ++y)
    for (int x = 0; x < 300; ++x)
      if (pixel(image, x, y).r > 90)
        left = std::min(left, x), right = std::max(right, x), top = std::min(top, y), bottom = std::max(bottom, y);
  CHECK(left >= box.x0);
  CHECK(left <= box.x0 + 4);
  CHECK(right <= box.x1);
  CHECK(right >= box.x1 - 4);
  CHECK(top >= box.y0);
  CHECK(bottom <= box.y1);
  // Capitals stand in the middle of the line box.
  const Image capital = drawn(60, 60, [&](Canvas& c) { box = c.text({10, 10}, "H", {24}, kWhite); });
  top = 60, bottom = 0;
  for (int y = 0; y < 60; ++y)
    for (int x = 0; x < 60; ++x)
      if (pixel(capital, x, y).r > 128) top = std::min(top, y), bottom = std::max(bottom, y);
  CHECK((top + bottom + 1) / 2.0f == Approx(box.centre().y).margin(1.01));
}

TEST_CASE("several fonts live side by side and may be forgotten") {
  gl::Renderer& renderer = test::renderer();
  static const Language english;
  const auto draw = [](Canvas& c) { c.text({2, 2}, "font", {16}, kWhite); };
  for (float scale : {1.0f, 2.0f}) {
    const Fonts fonts(kScreenMetrics, scale, english);
    const auto render = [&] {
      return gl::render_offscreen(renderer, 60, 60, kBlack, draw, fonts, dark_theme(), english, kScreenMetrics, scale);
    };
    const auto first = render();
    CHECK(renderer.has_fonts(fonts));
    renderer.forget_fonts(fonts);
    CHECK_FALSE(renderer.has_fonts(fonts));
    CHECK(same(*first, *render()));
    renderer.forget_fonts(fonts);
  }
  CHECK(same(drawn(60, 60, draw), drawn(60, 60, draw)));
}

TEST_CASE("a map with everything on it looks the same twice and stays inside its clip") {
  const Tensor numbers = waves();
  const auto draw = [&](Canvas& c) {
    c.push_clip({20, 20, 300, 280});
    map(c, {20, 20, 300, 280}, Matrix(numbers),
        {.title = "Map",
         .hint = "hint",
         .row_name = "rows",
         .column_name = "columns",
         .row_prefix = 1,
         .column_prefix = 1,
         .heat = {.span = {0, 1}},
         .pinned_row = 3});
    formula(c, {20, 250}, "x_i^2", 16, kWhite);
    c.pop_clip();
  };
  const Image once = drawn(320, 300, draw);
  CHECK(same(once, drawn(320, 300, draw)));
  for (int x = 0; x < 320; ++x) {
    CHECK(pixel(once, x, 10) == Rgb{0, 0, 0});
    CHECK(pixel(once, x, 290) == Rgb{0, 0, 0});
  }
}
