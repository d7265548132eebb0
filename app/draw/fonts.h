// The fonts: Roboto for text, DejaVu Sans for signs that it lacks, Droid Sans Fallback for Chinese, baked at the sizes that are used.
#pragma once
#include <memory>
#include <span>

#include "app/draw/language.h"
#include "app/draw/theme.h"

struct ImFont;
struct ImFontAtlas;
struct ImDrawListSharedData;

namespace vitscope::draw {

/// One atlas for one scale. Building it needs no OpenGL; gl/ uploads atlas().
class Fonts {
 public:
  /// Bakes the type sizes of `metrics` (and their scripts) at `scale` pixels per point. Glyphs: Latin, Greek, mathematical signs, arrows
  /// and the characters of `language`'s texts.
  Fonts(const Metrics& metrics, float scale, const Language& language);
  ~Fonts();
  ImFontAtlas& atlas() const;
  struct Baked {
    ImFont* font;
    float size;  ///< type size in points
  };
  /// What was baked for this style (nearest size), to be drawn at style.size * scale pixels.
  Baked font(Style style) const;
  float scale() const;
  /// For stand-alone draw lists.
  ImDrawListSharedData* shared() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vitscope::draw
