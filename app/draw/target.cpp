#include "app/draw/target.h"

#include <algorithm>
#include <cmath>

namespace vitscope::draw {

namespace {
void add(CellRef& cell, int axis, int steps) {
  switch (axis) {
    case 0: cell.i += steps; break;
    case 1: cell.j += steps; break;
    case 2: cell.k += steps; break;
    case 3: cell.l += steps; break;
    default: break;
  }
}

int index_at(float position, float extent, int count) {
  if (!(extent > 0)) return 0;
  return std::clamp(static_cast<int>(std::floor(position / extent * static_cast<float>(count))), 0, std::max(count - 1, 0));
}
}  // namespace

Target Tag::at(Vec point) const {
  if (!where.contains(point)) return {};
  if (!grid) return target;
  const Rect all = whole.value_or(where);
  CellRef cell = grid->first;
  add(cell, grid->row_axis, index_at(point.y - all.y0, all.height(), grid->rows));
  add(cell, grid->column_axis, index_at(point.x - all.x0, all.width(), grid->columns));
  return CellTarget{cell};
}

Point PictureArea::at(Vec point) const {
  return {original.x0 + static_cast<double>((point.x - whole.x0) / whole.width()) * original.width(),
          original.y0 + static_cast<double>((point.y - whole.y0) / whole.height()) * original.height()};
}

}  // namespace vitscope::draw
