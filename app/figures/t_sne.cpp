// t-SNE of the tokens or of the channels that a block hands on, beside their first two principal components.
#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/attention_words.h"
#include "app/figures/parts_stream.h"
#include "app/figures/parts_tsne.h"

namespace vitscope::figures {

namespace {

using namespace plane;
using attention::filled;
using draw::Align;
using draw::Canvas;
using draw::Rect;

std::string whole(double value) { return std::to_string(std::lround(value)); }

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
  r.y0 += of_channels(input) ? deviation_key(c, key, input, c.tr("Colour of a channel")) : place_key(c, key, input);
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
  const auto planes = [&](Rect left, Rect right) {
    panel(c, left, input, *result, false, {c.tr("t-SNE"), c.tr("only who is near whom counts; no unit")});
    panel(c, right, input, *result, true, {c.tr("Principal components"), c.tr("distances count")});
  };
  if (r.height() > 1.1f * r.width()) {
    Rect words = r.cut_bottom(0.28f * r.height());
    r.cut_bottom(1.5f * u);
    const Rect above = r.cut_top((r.height() - 2 * u) / 2);
    r.cut_top(2 * u);
    planes(above, r);
    side(c, words, input, *result);
    return;
  }
  const Rect words = r.cut_right(std::clamp(0.17f * r.width(), 18 * u, 25 * u));
  r.cut_right(std::min(3 * u, 0.03f * r.width()));
  const Rect left = r.cut_left((r.width() - 3 * u) * 0.5f);
  r.cut_left(3 * u);
  planes(left, r);
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
  static const Figure figure{"t-sne", "t-SNE", "residual2", {1340, 620}, can_project, draw_figure, subject, caption, data, options(), tsne_studies};
  return figure;
}

}  // namespace vitscope::figures
