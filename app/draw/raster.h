// Pixels that a canvas hands to the graphics card: heat maps and pictures.
#pragma once
#include <memory>

#include "app/draw/geometry.h"
#include "app/draw/theme.h"
#include "core/colormap.h"
#include "core/geometry.h"
#include "core/image/image.h"
#include "core/tensor.h"

struct ImDrawList;
struct ImDrawCmd;

namespace vitscope::draw {

/// A matrix inside a tensor: element (r, c) is values[offset + r * row_stride + c].
struct Matrix {
  Tensor tensor;
  std::int64_t offset = 0;
  int rows = 0, columns = 0;
  int row_stride = 0;

  Matrix() = default;
  /// A whole tensor of one or two axes (one axis: a single row).
  explicit Matrix(Tensor matrix);
  /// Matrix `i` of a tensor [n, rows, columns]; of a tensor [n, rows, columns, x] not defined.
  Matrix(Tensor stack, int i);
  Matrix(Tensor t, std::int64_t first, int row_count, int column_count, int stride)
      : tensor(std::move(t)), offset(first), rows(row_count), columns(column_count), row_stride(stride) {}
  float at(int r, int c) const { return tensor.data()[offset + static_cast<std::int64_t>(r) * row_stride + c]; }
  /// Rows [r0, r1) and columns [c0, c1) of this matrix.
  Matrix part(int r0, int r1, int c0, int c1) const;
  /// One row seen as a grid: row r, starting at column c, as `grid_rows` x `grid_columns`. The row must be contiguous.
  Matrix row_as_grid(int r, int c, int grid_rows, int grid_columns) const;
};

struct Span {
  float lo = 0, hi = 1;
};
/// Smallest and largest finite value; {0, 0} when there is none.
Span range_of(const Matrix& m);
/// {-a, a} with a the largest magnitude, or the `share` quantile of magnitudes (0.99 cuts the top 1 %).
Span symmetric_range(const Matrix& m, double share = 1.0);

struct HeatStyle {
  ColorMap map = ColorMap::viridis;
  Span span;
  bool smooth = false;  ///< bilinear instead of nearest cells
  /// Drawn over a photograph: dark veil of 55 % times (1 - share), then the colour at 74 % times the square root of the share, where share
  /// is the value's place in the span.
  bool overlay = false;
  float opacity = 1;
};

/// The span as it is drawn: finite, with lo < hi. A span without extent gives the lowest colour, or the middle of the diverging map.
Span drawable(Span span, ColorMap map);
/// Colour of a value as the card draws it, without overlay and opacity.
Color heat_color(float value, const HeatStyle& style);

/// One job for the card. Where cells are smaller than two pixels the mean of the cells under a pixel is shown.
struct RasterJob {
  Rect where;   ///< in pixels of the target
  Matrix heat;  ///< kind heat
  HeatStyle style;
  std::shared_ptr<const Image> image;  ///< kind image: a picture
  Tensor planes;                       ///< kind planes: [C, H, W] with 0..1, C 1 or 3
  Box source;                          ///< image and planes: the part that fills `where`, in pixels of the source
  bool smooth = false;                 ///< image and planes: filtered (with mip maps when shrunk) or nearest
  float opacity = 1;
  enum class Kind { heat, image, planes } kind = Kind::heat;
  void* renderer = nullptr;  ///< the RasterSink's
};

/// Where raster jobs are carried out: a draw callback that receives the RasterJob as its user data, and the object it belongs to.
/// Without a callback (tests of figures) the jobs are only recorded.
struct RasterSink {
  void (*callback)(const ImDrawList*, const ImDrawCmd*) = nullptr;
  void* renderer = nullptr;
};

}  // namespace vitscope::draw
