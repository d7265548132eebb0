// The one figure of the three LayerNorms: tokens before and after, mean and deviation of each, and what happens to one row.
#pragma once
#include "app/figures/figure.h"

namespace vitscope::figures::norms {

/// Which of the three; they differ in what they read, write and learned.
enum class Which : std::uint8_t { first, second, last };

bool ready(const FigureInput& input, Which which);
void draw(draw::Canvas& c, draw::Rect r, const FigureInput& input, Which which);
std::string subject(const draw::Canvas& c, const FigureInput& input, Which which);
std::string caption(const draw::Canvas& c, const FigureInput& input, Which which);
Table data(const FigureInput& input, Which which);

/// A row of the table of figures for one of them.
template <Which kWhich>
Figure figure(std::string_view slug, std::string_view title, std::string_view step) {
  return {slug, title, step, {1340, 740},
          [](const FigureInput& input) { return ready(input, kWhich); },
          [](draw::Canvas& c, draw::Rect r, const FigureInput& input) { draw(c, r, input, kWhich); },
          [](const draw::Canvas& c, const FigureInput& input) { return subject(c, input, kWhich); },
          [](const draw::Canvas& c, const FigureInput& input) { return caption(c, input, kWhich); },
          [](const FigureInput& input) { return data(input, kWhich); }};
}

}  // namespace vitscope::figures::norms
