#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "core/step.h"
#include "tests/core/inside_models.h"
#include "tests/core/small_model.h"

using namespace vitscope;

TEST_CASE("slugs are unique and can be found", "[steps]") {
  std::set<std::string_view> slugs;
  for (const Step& step : steps()) {
    CHECK(slugs.insert(step.slug).second);
    CHECK(find_step(step.slug) == &step);
    CHECK(std::all_of(step.slug.begin(), step.slug.end(),
                      [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }));
  }
  CHECK(steps().size() == 37 + 12 + 6 + 2 + 4 + 2 + 5 + 1);
  CHECK(find_step("class_token") == nullptr);
}

TEST_CASE("every step has its texts", "[steps]") {
  for (const Step& step : steps()) {
    CAPTURE(step.slug);
    for (std::string_view text : {step.title, step.short_title, step.formula, step.sizes, step.sentence, step.teaching})
      CHECK_FALSE(text.empty());
    CHECK(step.short_title.size() <= step.title.size());
    CHECK(step.sentence.back() == '.');
    CHECK(step.teaching.back() == '.');
    CHECK(step.run != nullptr);
    CHECK(step.explain != nullptr);
    CHECK(std::count(step.writes.begin(), step.writes.end(), step.result) == 1);
  }
}

TEST_CASE("placeholders name dimensions, markup braces are closed and do not nest", "[steps]") {
  for (const Step& step : steps()) {
    CAPTURE(step.slug);
    for (std::string_view text : {step.formula, step.sizes, step.sentence, step.teaching}) {
      for (std::size_t open = text.find('{'); open != std::string_view::npos; open = text.find('{', open + 1)) {
        const std::size_t close = text.find('}', open);
        REQUIRE(close != std::string_view::npos);
        const std::string_view inside = text.substr(open + 1, close - open - 1);
        CHECK(inside.find('{') == std::string_view::npos);
        const bool group = open > 0 && (text[open - 1] == '_' || text[open - 1] == '^');
        if (!group) CHECK(find_dim(inside));
      }
    }
    for (std::string_view text : {step.sentence, step.teaching}) CHECK(text.find_first_of("_^") == std::string_view::npos);
  }
}

namespace {
/// The architectures that between them have every step.
std::vector<VitConfig> architectures() {
  std::vector<VitConfig> all{test::small_t2t()->config, test::small_t2t_performer()->config, test::small_tnt(false)->config, test::small_tnt(false, 16, 24, 3, true)->config, test::small_hybrid()->config};
  for (const auto& [name, config] : test::small_families()) all.push_back(config);
  return all;
}
}  // namespace

TEST_CASE("every slot is written by steps of its scope, by one at most in an architecture", "[steps]") {
  for (const SlotInfo& slot : slots()) {
    CAPTURE(slot.name);
    bool recorded = false;
    for (const VitConfig& config : architectures()) {
      int writers = 0;
      for (const Step& step : steps()) writers += applies(step, config) && std::count(step.writes.begin(), step.writes.end(), slot.slot);
      CHECK(writers <= 1);
      CHECK(records(config, slot.slot) == (writers == 1));
      CHECK((writer_of(slot.slot, config).stage == Stage::block) == (slot.scope == Scope::block));
      recorded = recorded || writers;
    }
    CHECK(recorded);
  }
}

TEST_CASE("every place of a walk applies and every step has an architecture", "[steps]") {
  std::set<const Step*> seen;
  for (const VitConfig& config : architectures()) {
    for (const Place& place : walk(config)) {
      CAPTURE(place.step->slug);
      CHECK(applies(*place.step, config));
      CHECK((place.block >= 0) == (place.step->stage == Stage::block));
      seen.insert(place.step);
    }
    // What clamps a selection to another architecture goes back from a step that does not apply within its stage.
    for (const Stage stage : {Stage::embed, Stage::block, Stage::answer}) CHECK_FALSE(steps_of(stage, config).empty());
    CHECK(applies(steps().front(), config));
  }
  CHECK(seen.size() == steps().size());
}

TEST_CASE("steps that do not apply are no part of a walk", "[steps]") {
  Step step = *find_step("pool");
  const VitConfig config = test::small_model()->config;
  CHECK(applies(step, config));
  step.applies = [](const VitConfig& c) { return c.depth > 99; };
  CHECK_FALSE(applies(step, config));
}

TEST_CASE("the walk reads only what has been written", "[steps]") {
  for (const VitConfig& config : architectures()) {
    std::set<Slot> model_slots, block_slots, previous_slots;
    int block = -1;
    for (const Place& place : walk(config)) {
      if (place.block != block) {
        previous_slots = block_slots;
        block_slots.clear();
        block = place.block;
      }
      int read = 0;
      for (Slot slot : place.step->reads) {
        if (!records(config, slot)) continue;
        ++read;
        CAPTURE(place.step->slug, place.block, info(slot).name);
        // What enters the first block is embed.pos instead of `out`.
        const bool handed_on = slot == Slot::out || slot == Slot::tnt_out;
        const bool entering = handed_on && (place.block <= 0 || previous_slots.count(slot));
        CHECK((model_slots.count(slot) || block_slots.count(slot) || entering));
      }
      CHECK((read > 0 || place.step->reads.empty()));
      for (Slot slot : place.step->writes) (place.block < 0 ? model_slots : block_slots).insert(slot);
    }
  }
  CHECK(walk(test::small_model()->config).size() == 6 + 3 * 13 + 4);
}

TEST_CASE("stages follow one another", "[steps]") {
  CHECK(steps(Stage::embed).front().slug == "picture");
  CHECK(steps(Stage::embed).back().slug == "position");
  CHECK(steps(Stage::block).front().slug == "tnt-inner-attention");
  CHECK(steps(Stage::block).back().slug == "residual2");
  CHECK(steps(Stage::answer).front().slug == "final-norm");
  CHECK(steps(Stage::answer).back().slug == "prediction");
  CHECK(steps(Stage::embed).size() + steps(Stage::block).size() + steps(Stage::answer).size() == steps().size());
}
