#include "app/figures/parts_tsne.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/attention_words.h"
#include "app/figures/kept.h"
#include "app/figures/parts_scatter.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures::plane {

using attention::filled;
using draw::Canvas;
using draw::Color;
using draw::Rect;

namespace {
constexpr std::size_t kStart = 3;
/// A start from the principal components has no seed.
bool starts_at_random(const Selection& selection) { return option(selection, options()[kStart]) > 0.5f; }
}  // namespace

std::span<const Option> options() {
  static const std::array<Option, 5> all{{
      {Option::Kind::choice, "t-sne.points", "Points", 0, 1, 0, {"tokens", "channels"}},
      {Option::Kind::toggle, "t-sne.crops", "As patches", 0, 1, 0, {}},
      {Option::Kind::choice, "t-sne.perplexity", "Perplexity", 0, 3, 2, {"5", "15", "30", "50"}},
      {Option::Kind::choice, "t-sne.start", "Start", 0, 1, 0, {"PCA", "random"}},
      {Option::Kind::choice, "t-sne.seed", "Seed", 0, 4, 0, {"0", "1", "2", "3", "4"}, false, starts_at_random},
  }};
  return all;
}

namespace {

int number_of(const FigureInput& input, std::size_t i) { return static_cast<int>(std::lround(option(input.selection, options()[i]))); }

/// How much each channel differs from patch to patch: standard deviation over the patches.
std::shared_ptr<const std::vector<float>> deviations(const FigureInput& input) {
  static Kept<std::uint64_t, std::shared_ptr<const std::vector<float>>, 32> kept;
  const Tensor& out = input.trace.at(Slot::out, input.block());
  return kept.get(out.id(), [&] {
    auto all = std::make_shared<std::vector<float>>();
    const int prefix = input.grid().prefix(), patches = input.config().patches();
    for (int channel = 0; channel < out.dim(1); ++channel) {
      double sum = 0, squares = 0;
      for (int p = 0; p < patches; ++p) {
        const auto value = static_cast<double>(out.at(prefix + p, channel));
        sum += value;
        squares += value * value;
      }
      const double mean = sum / patches;
      all->push_back(static_cast<float>(std::sqrt(std::max(0.0, squares / patches - mean * mean))));
    }
    return std::shared_ptr<const std::vector<float>>(std::move(all));
  });
}

Color color_of_patch(int patch, const PatchGrid& grid) {
  const auto share = [](int i, int count) { return count > 1 ? static_cast<float>(i) / static_cast<float>(count - 1) : 0.5f; };
  return scatter::place_color(share(grid.column(patch), grid.columns()), share(grid.row(patch), grid.rows()));
}

std::vector<scatter::Point> token_points(const Canvas& c, const FigureInput& input, const std::vector<double>& x, const std::vector<double>& y) {
  const PatchGrid& grid = input.grid();
  const bool crops = number_of(input, 1) == 1;
  const int hovered = input.paper ? -1 : stream::hovered_token(input);
  std::vector<scatter::Point> points;
  for (int token = 0; token < grid.tokens(); ++token) {
    scatter::Point p{x[static_cast<std::size_t>(token)], y[static_cast<std::size_t>(token)], {}, draw::TokenTarget{token}};
    const int patch = grid.patch_of(token);
    p.strong = patch < 0;
    p.color = p.strong ? stream::token_color(c.theme(), token, grid) : color_of_patch(patch, grid);
    if (p.strong) p.label = attention::token_number(c, token, grid);
    if (crops && !p.strong) p.crop = token;
    p.hovered = token == hovered;
    p.pinned = !input.paper && token == input.selection.query;
    points.push_back(std::move(p));
  }
  return points;
}

draw::HeatStyle channel_heat(const FigureInput& input) {
  draw::HeatStyle heat;
  const auto all = deviations(input);
  heat.span = {0, std::max(*std::max_element(all->begin(), all->end()), 1e-9f)};
  return heat;
}

std::vector<scatter::Point> channel_points(const FigureInput& input, const std::vector<double>& x, const std::vector<double>& y) {
  const draw::HeatStyle heat = channel_heat(input);
  const auto all = deviations(input);
  const TensorRef out{Slot::out, input.block()};
  const int token = std::max(input.selection.query, 0);
  const std::optional<CellRef> hovered = stream::hovered_in(input, out), pinned = input.paper ? std::nullopt : stream::pinned_in(input, out);
  std::vector<scatter::Point> points;
  for (int channel = 0; channel < input.config().dim; ++channel) {
    const auto i = static_cast<std::size_t>(channel);
    scatter::Point p{x[i], y[i], draw::heat_color((*all)[i], heat), draw::CellTarget{{out, token, channel}}};
    p.hovered = hovered && hovered->j == channel;
    p.pinned = pinned && pinned->j == channel;
    points.push_back(std::move(p));
  }
  return points;
}

}  // namespace

bool of_channels(const FigureInput& input) { return number_of(input, 0) == 1; }

TsneOptions chosen_options(const FigureInput& input) {
  constexpr double perplexities[] = {5, 15, 30, 50};
  TsneOptions o;
  o.perplexity = perplexities[std::clamp(number_of(input, 2), 0, 3)];
  o.random_start = number_of(input, kStart) == 1;
  o.seed = o.random_start ? static_cast<std::uint64_t>(std::clamp(number_of(input, 4), 0, 4)) : 0;
  return o;
}

std::string key_of(const FigureInput& input) {
  const TsneOptions o = chosen_options(input);
  return study_key("t-sne", input.trace.at(Slot::out, input.block()).id(),
                   {of_channels(input), static_cast<std::int64_t>(o.perplexity), o.random_start, static_cast<std::int64_t>(o.seed)});
}

bool can_project(const FigureInput& input) { return input.trace.has(Slot::out, input.block()) && input.config().patches() >= 3 && input.config().dim >= 3; }

std::vector<Study> tsne_studies(const FigureInput& input) {
  return {study_of<Tsne>(key_of(input), "t-SNE",
                         [out = input.trace.at(Slot::out, input.block()), channels = of_channels(input), prefix = input.grid().prefix(), o = chosen_options(input)](
                             StudyContext& context) -> Result<std::optional<Tsne>> { return tsne(channels ? columns_as_rows(out, prefix) : out, o, context); })};
}

void panel(Canvas& c, Rect r, const FigureInput& input, const Tsne& found, bool components, const PanelWords& words, bool tagged) {
  const std::vector<double>& x = components ? found.pca_x : found.x;
  const std::vector<double>& y = components ? found.pca_y : found.y;
  std::vector<scatter::Point> points = of_channels(input) ? channel_points(input, x, y) : token_points(c, input, x, y);
  if (!tagged)
    for (scatter::Point& p : points) p.target = {}, p.hovered = p.pinned = false;
  scatter::Panel style;
  style.trace = &input.trace;
  style.title = words.title;
  style.hint = words.hint;
  if (components) {
    const auto name = [&](int i) { return filled(c.tr("component {0}: {1} of the variance"), {std::to_string(i + 1), draw::percent(found.explained[i])}); };
    style.numbered = true;
    style.x_name = name(0);
    style.y_name = name(1);
  }
  scatter::panel(c, r, points, style);
}

float place_key(Canvas& c, Rect r, const FigureInput& input) {
  const PatchGrid& grid = input.grid();
  const float u = c.u();
  const float top = r.y0;
  stream::heading(c, r, c.tr("Place on the picture"));
  const float aspect = static_cast<float>(input.config().image_width) / static_cast<float>(input.config().image_height);
  const float width = std::min({r.width(), 20 * u, std::max(r.height(), 1.0f) * aspect});
  const Rect all = draw::rect_at({r.x0, r.y0}, width, width / aspect);
  const auto cell = [&](int patch) {
    const float w = all.width() / static_cast<float>(grid.columns()), h = all.height() / static_cast<float>(grid.rows());
    return draw::rect_at({all.x0 + static_cast<float>(grid.column(patch)) * w, all.y0 + static_cast<float>(grid.row(patch)) * h}, w, h);
  };
  for (int patch = 0; patch < grid.patches(); ++patch) {
    c.fill(cell(patch), color_of_patch(patch, grid));
    c.tag(cell(patch), draw::TokenTarget{grid.token_of(patch)});
  }
  const int hovered = input.paper ? -1 : stream::hovered_token(input), chosen = input.paper ? -1 : input.selection.query;
  if (chosen >= grid.prefix() && chosen < grid.tokens()) c.pinned(cell(grid.patch_of(chosen)).inset(1));
  if (hovered >= grid.prefix() && hovered < grid.tokens()) c.hovered(cell(grid.patch_of(hovered)).inset(1));
  return all.y1 + 1.75f * u - top;
}

float deviation_key(Canvas& c, Rect r, const FigureInput& input, std::string_view title) {
  const float top = r.y0;
  stream::heading(c, r, title);
  stream::lying_bar(c, r, channel_heat(input), {});
  r.cut_top(stream::lying_bar_height(c) + 0.25f * c.u());
  return r.y0 + c.paragraph(r, c.tr("standard deviation over the patches"), c.metrics().small_style(), c.theme().text3) + 1.25f * c.u() - top;
}

}  // namespace vitscope::figures::plane
