// Ways to tell a model where a patch lies, beside each other: none, the learned table, the same as halves for column and row, sinusoids along the raster, sines and cosines of row
// and column.
#include <algorithm>
#include <tuple>

#include "app/draw/number.h"
#include "app/figures/kept.h"
#include "app/figures/parts_position.h"
#include "app/figures/parts_stream.h"
#include "core/model/position.h"

namespace vitscope::figures {

namespace {

using namespace embed;
using draw::Align;
using draw::Canvas;
using draw::Rect;

enum class Kind { none, learned, halves, line, plane };

/// The halves are left out where five columns would be too narrow, or where there is no table to make them of.
std::vector<Kind> kinds_in(const Canvas& c, Rect r, const FigureInput& in) {
  if (r.width() < 120 * c.u() || !has_positions(in) || in.config().dim < 2) return {Kind::none, Kind::learned, Kind::line, Kind::plane};
  return {Kind::none, Kind::learned, Kind::halves, Kind::line, Kind::plane};
}

/// The table, rows of patches last; empty for none.
Tensor table_of(const FigureInput& in, Kind kind) {
  static Kept<std::tuple<Kind, int, int, int>, Tensor, 8> kept;
  static Kept<std::uint64_t, Tensor, 4> halves;
  if (kind == Kind::none) return {};
  if (kind == Kind::learned) return has_positions(in) ? in.trace.model().weights.position : Tensor();
  const PatchGrid& grid = in.grid();
  if (kind == Kind::halves) {
    const Tensor& table = in.trace.model().weights.position;
    return halves.get(table.id(), [&] { return axes_of_table(table, grid); });
  }
  const int dim = in.config().dim;
  return kept.get({kind, grid.rows(), grid.columns(), dim}, [&] { return kind == Kind::line ? sinusoidal_table(grid.patches(), dim) : sinusoidal_grid_table(grid.rows(), grid.columns(), 0, dim); });
}

std::string_view name_of(const Canvas& c, const FigureInput& in, Kind kind) {
  switch (kind) {
    case Kind::none: return c.tr("none");
    case Kind::learned:
      if (!learned_table(in.trace.model())) return c.tr("this model's table, fixed");
      return in.trace.model().random_weights ? c.tr("this model's table, random") : c.tr("this model's table");
    case Kind::halves: return c.tr("its halves: column, row");
    case Kind::line: return c.tr("sinusoids along the raster");
    case Kind::plane: return c.tr("sines of row and column");
  }
  return {};
}

std::string_view sentence_of(const Canvas& c, const FigureInput& in, Kind kind) {
  switch (kind) {
    case Kind::none: return c.tr("A bag of patches: attention cannot tell which lies where, and shuffling them changes nothing for the answer.");
    case Kind::learned:
      if (!learned_table(in.trace.model())) return c.tr("One row of numbers for each token, computed from a formula and not learned.");
      return c.tr("One row of numbers for each token, learned with everything else. What it knows of rows and columns it found in pictures.");
    case Kind::halves: return c.tr("One half of the numbers says the column, the other the row (ViT D.4): of this table, the means over its columns and rows.");
    case Kind::line: return c.tr("Only the distance in reading order counts: the patch below is as far as a whole row to the right (Vaswani et al. 2017).");
    case Kind::plane: return c.tr("A quarter of the width each for sin x, cos x, sin y, cos y: right and below are equally near (lucidrains simple_vit).");
  }
  return {};
}

void draw_table(Canvas& c, Rect r, const FigureInput& in, const Tensor& table) {
  const int n = in.grid().patches(), first = table.dim(0) - n, dim = table.dim(1);
  const draw::Matrix rows = draw::Matrix(table).part(first, first + n, 0, dim);
  c.heat(r, rows, stream::signed_heat(stream::signed_span(rows)));
  for (int patch = 0; patch < n; ++patch) c.tag(stream::row_of(r, patch, n), draw::TokenTarget{in.grid().token_of(patch)});
  c.pinned(stream::row_of(r, chosen_patch(in), n));
}

struct Heights {
  float sentence = 0, table = 0, tiles = 0, plot = 0, means = 0;
};

void draw_kind(Canvas& c, Rect r, const FigureInput& in, Kind kind, const Heights& h) {
  const auto small = c.metrics().small_style();
  const auto& theme = c.theme();
  const float u = c.u(), lh = stream::line_height(c);
  c.text({r.x0, r.y0}, name_of(c, in, kind), c.metrics().small_medium(), kind == Kind::learned ? theme.weights : theme.text1, Align::left, r.width());
  r.cut_top(lh + 0.5f * u);
  if (h.sentence > 0) {
    c.paragraph({r.x0, r.y0, r.x1, r.y0 + h.sentence + 1}, sentence_of(c, in, kind), small, theme.text2);
    r.cut_top(h.sentence + u);
  }
  const Tensor table = table_of(in, kind);
  if (table.empty()) {
    const std::string_view text = kind == Kind::none ? c.tr("nothing is added") : c.tr("this model adds no table");
    c.outline({r.x0, r.y0, r.x1, r.y0 + h.table}, theme.hairline, c.pixel());
    c.text({r.centre().x, r.y0 + (h.table - lh) / 2}, text, small, theme.text3, Align::centre, r.width() - 2 * u);
    // The place that stays free tells what the colours mean.
    r.cut_top(h.table + 1.5f * u);
    if (kind != Kind::none || h.tiles < stream::lying_bar_height(c) + 2 * lh) return;
    stream::lying_bar(c, r.cut_top(stream::lying_bar_height(c)), stream::signed_heat({-1, 1}), c.tr("cosine"));
    r.cut_top(u);
    const std::string_view tables = c.tr("Tables: white is 0, each with its own span, 1 % lies beyond.");
    if (c.paragraph_height(r.width(), tables, small) <= r.height()) c.paragraph(r, tables, small, theme.text3);
    return;
  }
  draw_table(c, {r.x0, r.y0, r.x1, r.y0 + h.table}, in, table);
  r.cut_top(h.table + 0.5f * u);
  const auto study = position_study(table, in.grid());
  if (h.tiles > 0) {
    Rect tiles = r.cut_top(h.tiles);
    similarity_tiles(c, tiles, in, *study, {}, nullptr);
    r.cut_top(u);
  }
  if (h.plot > 0) {
    similarity_by_distance(c, r.cut_top(h.plot), *study);
    r.cut_top(0.5f * u);
  }
  if (h.means > 0) c.paragraph({r.x0, r.y0, r.x1, r.y0 + h.means + 1}, means_text(c, study->means, Similarity::cosine), small, theme.text1);
}

/// Heights of the parts of a column; parts that would be too small to read are left out, the sentences first.
Heights heights_of(const Canvas& c, Rect r, float width, const FigureInput& in, const std::vector<Kind>& kinds) {
  const auto small = c.metrics().small_style();
  const float u = c.u(), lh = stream::line_height(c);
  Heights h;
  for (const Kind kind : kinds) h.sentence = std::max(h.sentence, c.paragraph_height(width, sentence_of(c, in, kind), small));
  for (const Kind kind : kinds)
    if (const Tensor table = table_of(in, kind); !table.empty()) h.means = std::max(h.means, c.paragraph_height(width, means_text(c, position_study(table, in.grid())->means, Similarity::cosine), small));
  const float aspect = static_cast<float>(in.grid().columns()) / static_cast<float>(in.grid().rows());
  const float wanted = width / aspect + lh;
  float left = r.height() - lh - 3.5f * u;
  if (left - h.sentence - h.means < 40 * u) h.sentence = 0;
  if (left - h.sentence - h.means < 34 * u) h.means = 0;
  left -= h.sentence + h.means + (h.sentence > 0 ? u : 0);
  h.tiles = std::min(wanted, 0.5f * left);
  h.plot = left - h.tiles > 24 * u ? std::min(0.3f * left, 26 * u) : 0;
  h.table = std::clamp(left - h.tiles - h.plot, 4 * u, 26 * u);
  return h;
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const float u = c.u(), gap = 3 * u;
  const std::vector<Kind> kinds = kinds_in(c, r, in);
  const float width = (r.width() - gap * static_cast<float>(kinds.size() - 1)) / static_cast<float>(kinds.size());
  const Heights h = heights_of(c, r, width, in, kinds);
  float x = r.x0;
  for (const Kind kind : kinds) {
    draw_kind(c, {x, r.y0, x + width, r.y1}, in, kind, h);
    x += width + gap;
  }
}

std::string caption(const Canvas& c, const FigureInput& in) {
  std::string text = stream::phrase(c,
                                    "Ways to give {0} patches a place: the table ({1} numbers a row), cosine of its rows as one tile per patch from −1 to 1, and against distance in patches. "
                                    "Relative embeddings (ViT D.4) have no table: they add a number per offset to the scores. The page of positions and answer runs the model with each.",
                                    {std::to_string(in.grid().patches()), std::to_string(in.config().dim)});
  text += " " + std::string(c.tr("The dashed line takes only patches and their mirror images left to right."));
  if (in.trace.model().random_weights) text += " " + std::string(c.tr("Weights are random: no structure is to be expected."));
  return text;
}

Table data(const FigureInput& in) {
  Table table;
  TableColumn distance{"distance_in_patches", {}}, line{"sinusoid_mean", {}}, plane{"sincos_2d_mean", {}}, learned{"model_mean", {}};
  const auto of_line = position_study(table_of(in, Kind::line), in.grid()), of_plane = position_study(table_of(in, Kind::plane), in.grid());
  for (const DistanceBin& bin : of_line->by_distance) {
    distance.values.push_back(bin.distance);
    line.values.push_back(bin.mean);
  }
  for (const DistanceBin& bin : of_plane->by_distance) plane.values.push_back(bin.mean);
  table.columns = {distance, line, plane};
  table.tensors = {{"sinusoid", table_of(in, Kind::line)}, {"sincos_2d", table_of(in, Kind::plane)}};
  if (!has_positions(in)) return table;
  for (const DistanceBin& bin : position_study(in)->by_distance) learned.values.push_back(bin.mean);
  table.columns.push_back(learned);
  return table;
}

bool ready(const FigureInput& in) { return in.config().patches() > 0 && in.config().dim >= 4; }

}  // namespace

const Figure& position_kinds() {
  static const Figure figure{"position-kinds", "Kinds of position embedding", "position", {1340, 820}, ready, draw_figure, patch_subject, caption, data, {}};
  return figure;
}

}  // namespace vitscope::figures
