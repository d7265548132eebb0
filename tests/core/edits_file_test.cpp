// Edits in words, in files, and on models that they do not fit.
#include <catch2/catch.hpp>

#include "tests/core/edit_helpers.h"

using namespace vitscope;
using namespace vitscope::test;

TEST_CASE("edits in words", "[edits]") {
  CHECK(words(mask({27}, Fill::grey)) == "patch 27 masked with grey");
  CHECK(words(mask({1, 2, 3, 4, 5, 6}, Fill::drop)) == "patches 1, 2, 3, 4 and 2 more dropped");
  CHECK(words(head_off(5, {})) == "all heads of block 6 off");
  CHECK(words(branch(kAllBlocks, Part::mlp, 0.5)) == "MLP branch of all blocks times 0.5");
  CHECK(words(branch(0, Part::attention, 0)) == "attention branch of block 1 off");
  CHECK(words(temperature(kInfinity)) == "softmax of all heads of all blocks at temperature ∞");
  Edit hidden = shuffle(2);
  hidden.on = false;
  CHECK(words(Edits{shuffle(1), hidden, head_off(0, {1})}) == "patches shuffled, seed 1; head 2 of block 1 off");
  for (const Edit& edit : one_of_each()) CHECK(words(edit).find_first_of("{}") == std::string::npos);
}

TEST_CASE("edits that do not fit are refused or switched off", "[edits]") {
  const ModelPtr model = test::small_model();
  CHECK(refusal(head_off(3, {}), *model) == "block 3: the model has blocks 0 to 2");
  CHECK(refusal(head_off(2, {3}), *model) == "head 3: the model has heads 0 to 2");
  CHECK(refusal(mask({15}, Fill::grey), *model) == "patch 15: the model has patches 0 to 14");
  CHECK_FALSE(refusal(mask({14}, Fill::grey), *model));
  Edit from = at_block(EditKind::class_from, 1);
  from.from = 1;
  CHECK(refusal(from, *model));
  for (const Edit& edit : one_of_each()) CHECK_FALSE(refusal(edit, *model));
  const EditsPtr mixed = std::make_shared<const Edits>(Edits{head_off(3, {}), head_off(2, {})});
  const EditsPtr fit = fitting(mixed, *model, *test::small_input());
  CHECK_FALSE((*fit)[0].on);
  CHECK((*fit)[1].on);
  CHECK(fitting(fit, *model, *test::small_input()) == fit);
}

TEST_CASE("edits survive their file", "[edits]") {
  Edits edits = one_of_each();
  Edit paint = edit_of(EditKind::paint), move = edit_of(EditKind::move_crop);
  Stroke box, brush;
  box.box = true;
  box.points = {{1.5, 2}, {30, 40.25}};
  brush.points = {{1, 2}, {3, 4}, {5, 6}};
  brush.radius = 7.5;
  brush.colour = {0.25f, 1, 0};
  paint.strokes = {box, brush};
  move.x = -12, move.y = 3.5;
  edits.push_back(paint);
  edits.push_back(move);
  edits[3].on = false;
  edits[5].seed = 18446744073709551615ULL;
  const std::string text = edits_to_json(edits);
  const Result<Edits> back = edits_from_json(text);
  REQUIRE(back);
  REQUIRE(back->size() == edits.size());
  for (std::size_t i = 0; i < edits.size(); ++i) {
    CAPTURE(i, words(edits[i]));
    const bool same = (*back)[i] == edits[i];
    CHECK(same);
  }
  CHECK(edits_to_json(*back) == text);
  CHECK(edits_from_json(edits_to_json({}))->empty());
}

TEST_CASE("hostile files of edits end in one line", "[edits]") {
  const auto error = [](std::string_view text) {
    const Result<Edits> edits = edits_from_json(text);
    REQUIRE_FALSE(edits);
    CHECK(edits.error().text.find('\n') == std::string::npos);
    CHECK_FALSE(edits.error().text.empty());
    CHECK(edits.error().text.size() < 400);
    return edits.error().text;
  };
  const auto one = [&](const std::string& edit) { return error("{\"vitscope_edits\": 1, \"edits\": [" + edit + "]}"); };
  CHECK(error("") == "is not JSON");
  error("[]");
  error("{}");
  error("null");
  error("{\"vitscope_edits\": 2, \"edits\": []}");
  error("{\"vitscope_edits\": 1, \"edits\": {}}");
  error("{\"vitscope_edits\": 1, \"edits\": [], \"more\": 1}");
  error(std::string(100000, '['));
  error("{\"vitscope_edits\": 1, \"edits\": " + std::string(5000, '[') + std::string(5000, ']') + "}");
  CHECK(one("{\"kind\": \"explode\"}") == "edit 1: there is no kind \"explode\"");
  CHECK(one("{\"kind\": \"head-off\", \"block\": 1}") == "edit 1: head-off: heads is missing");
  CHECK(one("{\"kind\": \"head-off\", \"block\": 1, \"heads\": [1.5]}") == "edit 1: head-off: heads: expected a whole number from 0, found 1.5");
  CHECK(one("{\"kind\": \"shuffle\", \"seed\": 1, \"sead\": 2}") == "edit 1: shuffle: 'sead' is not a field of this");
  one("{\"kind\": \"shuffle\", \"seed\": -1}");
  one("{\"kind\": \"head-off\", \"block\": 99999999999999999999, \"heads\": \"all\"}");
  one("{\"kind\": \"head-off\", \"block\": -2, \"heads\": \"all\"}");
  one("{\"kind\": \"temperature\", \"block\": \"all\", \"heads\": \"all\", \"value\": -1}");
  one("{\"kind\": \"temperature\", \"block\": \"all\", \"heads\": \"all\", \"value\": 1e999}");
  one("{\"kind\": \"temperature\", \"block\": \"all\", \"heads\": \"all\", \"value\": \"hot\"}");
  one("{\"kind\": \"swap\", \"patches\": [1]}");
  one("{\"kind\": \"swap\", \"patches\": [1, 2, 3]}");
  one("{\"kind\": \"mask\", \"patches\": [1], \"with\": \"tape\"}");
  one("{\"kind\": \"mask\", \"patches\": [], \"with\": \"grey\"}");
  one("{\"kind\": \"position-resampled\", \"rows\": 0, \"columns\": 3}");
  one("{\"kind\": \"position-resampled\", \"rows\": 2000, \"columns\": 3}");
  one("{\"kind\": \"paint\", \"strokes\": [{\"box\": [[0, 0]], \"colour\": [0, 0, 0]}]}");
  one("{\"kind\": \"paint\", \"strokes\": [{\"points\": [[0, 0]], \"radius\": 1, \"colour\": [0, 0, 2]}]}");
  one("{\"kind\": \"paint\", \"strokes\": [{\"points\": [[0, \"x\"]], \"radius\": 1, \"colour\": [0, 0, 0]}]}");
  one("{\"kind\": 7}");
  one("3");
  one("{\"kind\": \"shuffle\", \"seed\": 1, \"on\": 1}");
  one("{\"kind\": \"\\u0000\\uffff\"}");
  std::string many = "{\"vitscope_edits\": 1, \"edits\": [";
  for (int i = 0; i < 1001; ++i) many += std::string(i ? "," : "") + "{\"kind\": \"position-off\"}";
  error(many + "]}");
  // Random damage never does more than fail.
  const std::string good = edits_to_json(one_of_each());
  test::Draw draw(8);
  for (int i = 0; i < 500; ++i) {
    std::string bad = good;
    for (int hits = 0; hits < 3; ++hits) bad[static_cast<std::size_t>(draw.below(static_cast<int>(bad.size())))] = static_cast<char>(draw.below(256));
    if (const auto edits = edits_from_json(bad); !edits) CHECK(edits.error().text.find('\n') == std::string::npos);
  }
  CHECK(load_edits("/nowhere/edits.json").error().text.starts_with("/nowhere/edits.json: "));
}
