// Similarity of the position rows: the numbers, the tiles, one tile, and similarity against distance.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "app/figures/parts_embed.h"
#include "core/analysis/embedding.h"

namespace vitscope::figures::embed {

/// Pairs of patches whose distance rounds to the same number of cells.
struct DistanceBin {
  double distance = 0;  ///< in cells, the whole number they round to
  int pairs = 0;
  double mean = 0, low = 0, high = 0;  ///< low, high: the middle 80 % lies between
};
/// Patches and their mirror images left to right, by their distance.
struct MirrorBin {
  double distance = 0;
  int pairs = 0;
  double mean = 0;
};
struct PositionStudy {
  Tensor similarity;  ///< [N, N]
  Tensor tiles;       ///< the same numbers as a mosaic [rows rows, columns columns]: tile (r, c) is the map of patch (r, c)
  std::vector<DistanceBin> by_distance;
  std::vector<MirrorBin> mirrored;
  PositionMeans means;
  draw::Span span;    ///< -1 .. 1 for cosines, symmetric for products
};
/// Whether there is a position table with a row for every patch.
bool has_positions(const FigureInput& in);
/// Whether the table that the model brings was learned, or made as if; LANL's and T2T's sinusoids are not.
bool learned_table(const Model& model);
/// "Mean cosine: own cell 1, same row 0.42, ..." with what can be averaged in this grid.
std::string means_text(const draw::Canvas& c, const PositionMeans& means, Similarity kind);

/// Of the model's table, or of any table with a row for every patch behind its prefix rows. Computed once per table and grid.
std::shared_ptr<const PositionStudy> position_study(const FigureInput& in, Similarity kind = Similarity::cosine);
std::shared_ptr<const PositionStudy> position_study(const Tensor& table, const PatchGrid& grid, Similarity kind = Similarity::cosine);

/// All tiles, the chosen one marked, places to point at. Numbers of rows on the left, of columns above or below.
struct TilesStyle {
  bool numbers_above = false;
};
/// Returns the rectangle of all tiles, and in `chosen` that of the chosen one.
draw::Rect similarity_tiles(draw::Canvas& c, draw::Rect r, const FigureInput& in, const PositionStudy& study, const TilesStyle& style, draw::Rect* chosen);
/// All pairs as one matrix in raster order, the row of the chosen patch marked, rows as places to point at; returns its cells.
draw::Rect similarity_matrix(draw::Canvas& c, draw::Rect r, const FigureInput& in, const PositionStudy& study);
/// The tile of the chosen patch with numbers where they fit; returns its cells.
draw::Rect similarity_tile(draw::Canvas& c, draw::Rect r, const FigureInput& in, const PositionStudy& study, bool axes);

/// Frame and axes of similarity against distance in cells.
struct DistancePlot {
  draw::Rect area;
  double longest = 1;
  draw::Span span;
  draw::Vec at(double distance, double similarity) const;
};
/// `longest` is the largest distance that occurs.
DistancePlot distance_plot(draw::Canvas& c, draw::Rect r, double longest, draw::Span span);

/// All pairs by distance: mean and the middle 80 %, and, dashed, patches with their mirror images left to right.
void similarity_by_distance(draw::Canvas& c, draw::Rect r, const PositionStudy& study);

}  // namespace vitscope::figures::embed
