// Where images that lie over the picture meet the grid of patches.
#pragma once
#include "core/trace.h"

namespace vitscope::figures {

/// Whether a tensor is an image over the whole picture: the input, or the maps of a hybrid's stem, [channels, rows, columns].
inline bool lies_over_picture(Slot slot) {
  const std::vector<Dim>& dims = info(slot).dims;
  return dims.size() == 3 && (dims[0] == Dim::channels || dims[0] == Dim::stem_channels);
}

/// The patch over which a cell of such an image lies; -1 for cells of other tensors.
inline int patch_under(const CellRef& cell, const Trace& trace) {
  if (!lies_over_picture(cell.tensor.slot)) return -1;
  const VitConfig& c = trace.config();
  const Shape shape = shape_of(cell.tensor.slot, c);
  return trace.grid().patch_at_pixel({(cell.k + 0.5) * c.image_width / shape[2], (cell.j + 0.5) * c.image_height / shape[1]});
}

}  // namespace vitscope::figures
