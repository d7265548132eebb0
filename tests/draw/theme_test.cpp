#include "app/draw/theme.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "app/draw/raster.h"

using namespace vitscope;
using namespace vitscope::draw;

namespace {
double contrast(Color a, Color b) {
  const double la = luminance({a.r, a.g, a.b}) + 0.05, lb = luminance({b.r, b.g, b.b}) + 0.05;
  return la > lb ? la / lb : lb / la;
}
}  // namespace

TEST_CASE("text is readable on every ground it stands on") {
  for (const Theme* theme : {&dark_theme(), &light_theme()}) {
    INFO((theme->dark ? "dark" : "light"));
    for (Color ground : {theme->ground, theme->panel, theme->raised})
      for (Color text : {theme->text1, theme->text2, theme->text3}) CHECK(contrast(text, ground) >= 4.5);
    for (Color ground : {theme->ground, theme->panel})
      for (Color text : {theme->patch_token, theme->class_token, theme->other_token, theme->weights, theme->block, theme->width,
                         theme->heads, theme->hidden, theme->selection, theme->warning})
        CHECK(contrast(text, ground) >= 4.5);
    for (Color text : {theme->text1, theme->text2, theme->selection}) CHECK(contrast(text, theme->selection_tint) >= 4.45);
    for (Color text : {theme->text1, theme->text2, theme->warning}) CHECK(contrast(text, theme->warning_tint) >= 4.5);
    CHECK(contrast(theme->tooltip_text, theme->tooltip) >= 4.5);
  }
}

TEST_CASE("every dimension has its colour") {
  for (const Theme* theme : {&dark_theme(), &light_theme()}) {
    CHECK(color_of(Dim::tokens, *theme) == theme->patch_token);
    CHECK(color_of(Dim::heads, *theme) == theme->heads);
    CHECK(color_of(Dim::head_width, *theme) == theme->width);
    CHECK(color_of(Dim::hidden, *theme) == theme->hidden);
    CHECK(color_of(Dim::patch_length, *theme) == theme->text2);
  }
}

TEST_CASE("spans without extent still give colours") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  for (Span span : {Span{0, 0}, Span{2, 1}, Span{nan, 1}, Span{0, infinity}, Span{1e30f, 1e30f}, Span{-infinity, infinity}})
    for (ColorMap map : {ColorMap::viridis, ColorMap::diverging, ColorMap::grey}) {
      const Span drawn = drawable(span, map);
      CHECK(std::isfinite(drawn.lo));
      CHECK(std::isfinite(drawn.hi));
      CHECK(drawn.lo < drawn.hi);
    }
  CHECK(heat_color(0, {.map = ColorMap::diverging, .span = {0, 0}}) == of(table(ColorMap::diverging)[128]));
  CHECK(heat_color(3, {.map = ColorMap::viridis, .span = {3, 3}}) == of(table(ColorMap::viridis)[0]));
  CHECK(heat_color(nan, {}) == hex(0x808080));
}
