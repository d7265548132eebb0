// Similarity of the position embeddings: all tiles, one tile, and all pairs by distance.
#include <algorithm>
#include <array>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/parts_position.h"
#include "app/figures/parts_stream.h"
#include "app/figures/prefix_words.h"

namespace vitscope::figures {

namespace {

using namespace embed;
using draw::Align;
using draw::Canvas;
using draw::Rect;
using draw::Vec;

const Option kOptions[] = {{Option::Kind::choice, "position-similarity.kind", "Measure", 0, 1, 0, {"cosine", "dot product"}},
                           {Option::Kind::choice, "position-similarity.view", "View", 0, 1, 0, {"tiles", "matrix"}}};

Similarity measure(const FigureInput& in) { return choice(in.selection, kOptions[0]) == 1 ? Similarity::dot_product : Similarity::cosine; }
bool as_matrix(const FigureInput& in) { return choice(in.selection, kOptions[1]) == 1; }

/// Bold letter and what the panel shows.
void panel_title(Canvas& c, Rect& r, std::string_view letter, std::string_view text) {
  const Rect line = r.cut_top(stream::heading_height(c));
  const auto medium = c.metrics().small_medium();
  c.text({line.x0, line.y0}, letter, medium, c.theme().text1);
  const float x = line.x0 + c.text_width(letter, medium) + 1.25f * c.u();
  c.text({x, line.y0}, text, c.metrics().small_style(), c.theme().text2, Align::left, line.x1 - x);
}

/// Room for a turned or lying axis name beside the numbers.
float name_room(const Canvas& c) { return stream::line_height(c) + 0.5f * c.u(); }

void draw_tiles(Canvas& c, Rect r, const FigureInput& in, const PositionStudy& study) {
  const auto small = c.metrics().small_style();
  const float u = c.u(), lh = stream::line_height(c);
  panel_title(c, r, "a", stream::phrase(c, "one tile per patch: its similarity to all {0} patches", {std::to_string(in.grid().patches())}));
  r.cut_left(name_room(c));
  r.cut_bottom(name_room(c));
  const Rect tiles = similarity_tiles(c, r, in, study, {}, nullptr);
  c.text_up({r.x0 - name_room(c) + lh / 2, tiles.centre().y}, c.tr("row of the patch"), small, c.theme().text2);
  c.text({tiles.centre().x, tiles.y1 + lh + 0.75f * u}, c.tr("column of the patch"), small, c.theme().text2, Align::centre, tiles.width());
}

void draw_matrix(Canvas& c, Rect r, const FigureInput& in, const PositionStudy& study) {
  const auto small = c.metrics().small_style();
  const float lh = stream::line_height(c);
  panel_title(c, r, "a", stream::phrase(c, "all {0} × {0} pairs, patches row by row", {std::to_string(in.grid().patches())}));
  r.cut_left(name_room(c));
  r.cut_bottom(name_room(c));
  const Rect cells = similarity_matrix(c, r, in, study);
  c.text_up({r.x0 - name_room(c) + lh / 2, cells.centre().y}, c.tr("patch"), small, c.theme().text2);
  c.text({cells.centre().x, cells.y1 + lh + 0.75f * c.u()}, c.tr("the other patch"), small, c.theme().text2, Align::centre, std::max(cells.width(), 1.0f));
}

void draw_tile(Canvas& c, Rect r, const FigureInput& in, const PositionStudy& study) {
  const PatchGrid& grid = in.grid();
  const auto small = c.metrics().small_style();
  const float u = c.u(), lh = stream::line_height(c);
  const int chosen = chosen_patch(in);
  const Rect all = r;
  panel_title(c, r, "b", stream::phrase(c, "the tile of patch {0}: row {1}, column {2}", {std::to_string(chosen), std::to_string(grid.row(chosen)), std::to_string(grid.column(chosen))}));
  r.cut_left(name_room(c));
  r.cut_bottom(name_room(c));
  r.cut_right(11 * u);
  const Rect cells = similarity_tile(c, r, in, study, true);
  const auto fitting = [&](std::string_view name, std::string_view brief, float length) { return c.text_width(name, small) <= length ? name : brief; };
  c.text_up({all.x0 + lh / 2, cells.centre().y}, fitting(c.tr("row of the other patch"), c.tr("row"), 2 * std::min(cells.centre().y - r.y0, r.y1 - cells.centre().y)), small, c.theme().text2);
  c.text({cells.centre().x, cells.y1 + lh + 0.75f * u}, fitting(c.tr("column of the other patch"), c.tr("column"), cells.width()), small, c.theme().text2, Align::centre,
         std::max(cells.width(), 1.0f));
  draw::BarStyle bar;
  bar.heat = stream::signed_heat(study.span);
  const Rect place{cells.x1 + 3 * u, cells.y0, cells.x1 + 4.5f * u, cells.y1};
  const Rect used = draw::color_bar(c, place, bar);
  if (used.x1 + 0.5f * u + lh <= all.x1)
    c.text_up({used.x1 + 0.5f * u + lh / 2, place.centre().y}, measure(in) == Similarity::cosine ? c.tr("cosine similarity") : c.tr("dot product"), small, c.theme().text2);
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const PatchGrid& grid = in.grid();
  const float u = c.u();
  const auto study = position_study(in, measure(in));
  const float aspect = as_matrix(in) ? 1 : static_cast<float>(grid.columns()) / static_cast<float>(grid.rows());
  Rect a = r, b = r, last = r;
  const std::string means = means_text(c, study->means, measure(in));
  const auto words = [&](float width) { return c.paragraph_height(width, means, c.metrics().small_style()); };
  // Narrow pages and wide grids have the tiles on top, with the other two below or beside each other.
  const bool portrait = r.width() < r.height();
  if (portrait || aspect >= 1.4f) {
    const float share = portrait ? 0.5f : 0.55f;
    a = r.cut_top(std::min(r.height() * share, stream::heading_height(c) + 2 * name_room(c) + u + r.width() / aspect));
    r.cut_top(2.5f * u);
    b = r.cut_left(r.width() * 0.48f);
    r.cut_left(3 * u);
    last = r;
    last.y1 = std::min(last.y1, last.y0 + 40 * u);
  } else {
    a = r.cut_left(std::min(r.width() * 0.52f, (r.height() - stream::heading_height(c) - 2 * name_room(c)) * aspect + 4 * u + 2 * name_room(c)));
    r.cut_left(6 * u);
    last = r.cut_bottom(std::clamp(r.height() * 0.3f, 13 * u, 26 * u) + std::min(words(r.width()), r.height() * 0.12f));
    r.cut_bottom(2 * u);
    b = r;
  }
  (as_matrix(in) ? draw_matrix : draw_tiles)(c, a, in, *study);
  draw_tile(c, b, in, *study);
  panel_title(c, last, "c", c.tr("all pairs by distance: mean and the middle 80 %"));
  const float height = words(last.width());
  if (last.height() - height > 13 * u) {
    c.paragraph({last.x0, last.y0 - 0.25f * u, last.x1, last.y0 + height + 1}, means, c.metrics().small_style(), c.theme().text1);
    last.cut_top(height + 0.75f * u);
  }
  similarity_by_distance(c, last, *study);
}

std::string caption(const Canvas& c, const FigureInput& in) {
  const auto& model = in.trace.model();
  std::string text(measure(in) == Similarity::cosine
                       ? c.tr("Cosine between the rows of the position table (Dosovitskiy et al. 2021, figure 7, centre). White is 0, the span is −1 to 1 in all tiles.")
                       : c.tr("Dot product between the rows of the position table. White is 0, one span for all tiles."));
  text += prefix_left_out(c, in.config());
  if (as_matrix(in)) text += " " + std::string(c.tr("Keras draws this matrix, of dot products; its rows are the tiles."));
  text += " " + std::string(c.tr("In c, pairs are put together by distance rounded to whole patches; the dashed line takes only patches and their mirror images left to right."));
  if (model.random_weights) text += " " + std::string(c.tr("Weights are random: no structure is to be expected."));
  if (model.position_resampled()) text += " " + std::string(c.tr("The stored table was made for another grid and has been resampled bicubically."));
  return text;
}

Table data(const FigureInput& in) {
  const auto study = position_study(in, measure(in));
  Table table;
  for (const char* name : {"distance_in_patches", "pairs", "mean", "percentile_10", "percentile_90", "mirrored_pairs", "mirrored_mean"}) table.columns.push_back({name, {}});
  for (const DistanceBin& bin : study->by_distance) {
    const auto mirror = std::find_if(study->mirrored.begin(), study->mirrored.end(), [&](const MirrorBin& m) { return m.distance == bin.distance; });
    const bool has = mirror != study->mirrored.end();
    const double values[] = {bin.distance, static_cast<double>(bin.pairs), bin.mean, bin.low, bin.high, has ? static_cast<double>(mirror->pairs) : 0.0, has ? mirror->mean : std::nan("")};
    for (std::size_t k = 0; k < table.columns.size(); ++k) table.columns[k].values.push_back(values[k]);
  }
  const PositionMeans& means = study->means;
  table.tensors = {{"similarity", study->similarity}, {"mean_own_row_column_elsewhere", Tensor(Shape{4}, std::array{static_cast<float>(means.own), static_cast<float>(means.same_row),
                                                                                                               static_cast<float>(means.same_column), static_cast<float>(means.elsewhere)})}};
  return table;
}

}  // namespace

const Figure& position_similarity() {
  static const Figure figure{"position-similarity", "Similarity of the position embeddings", "position", {1340, 700}, has_positions, draw_figure, patch_subject, caption, data, kOptions};
  return figure;
}

}  // namespace vitscope::figures
