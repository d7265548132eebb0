#include "app/figures/figure.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace vitscope::figures {

#define FIGURE(name) const Figure& name();
#include "app/figures/figures.def"
#undef FIGURE

std::span<const Figure* const> figures() {
  static const std::array all{
#define FIGURE(name) &name(),
#include "app/figures/figures.def"
#undef FIGURE
  };
  return all;
}

const Figure* find_figure(std::string_view slug) {
  for (const Figure* figure : figures())
    if (figure->slug == slug) return figure;
  return nullptr;
}

std::vector<const Figure*> figures_of(std::string_view step_slug) {
  std::vector<const Figure*> found;
  for (const Figure* figure : figures())
    if (figure->step == step_slug) found.push_back(figure);
  return found;
}

float option(const Selection& selection, const Option& option) {
  const auto found = selection.options.find(option.key);
  return found == selection.options.end() ? option.initial : found->second;
}

std::size_t choice(const Selection& selection, const Option& o) {
  return static_cast<std::size_t>(std::clamp<long>(std::lround(option(selection, o)), 0, static_cast<long>(o.choices.size()) - 1));
}

}  // namespace vitscope::figures
