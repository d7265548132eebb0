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

std::shared_ptr<const PositionStudy> position_study(const FigureInput& in, Similarity kind) {
  using Key = std::tuple<std::uint64_t, int, int, Similarity>;
  static Kept<Key, std::shared_ptr<const PositionStudy>, 4> kept;
  const Tensor& position = in.trace.model().weights.position;
  return kept.get(Key{position.id(), in.grid().rows(), in.grid().columns(), kind}, [&] { return study_of(position, in.grid(), kind); });
}

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

}  // namespace vitscope::figures::embed
