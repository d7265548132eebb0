// A canvas that draws nothing but keeps marks and tags.
#pragma once
#include <imgui.h>

#include <map>
#include <memory>
#include <random>
#include <string>

#include "app/draw/canvas.h"
#include "app/draw/fonts.h"

namespace vitscope::test {

inline const draw::Language& english() {
  static const draw::Language language;
  return language;
}

/// Fonts are baked once for each scale.
inline const draw::Fonts& fonts(float scale) {
  static std::map<float, std::unique_ptr<draw::Fonts>> made;
  auto& found = made[scale];
  if (!found) found = std::make_unique<draw::Fonts>(draw::kScreenMetrics, scale, english());
  return *found;
}

/// Records what is drawn, into a real draw list.
struct Paper {
  explicit Paper(float scale = 1, const draw::Theme& theme = draw::dark_theme())
      : list(fonts(scale).shared()),
        canvas(
            {.list = &list, .store = &store, .fonts = &fonts(scale), .theme = &theme, .language = &english(), .sink = {}, .scale = scale}) {
    draw::begin_list(list, fonts(scale), 4000, 4000);
    store.record = true;
  }
  ImDrawList list;
  draw::CanvasStore store;
  draw::Canvas canvas;
};

/// rows x columns numbers of a bell curve.
inline Tensor bell_numbers(int rows, int columns, unsigned seed = 1) {
  Tensor tensor({rows, columns});
  std::mt19937 generator(seed);
  for (std::int64_t i = 0; i < tensor.size(); ++i) {
    // Sum of uniform numbers: the same on every platform, unlike the library's normal distribution.
    float sum = 0;
    for (int k = 0; k < 6; ++k) sum += static_cast<float>(generator()) / 4294967296.0f - 0.5f;
    tensor.edit()[i] = sum;
  }
  return tensor;
}

}  // namespace vitscope::test
