// What the pointer does to a run: the brush on the picture, the sliders of an edit.
#include <cmath>
#include <limits>

#include "tests/ui/program.h"

using namespace vitscope;
using platform::Key;
using test::Program;

namespace {

std::vector<float> probs(const Program& p) { return {p.session.trace()->at(Slot::probs).values().begin(), p.session.trace()->at(Slot::probs).values().end()}; }

/// The pointer is pressed at the first of the points, moved over the others and released.
void drag(Program& p, std::initializer_list<draw::Vec> points) {
  p.point(*points.begin());
  p.input.pressed = p.input.mouse_down = true;
  p.frame();
  for (const draw::Vec at : points) p.point(at);
  p.input.released = true;
  p.input.mouse_down = false;
  p.settle();
}

}  // namespace

TEST_CASE("a drag over the picture paints what the model sees, and is undone as a whole", "[edits]") {
  Program p;
  p.settle();
  const std::vector<float> before = probs(p);
  p.press(Key::i);
  p.click(p.widget("edits.brush.red").centre());
  p.press(Key::escape);
  CHECK(p.shows("drag over the picture to paint on it"));
  // The photograph and what the model sees are both shown; both are painted on in pixels of the original picture.
  REQUIRE(p.store.pictures.size() >= 2);
  for (std::size_t which = 0; which < 2; ++which) {
    const draw::PictureArea area = p.store.pictures[which];
    const draw::Rect w = area.where;
    const draw::Vec first{w.x0 + 0.4f * w.width(), w.y0 + 0.5f * w.height()}, last{w.x0 + 0.6f * w.width(), w.y0 + 0.5f * w.height()};
    drag(p, {first, {w.centre().x, w.centre().y}, last});
    REQUIRE(p.session.edits());
    REQUIRE(p.session.edits()->size() == 1);
    const Edit& edit = p.session.edits()->front();
    CHECK(edit.kind == EditKind::paint);
    REQUIRE(edit.strokes.size() == 1);
    const Stroke& stroke = edit.strokes.front();
    CHECK(stroke.radius == Approx(0.04 * 1024));
    REQUIRE(stroke.points.size() == 3);
    for (const auto& [canvas, original] : {std::pair{first, stroke.points.front()}, {last, stroke.points.back()}}) {
      CHECK(original.x == Approx(area.original.x0 + static_cast<double>(canvas.x - area.whole.x0) / static_cast<double>(area.whole.width()) * area.original.width()).margin(0.01));
      CHECK(original.y == Approx(area.original.y0 + static_cast<double>(canvas.y - area.whole.y0) / static_cast<double>(area.whole.height()) * area.original.height()).margin(0.01));
    }
    // The middle of the model's picture is red where the middle of the original is under the brush.
    const Tensor& pixels = p.session.trace()->at(Slot::pixels);
    CHECK(pixels.at(0, 16, 16) == Approx(1).margin(0.02));
    CHECK(pixels.at(1, 16, 16) == Approx(0).margin(0.02));
    CHECK(probs(p) != before);
    p.input.keys.push_back({Key::z, false, true});
    p.settle();
    CHECK((!p.session.edits() || p.session.edits()->empty()));
    CHECK(probs(p) == before);
  }
  // Nothing was selected or pinned on the way, and Esc puts the brush away.
  CHECK_FALSE(p.session.selection().pinned);
  p.press(Key::escape);
  const draw::Rect w = p.store.pictures[0].where;
  drag(p, {w.centre(), {w.centre().x + 5, w.centre().y}});
  CHECK((!p.session.edits() || p.session.edits()->empty()));
}

TEST_CASE("nothing is painted before the pointer is pressed, nor without a colour", "[edits]") {
  Program p;
  p.settle();
  p.session.apply(views::SetBrush{{3, 0.04f}});
  p.session.apply(views::PaintTo{{10, 10}, false});
  CHECK(p.session.edits() == nullptr);
  p.session.apply(views::SetBrush{{-1, 0.04f}});
  p.session.apply(views::PaintTo{{10, 10}, true});
  CHECK(p.session.edits() == nullptr);
}

TEST_CASE("a slider changes the number of an edit, and a drag is undone as a whole", "[edits]") {
  Program p;
  p.settle();
  const std::vector<float> before = probs(p);
  Edit heat;
  heat.kind = EditKind::temperature;
  heat.value = 1;
  p.session.apply(views::AddEdit{heat});
  p.settle();
  for (std::size_t i = 0; i < before.size(); ++i) CHECK(probs(p)[i] == Approx(before[i]).epsilon(1e-5));
  p.press(Key::i);
  const draw::Rect slider = p.widget("edits.row.0.slider.0");
  const auto at = [&](float share) { return draw::Vec{slider.x0 + share * slider.width(), slider.centre().y}; };
  drag(p, {at(0.5f), at(0.7f), at(0.8f), at(1)});
  CHECK(p.session.edits()->front().value == std::numeric_limits<double>::infinity());
  const Tensor& attn = p.session.trace()->at(Slot::attn, 0);
  CHECK(attn.at(0, 0, 7) == Approx(1.0 / attn.dim(2)));
  p.input.keys.push_back({Key::z, false, true});
  p.settle();
  CHECK(p.session.edits()->front().value == 1);
  drag(p, {at(0.5f), at(0)});
  CHECK(p.session.edits()->front().value == 0);
  CHECK(p.session.trace()->at(Slot::attn, 0).at(0, 0, 7) * (1 - p.session.trace()->at(Slot::attn, 0).at(0, 0, 7)) == 0);
  // A moved crop has two.
  Edit move;
  move.kind = EditKind::move_crop;
  move.x = 10;
  p.session.apply(views::AddEdit{move});
  p.settle();
  const draw::Rect down = p.widget("edits.row.1.slider.1");
  drag(p, {down.centre(), {down.x0 + 0.75f * down.width(), down.centre().y}});
  CHECK(p.session.edits()->back().x == 10);
  CHECK(p.session.edits()->back().y == Approx(0.5 * 768).margin(0.06 * 768));
}
