// Every figure that an architecture has, on architectures that differ from the plain one.
#include <catch2/catch.hpp>
#include <set>

#include "tests/core/small_model.h"
#include "tests/figures/harness.h"

using namespace vitscope;

namespace {
constexpr draw::Vec kSizes[] = {{560, 360}, {950, 560}, {1600, 900}, {560, 900}};
}  // namespace

TEST_CASE("figures of every family keep their place", "[figures][families]") {
  std::set<std::string_view> shown;
  for (const auto& [name, config] : test::small_families()) {
    const ModelPtr model = test::random_weights(config);
    const auto trace = test::tiny_trace(model, test::tiny_picture(24, 30, 3));
    figures::Selection selection = figures::Selection::initial(config);
    for (const figures::Figure* figure : figures::figures()) {
      const Step* step = figures::step_of(*figure, config);
      if (!step) continue;
      selection.place = {step, step->stage == Stage::block ? 1 : -1};
      if (!figures::shows(*figure, {*trace, selection})) continue;
      shown.insert(figure->slug);
      INFO(name << ": " << figure->slug);
      for (const draw::Vec size : kSizes) {
        const auto drawing = test::draw_figure(*figure, {*trace, selection, false}, draw::rect_at({37, 21}, size.x, size.y));
        INFO(size.x << " x " << size.y);
        CHECK(test::outside(*drawing) == "");
        CHECK(test::overlapping_texts(*drawing) == "");
        CHECK(test::bad_tags(*drawing, config) == "");
      }
      const figures::FigureInput paper{*trace, selection, true};
      const auto drawing = test::draw_figure(*figure, paper, draw::rect_at({0, 0}, figure->natural_size.x, figure->natural_size.y));
      CHECK(test::outside(*drawing) == "");
      CHECK(test::overlapping_texts(*drawing) == "");
      CHECK_FALSE(figure->data(paper).columns.size() + figure->data(paper).tensors.size() == 0);
    }
  }
  for (const figures::Figure* figure : figures::figures()) {
    INFO(figure->slug);
    CHECK(shown.contains(figure->slug));
  }
}

TEST_CASE("every place of every family's walk has a figure that its run can show", "[figures][families]") {
  for (const auto& [name, config] : test::small_families()) {
    const auto trace = test::tiny_trace(test::random_weights(config), test::tiny_picture(24, 30, 3));
    figures::Selection selection = figures::Selection::initial(config);
    for (const Place& place : walk(config)) {
      INFO(name << ": " << place.step->slug);
      selection.place = place;
      const auto list = figures::figures_of(*place.step, {*trace, selection});
      REQUIRE_FALSE(list.empty());
      CHECK(figures::shows(*list.front(), {*trace, selection}));
    }
  }
}
