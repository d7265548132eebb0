// Selections as JSON: everything comes back, and nothing that is written there can do harm.
#include <catch2/catch.hpp>
#include <cmath>
#include <string>

#include "app/figures/option_text.h"
#include "app/figures/selection_json.h"
#include "tests/figures/harness.h"

using namespace vitscope;
using figures::Selection;

namespace {

VitConfig config() { return test::tiny_model({})->config; }

std::string again(const Selection& s) { return figures::to_json(figures::selection_of_json(figures::to_json(s), config())); }

void check_legal(const Selection& s) {
  const VitConfig c = config();
  CHECK(s.place.step != nullptr);
  CHECK(s.place.block < c.depth);
  CHECK((s.place.block >= 0) == (s.place.step->stage == Stage::block));
  CHECK((s.block >= 0 && s.block < c.depth));
  CHECK((s.head >= figures::kMaxHead && s.head < c.heads));
  CHECK((s.query >= 0 && s.query < c.tokens()));
  CHECK((s.patch >= 0 && s.patch < c.patches()));
  CHECK((s.pinned || s.trail.empty()));
  for (const auto& [key, value] : s.options) CHECK(std::isfinite(value));
}

}  // namespace

TEST_CASE("a selection comes back from its JSON in every field") {
  Selection s = Selection::initial(config());
  s.place = {find_step("softmax"), 1};
  s.block = 1;
  s.head = 2;
  s.query = 7;
  s.patch = 11;
  s.scale = figures::ScaleMode::all;
  s.pinned = CellRef{{Slot::attn, 1}, 2, 3, 4, 0};
  s.trail = {CellRef{{Slot::logits, -1}, 5, 0, 0, 0}, CellRef{{Slot::out, 0}, 3, 20, 0, 0}};
  for (const figures::Figure* figure : figures::figures())
    for (const figures::Option& option : figure->options) s.options[std::string(option.key)] = figures::clamped(option, option.hi);
  s.options["answer.class"] = 7;
  REQUIRE(s.options.size() > 5);
  const Selection r = figures::selection_of_json(figures::to_json(s), config());
  CHECK(r.place == s.place);
  CHECK(r.block == s.block);
  CHECK(r.head == s.head);
  CHECK(r.query == s.query);
  CHECK(r.patch == s.patch);
  CHECK(r.scale == s.scale);
  REQUIRE(r.pinned);
  CHECK(*r.pinned == *s.pinned);
  CHECK(r.trail == s.trail);
  CHECK(r.options == s.options);
  CHECK(again(s) == figures::to_json(s));
  for (const int head : {figures::kMeanHead, figures::kMaxHead, 0}) {
    s.head = head;
    CHECK(figures::selection_of_json(figures::to_json(s), config()).head == head);
  }
  for (const auto scale : {figures::ScaleMode::map, figures::ScaleMode::block, figures::ScaleMode::all}) {
    s.scale = scale;
    CHECK(figures::selection_of_json(figures::to_json(s), config()).scale == scale);
  }
  for (const Place& place : walk(config())) {
    s.place = place;
    CHECK(figures::selection_of_json(figures::to_json(s), config()).place == s.place);
  }
}

TEST_CASE("values that do not fit the architecture are brought into range, anything else is left at its initial value") {
  const std::string initial = figures::to_json(Selection::initial(config()));
  for (const char* text : {"", "null", "[]", "{", "7", "\"text\"", "{}", R"({"step": 7, "block": "x", "head": {}, "query": null, "patch": [1], "pinned": 3, "trail": {}, "options": []})",
                           R"({"block": 1e300, "query": 1e99, "step": "no-such-step", "head": "no-such-head", "scale": "none", "options": {"no.such": 1}})"}) {
    INFO(text);
    CHECK(figures::to_json(figures::selection_of_json(text, config())) == initial);
  }
  for (const char* text :
       {R"({"step": "softmax", "step_block": 2000000000, "block": 99, "head": 99, "query": 99999, "patch": 99999})",
        R"({"step": "softmax", "step_block": -5, "block": -7, "head": -9, "query": -1, "patch": -1})", R"({"step": "picture", "step_block": 1, "class": 1000000})", R"({"block": 18446744073709551615})",
        R"({"pinned": {"tensor": "blocks.1.attn", "index": [0, 0, 9999, 0]}, "trail": [{"tensor": "logits", "index": [0]}]})",
        R"({"pinned": {"tensor": "blocks.99.attn", "index": [0, 0, 0, 0]}})", R"({"pinned": {"tensor": "nothing", "index": [0]}})",
        R"({"pinned": {"tensor": "logits", "index": [0, 0, 0, 0, 0, 0]}})", R"({"pinned": {"tensor": "logits", "index": [-1]}})",
        R"({"pinned": {"tensor": "logits", "index": [0]}, "trail": [{"tensor": "logits", "index": [1000]}]})", R"({"options": {"rollout.heads": 1e30, "patches.explode": -1e30, "softmax.covered": "x"}})",
        "{\"step\": \"\xff\xfe\", \"options\": {\"\xff\": 1}}"}) {
    INFO(text);
    check_legal(figures::selection_of_json(text, config()));
  }
  const Selection s = figures::selection_of_json(R"({"options": {"rollout.heads": 1e30, "patches.explode": -5}})", config());
  CHECK(s.options.at("rollout.heads") == 2);
  CHECK(s.options.at("patches.explode") == 0);
  // Every truncation of a real one.
  Selection full = Selection::initial(config());
  full.pinned = CellRef{{Slot::attn, 1}, 2, 3, 4, 0};
  full.trail = {CellRef{{Slot::logits, -1}, 5, 0, 0, 0}};
  const std::string json = figures::to_json(full);
  for (std::size_t length = 0; length < json.size(); ++length) check_legal(figures::selection_of_json(json.substr(0, length), config()));
}
