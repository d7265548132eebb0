// What a place on the canvas means. Figures and views tag what they draw; the shell finds out what lies under the pointer.
#pragma once
#include <optional>
#include <string>
#include <variant>

#include "app/draw/geometry.h"
#include "core/step.h"

namespace vitscope::draw {

/// A token of the sequence; prefix tokens first.
struct TokenTarget {
  int token = 0;
  bool operator==(const TokenTarget&) const = default;
};
/// One number.
struct CellTarget {
  CellRef cell;
  bool operator==(const CellTarget&) const = default;
};
/// A head of a block; head -1 is the mean over heads.
struct HeadTarget {
  int block = 0, head = 0;
  bool operator==(const HeadTarget&) const = default;
};
/// A step of the walk.
struct PlaceTarget {
  Place place;
  bool operator==(const PlaceTarget&) const = default;
};
/// Something of the interface that acts when it is clicked: an index into the frame's list of actions.
struct ActionTarget {
  int action = 0;
  bool operator==(const ActionTarget&) const = default;
};
using Target = std::variant<std::monostate, TokenTarget, CellTarget, HeadTarget, PlaceTarget, ActionTarget>;

/// A whole matrix of cells as one tag: the rectangle is divided evenly into rows x columns; cell (r, c) is
/// `first` with r added to index `row_axis` and c to `column_axis` (0 = i, 1 = j, 2 = k, 3 = l; -1 adds nothing).
struct CellGrid {
  CellRef first;
  int rows = 1, columns = 1;
  int row_axis = 0, column_axis = 1;
};

/// A place on the canvas that shows a part of the original picture, for the brush.
struct PictureArea {
  Rect where;    ///< what can be seen of `whole`
  Rect whole;
  Box original;  ///< what `whole` shows, in pixels of the original picture
  Point at(Vec point) const;
  /// Points of the canvas for each pixel across.
  float scale() const { return whole.width() / static_cast<float>(original.width()); }
};

struct Tag {
  Rect where;
  Target target;
  std::optional<CellGrid> grid;  ///< then `target` is ignored
  std::string tooltip;           ///< shown after a moment; for cells the shell adds the value itself
  std::optional<Rect> whole;     ///< the rectangle that `grid` divides, when `where` is only its visible part
  /// What lies at a point of `where`.
  Target at(Vec point) const;
};

}  // namespace vitscope::draw
