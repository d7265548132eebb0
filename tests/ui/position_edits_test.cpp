// Edits of positions that add steps to the walk: rail, selection and undo follow.
#include "tests/ui/program.h"

using namespace vitscope;
using platform::Key;
using test::Program;

namespace {

void swap_positions(Program& p, EditKind kind) {
  Edit edit;
  edit.kind = kind;
  p.session.apply(views::AddEdit{edit});
  p.settle();
}

}  // namespace

TEST_CASE("relative positions join the walk with the edit and leave it with undo") {
  Program p;
  p.settle();
  const std::size_t before = walk(p.session.trace()->config()).size();
  CHECK_FALSE(p.session.trace()->has(Slot::relative, 0));
  swap_positions(p, EditKind::position_relative);
  const TracePtr edited = p.session.trace();
  CHECK(walk(edited->config()).size() == before + 6);
  REQUIRE(edited->has(Slot::relative, 2));
  p.session.apply(views::GoTo{{find_step("relative"), 2}});
  p.settle();
  CHECK(p.slug() == "relative");
  CHECK(p.shows("Relative positions"));
  CHECK(p.shows("Against the offset"));
  // Another edit leaves the page where it is.
  Edit head;
  head.kind = EditKind::head_off;
  head.block = 4, head.heads = {1};
  p.session.apply(views::AddEdit{head});
  p.settle();
  CHECK(p.slug() == "relative");
  CHECK(p.session.trace()->at(Slot::relative, 2).id() == edited->at(Slot::relative, 2).id());
  p.session.apply(views::PinCell{{{Slot::relative, 2}, 1, 5, 9}});
  p.settle();
  p.session.apply(views::Undo{});
  p.settle();
  CHECK(p.slug() == "relative");
  p.session.apply(views::Undo{});
  p.settle();
  CHECK(p.slug() == "qkv");
  CHECK_FALSE(p.session.selection().pinned);
  CHECK(walk(p.session.trace()->config()).size() == before);
  p.press(Key::right);
  CHECK(p.slug() == "scores");
}

TEST_CASE("positions in front of every block join the walk") {
  Program p({}, 1280, 800);
  p.settle();
  swap_positions(p, EditKind::position_every_block);
  p.session.apply(views::GoTo{{find_step("place-again"), 3}});
  p.settle();
  CHECK(p.slug() == "place-again");
  CHECK(p.shows("Positions again"));
  CHECK(p.shows("Position table"));
  p.press(Key::up);
  p.press(Key::up);
  p.press(Key::up);
  CHECK(p.session.selection().block == 0);
  CHECK_FALSE(p.shows("Position table"));
  p.session.apply(views::OpenPreset{"tnt-ti"});
  p.settle();
  CHECK(p.session.trace()->complete());
  CHECK_FALSE(p.session.trace()->has(Slot::placed, 0));  // switched off: it does not fit
}
