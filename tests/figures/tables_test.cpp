// The table of figures against the table of steps.
#include <catch2/catch.hpp>
#include <algorithm>
#include <set>

#include "app/figures/figure.h"

using namespace vitscope;

namespace {
/// How many figures offer an option.
std::size_t owners(std::string_view key) {
  const auto all = figures::figures();
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const figures::Figure* figure) {
    return std::any_of(figure->options.begin(), figure->options.end(), [&](const figures::Option& option) { return option.key == key; });
  }));
}
}  // namespace

TEST_CASE("every figure belongs to a step that exists, every step has a figure, slugs are unique") {
  std::set<std::string_view> slugs;
  for (const figures::Figure* figure : figures::figures()) {
    INFO(figure->slug);
    CHECK(slugs.insert(figure->slug).second);
    CHECK(find_step(figure->step) != nullptr);
    CHECK(figures::find_figure(figure->slug) == figure);
    CHECK_FALSE(figure->title.empty());
    CHECK(figure->natural_size.x > 400);
    CHECK(figure->natural_size.x <= 1600);
    CHECK(figure->natural_size.y > 200);
    CHECK(figure->ready);
    CHECK(figure->draw);
    CHECK(figure->caption);
    CHECK(figure->data);
    for (const figures::Option& option : figure->options) {
      // A choice is the figure's own, or several figures share it.
      CHECK((option.key.starts_with(std::string(figure->slug) + ".") || owners(option.key) > 1));
      CHECK(option.initial >= option.lo);
      if (option.kind == figures::Option::Kind::choice) CHECK(option.choices.size() >= 2);
    }
  }
  for (const Step& step : steps()) {
    INFO(step.slug);
    CHECK_FALSE(figures::figures_of(step).empty());
  }
  for (const char* slug : {"attention-overlay", "all-heads", "attention-distance", "position-similarity", "embedding-filters", "rollout", "prediction"})
    CHECK(figures::find_figure(slug) != nullptr);
}
