// t-SNE of two runs beside each other: two models on one picture, or one model on two.
#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/attention_compared.h"
#include "app/figures/attention_words.h"
#include "app/figures/parts_stream.h"
#include "app/figures/parts_tsne.h"

namespace vitscope::figures {

namespace {

using namespace plane;
using attention::filled;
using draw::Canvas;
using draw::Rect;

/// The page's own run is B; A is the one that was kept, at the same block or its last.
struct Runs {
  Selection selection_a;
  FigureInput a, b;
  explicit Runs(const FigureInput& input) : selection_a(at_block(input)), a{*input.other, selection_a, true, input.studies}, b(input) {}
  Runs(const Runs&) = delete;
  Runs& operator=(const Runs&) = delete;

 private:
  static Selection at_block(const FigureInput& input) {
    Selection s = input.selection;
    s.block = std::min(input.block(), input.other->config().depth - 1);
    s.place = {};
    return s;
  }
};

bool ready(const FigureInput& input) {
  if (!input.other || !attention::has_side_a(input.selection) || !can_project(input)) return false;
  return can_project(Runs(input).a);
}

std::vector<Study> studies(const FigureInput& input) {
  const Runs runs(input);
  std::vector<Study> both = tsne_studies(runs.a), own = tsne_studies(runs.b);
  std::move(own.begin(), own.end(), std::back_inserter(both));
  return both;
}

/// "tnt-s, block 12"; the picture instead where both runs are of one model.
std::string name_of(const Canvas& c, const Runs& runs, const FigureInput& side) {
  const bool one_model = runs.a.trace.origin().model == runs.b.trace.origin().model;
  return (one_model ? side.trace.input().name : side.trace.model().name) + ", " + filled(c.tr("block {0}"), {std::to_string(side.block() + 1)});
}

std::string size_of(const Canvas& c, const FigureInput& side, const Tsne& found) {
  return filled(of_channels(side) ? c.tr("{0} channels, KL {1}") : c.tr("{0} tokens, KL {1}"), {std::to_string(found.points), draw::number(found.divergence_end)});
}

void draw_figure(Canvas& c, Rect r, const FigureInput& input) {
  const Runs runs(input);
  const auto a = found<Tsne>(input, key_of(runs.a)), b = found<Tsne>(input, key_of(runs.b));
  if (!a || !b) return draw_missing(c, r);
  const float u = c.u();
  const bool upright = r.height() > 1.1f * r.width();
  Rect keys = upright ? r.cut_bottom(0.2f * r.height()) : r.cut_right(std::clamp(0.17f * r.width(), 18 * u, 25 * u));
  if (upright) r.cut_bottom(1.5f * u);
  else r.cut_right(std::min(3 * u, 0.03f * r.width()));
  const Rect left = upright ? r.cut_top((r.height() - 2 * u) / 2) : r.cut_left((r.width() - 3 * u) * 0.5f);
  if (upright) r.cut_top(2 * u);
  else r.cut_left(3 * u);
  const auto side = [&](Rect place, const FigureInput& one, const Tsne& result, std::string_view letter, bool own) {
    const std::string title = std::string(letter) + "  " + name_of(c, runs, one), size = size_of(c, one, result);
    const bool fits = c.text_width(title, c.metrics().small_medium()) + c.text_width(size, c.metrics().small_style()) + 2 * u <= place.width();
    panel(c, place, one, result, false, {title, fits ? std::string_view(size) : std::string_view()}, own);
  };
  side(left, runs.a, *a, "A", false);
  side(r, runs.b, *b, "B", true);
  if (of_channels(input)) {
    keys.y0 += deviation_key(c, keys, runs.a, c.tr("Colour of a channel of A"));
    deviation_key(c, keys, runs.b, c.tr("Colour of a channel of B"));
  } else {
    place_key(c, keys, input);
  }
}

std::string subject(const Canvas& c, const FigureInput& input) {
  const Runs runs(input);
  return filled(c.tr("{0} and {1}"), {name_of(c, runs, runs.a), name_of(c, runs, runs.b)});
}

std::string caption(const Canvas& c, const FigureInput& input) {
  const Runs runs(input);
  std::string text(of_channels(input) ? c.tr("Each point is one channel of the block's output: its values over the patches, as in figure 3 of TNT (Han et al. 2021), which sets DeiT-S beside TNT-S.")
                                      : c.tr("Each point is one token as it leaves the block, coloured by its place on the picture."));
  const auto points = [&](const FigureInput& side) { return of_channels(side) ? side.config().dim : side.config().tokens(); };
  const auto perplexity = [&](const FigureInput& side) { return draw::number(tsne_perplexity(chosen_options(side).perplexity, points(side))); };
  text += " ";
  text += filled(c.tr("Both planes are found alone, with the same settings as on the page of t-SNE (perplexity {0} in A, {1} in B): places in A and in B have nothing to do with each other, only how the points gather can be compared."),
                 {perplexity(runs.a), perplexity(runs.b)});
  if (runs.a.trace.model().random_weights || runs.b.trace.model().random_weights) text += " " + std::string(c.tr("Weights are random: no structure is to be expected."));
  return text;
}

Table data(const FigureInput& input) {
  Table table;
  const Runs runs(input);
  table.columns = {{"run", {}}, {of_channels(input) ? "channel" : "token", {}}, {"tsne_x", {}}, {"tsne_y", {}}, {"component_1", {}}, {"component_2", {}}};
  for (int run = 0; run < 2; ++run) {
    const auto result = found<Tsne>(input, key_of(run == 0 ? runs.a : runs.b));
    if (!result) return {};
    for (int i = 0; i < result->points; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const double row[] = {static_cast<double>(run), static_cast<double>(i), result->x[at], result->y[at], result->pca_x[at], result->pca_y[at]};
      for (std::size_t k = 0; k < table.columns.size(); ++k) table.columns[k].values.push_back(row[k]);
    }
  }
  return table;
}

}  // namespace

const Figure& t_sne_two() {
  static const Figure figure{"t-sne-two", "t-SNE of two runs", "residual2", {1340, 620}, ready, draw_figure, subject, caption, data, options(), studies};
  return figure;
}

}  // namespace vitscope::figures
