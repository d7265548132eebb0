// One tensor of the run under edits, of the run without, and their difference.
#include <algorithm>
#include <cmath>
#include <tuple>

#include "app/draw/number.h"
#include "app/figures/kept.h"
#include "app/figures/parts_compared.h"

namespace vitscope::figures {

namespace {

using namespace stream;
using namespace edits;
using draw::Align;
using draw::Canvas;
using draw::Rect;

const Option& place_option() {
  static const Option option{Option::Kind::number, "before-after-tensor.place", "Tensor along the walk", -1, 5000, -1, {}};
  return option;
}

/// The tensor that is shown: by its number along the walk, else the pinned one, else the one where the runs part. Its number that is pinned or changed most.
TensorDifference chosen(const FigureInput& in) {
  const auto kept = compared_runs(in);
  const std::vector<TensorDifference>& list = *kept;
  const auto wished = static_cast<int>(std::lround(option(in.selection, place_option())));
  TensorDifference shown = list[std::min(first_difference(list), list.size() - 1)];
  const std::optional<CellRef>& pinned = in.selection.pinned;
  if (wished >= 0) {
    shown = list[std::min(static_cast<std::size_t>(wished), list.size() - 1)];
  } else if (pinned) {
    const auto found = std::find_if(list.begin(), list.end(), [&](const TensorDifference& d) { return d.tensor == pinned->tensor; });
    if (found != list.end()) shown = *found;
  }
  if (pinned && pinned->tensor == shown.tensor) shown.at = *pinned;
  return shown;
}

/// The last two axes of a tensor at the leading indices of a cell.
struct Slice {
  int rows = 1, columns = 1;
  std::int64_t first = 0;
  std::string leading;  ///< "[2]": the indices that are held; empty where there are none
  draw::CellGrid cells;
};

Slice slice_of(const Tensor& tensor, CellRef at) {
  Slice slice;
  const int rank = tensor.rank();
  slice.columns = tensor.dim(rank - 1);
  if (rank > 1) slice.rows = tensor.dim(rank - 2);
  int* const index[] = {&at.i, &at.j, &at.k, &at.l};
  std::int64_t before = 0;
  for (int axis = 0; axis + 2 < rank; ++axis) {
    before = before * tensor.dim(axis) + *index[axis];
    slice.leading += (axis ? ", " : "[") + std::to_string(*index[axis]);
  }
  if (!slice.leading.empty()) slice.leading += "]";
  slice.first = before * slice.rows * slice.columns;
  *index[rank - 1] = 0;
  if (rank > 1) *index[rank - 2] = 0;
  slice.cells = {at, slice.rows, slice.columns, rank > 1 ? rank - 2 : -1, rank - 1};
  return slice;
}

draw::Matrix matrix_of(const Tensor& tensor, const Slice& s) { return {tensor, s.first, s.rows, s.columns, s.columns}; }

Tensor change_of(const Tensor& before, const Tensor& after, const Slice& s) {
  Tensor change({s.rows, s.columns});
  float* const out = change.edit();
  for (std::int64_t i = 0; i < change.size(); ++i) out[i] = after.data()[s.first + i] - before.data()[s.first + i];
  return change;
}

/// What the maps are drawn with: one scale for both runs, signed about 0, or from the smallest to the largest where nothing is negative; the difference on its own.
struct Maps {
  draw::Matrix before, after, change;
  draw::HeatStyle common, difference;
};

Maps maps_of(const Tensor& before, const Tensor& after, const Slice& s) {
  Maps m{matrix_of(before, s), matrix_of(after, s), draw::Matrix(change_of(before, after, s)), {}, {}};
  const draw::Span x = draw::range_of(m.before), y = draw::range_of(m.after);
  const draw::Span both{std::min(x.lo, y.lo), std::max(x.hi, y.hi)};
  if (both.lo < 0) {
    const float most = std::max(-both.lo, std::max(both.hi, 1e-6f));
    m.common = signed_heat({-most, most});
  } else {
    m.common.span = both.hi > both.lo ? both : draw::Span{both.lo, both.lo + 1e-6f};
  }
  const draw::Span moved = draw::symmetric_range(m.change);
  m.difference = signed_heat(moved.hi > 0 ? moved : draw::Span{-1e-6f, 1e-6f});
  return m;
}

Maps kept_maps(const Tensor& before, const Tensor& after, const Slice& s) {
  static Kept<std::tuple<std::uint64_t, std::uint64_t, std::int64_t>, Maps, 4> kept;
  return kept.get({before.id(), after.id(), s.first}, [&] { return maps_of(before, after, s); });
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  if (!unedited(in)) return invitation_to_edit(c, r);
  const float u = c.u(), lh = line_height(c);
  const TensorDifference shown = chosen(in);
  const Tensor &before = unedited(in)->at(shown.tensor), &after = in.trace.at(shown.tensor);
  const Slice slice = slice_of(after, shown.at);
  const Maps maps = kept_maps(before, after, slice);

  Rect chart = r.cut_bottom(std::clamp(0.34f * r.height(), 13 * u, 26 * u));
  difference_chart(c, chart, in, shown.tensor);
  r.cut_bottom(2 * u);
  const std::string most = shown.largest > 0 ? phrase(c, "largest difference {0}, relative {1}", {draw::number(shown.largest), draw::number(shown.relative())}) : std::string(c.tr("equal"));
  const Rect words = r.cut_bottom(lh);
  c.text({words.x0, words.y0}, name_of(shown.tensor) + slice.leading + ": " + most, c.metrics().small_style(), c.theme().text2, Align::left, words.width());
  r.cut_bottom(u);

  const bool upright = r.height() > 1.3f * r.width();
  const float gap = 3 * u, part = ((upright ? r.height() : r.width()) - 2 * gap) / 3;
  const auto& dims = info(shown.tensor.slot).dims;
  // Pixels and pairs of tokens; tokens and their numbers fill the place.
  const bool square = dims.size() > 1 && (dims.back() == dims[dims.size() - 2] || dims.back() == Dim::width || dims.back() == Dim::patch_width);
  for (int i = 0; i < 3; ++i) {
    Rect place = upright ? r.cut_top(part) : r.cut_left(part);
    (upright ? r.y0 : r.x0) += gap;
    draw::MapStyle style;
    style.title = i == 0 ? c.tr("Without the edits") : i == 1 ? c.tr("Under the edits") : c.tr("Difference");
    style.heat = i < 2 ? maps.common : maps.difference;
    style.column_name = dim_name(c, dims.back(), in.config());
    style.column_dim = dims.back();
    if (slice.rows > 1) style.row_name = dim_name(c, dims[dims.size() - 2], in.config());
    if (dims.size() > 1) style.row_dim = dims[dims.size() - 2];
    if (style.row_dim == Dim::tokens) style.row_prefix = in.grid().prefix_tokens();
    if (style.column_dim == Dim::tokens) style.column_prefix = in.grid().prefix_tokens();
    style.square_cells = square;
    style.max_cell = 24;
    style.cells = slice.cells;
    style.hovered = hovered_in(in, shown.tensor);
    style.pinned = pinned_in(in, shown.tensor);
    draw::map(c, place, i == 0 ? maps.before : i == 1 ? maps.after : maps.change, style);
  }
}

std::string subject(const Canvas&, const FigureInput& in) {
  if (!unedited(in)) return {};
  const TensorDifference shown = chosen(in);
  return name_of(shown.tensor) + slice_of(in.trace.at(shown.tensor), shown.at).leading;
}

std::string caption(const Canvas& c, const FigureInput&) {
  return std::string(c.tr("One tensor of the run without the edits and of the run under them, on one scale, and the second minus the first on a scale of its own. Of more than two axes the first are held "
                          "at the pinned number, or where the change is largest. Chart: largest difference of each tensor divided by its largest magnitude without edits; a click chooses the tensor."));
}

Table data(const FigureInput& in) {
  if (!unedited(in)) return {.columns = {{"largest_difference", {0}}}, .tensors = {}};
  const TensorDifference shown = chosen(in);
  const Tensor &before = unedited(in)->at(shown.tensor), &after = in.trace.at(shown.tensor);
  Table table;
  table.columns = {{"largest_difference", {shown.largest}}, {"largest_before", {shown.size}}, {"relative_difference", {shown.relative()}}};
  table.tensors = {{"before", before}, {"after", after}, {"difference", change_of(before, after, slice_of(after, shown.at))}};
  return table;
}

}  // namespace

const Figure& before_after_tensor() {
  static const Figure figure{"before-after-tensor", "Before and after, one tensor", "prediction", {1340, 800}, ready_to_compare, draw_figure, subject, caption, data,
                             std::span(&place_option(), 1)};
  return figure;
}

}  // namespace vitscope::figures
