#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "app/draw/axis.h"
#include "app/draw/parts.h"
#include "tests/draw/paper.h"

using namespace vitscope;
using namespace vitscope::draw;
using test::Paper;

namespace {
struct Size {
  float width, height;
};

bool inside(Rect outer, Rect inner) { return inner.x0 >= outer.x0 && inner.y0 >= outer.y0 && inner.x1 <= outer.x1 && inner.y1 <= outer.y1; }

/// Everything lies inside `r`, give or take the snapping to pixels; no two texts overlap.
void check_marks(const CanvasStore& store, Rect r, float pixel) {
  const Rect room = r.inset(-pixel);
  std::vector<const Mark*> texts;
  for (const Mark& mark : store.marks) {
    INFO(mark.kind << " '" << mark.text << "' " << mark.where.x0 << " " << mark.where.y0 << " " << mark.where.x1 << " " << mark.where.y1);
    CHECK(inside(room, mark.where));
    if (mark.kind == "text" && !mark.text.empty()) texts.push_back(&mark);
  }
  for (std::size_t i = 0; i < texts.size(); ++i)
    for (std::size_t j = i + 1; j < texts.size(); ++j) {
      if (!texts[i]->where.inset(0.05f).overlaps(texts[j]->where.inset(0.05f))) continue;
      FAIL_CHECK("'" << texts[i]->text << "' overlaps '" << texts[j]->text << "'");
    }
}

MapStyle token_map(int rows, int columns) {
  MapStyle style;
  style.title = "All queries and keys";
  style.hint = "rows are queries, columns are keys";
  style.row_name = "query: token that looks";
  style.column_name = "key: token looked at";
  style.row_dim = style.column_dim = Dim::tokens;
  style.row_prefix = rows > 1 ? 1 : 0;
  style.column_prefix = columns > 1 ? 1 : 0;
  style.heat = {.map = ColorMap::diverging, .span = {-1.32f, 1.32f}};
  style.bar_label = "attention score";
  style.cells = CellGrid{.first = {{Slot::scores, 0}, 0, 0, 0, 0}, .rows = rows, .columns = columns, .row_axis = 1, .column_axis = 2};
  style.pinned_row = rows / 2;
  style.pinned_column = columns / 3;
  style.hovered = CellRef{{Slot::scores, 0}, 0, rows - 1, columns - 1, 0};
  return style;
}
}  // namespace

TEST_CASE("maps keep inside their rectangle and their labels apart") {
  const std::pair<int, int> shapes[] = {{1, 1}, {3, 5}, {65, 65}, {577, 577}, {64, 48}, {16, 768}, {1, 10}, {40, 1}, {17, 17}};
  const Size sizes[] = {{560, 480}, {260, 220}, {900, 200}, {150, 400}, {90, 70}, {40, 30}, {1400, 900}};
  for (const auto& [rows, columns] : shapes) {
    const Tensor numbers = test::bell_numbers(rows, columns);
    for (float scale : {1.0f, 2.0f, 3.0f})
      for (Size size : sizes)
        for (bool plain : {false, true}) {
          INFO(rows << " x " << columns << " cells on " << size.width << " x " << size.height << " at scale " << scale
                    << (plain ? ", plain" : ""));
          Paper paper(scale);
          const Rect r = rect_at({37.3f, 21.7f}, size.width, size.height);
          MapStyle style = token_map(rows, columns);
          if (plain) {
            style = {.heat = {.map = ColorMap::viridis, .span = range_of(Matrix(numbers))}};
            style.square_cells = true;
          }
          const Rect cells = map(paper.canvas, r, Matrix(numbers), style);
          check_marks(paper.store, r, 1 / scale);
          CHECK(inside(r.inset(-1 / scale), cells));
          CHECK(cells.width() > 0);
          CHECK(cells.height() > 0);
        }
  }
}

TEST_CASE("cells are whole pixels where there is room for three or more") {
  const Tensor numbers = test::bell_numbers(65, 65);
  for (float scale : {1.0f, 1.25f, 2.0f, 3.0f}) {
    Paper paper(scale);
    MapStyle style = token_map(65, 65);
    style.square_cells = true;
    const Rect cells = map(paper.canvas, {10, 10, 560, 520}, Matrix(numbers), style);
    const float cell = cells.width() * scale / 65;
    CHECK(cell == Approx(std::round(cell)).margin(1e-3));
    CHECK(cells.width() == Approx(cells.height()));
    CHECK(cells.x0 * scale == Approx(std::round(cells.x0 * scale)).margin(1e-3));
  }
}

TEST_CASE("tokens in front of the patches have names and colours of their roles") {
  Paper paper;
  const Theme& theme = paper.canvas.theme();
  const auto named = [&](PrefixTokens prefix, int token) { return token_name(paper.canvas, token, std::get<PatchGrid>(PatchGrid::make(16, 16, 4, 4, prefix))); };
  CHECK(named({}, 0) == "patch 0");
  CHECK(named(1, 0) == "class token");
  CHECK(named(1, 1) == "patch 0");
  CHECK(named({true, true, 0}, 1) == "distillation token");
  CHECK(named({true, false, 2}, 2) == "register 2");
  CHECK(named({true, false, 2}, 3) == "patch 0");
  CHECK(named({false, false, 2}, 0) == "register 1");
  CHECK(prefix_color(theme, 0, 1) == theme.class_token);
  CHECK(prefix_color(theme, 1, {true, true, 0}) == theme.other_token);
  CHECK(prefix_color(theme, 0, {false, false, 2}) == theme.other_token);

  // 20 rows of 26 points: every label has room.
  const auto labels = [&](PrefixTokens prefix) {
    std::vector<std::pair<std::string, Color>> found;
    for (int i = 0; i < prefix.count() + 1; ++i)
      for (const AxisNumber& n : axis_numbers(paper.canvas, {.count = 20, .prefix = prefix, .upright = true}, 0, 26, 0, 520))
        if (n.at == Approx((static_cast<float>(i) + 0.5f) * 26)) found.emplace_back(n.text, n.color);
    return found;
  };
  using Labels = std::vector<std::pair<std::string, Color>>;
  CHECK(labels({}) == Labels{{"0", theme.text3}});
  CHECK(labels(1) == Labels{{"cls", theme.class_token}, {"0", theme.text3}});
  CHECK(labels({true, true, 0}) == Labels{{"cls", theme.class_token}, {"dist", theme.other_token}, {"0", theme.text3}});
  CHECK(labels({true, false, 2}) == Labels{{"cls", theme.class_token}, {"r1", theme.other_token}, {"r2", theme.other_token}, {"0", theme.text3}});
  CHECK(labels({false, false, 2}) == Labels{{"r1", theme.other_token}, {"r2", theme.other_token}, {"0", theme.text3}});
}

TEST_CASE("a map tags its cells and counts patches behind the class token") {
  Paper paper;
  const Tensor numbers = test::bell_numbers(65, 65);
  MapStyle style = token_map(65, 65);
  style.pinned_row = 28;
  const Rect cells = map(paper.canvas, {0, 0, 560, 520}, Matrix(numbers), style);
  REQUIRE_FALSE(paper.store.tags.empty());
  const Tag& tag = paper.store.tags.front();
  CHECK(tag.at({cells.x0 + 0.1f, cells.y0 + 0.1f}) == Target{CellTarget{{{Slot::scores, 0}, 0, 0, 0, 0}}});
  CHECK(tag.at({cells.x1 - 0.1f, cells.y1 - 0.1f}) == Target{CellTarget{{{Slot::scores, 0}, 0, 64, 64, 0}}});
  int cls = 0, last = 0, pinned = 0;
  for (const Mark& mark : paper.store.marks) {
    cls += mark.text == "cls";
    last += mark.text == "63";
    pinned += mark.text == "27";
  }
  CHECK(cls == 2);
  CHECK(last == 2);
  CHECK(pinned == 1);
}

TEST_CASE("empty matrices and NaN make no map, or a grey one") {
  Paper paper;
  CHECK(map(paper.canvas, {0, 0, 100, 100}, Matrix(), {}).width() == 0);
  CHECK(map(paper.canvas, {0, 0, 0, 0}, Matrix(test::bell_numbers(2, 2)), {}).width() == 0);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  Tensor numbers({3, 3});
  for (int i = 0; i < 9; ++i) numbers.edit()[i] = nan;
  CHECK(map(paper.canvas, {0, 0, 300, 300}, Matrix(numbers), {.heat = {.span = range_of(Matrix(numbers))}}).width() > 0);
}

TEST_CASE("colour bars keep their numbers apart") {
  for (float scale : {1.0f, 2.0f})
    for (bool vertical : {true, false})
      for (float length : {20.0f, 60.0f, 140.0f, 600.0f})
        for (Span span : {Span{0, 0.06f}, Span{-1.3217f, 1.3217f}, Span{0, 1}, Span{5, 5}, Span{0, 1e-9f}, Span{-1e9f, 1e9f},
                          Span{0.998f, 1.002f}, Span{0, 254}})
          for (ColorMap map : {ColorMap::viridis, ColorMap::diverging}) {
            INFO((vertical ? "vertical " : "horizontal ") << length << ", span " << span.lo << " to " << span.hi);
            Paper paper(scale);
            BarStyle style;
            style.heat = {.map = map, .span = span};
            style.vertical = vertical;
            style.as_percent = span.hi <= 1 && span.lo >= 0;
            style.cut_hi = true;
            style.label = "normalised pixel value";
            const Rect bar = vertical ? rect_at({100, 100}, 12, length) : rect_at({100, 100}, length, 12);
            const Rect all = color_bar(paper.canvas, bar, style);
            check_marks(paper.store, all, 1 / scale);
            CHECK(color_bar_room(paper.canvas, length, style) > 0);
          }
}
