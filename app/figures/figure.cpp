#include "app/figures/figure.h"

#include <array>

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

std::vector<Study> missing_studies(const Figure& figure, const FigureInput& input) {
  std::vector<Study> missing;
  if (!figure.studies || !figure.ready(input)) return missing;
  for (Study& study : figure.studies(input))
    if (!input.studies || !input.studies->finished(study.key)) missing.push_back(std::move(study));
  return missing;
}

void draw_missing(draw::Canvas& c, draw::Rect r) {
  const draw::Style style = c.metrics().body_style();
  c.text({r.centre().x, r.centre().y - draw::Canvas::text_height(style) / 2}, c.tr("Not computed yet"), style, c.theme().text3, draw::Align::centre, r.width());
}

}  // namespace vitscope::figures
