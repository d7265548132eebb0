// One OpenGL context without window for all tests of this program, and pictures drawn with it.
#pragma once
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <functional>
#include <memory>

#include "app/gl/offscreen.h"
#include "app/platform/headless.h"

namespace vitscope::test {

inline gl::Renderer& renderer() {
  static const auto context = platform::HeadlessContext::create();
  if (!context) FAIL(context.error().text);
  static const auto made = gl::Renderer::create();
  if (!made) FAIL(made.error().text);
  return **made;
}

inline const draw::Fonts& fonts() {
  static const draw::Language english;
  static const draw::Fonts made(draw::kScreenMetrics, 1, english);
  return made;
}

/// At one pixel per point, on black.
inline Image drawn(int width, int height, const std::function<void(draw::Canvas&)>& draw) {
  static const draw::Language english;
  auto image =
      gl::render_offscreen(renderer(), width, height, draw::kBlack, draw, fonts(), draw::dark_theme(), english, draw::kScreenMetrics, 1);
  if (!image) FAIL(image.error().text);
  return std::move(image).value();
}

inline Rgb pixel(const Image& image, int x, int y) {
  const auto at = (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width()) + static_cast<std::size_t>(x)) * 3;
  return {image.bytes()[at], image.bytes()[at + 1], image.bytes()[at + 2]};
}

inline int difference(Rgb a, Rgb b) { return std::max({std::abs(a.r - b.r), std::abs(a.g - b.g), std::abs(a.b - b.b)}); }

}  // namespace vitscope::test
