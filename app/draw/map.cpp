// A matrix as a map: title, cells, numbers along its edges, colour bar, marks.
#include <cmath>

#include "app/draw/axis.h"
#include "app/draw/number.h"
#include "app/draw/parts.h"

namespace vitscope::draw {

namespace {
int index_of(const CellRef& cell, int axis) {
  switch (axis) {
    case 0: return cell.i;
    case 1: return cell.j;
    case 2: return cell.k;
    case 3: return cell.l;
    default: return 0;
  }
}

struct Position {
  int row = -1, column = -1;
};

/// Where a number stands in a grid of cells, if it does.
std::optional<Position> find(const CellGrid& grid, const CellRef& cell) {
  if (!(grid.first.tensor == cell.tensor)) return {};
  for (int axis = 0; axis < 4; ++axis)
    if (axis != grid.row_axis && axis != grid.column_axis && index_of(cell, axis) != index_of(grid.first, axis)) return {};
  const Position at{grid.row_axis < 0 ? 0 : index_of(cell, grid.row_axis) - index_of(grid.first, grid.row_axis),
                    grid.column_axis < 0 ? 0 : index_of(cell, grid.column_axis) - index_of(grid.first, grid.column_axis)};
  if (at.row < 0 || at.row >= grid.rows || at.column < 0 || at.column >= grid.columns) return {};
  return at;
}

/// What of the surroundings is drawn; dropped one after the other when the cells would get no room.
struct Extras {
  bool numbers = true, names = true, bar = true, title = true;
};

/// Where everything stands, in points.
struct MapLayout {
  Rect cells;
  float cell_w = 0, cell_h = 0;
  float gap = 0;           ///< between the cells and the row numbers
  float numbers_w = 0;     ///< of the row numbers
  bool same_line = false;  ///< the column name stands between the column numbers
  bool row_numbers = false, column_numbers = false;
  Extras extras;
};

class MapDrawing {
 public:
  MapDrawing(Canvas& c, Rect r, const Matrix& m, const MapStyle& s)
      : c_(c), r_(r), m_(m), s_(s), type_(c.metrics().small_style()), line_(Canvas::text_height(type_)) {
    if (s.cells && s.hovered) hovered_ = find(*s.cells, *s.hovered).value_or(Position{});
    if (s.cells && s.pinned) pinned_ = find(*s.cells, *s.pinned).value_or(Position{});
    bar_.heat = s.heat;
    bar_.as_percent = s.bar_percent;
    bar_.label = s.bar_label;
    const Span values = s.bar ? range_of(m) : Span{};
    const float slack = (s.heat.span.hi - s.heat.span.lo) * 1e-3f;
    bar_.cut_hi = s.bar && values.hi > s.heat.span.hi + slack;
    bar_.cut_lo = s.bar && values.lo < s.heat.span.lo - slack;
  }

  Rect draw() {
    layout();
    if (l_.extras.title) title();
    if (l_.cells.width() <= 0 || l_.cells.height() <= 0) return l_.cells;
    c_.heat(l_.cells, m_, s_.heat);
    if (!c_.theme().dark) c_.outline(l_.cells.inset(-c_.pixel()), c_.theme().tick.faded(0.55f), c_.pixel());
    prefix_lines();
    cell_numbers();
    if (s_.cells) c_.tag_cells(l_.cells, *s_.cells);
    if (l_.extras.bar) bar();
    axes();
    marks();
    return l_.cells;
  }

 private:
  float u() const { return c_.u(); }

  void layout() {
    constexpr Extras kSteps[] = {{},
                                 {.names = false},
                                 {.names = false, .bar = false},
                                 {.numbers = false, .names = false, .bar = false},
                                 {.numbers = false, .names = false, .bar = false, .title = false}};
    for (const Extras& extras : kSteps) {
      place(extras);
      if (l_.cells.width() >= 4 * u() && l_.cells.height() >= 3 * u()) return;
      // A matrix of few cells may be small although there is room.
      if (room_.width() >= 6 * u() && room_.height() >= 5 * u()) return;
    }
  }

  void place(const Extras& extras) {
    l_ = {};
    l_.extras = extras;
    l_.extras.bar = extras.bar && s_.bar;
    l_.extras.title = extras.title && !(s_.title.empty() && s_.hint.empty());
    l_.row_numbers = extras.numbers && (m_.rows > 1 || s_.row_prefix.count() > 0);
    l_.column_numbers = extras.numbers && (m_.columns > 1 || s_.column_prefix.count() > 0);
    const bool row_name = extras.names && !s_.row_name.empty(), column_name = extras.names && !s_.column_name.empty();
    const float frame = 4 * std::max(1.0f, c_.pixel());  // what the mark of a pinned row needs around it
    room_ = r_;
    room_.y0 += l_.extras.title ? line_ + 1.4f * u() : std::max(frame, extras.bar || extras.numbers ? line_ / 2 : 0);
    l_.gap = u();
    if (l_.row_numbers) {
      for (int i : {0, s_.row_prefix.count() - 1, m_.rows - 1, s_.pinned_row})
        if (i >= 0) l_.numbers_w = std::max(l_.numbers_w, c_.text_width(axis_label(i, s_.row_prefix), c_.metrics().small_medium()));
    }
    room_.x0 += (row_name ? line_ + 0.5f * u() : 0) + (l_.row_numbers ? l_.numbers_w + l_.gap : frame);
    l_.same_line = r_.height() < 34 * u();
    float below = l_.column_numbers ? 0.5f * u() + line_ : frame;
    if (column_name && !(l_.same_line && l_.column_numbers)) below += line_ + 0.25f * u();
    if (l_.extras.bar || l_.row_numbers) below = std::max(below, line_ / 2);
    room_.y1 -= below;
    if (l_.extras.bar) {
      room_.x1 -= 2 * u() + bar_width() + color_bar_room(c_, std::max(room_.height(), u()), bar_);
    } else {
      room_.x1 -= frame;
    }
    cells();
  }

  /// Cells of whole pixels unless that would waste a good part of the room.
  void cells() {
    const auto whole = [](float cell) {
      const float k = std::floor(cell + 1e-3f);
      return k >= 3 || (k >= 1 && cell / k < 1.15f) ? k : cell;
    };
    const float scale = c_.scale(), most = std::max(s_.max_cell * scale, 1.0f);
    float w = std::min(std::max(room_.width(), 0.0f) * scale / static_cast<float>(m_.columns), most);
    float h = std::min(std::max(room_.height(), 0.0f) * scale / static_cast<float>(m_.rows), most);
    if (s_.square_cells) w = h = std::min(w, h);
    w = whole(w), h = whole(h);
    const float x = std::floor(room_.x0 * scale + 0.5f), y = std::floor(room_.y0 * scale + 0.5f);
    // However long and thin a matrix is, one pixel of it is seen.
    const auto extent = [](float cell, int count) {
      return cell > 0 ? std::max(std::floor(cell * static_cast<float>(count) + 1e-2f), 1.0f) : 0;
    };
    const float width = extent(w, m_.columns), height = extent(h, m_.rows);
    l_.cells = rect_at({x / scale, y / scale}, width / scale, height / scale);
    l_.cell_w = l_.cells.width() / static_cast<float>(m_.columns);
    l_.cell_h = l_.cells.height() / static_cast<float>(m_.rows);
  }

  float bar_width() const { return 1.5f * u(); }

  void title() {
    const Theme& theme = c_.theme();
    const float left = l_.cells.x0, gap = 2 * u();
    float right = std::max(l_.cells.x1, left), edge = left;
    const Style style = c_.metrics().small_medium();
    if (!s_.title.empty()) edge = c_.text({left, r_.y0}, s_.title, style, theme.text1, Align::left, std::max(r_.x1 - left, 1.0f)).x1 + gap;
    if (s_.hint.empty()) return;
    const float wanted = c_.text_width(s_.hint, type_);
    if (edge + wanted > right) right = std::min(r_.x1, std::max(right, edge + wanted));
    if (right - edge >= std::min(wanted, 8 * u())) c_.text({right, r_.y0}, s_.hint, type_, theme.text3, Align::right, right - edge);
  }

  /// Prefix tokens are a red (class token) or orange line at their rows and columns; where both sides are tokens, the other tokens are a line of their colour.
  void prefix_lines() {
    const Theme& theme = c_.theme();
    const Rect& r = l_.cells;
    const float wide = 2, off = 1;
    const bool both = s_.row_prefix.count() > 0 && s_.column_prefix.count() > 0;
    const auto shade = [&](std::optional<Dim> dim) { return dim ? color_of(*dim, theme) : theme.patch_token; };
    if (s_.row_prefix.count() > 0 && !both) {
      c_.fill({r.x0, r.y0 - 3, r.x1, r.y0}, prefix_color(theme, 0, s_.row_prefix));
    } else if (s_.column_prefix.count() > 0) {
      const float split = r.x0 + std::max(static_cast<float>(s_.column_prefix.count()) * l_.cell_w, 2.0f);
      const float first = std::min(r.x0 + std::max(l_.cell_w, 2.0f), split);
      c_.fill({r.x0, r.y0 - off - wide, first, r.y0 - off}, prefix_color(theme, 0, s_.column_prefix));
      if (split > first) c_.fill({first, r.y0 - off - wide, split, r.y0 - off}, theme.other_token);
      c_.fill({split, r.y0 - off - wide, r.x1, r.y0 - off}, shade(s_.column_dim));
    }
    if (both) {
      const float split = r.y0 + std::max(static_cast<float>(s_.row_prefix.count()) * l_.cell_h, 2.0f);
      const float first = std::min(r.y0 + std::max(l_.cell_h, 2.0f), split);
      c_.fill({r.x0 - off - wide, r.y0, r.x0 - off, first}, prefix_color(theme, 0, s_.row_prefix));
      if (split > first) c_.fill({r.x0 - off - wide, first, r.x0 - off, split}, theme.other_token);
      c_.fill({r.x0 - off - wide, split, r.x0 - off, r.y1}, shade(s_.row_dim));
    }
  }

  void cell_numbers() {
    if (!s_.numbers || l_.cell_h < 1.6f * type_.size || l_.cell_w < 1.9f * type_.size || m_.rows > 200 || m_.columns > 200) return;
    float widest = 0;
    for (int r = 0; r < m_.rows; ++r)
      for (int k = 0; k < m_.columns; ++k) widest = std::max(widest, c_.text_width(cell_number(static_cast<double>(m_.at(r, k))), type_));
    if (widest > l_.cell_w - 0.5f * u()) return;
    for (int r = 0; r < m_.rows; ++r)
      for (int k = 0; k < m_.columns; ++k) {
        const Rect cell = cell_at(r, k);
        const Color ground = heat_color(m_.at(r, k), s_.heat);
        const Color ink = luminance({ground.r, ground.g, ground.b}) > 0.2 ? hex(0x12161B) : kWhite;
        c_.text({cell.centre().x, cell.centre().y - line_ / 2}, cell_number(static_cast<double>(m_.at(r, k))), type_, ink, Align::centre);
      }
  }

  Rect cell_at(int row, int column) const {
    return rect_at({l_.cells.x0 + static_cast<float>(column) * l_.cell_w, l_.cells.y0 + static_cast<float>(row) * l_.cell_h}, l_.cell_w,
                   l_.cell_h);
  }
  Rect row_at(int row) const { return {l_.cells.x0, cell_at(row, 0).y0, l_.cells.x1, cell_at(row, 0).y1}; }
  Rect column_at(int column) const { return {cell_at(0, column).x0, l_.cells.y0, cell_at(0, column).x1, l_.cells.y1}; }

  void axes() {
    const Theme& theme = c_.theme();
    const Rect& r = l_.cells;
    if (l_.row_numbers) {
      const AxisStyle axis{m_.rows,      s_.row_prefix, s_.pinned_row >= 0 ? s_.pinned_row : pinned_.row,
                           hovered_.row, true,          r.height() < 3 * line_};
      for (const AxisNumber& n : axis_numbers(c_, axis, r.y0, l_.cell_h, r.y0 - line_ / 2, r.y1 + 0.5f * u()))
        c_.text({r.x0 - l_.gap, n.at - line_ / 2}, n.text, n.style, n.color, Align::right);
    }
    if (l_.extras.names && !s_.row_name.empty()) {
      const float length = c_.text_width(s_.row_name, type_);
      const float y = std::clamp(r.centre().y, r_.y0 + length / 2, std::max(r_.y0 + length / 2, r_.y1 - length / 2));
      if (length <= r_.height())
        c_.text_up({r.x0 - (l_.row_numbers ? l_.gap + l_.numbers_w : 0) - 0.5f * u() - line_ / 2, y}, s_.row_name, type_,
                   s_.row_dim ? color_of(*s_.row_dim, theme) : theme.text3);
    }
    const float numbers_y = r.y1 + 0.5f * u();
    const bool named = l_.extras.names && !s_.column_name.empty();
    float free0 = r.x0, free1 = r.x1;  // between the column numbers
    if (l_.column_numbers) {
      const AxisStyle axis{m_.columns, s_.column_prefix,     s_.pinned_column >= 0 ? s_.pinned_column : pinned_.column, hovered_.column,
                           false,      named && l_.same_line};
      for (const AxisNumber& n : axis_numbers(c_, axis, r.x0, l_.cell_w, r_.x0, r_.x1)) {
        c_.text({n.at, numbers_y}, n.text, n.style, n.color, Align::centre);
        (n.at < r.centre().x ? free0 : free1) =
            n.at < r.centre().x ? std::max(free0, n.at + n.width / 2 + u()) : std::min(free1, n.at - n.width / 2 - u());
      }
    }
    if (!named) return;
    const Color shade = s_.column_dim ? color_of(*s_.column_dim, theme) : theme.text3;
    const float length = c_.text_width(s_.column_name, type_);
    if (l_.same_line && l_.column_numbers) {
      const float x = std::clamp(r.centre().x, free0 + length / 2, std::max(free0 + length / 2, free1 - length / 2));
      if (free1 - free0 >= length) c_.text({x, numbers_y}, s_.column_name, type_, shade, Align::centre);
      return;
    }
    // Beside the row name, and beside the bar where that reaches down so far.
    const float y = numbers_y + (l_.column_numbers ? line_ + 0.25f * u() : 0);
    const float beside_name = l_.row_numbers ? r.x0 - l_.gap - l_.numbers_w : r.x0;
    const float left = s_.row_name.empty() ? r_.x0 : beside_name, right = bar_box_.y1 > y ? bar_box_.x0 - u() : r_.x1;
    const float shown = std::min(length, std::max(right - left, 0.1f));
    c_.text({std::clamp(r.centre().x, left + shown / 2, std::max(left + shown / 2, right - shown / 2)), y}, s_.column_name, type_, shade,
            Align::centre, shown);
  }

  void bar() {
    const Rect& r = l_.cells;
    const float x = r.x1 + 2 * u();
    float bottom = std::max(r.y1, std::min(room_.y1, r.y0 + 6 * u()));
    if (!s_.bar_label.empty()) {
      // The label stands below the bar, inside of what the map owns.
      const float width = std::max(bar_width() + color_bar_room(c_, bottom - r.y0, bar_), u());
      const float label = c_.paragraph_height(width, s_.bar_label, type_) + line_ / 2 + 0.5f * u();
      bottom = std::max(r.y0 + 2 * u(), std::min(bottom, r_.y1 - label));
      bottom = std::min(bottom, r.y0 + 24 * u());
    }
    bar_box_ = color_bar(c_, {x, r.y0, x + bar_width(), bottom}, bar_);
  }

  void marks() {
    const auto row_ok = [&](int row) { return row >= 0 && row < m_.rows; };
    const auto column_ok = [&](int column) { return column >= 0 && column < m_.columns; };
    const Color thin = kWhite.faded(0.6f);
    if (row_ok(hovered_.row) && column_ok(hovered_.column)) {
      c_.outline(row_at(hovered_.row).inset(-c_.pixel()), thin, c_.pixel());
      c_.outline(column_at(hovered_.column).inset(-c_.pixel()), thin, c_.pixel());
    }
    if (row_ok(s_.pinned_row)) c_.pinned(row_at(s_.pinned_row));
    if (column_ok(s_.pinned_column)) c_.pinned(column_at(s_.pinned_column));
    if (row_ok(pinned_.row) && column_ok(pinned_.column)) c_.pinned(cell_at(pinned_.row, pinned_.column));
    if (row_ok(hovered_.row) && column_ok(hovered_.column)) c_.hovered(cell_at(hovered_.row, hovered_.column));
  }

  Canvas& c_;
  const Rect r_;
  const Matrix& m_;
  const MapStyle& s_;
  const Style type_;
  const float line_;
  BarStyle bar_;
  Position hovered_, pinned_;
  Rect room_, bar_box_;
  MapLayout l_;
};
}  // namespace

Rect map(Canvas& c, Rect r, const Matrix& m, const MapStyle& style) {
  if (m.tensor.empty() || m.rows < 1 || m.columns < 1 || r.width() <= 0 || r.height() <= 0) return {r.x0, r.y0, r.x0, r.y0};
  return MapDrawing(c, r, m, style).draw();
}

}  // namespace vitscope::draw
