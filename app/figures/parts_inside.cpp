#include "app/figures/parts_inside.h"

#include <algorithm>
#include <cmath>

#include "app/figures/kept.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures::inside {

using draw::Canvas;
using draw::Rect;

namespace {

void draw_view(Canvas& c, Rect r, const FigureInput& in, const View& view, draw::HeatStyle heat, int row, bool bar) {
  draw::MapStyle style;
  style.title = view.title;
  style.hint = view.hint;
  style.row_name = view.row_name;
  style.column_name = view.column_name;
  style.heat = heat;
  style.bar = bar;
  style.cells = view.cells;
  style.pinned_row = row;
  if (!in.paper) style.hovered = in.selection.hovered_cell();
  style.pinned = in.selection.pinned;
  draw::map(c, r, view.matrix, style);
}

draw::Span widest(std::span<const View> views) {
  draw::Span span{0, 0};
  for (const View& view : views) {
    const draw::Span own = stream::signed_span(view.matrix);
    if (own.hi > span.hi) span = own;
  }
  return span;
}

}  // namespace

void row_of_maps(Canvas& c, Rect r, const FigureInput& in, std::span<const View> views, int row, std::string_view label) {
  const float u = c.u(), gap = 5 * u;
  const auto n = static_cast<float>(views.size());
  const draw::HeatStyle heat = stream::signed_heat(widest(views));
  const Rect bar = r.cut_bottom(stream::lying_bar_height(c));
  r.cut_bottom(1.5f * u);
  const float width = (r.width() - gap * (n - 1)) / n;
  for (std::size_t i = 0; i < views.size(); ++i) {
    const Rect place = r.cut_left(width), between = r.cut_left(gap);
    draw_view(c, place, in, views[i], heat, row, false);
    if (!views[i].sign.empty() && i + 1 < views.size())
      stream::sign(c, {between.x0, place.y0, between.x1, std::min(place.y1, place.y0 + 12 * u)}, views[i].sign);
  }
  stream::lying_bar(c, bar, heat, label, false, true);
}

void maps_apart(Canvas& c, Rect r, const FigureInput& in, std::span<const View> views, int row) {
  const float u = c.u(), gap = 4 * u;
  const auto n = static_cast<float>(views.size());
  const float width = (r.width() - gap * (n - 1)) / n;
  for (const View& view : views) {
    const Rect place = r.cut_left(width);
    r.cut_left(gap);
    draw::HeatStyle heat = stream::signed_heat(stream::signed_span(view.matrix));
    if (view.cells && info(view.cells->first.tensor.slot).values == Values::magnitude) heat = {.span = {0, std::max(heat.span.hi, 1e-30f)}};
    draw_view(c, place, in, view, heat, row, true);
  }
}

View view_of(const Canvas& c, const FigureInput& in, TensorRef ref, std::string_view title, int index) {
  const Tensor& tensor = in.trace.at(ref);
  const std::vector<Dim>& dims = info(ref.slot).dims;
  View view;
  view.title = c.tr(title);
  view.matrix = index < 0 ? draw::Matrix(tensor) : draw::Matrix(tensor, index);
  view.row_name = stream::dim_name(c, dims[dims.size() - 2], in.config());
  view.column_name = stream::dim_name(c, dims.back(), in.config());
  CellRef first{ref};
  if (index >= 0) first.i = index;
  view.cells = draw::CellGrid{first, view.matrix.rows, view.matrix.columns, index < 0 ? 0 : 1, index < 0 ? 1 : 2};
  return view;
}

int chosen_window(const FigureInput& in, int n, const Option& slider) {
  const int windows = in.config().t2t->splits[static_cast<std::size_t>(n)].windows();
  if (in.selection.pinned) {
    // The index that counts windows of this split: the first of two, or the queries among three.
    const CellRef& cell = *in.selection.pinned;
    const std::vector<Dim>& dims = info(cell.tensor.slot).dims;
    const Dim counted = n == 0 ? Dim::windows1 : n == 1 ? Dim::windows2 : Dim::patches;
    const int index[] = {cell.i, cell.j, cell.k, cell.l};
    for (std::size_t axis = 0; axis < dims.size(); ++axis)
      if (dims[axis] == counted) return std::clamp(index[axis], 0, windows - 1);
  }
  const float at = std::clamp(option(in.selection, slider), 0.0f, 1.0f);
  return static_cast<int>(std::lround(at * static_cast<float>(windows - 1)));
}

std::string window_name(const Canvas& c, int n, int window) { return stream::phrase(c, n == 2 ? "patch {0}" : "window {0}", {std::to_string(window)}); }

namespace {
bool counts_patches(Slot slot) { return info(slot).dims.front() == Dim::patches; }
}  // namespace

int chosen_patch(const FigureInput& in) {
  const auto& pinned = in.selection.pinned;
  const int patch = pinned && counts_patches(pinned->tensor.slot) ? pinned->i : in.selection.patch;
  return std::clamp(patch, 0, in.config().patches() - 1);
}

int chosen_word(const FigureInput& in, const Option& slider) {
  const int words = in.config().tnt->words();
  if (in.selection.pinned) {
    const CellRef& cell = *in.selection.pinned;
    const std::vector<Dim>& dims = info(cell.tensor.slot).dims;
    const int index[] = {cell.i, cell.j, cell.k, cell.l};
    for (std::size_t axis = 0; axis < dims.size(); ++axis)
      if (dims[axis] == Dim::words) return std::clamp(index[axis], 0, words - 1);
  }
  const float at = std::clamp(option(in.selection, slider), 0.0f, 1.0f);
  return static_cast<int>(std::lround(at * static_cast<float>(words - 1)));
}

namespace {
Tensor make_word_map(const PatchGrid& grid, const TntConfig& tnt, const Tensor& values) {
  Tensor map({grid.rows() * tnt.word_rows, grid.columns() * tnt.word_columns});
  const auto width = static_cast<std::size_t>(tnt.width());
  for (int patch = 0; patch < grid.patches(); ++patch) {
    const std::span<const float> words = values.row(patch);
    for (int word = 0; word < tnt.words(); ++word) {
      double sum = 0;
      for (const float x : words.subspan(static_cast<std::size_t>(word) * width, width)) sum += static_cast<double>(x);
      const int row = grid.row(patch) * tnt.word_rows + word / tnt.word_columns, column = grid.column(patch) * tnt.word_columns + word % tnt.word_columns;
      map.edit()[static_cast<std::ptrdiff_t>(row) * map.dim(1) + column] = static_cast<float>(sum / tnt.width());
    }
  }
  return map;
}
}  // namespace

Tensor word_map(const FigureInput& in, TensorRef words) {
  static Kept<std::uint64_t, Tensor, 64> kept;
  const Tensor& values = in.trace.at(words);
  return kept.get(values.id(), [&] { return make_word_map(in.grid(), *in.config().tnt, values); });
}

}  // namespace vitscope::figures::inside
