// t-SNE of the tokens or of the channels that a block hands on, beside their first two principal components.
#include <algorithm>
#include <array>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/attention_words.h"
#include "app/figures/kept.h"
#include "app/figures/parts_scatter.h"
#include "app/figures/parts_stream.h"
#include "core/analysis/tsne.h"

namespace vitscope::figures {

namespace {

using attention::filled;
using draw::Align;
using draw::Canvas;
using draw::Color;
using draw::Rect;

const std::array<Option, 5>& options() {
  static const std::array<Option, 5> all{{
      {Option::Kind::choice, "t-sne.points", "Points", 0, 1, 0, {"tokens", "channels"}},
      {Option::Kind::toggle, "t-sne.crops", "As patches", 0, 1, 0, {}},
      {Option::Kind::choice, "t-sne.perplexity", "Perplexity", 0, 3, 2, {"5", "15", "30", "50"}},
      {Option::Kind::choice, "t-sne.start", "Start", 0, 1, 0, {"PCA", "random"}},
      {Option::Kind::choice, "t-sne.seed", "Seed", 0, 4, 0, {"0", "1", "2", "3", "4"}},
  }};
  return all;
}

std::string whole(double value) { return std::to_string(std::lround(value)); }

int choice(const FigureInput& input, std::size_t i) { return static_cast<int>(std::lround(option(input.selection, options()[i]))); }
bool of_channels(const FigureInput& input) { return choice(input, 0) == 1; }

TsneOptions chosen_options(const FigureInput& input) {
  constexpr double perplexities[] = {5, 15, 30, 50};
  TsneOptions o;
  o.perplexity = perplexities[std::clamp(choice(input, 2), 0, 3)];
  o.random_start = choice(input, 3) == 1;
  o.seed = o.random_start ? static_cast<std::uint64_t>(std::clamp(choice(input, 4), 0, 4)) : 0;
  return o;
}

std::string key_of(const FigureInput& input) {
  const TsneOptions o = chosen_options(input);
  return study_key("t-sne", input.trace.at(Slot::out, input.block()).id(),
                   {of_channels(input), static_cast<std::int64_t>(o.perplexity), o.random_start, static_cast<std::int64_t>(o.seed)});
}

bool ready(const FigureInput& input) { return input.trace.has(Slot::out, input.block()) && input.config().patches() >= 3 && input.config().dim >= 3; }

std::vector<Study> studies(const FigureInput& input) {
  return {study_of<Tsne>(key_of(input), "t-SNE",
                         [out = input.trace.at(Slot::out, input.block()), channels = of_channels(input), prefix = input.grid().prefix(), o = chosen_options(input)](
                             StudyContext& context) -> Result<std::optional<Tsne>> { return tsne(channels ? columns_as_rows(out, prefix) : out, o, context); })};
}

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
  const bool crops = choice(input, 1) == 1;
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

void scatter_panel(Canvas& c, Rect r, const FigureInput& input, const Tsne& found, bool components) {
  const std::vector<double>& x = components ? found.pca_x : found.x;
  const std::vector<double>& y = components ? found.pca_y : found.y;
  const std::vector<scatter::Point> points = of_channels(input) ? channel_points(input, x, y) : token_points(c, input, x, y);
  scatter::Panel style;
  style.trace = &input.trace;
  style.title = components ? c.tr("Principal components") : c.tr("t-SNE");
  style.hint = components ? c.tr("distances count") : c.tr("only who is near whom counts; no unit");
  if (components) {
    const auto name = [&](int i) { return filled(c.tr("component {0}: {1} of the variance"), {std::to_string(i + 1), draw::percent(found.explained[i])}); };
    style.numbered = true;
    style.x_name = name(0);
    style.y_name = name(1);
  }
  scatter::panel(c, r, points, style);
}

/// The colours on the grid of the picture; each cell is tagged with its token.
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

float deviation_key(Canvas& c, Rect r, const FigureInput& input) {
  const float top = r.y0;
  stream::heading(c, r, c.tr("Colour of a channel"));
  stream::lying_bar(c, r, channel_heat(input), {});
  r.cut_top(stream::lying_bar_height(c) + 0.25f * c.u());
  return r.y0 + c.paragraph(r, c.tr("standard deviation over the patches"), c.metrics().small_style(), c.theme().text3) + 1.25f * c.u() - top;
}

/// Everything that t-SNE was told, as label and value.
std::vector<std::pair<std::string, std::string>> facts(const Canvas& c, const FigureInput& input, const Tsne& found) {
  const TsneOptions o = chosen_options(input);
  const bool lowered = found.perplexity < o.perplexity;
  return {{std::string(c.tr("points")), std::to_string(found.points)},
          {std::string(c.tr("perplexity")), whole(found.perplexity) + (lowered ? " " + std::string(c.tr("(few points)")) : "")},
          {std::string(c.tr("steps")), std::to_string(o.steps)},
          {std::string(c.tr("exaggeration")), filled(c.tr("{0} for {1}"), {whole(o.exaggeration), std::to_string(o.exaggerated)})},
          {std::string(c.tr("learning rate")), draw::number(found.learning_rate)},
          {std::string(c.tr("start")), o.random_start ? filled(c.tr("seed {0}"), {std::to_string(o.seed)}) : std::string(c.tr("PCA"))},
          {std::string(c.tr("KL before")), draw::number(found.divergence_start)},
          {std::string(c.tr("KL after")), draw::number(found.divergence_end)}};
}

void side(Canvas& c, Rect r, const FigureInput& input, const Tsne& found) {
  const draw::Style small = c.metrics().small_style(), medium = c.metrics().small_medium();
  const float line = Canvas::text_height(small);
  Rect key = r;
  key.y1 = std::min(key.y1, key.y0 + std::max(0.5f * r.height(), 8 * line));
  r.y0 += of_channels(input) ? deviation_key(c, key, input) : place_key(c, key, input);
  if (r.height() < 3 * line) return;
  stream::heading(c, r, c.tr("What t-SNE was told"));
  for (const auto& [label, value] : facts(c, input, found)) {
    if (r.height() < line) return;
    c.text({r.x1, r.y0}, value, medium, c.theme().text1, Align::right, r.width());
    const float room = r.width() - c.text_width(value, medium) - c.u();
    if (room > 3 * c.u()) c.text({r.x0, r.y0}, label, small, c.theme().text3, Align::left, room);
    r.cut_top(line + 0.35f * c.u());
  }
}

void draw_figure(Canvas& c, Rect r, const FigureInput& input) {
  const auto result = found<Tsne>(input, key_of(input));
  if (!result) return draw_missing(c, r);
  const float u = c.u();
  if (r.height() > 1.1f * r.width()) {
    Rect words = r.cut_bottom(0.28f * r.height());
    r.cut_bottom(1.5f * u);
    scatter_panel(c, r.cut_top((r.height() - 2 * u) / 2), input, *result, false);
    r.cut_top(2 * u);
    scatter_panel(c, r, input, *result, true);
    side(c, words, input, *result);
    return;
  }
  const Rect words = r.cut_right(std::clamp(0.17f * r.width(), 18 * u, 25 * u));
  r.cut_right(std::min(3 * u, 0.03f * r.width()));
  const Rect left = r.cut_left((r.width() - 3 * u) * 0.5f);
  r.cut_left(3 * u);
  scatter_panel(c, left, input, *result, false);
  scatter_panel(c, r, input, *result, true);
  side(c, words, input, *result);
}

std::string subject(const Canvas& c, const FigureInput& input) {
  const std::string block = std::to_string(input.block() + 1);
  return of_channels(input) ? filled(c.tr("block {0}, {1} channels"), {block, std::to_string(input.config().dim)}) : filled(c.tr("block {0}, {1} tokens"), {block, std::to_string(input.config().tokens())});
}

std::string caption(const Canvas& c, const FigureInput& input) {
  const TsneOptions o = chosen_options(input);
  const int points = of_channels(input) ? input.config().dim : input.config().tokens();
  const double perplexity = tsne_perplexity(o.perplexity, points);
  std::string text(of_channels(input) ? filled(c.tr("Each point is one channel of the block's output: its {0} values over the patches."), {std::to_string(input.config().patches())})
                                      : filled(c.tr("Each point is one token as it leaves the block: a row of {0} numbers."), {std::to_string(input.config().dim)}));
  text += " ";
  text += filled(c.tr("t-SNE (van der Maaten and Hinton 2008) with scikit-learn's defaults: perplexity {0}, exaggeration 12 for 250 of 1000 steps, learning rate max(N / 48, 50), momentum 0.5 then 0.8, Euclidean distances, {1}."),
                 {whole(perplexity), o.random_start ? filled(c.tr("random start with seed {0}"), {std::to_string(o.seed)}) : std::string(c.tr("start from the principal components"))});
  if (perplexity < o.perplexity) text += " " + filled(c.tr("The perplexity was lowered from {0} because there are only {1} points."), {whole(o.perplexity), std::to_string(points)});
  text += " ";
  text += c.tr("Sizes of clusters and distances between them mean nothing in it; the principal components at the right keep distances.");
  return text;
}

Table data(const FigureInput& input) {
  Table table;
  const auto result = found<Tsne>(input, key_of(input));
  if (!result) return table;
  TableColumn point{of_channels(input) ? "channel" : "token", {}}, x{"tsne_x", result->x}, y{"tsne_y", result->y}, pca_x{"component_1", result->pca_x}, pca_y{"component_2", result->pca_y};
  for (int i = 0; i < result->points; ++i) point.values.push_back(i);
  table.columns = {point, x, y, pca_x, pca_y};
  return table;
}

}  // namespace

const Figure& t_sne() {
  static const Figure figure{"t-sne", "t-SNE", "residual2", {1340, 620}, ready, draw_figure, subject, caption, data, options(), studies};
  return figure;
}

}  // namespace vitscope::figures
