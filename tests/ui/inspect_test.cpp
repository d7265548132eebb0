// Attention inspected with keys, clicks and the wheel.
#include <catch2/catch.hpp>
#include <cmath>

#include "tests/ui/program.h"

using namespace vitscope;
using platform::Key;
using test::Program;

TEST_CASE("key B keeps the shown map, and what is chosen next is compared with it", "[inspect]") {
  shell::Opening opening;
  opening.step = "softmax";
  Program p(opening);
  p.settle();
  const int block = p.session.selection().block;
  CHECK(p.session.compared() == nullptr);
  p.press(Key::b);
  CHECK(p.session.frame({}, 0).figure->slug == std::string_view("attention-compare"));
  p.press(Key::bracket_right);
  p.press(Key::up);
  CHECK(p.shows("block " + std::to_string(block + 1) + ", head 1 of 6"));
  CHECK(p.shows("block " + std::to_string(block) + ", head 2 of 6"));
  // Another picture: the kept run stays.
  const TracePtr before = p.session.trace();
  p.session.apply(views::SetResizeMode{ResizeMode::stretch});
  p.settle();
  CHECK(p.session.trace() != before);
  REQUIRE(p.session.compared() != nullptr);
  CHECK(p.session.compared()->at(Slot::attn, block).id() == before->at(Slot::attn, block).id());
  CHECK_FALSE(p.session.compared()->has(Slot::q, block));
  p.input.keys.push_back({Key::b, true});
  p.settle();
  CHECK(p.session.compared() == nullptr);
}

TEST_CASE("key B on the page of t-SNE keeps the run, and another model is then set beside it", "[inspect]") {
  shell::Opening opening;
  opening.step = "residual2";
  opening.preset = "own:height=40,width=40,patch=8,dim=36,depth=3,heads=3,hidden=32";
  Program p(opening);
  p.settle();
  p.session.apply(views::ShowFigure{"t-sne"});
  p.press(Key::b);
  CHECK(p.session.frame({}, 0).figure->slug == std::string_view("t-sne"));
  CHECK(p.shows("This run is kept"));
  const TracePtr first = p.session.trace();
  p.session.apply(views::DismissMessage{});
  p.session.apply(views::OpenPreset{"own:height=40,width=40,patch=8,dim=24,depth=2,heads=2,hidden=32"});
  p.settle();
  REQUIRE(p.session.compared() != nullptr);
  CHECK(p.session.compared()->at(Slot::out, 2).id() == first->at(Slot::out, 2).id());
  p.session.apply(views::ShowFigure{"t-sne-two"});
  p.until([&] { return !p.session.studying() && p.shows("A  own"); });
  CHECK(p.session.frame({}, 0).figure->slug == std::string_view("t-sne-two"));
  CHECK(p.shows("A  own 40x40/8, block 2"));
  CHECK(p.shows("B  own 40x40/8, block 2"));
  // The map of attention of the other model is side A as well.
  p.session.apply(views::Follow{{}, {{Slot::attn, 0}, 0, 0, 0}});
  p.session.apply(views::ShowFigure{"attention-compare"});
  p.settle();
  CHECK(p.shows("of 3"));
}

TEST_CASE("columns are read with key R, and pinning then chooses the key", "[inspect]") {
  shell::Opening opening;
  opening.step = "softmax";
  Program p(opening);
  p.settle();
  const int block = p.session.selection().block;
  p.press(Key::r);
  CHECK(p.shows("Who looks at"));
  p.session.apply(views::PinCell{{{Slot::attn, block}, 1, 12, 34}});
  CHECK(p.session.selection().query == 34);
  CHECK(p.session.selection().head == 1);
  p.press(Key::r);
  p.session.apply(views::PinCell{{{Slot::attn, block}, 1, 12, 34}});
  CHECK(p.session.selection().query == 12);
}

TEST_CASE("key S lets a range go that was set by hand before it changes the span", "[inspect]") {
  Program p;
  p.session.apply(views::SetOption{"attention.range", 0.05f});
  const auto mode = p.session.selection().scale;
  p.press(Key::s);
  CHECK(p.session.selection().scale == mode);
  CHECK_FALSE(p.session.selection().options.contains("attention.range"));
  p.press(Key::s);
  CHECK(p.session.selection().scale != mode);
}

TEST_CASE("the strip chooses mean and maximum over heads", "[inspect]") {
  shell::Opening opening;
  opening.step = "softmax";
  Program p(opening);
  p.settle();
  p.click(p.widget("strip.head.mean").centre());
  CHECK(p.session.selection().head == figures::kMeanHead);
  CHECK(p.shows("mean of 6 heads"));
  p.click(p.widget("strip.head.max").centre());
  CHECK(p.session.selection().head == figures::kMaxHead);
  CHECK(p.shows("largest of 6 heads"));
}

TEST_CASE("the wheel enlarges the matrix alone, a double click fits it", "[inspect]") {
  shell::Opening opening;
  opening.step = "softmax";
  Program p(opening);
  p.settle();
  p.session.apply(views::ShowFigure{"attention-matrix"});
  p.settle();
  draw::Rect cells;
  for (const draw::RasterJob& job : p.store.jobs)
    if (job.heat.rows == 65 && job.heat.columns == 65) cells = job.where;
  REQUIRE(cells.width() > 100);
  const draw::Vec middle{cells.centre().x / p.fonts->scale(), cells.centre().y / p.fonts->scale()};
  p.point(middle);
  p.input.wheel = 8;
  p.settle();
  CHECK(p.session.selection().options.find("attention-matrix.zoom")->second > 4);
  p.input.double_clicked = true;
  p.settle();
  CHECK(p.session.selection().options.find("attention-matrix.zoom")->second == 1);
}
