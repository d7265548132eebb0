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

namespace {
bool belongs(const Figure& figure, const Step& step) {
  return figure.step == step.slug || std::find(step.shown_as.begin(), step.shown_as.end(), figure.step) != step.shown_as.end();
}
}  // namespace

std::vector<const Figure*> figures_of(const Step& step) {
  std::vector<const Figure*> found;
  for (const Figure* figure : figures())
    if (belongs(*figure, step)) found.push_back(figure);
  std::stable_partition(found.begin(), found.end(), [&](const Figure* figure) { return figure->step == step.slug; });
  return found;
}

std::vector<const Figure*> figures_of(const Step& step, const FigureInput& input) {
  std::vector<const Figure*> found = figures_of(step);
  if (input.trace.complete()) std::erase_if(found, [&](const Figure* figure) { return !figure->ready(input); });
  return found.empty() ? figures_of(step) : found;
}

const Step* step_of(const Figure& figure, const VitConfig& config) {
  for (const Step& step : steps())
    if (belongs(figure, step) && applies(step, config)) return &step;
  return nullptr;
}

bool shows(const Figure& figure, const FigureInput& input) { return step_of(figure, input.config()) && figure.ready(input); }

float option(const Selection& selection, const Option& option) {
  const auto found = selection.options.find(option.key);
  return found == selection.options.end() ? option.initial : found->second;
}

std::size_t choice(const Selection& selection, const Option& o) {
  return static_cast<std::size_t>(std::clamp<long>(std::lround(option(selection, o)), 0, static_cast<long>(o.choices.size()) - 1));
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
