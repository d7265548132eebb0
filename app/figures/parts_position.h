// Similarity of the position rows: the numbers, the tiles, one tile, and similarity against distance.
#pragma once
#include <memory>
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
  draw::Span span;    ///< -1 .. 1 for cosines, symmetric for products
};
/// Computed once per position table and grid.
std::shared_ptr<const PositionStudy> position_study(const FigureInput& in, Similarity kind = Similarity::cosine);

/// All tiles, the chosen one marked, places to point at. Numbers of rows on the left, of columns above or below.
struct TilesStyle {
  bool numbers_above = false;
};
/// Returns the rectangle of all tiles, and in `chosen` that of the chosen one.
draw::Rect similarity_tiles(draw::Canvas& c, draw::Rect r, const FigureInput& in, const PositionStudy& study, const TilesStyle& style, draw::Rect* chosen);
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

}  // namespace vitscope::figures::embed
