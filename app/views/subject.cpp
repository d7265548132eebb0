#include "app/views/subject.h"

#include <algorithm>
#include <cmath>

#include "app/figures/attention_options.h"
#include "app/figures/patch_under.h"

namespace vitscope::views {

namespace {

/// Indices of the largest magnitude among the last axis, the others given.
int strongest(std::span<const float> row) {
  int best = 0;
  for (int i = 1; i < static_cast<int>(row.size()); ++i)
    if (std::abs(row[static_cast<std::size_t>(i)]) > std::abs(row[static_cast<std::size_t>(best)])) best = i;
  return best;
}

/// The place on an axis of `extent` that a head and a token stand for; nothing on axes of features.
std::optional<int> place_on(Dim dim, int extent, const VitConfig& config, int head, int token) {
  const int patch = std::max(0, config.grid.patch_of(token));
  const Point centre = config.grid.pixels(patch).centre();
  const auto scaled = [](double at, int count, int side) { return std::clamp(static_cast<int>(at * count / side), 0, count - 1); };
  const auto down = [&](int count) { return scaled(centre.y, count, config.image_height); };
  const auto across = [&](int count) { return scaled(centre.x, count, config.image_width); };
  switch (dim) {
    case Dim::tokens: return token;
    case Dim::patches: return patch;
    case Dim::heads:
    case Dim::token_heads:
    case Dim::word_heads: return std::clamp(head, 0, extent - 1);
    case Dim::windows1:
    case Dim::windows2: {
      const SoftSplit& split = config.t2t->splits[dim == Dim::windows1 ? 0 : 1];
      return down(split.rows) * split.columns + across(split.columns);
    }
    case Dim::height:
    case Dim::window_rows1:
    case Dim::window_rows2:
    case Dim::stem_rows:
    case Dim::map_rows: return down(extent);
    case Dim::width:
    case Dim::window_columns1:
    case Dim::window_columns2:
    case Dim::stem_columns:
    case Dim::map_columns: return across(extent);
    case Dim::patch_height:
    case Dim::patch_width:
    case Dim::words: return extent / 2;
    default: return std::nullopt;
  }
}

/// The number that stands for the step when nothing is pinned.
std::optional<CellRef> default_cell(const Frame& frame, int token) {
  const Place place = frame.selection.place;
  const TensorRef ref{place.step->result, info(place.step->result).scope == Scope::block ? place.block : -1};
  if (!frame.trace->has(ref)) return std::nullopt;
  return standing_cell(*frame.trace, ref, frame.selection.head, token);
}

/// Tokens that a cell belongs to: first the row's, then the key's; -1 where there is none.
std::pair<int, int> tokens_of(const CellRef& cell, const Trace& trace) {
  const std::vector<Dim>& dims = info(cell.tensor.slot).dims;
  const int index[4] = {cell.i, cell.j, cell.k, cell.l};
  int found[2] = {-1, -1}, count = 0;
  for (std::size_t axis = 0; axis < dims.size() && count < 2; ++axis) {
    if (dims[axis] == Dim::tokens) found[count++] = index[axis];
    if (dims[axis] == Dim::patches) found[count++] = trace.grid().token_of(index[axis]);
  }
  if (const int patch = count == 0 ? figures::patch_under(cell, trace) : -1; patch >= 0) found[0] = trace.grid().token_of(patch);
  return {found[0], found[1]};
}

}  // namespace

CellRef standing_cell(const Trace& trace, TensorRef ref, int head, int token) {
  const Tensor& tensor = trace.at(ref);
  const std::vector<Dim>& dims = info(ref.slot).dims;
  CellRef cell{ref};
  int* const index[4] = {&cell.i, &cell.j, &cell.k, &cell.l};
  const int rank = tensor.rank();
  std::size_t row = 0;  // the rows in front of the cell's
  bool open = false;
  for (int axis = 0; axis < rank; ++axis) {
    const Dim dim = dims[static_cast<std::size_t>(axis)];
    // The second of two equal axes, such as the keys of a map of attention, is looked along.
    const bool again = std::find(dims.begin(), dims.begin() + axis, dim) != dims.begin() + axis;
    const std::optional<int> place = again ? std::nullopt : place_on(dim, tensor.dim(axis), trace.config(), head, token);
    *index[axis] = place.value_or(0);
    open = !place;
    if (axis + 1 < rank) row = row * static_cast<std::size_t>(tensor.dim(axis)) + static_cast<std::size_t>(*index[axis]);
  }
  if (open) {
    const auto width = static_cast<std::size_t>(tensor.dim(rank - 1));
    *index[rank - 1] = strongest(tensor.values().subspan(row * width, width));
  }
  return cell;
}

Subject subject_of(const Frame& frame) {
  const figures::Selection& selection = frame.selection;
  const Trace& trace = *frame.trace;
  Subject subject;
  const bool embedding = selection.place.step->stage == Stage::embed;
  subject.token = embedding ? trace.grid().token_of(selection.patch) : selection.query;
  const auto usable = [&](const std::optional<CellRef>& cell) {
    return cell && trace.has(cell->tensor);
  };
  if (const int token = selection.hovered_token(); token >= 0 && token < trace.config().tokens()) {
    subject.token = token;
    subject.under_pointer = true;
  }
  const std::optional<CellRef> hovered = selection.hovered_cell();
  if (usable(hovered)) {
    subject.cell = hovered;
    subject.under_pointer = true;
  } else if (usable(selection.pinned) && !subject.under_pointer) {
    subject.cell = selection.pinned;
  } else {
    subject.cell = default_cell(frame, subject.token);
    // On a map of attention a token under the pointer is the other end of the chosen one.
    const int block = selection.place.block;
    if (subject.under_pointer && selection.place.step->result == Slot::attn && trace.has(Slot::attn, block)) {
      const bool column = figures::attention::reads_column(selection);
      subject.cell = CellRef{{Slot::attn, block}, std::max(0, selection.head), column ? subject.token : selection.query, column ? selection.query : subject.token};
    }
  }
  if (subject.cell) {
    const auto [row, key] = tokens_of(*subject.cell, trace);
    if (row >= 0) subject.token = row;
    subject.key = key;
  }
  return subject;
}

}  // namespace vitscope::views
