#include "app/figures/parts_position.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "app/draw/number.h"
#include "app/figures/kept.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures::embed {

using draw::Align;
using draw::Canvas;
using draw::Rect;
using draw::Vec;

namespace {

Tensor mosaic(const Tensor& similarity, const PatchGrid& grid) {
  const int rows = grid.rows(), columns = grid.columns();
  Tensor tiles({rows * rows, columns * columns});
  for (int a = 0; a < grid.patches(); ++a)
    for (int b = 0; b < grid.patches(); ++b) {
      const std::int64_t y = grid.row(a) * rows + grid.row(b), x = grid.column(a) * columns + grid.column(b);
      tiles.edit()[y * columns * columns + x] = similarity.at(a, b);
    }
  return tiles;
}

/// Value below which `share` of the sorted numbers lie, between neighbours by distance.
double quantile(const std::vector<float>& sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto lower = static_cast<std::size_t>(at);
  const std::size_t upper = std::min(lower + 1, sorted.size() - 1);
  return sorted[lower] + (at - static_cast<double>(lower)) * (static_cast<double>(sorted[upper]) - sorted[lower]);
}

std::shared_ptr<const PositionStudy> study_of(const Tensor& position, const PatchGrid& grid, Similarity kind) {
  auto study = std::make_shared<PositionStudy>();
  study->similarity = position_similarity(position, grid, kind);
  study->tiles = mosaic(study->similarity, grid);
  study->means = position_means(study->similarity, grid);
  std::map<long, std::vector<float>> bins;
  std::map<int, MirrorBin> mirrored;
  for (int a = 0; a < grid.patches(); ++a) {
    for (int b = a; b < grid.patches(); ++b) bins[std::lround(grid.distance_in_cells(a, b))].push_back(study->similarity.at(a, b));
    const int mirror = grid.patch_at(grid.row(a), grid.columns() - 1 - grid.column(a));
    if (mirror <= a) continue;
    auto& bin = mirrored[grid.column(mirror) - grid.column(a)];
    bin.mean += study->similarity.at(a, mirror);
    ++bin.pairs;
  }
  for (auto& [distance, values] : bins) {
    std::sort(values.begin(), values.end());
    double sum = 0;
    for (const float value : values) sum += value;
    study->by_distance.push_back({static_cast<double>(distance), static_cast<int>(values.size()), sum / static_cast<double>(values.size()), quantile(values, 0.1),
                                  quantile(values, 0.9)});
  }
  for (auto& [distance, bin] : mirrored) study->mirrored.push_back({static_cast<double>(distance), bin.pairs, bin.mean / bin.pairs});
  study->span = kind == Similarity::cosine ? draw::Span{-1, 1} : draw::symmetric_range(draw::Matrix(study->similarity));
  if (!(study->span.hi > study->span.lo)) study->span = {-1, 1};
  return study;
}

}  // namespace

bool has_positions(const FigureInput& in) {
  const Tensor& position = in.trace.model().weights.position;
  return !position.empty() && position.rank() == 2 && position.dim(0) >= in.grid().patches();
}

bool learned_table(const Model& model) {
  const auto preset = model.metadata.find("preset");
  const bool own = model.random_weights && preset != model.metadata.end();
  return own ? preset->second.find("position=learned") != std::string::npos : !model.config.family.starts_with("lanl") && !model.config.t2t;
}

std::string means_text(const Canvas& c, const PositionMeans& means, Similarity kind) {
  std::string text = kind == Similarity::cosine ? stream::phrase(c, "Mean cosine with the own cell **{0}**", {draw::number(means.own, 3)})
                                                : stream::phrase(c, "Mean product with the own cell **{0}**", {draw::number(means.own, 3)});
  if (means.row_pairs > 0) text += stream::phrase(c, ", in the same row **{0}**", {draw::number(means.same_row, 3)});
  if (means.column_pairs > 0) text += stream::phrase(c, ", in the same column **{0}**", {draw::number(means.same_column, 3)});
  if (means.other_pairs > 0) text += stream::phrase(c, ", elsewhere **{0}**", {draw::number(means.elsewhere, 3)});
  return text + ".";
}

std::shared_ptr<const PositionStudy> position_study(const Tensor& table, const PatchGrid& grid, Similarity kind) {
  using Key = std::tuple<std::uint64_t, int, int, Similarity>;
  static Kept<Key, std::shared_ptr<const PositionStudy>, 8> kept;
  return kept.get(Key{table.id(), grid.rows(), grid.columns(), kind}, [&] { return study_of(table, grid, kind); });
}

std::shared_ptr<const PositionStudy> position_study(const FigureInput& in, Similarity kind) { return position_study(in.trace.model().weights.position, in.grid(), kind); }

Rect similarity_tiles(Canvas& c, Rect r, const FigureInput& in, const PositionStudy& study, const TilesStyle& style, Rect* chosen_tile) {
  const PatchGrid& grid = in.grid();
  const float u = c.u(), lh = stream::line_height(c);
  const auto small = c.metrics().small_style();
  const int rows = grid.rows(), columns = grid.columns(), chosen = chosen_patch(in), hovered = hovered_patch(in);
  r.cut_left(c.text_width(std::to_string(rows - 1), small) + 1.25f * u);
  (style.numbers_above ? r.cut_top(lh + 0.5f * u) : r.cut_bottom(lh + 0.5f * u));
  // Square cells in every tile, whole pixels where they are at least two; of several gaps the widest that makes no cell smaller.
  const auto nr = static_cast<float>(rows), nc = static_cast<float>(columns);
  float gap = 0, cell = 0;
  for (const float wanted : {0.25f * u, 0.5f * u, 0.8f * u}) {
    float size = std::min((r.width() - wanted * (nc - 1)) / (nc * nc), (r.height() - wanted * (nr - 1)) / (nr * nr));
    if (size >= 2 * c.pixel()) size = std::floor(size / c.pixel() + 0.001f) * c.pixel();
    if (size < cell || (cell > 0 && wanted > 0.2f * nc * size)) break;
    gap = wanted;
    cell = size;
  }
  const Vec pitch{cell * nc + gap, cell * nr + gap};
  const auto tile = [&](int patch) {
    return draw::rect_at({r.x0 + pitch.x * static_cast<float>(grid.column(patch)), r.y0 + pitch.y * static_cast<float>(grid.row(patch))}, cell * nc, cell * nr);
  };
  const auto heat = stream::signed_heat(study.span);
  const draw::Matrix tiles(study.tiles);
  for (int patch = 0; patch < grid.patches(); ++patch) {
    const int y = grid.row(patch) * rows, x = grid.column(patch) * columns;
    c.heat(tile(patch), tiles.part(y, y + rows, x, x + columns), heat);
    c.tag(tile(patch), draw::TokenTarget{grid.token_of(patch)});
  }
  const Rect all{r.x0, r.y0, r.x0 + pitch.x * nc - gap, r.y0 + pitch.y * nr - gap};
  CellAxis across{columns, grid.column(chosen)}, down{rows, grid.row(chosen)};
  across.above = style.numbers_above;
  down.vertical = true;
  cell_axis(c, all, across);
  cell_axis(c, all, down);
  c.pinned(tile(chosen));
  if (hovered >= 0 && hovered != chosen) c.hovered(tile(hovered));
  if (chosen_tile) *chosen_tile = tile(chosen);
  return all;
}

Rect similarity_matrix(Canvas& c, Rect r, const FigureInput& in, const PositionStudy& study) {
  const PatchGrid& grid = in.grid();
  const int n = grid.patches(), chosen = chosen_patch(in), hovered = hovered_patch(in);
  const auto small = c.metrics().small_style();
  r.cut_left(c.text_width(std::to_string(n - 1), small) + 1.25f * c.u());
  r.cut_bottom(stream::line_height(c) + 0.5f * c.u());
  const Rect cells = whole_cells(c, r, n, n, 6.5f * c.u());
  const auto heat = stream::signed_heat(study.span);
  const draw::Matrix m(study.similarity);
  c.heat(cells, m, heat);
  cell_numbers(c, cells, m, heat);
  // Where one row of patches ends and the next begins.
  const float step = cells.width() / static_cast<float>(grid.rows());
  if (grid.rows() > 1 && grid.columns() > 1 && step >= 6)
    for (int row = 1; row < grid.rows(); ++row) {
      const float at = static_cast<float>(row) * step;
      c.line({cells.x0 + at, cells.y0}, {cells.x0 + at, cells.y1}, draw::kBlack.faded(0.35f), c.pixel());
      c.line({cells.x0, cells.y0 + at}, {cells.x1, cells.y0 + at}, draw::kBlack.faded(0.35f), c.pixel());
    }
  for (int patch = 0; patch < n; ++patch) c.tag(stream::row_of(cells, patch, n), draw::TokenTarget{grid.token_of(patch)});
  CellAxis across{n, chosen}, down{n, chosen};
  down.vertical = true;
  cell_axis(c, cells, across);
  cell_axis(c, cells, down);
  c.pinned(stream::row_of(cells, chosen, n));
  if (hovered >= 0 && hovered != chosen) c.hovered(stream::row_of(cells, hovered, n));
  return cells;
}

Rect similarity_tile(Canvas& c, Rect r, const FigureInput& in, const PositionStudy& study, bool axes) {
  const PatchGrid& grid = in.grid();
  const float u = c.u(), lh = stream::line_height(c);
  const int rows = grid.rows(), columns = grid.columns(), chosen = chosen_patch(in), hovered = hovered_patch(in);
  if (axes) {
    r.cut_left(c.text_width(std::to_string(rows - 1), c.metrics().small_style()) + 1.25f * u);
    r.cut_bottom(lh + 0.5f * u);
  }
  const Rect cells = whole_cells(c, r, rows, columns, 6.5f * u);
  const auto heat = stream::signed_heat(study.span);
  const draw::Matrix m(study.similarity, static_cast<std::int64_t>(chosen) * grid.patches(), rows, columns, columns);
  c.heat(cells, m, heat);
  cell_numbers(c, cells, m, heat);
  for (int patch = 0; patch < grid.patches(); ++patch)
    c.tag(cell_at(cells, grid.row(patch), grid.column(patch), rows, columns), draw::TokenTarget{grid.token_of(patch)},
          draw::number(study.similarity.at(chosen, patch)));
  if (axes) {
    CellAxis across{columns, grid.column(chosen)}, down{rows, grid.row(chosen)};
    down.vertical = true;
    cell_axis(c, cells, across);
    cell_axis(c, cells, down);
  }
  c.pinned(cell_at(cells, grid.row(chosen), grid.column(chosen), rows, columns));
  if (hovered >= 0 && hovered != chosen) c.hovered(cell_at(cells, grid.row(hovered), grid.column(hovered), rows, columns));
  return cells;
}

Vec DistancePlot::at(double distance, double similarity) const {
  return {area.x0 + area.width() * static_cast<float>(distance / longest),
          area.y1 - area.height() * static_cast<float>((std::clamp<double>(similarity, span.lo, span.hi) - span.lo) / (span.hi - span.lo))};
}

DistancePlot distance_plot(Canvas& c, Rect r, double longest, draw::Span span) {
  const auto small = c.metrics().small_style();
  const float u = c.u(), lh = stream::line_height(c);
  const auto& theme = c.theme();
  DistancePlot plot;
  plot.span = span;
  plot.longest = std::max(1.0, longest);
  const double unit = draw::tick_step(span.hi, 1);
  const auto level = [&](double value) { return value == 0 ? std::string("0") : draw::tick_number(value, span.hi == 1 ? 1 : unit / 10); };
  const std::string top = level(span.hi), bottom = level(span.lo);
  plot.area = {r.x0 + std::max(c.text_width(top, small), c.text_width(bottom, small)) + u, r.y0 + lh / 2, r.x1 - u, r.y1 - 2 * lh - u};
  for (const double value : {static_cast<double>(span.hi), 0.0, static_cast<double>(span.lo)}) {
    const float y = plot.at(0, value).y;
    c.line({plot.area.x0, y}, {plot.area.x1, y}, value == 0 ? theme.tick : theme.hairline, c.pixel());
    c.text({plot.area.x0 - 0.75f * u, y - lh / 2}, level(value), small, theme.text3, Align::right);
  }
  const double step = std::max(1.0, draw::tick_step(plot.longest, std::max(2, static_cast<int>(plot.area.width() / (5 * u)))));
  for (double distance = 0; distance <= plot.longest + 1e-6; distance += step)
    c.text({plot.at(distance, 0).x, plot.area.y1 + 0.5f * u}, draw::tick_number(distance, step), small, theme.text3, Align::centre);
  c.text({plot.area.x1, plot.area.y1 + lh + 0.75f * u}, c.tr("distance in patches"), small, theme.text3, Align::right, plot.area.width());
  return plot;
}

void similarity_by_distance(Canvas& c, Rect r, const PositionStudy& study) {
  const float u = c.u(), lh = stream::line_height(c);
  const auto& theme = c.theme();
  const auto small = c.metrics().small_style();
  const auto plot = distance_plot(c, r, study.by_distance.back().distance, study.span);
  const auto& bins = study.by_distance;
  for (std::size_t i = 1; i < bins.size(); ++i) {
    const Vec band[] = {plot.at(bins[i - 1].distance, bins[i - 1].high), plot.at(bins[i].distance, bins[i].high), plot.at(bins[i].distance, bins[i].low),
                        plot.at(bins[i - 1].distance, bins[i - 1].low)};
    c.polygon(band, theme.weights.faded(0.2f));
  }
  std::vector<Vec> line, mirror;
  for (const DistanceBin& bin : bins) line.push_back(plot.at(bin.distance, bin.mean));
  for (const MirrorBin& bin : study.mirrored) mirror.push_back(plot.at(bin.distance, bin.mean));
  c.polyline(line, theme.weights, 2);
  for (const Vec at : line) c.circle(at, 0.4f * u, theme.weights);
  for (std::size_t i = 1; i < mirror.size(); ++i) c.dashes(mirror[i - 1], mirror[i], theme.heads, 2, 5, 4);
  for (const Vec at : mirror) {
    c.circle(at, 0.45f * u, theme.ground);
    c.ring(at, 0.45f * u, theme.heads, 2);
  }
  // What the two lines are, in the free line below the axis.
  float x = plot.area.x0;
  const float y = plot.area.y1 + lh + 0.75f * u, room = plot.area.x1 - c.text_width(c.tr("distance in patches"), small) - 2 * u;
  const auto key = [&](std::string_view text, draw::Color color, bool dashed) {
    const float width = 3 * u + 0.75f * u + c.text_width(text, small);
    if (x + width > room) return;
    if (dashed) c.dashes({x, y + lh / 2}, {x + 3 * u, y + lh / 2}, color, 2, 5, 4);
    else c.line({x, y + lh / 2}, {x + 3 * u, y + lh / 2}, color, 2);
    c.text({x + 3.75f * u, y}, text, small, theme.text2);
    x += width + 2 * u;
  };
  key(c.tr("all pairs"), theme.weights, false);
  if (!mirror.empty()) key(c.tr("mirrored left to right"), theme.heads, true);
}

}  // namespace vitscope::figures::embed
