#include "app/views/subject.h"

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

/// The number that stands for the step when nothing is pinned: the strongest one of the selected token.
std::optional<CellRef> default_cell(const Frame& frame, int token) {
  const Trace& trace = *frame.trace;
  const Place place = frame.selection.place;
  const TensorRef ref{place.step->result, info(place.step->result).scope == Scope::block ? place.block : -1};
  if (!trace.has(ref)) return std::nullopt;
  const Tensor& tensor = trace.at(ref);
  const SlotInfo& slot = info(ref.slot);
  CellRef cell{ref};
  const int head = std::max(0, frame.selection.head), patch = std::max(0, trace.grid().patch_of(token));
  const auto width = static_cast<std::size_t>(tensor.dim(tensor.rank() - 1));
  switch (tensor.rank()) {
    case 1: cell.i = strongest(tensor.values()); break;
    case 2:
      cell.i = slot.dims[0] == Dim::patches ? patch : token;
      cell.j = strongest(tensor.row(cell.i));
      break;
    case 3:
      if (figures::lies_over_picture(ref.slot)) {
        const Point centre = trace.grid().pixels(patch).centre();
        cell.j = static_cast<int>(centre.y * tensor.dim(1) / trace.config().image_height);
        cell.k = static_cast<int>(centre.x * tensor.dim(2) / trace.config().image_width);
      } else {
        cell.i = head;
        cell.j = token;
        cell.k = strongest(tensor.row(head).subspan(static_cast<std::size_t>(token) * width, width));
      }
      break;
    default:
      cell.i = patch;
      cell.k = tensor.dim(2) / 2;
      cell.l = tensor.dim(3) / 2;
  }
  return cell;
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
