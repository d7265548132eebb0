#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "app/draw/imgui_compat.h"
#include "tests/draw/paper.h"

using namespace vitscope;
using namespace vitscope::draw;
using test::Paper;

TEST_CASE("nothing breaks on rectangles, lines and numbers that make no sense") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  const Tensor with_nan({2, 2}, std::array<float, 4>{nan, infinity, -infinity, 1});
  for (float scale : {1.0f, 2.0f}) {
    Paper paper(scale);
    Canvas& c = paper.canvas;
    for (Rect r : {Rect{0, 0, 0, 0}, Rect{10, 10, 5, 5}, Rect{nan, 0, 10, 10}, Rect{0, 0, infinity, 10}, Rect{5, 5, 5.001f, 90},
                   Rect{-1e6f, -1e6f, 1e6f, 1e6f}}) {
      c.fill(r, kWhite, 3);
      c.outline(r, kWhite, 1, 3);
      c.hatch(r, kWhite, 6, 1);
      c.hatch(r, kWhite, 0, 1);
      c.pinned(r);
      c.hovered(r);
      c.heat(r, Matrix(with_nan), {});
      c.heat(r, Matrix(), {});
      c.image(r, nullptr, {});
      c.planes(r, Tensor(), {});
      c.line({r.x0, r.y0}, {r.x1, r.y1}, kWhite, 1);
      c.dashes({r.x0, r.y0}, {r.x1, r.y1}, kWhite);
      c.circle({r.x0, r.y0}, r.x1, kWhite);
      c.ring({r.x0, r.y0}, r.x1, kWhite);
      c.text({r.x0, r.y0}, "text", {13}, kWhite);
      c.text_up({r.x0, r.y0}, "text", {13}, kWhite);
      c.paragraph(r, "some words", {13}, kWhite);
      c.tag(r, TokenTarget{1});
      c.tag_cells(r, {.rows = 0, .columns = 0});
      const Vec points[] = {{r.x0, r.y0}, {r.x1, r.y1}, {r.x0, r.y0}};
      c.polygon(points, kWhite);
      c.polyline(points, kWhite);
      c.push_clip(r);
      c.pop_clip();
    }
    c.pop_clip();
    for (const ImDrawVert& v : paper.list.VtxBuffer) {
      REQUIRE(std::isfinite(v.pos.x));
      REQUIRE(std::isfinite(v.pos.y));
    }
  }
}

TEST_CASE("a canvas without list measures and records") {
  CanvasStore store;
  store.record = true;
  Canvas c({.list = nullptr, .store = &store, .fonts = &test::fonts(1), .theme = &light_theme(), .language = &test::english(), .sink = {}});
  c.fill({0, 0, 10, 10}, kWhite);
  CHECK(c.text({0, 0}, "words", {13}, kWhite).width() > 20);
  CHECK(store.marks.size() == 2);
}

TEST_CASE("filled rectangles end at whole pixels and bars never vanish") {
  Paper paper(1.25f);
  paper.canvas.fill({10.1f, 10.1f, 20.3f, 10.6f}, kWhite);
  for (const ImDrawVert& v : paper.list.VtxBuffer) {
    CHECK(v.pos.x == std::round(v.pos.x));
    CHECK(v.pos.y == std::round(v.pos.y));
  }
  Paper thin;
  thin.canvas.fill({10, 10, 10.3f, 50}, kWhite);
  CHECK(thin.list.VtxBuffer.Size == 4);
  thin.canvas.fill({20, 10, 20.1f, 50}, kWhite);
  CHECK(thin.list.VtxBuffer.Size == 4);
}

TEST_CASE("tags end at the clip and divide cells by the whole grid") {
  Paper paper;
  Canvas& c = paper.canvas;
  c.push_clip({0, 0, 100, 100});
  c.tag({50, 50, 150, 150}, TokenTarget{3}, "tip");
  c.tag({150, 150, 160, 160}, TokenTarget{4});
  c.tag_cells({-100, 0, 100, 100}, {.first = {{Slot::attn, 2}, 1, 0, 0, 0}, .rows = 10, .columns = 20, .row_axis = 1, .column_axis = 2});
  c.pop_clip();
  REQUIRE(paper.store.tags.size() == 2);
  CHECK(paper.store.tags[0].where == Rect{50, 50, 100, 100});
  CHECK(paper.store.tags[0].at({60, 60}) == Target{TokenTarget{3}});
  CHECK(paper.store.tags[0].at({110, 60}) == Target{});
  const Tag& cells = paper.store.tags[1];
  CHECK(cells.where == Rect{0, 0, 100, 100});
  CHECK(cells.at({0, 0}) == Target{CellTarget{{{Slot::attn, 2}, 1, 0, 10, 0}}});
  CHECK(cells.at({99.9f, 99.9f}) == Target{CellTarget{{{Slot::attn, 2}, 1, 9, 19, 0}}});
  CHECK(cells.at({-50, 50}) == Target{});
}

TEST_CASE("long lines of points stay within 16-bit indices") {
  Paper paper;
  std::vector<Vec> points;
  for (int i = 0; i < 50000; ++i) points.push_back({static_cast<float>(i) * 0.01f, std::sin(static_cast<float>(i))});
  paper.canvas.polyline(points, kWhite, 1.5f);
  for (const ImDrawCmd& cmd : paper.list.CmdBuffer)
    for (unsigned i = 0; i < cmd.ElemCount; ++i)
      REQUIRE(static_cast<int>(paper.list.IdxBuffer[static_cast<int>(cmd.IdxOffset + i)] + cmd.VtxOffset) < paper.list.VtxBuffer.Size);
}

TEST_CASE("matrices are views of tensors") {
  Tensor stack({2, 3, 4});
  for (int i = 0; i < 24; ++i) stack.edit()[i] = static_cast<float>(i);
  const Matrix second(stack, 1);
  CHECK(second.rows == 3);
  CHECK(second.columns == 4);
  CHECK(second.at(0, 0) == 12);
  const Matrix part = second.part(1, 3, 2, 9);
  CHECK(part.rows == 2);
  CHECK(part.columns == 2);
  CHECK(part.at(1, 1) == 23);
  const Matrix grid = second.row_as_grid(2, 0, 2, 2);
  CHECK(grid.at(1, 0) == 22);
  CHECK(Matrix(stack, 5).rows == 0);
  CHECK(Matrix(stack).rows == 0);
  CHECK(range_of(part).lo == 18);
  CHECK(range_of(part).hi == 23);
  CHECK(symmetric_range(part).lo == -23);
  CHECK(symmetric_range(second, 0.5).hi < 20);
  CHECK(range_of(Matrix()).hi == 0);
  CHECK(fit({0, 0, 100, 50}, 1) == Rect{25, 0, 75, 50});
}
