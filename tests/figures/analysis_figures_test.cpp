// Figures of the analyses of the stream: where they place things, what they say of their numbers, and which class they follow.
#include <catch2/catch.hpp>
#include <numeric>

#include "app/figures/parts_answer.h"
#include "tests/figures/harness.h"

using namespace vitscope;
using vitscope::test::TinySizes;

namespace {

constexpr const char* kFigures[] = {"head-entropy", "token-norms", "token-similarity", "token-pca", "logit-lens-grid", "logit-lens", "residual-ledger"};

const figures::Figure& figure_of(const char* slug) {
  const figures::Figure* figure = figures::find_figure(slug);
  REQUIRE(figure != nullptr);
  return *figure;
}

figures::Selection selection_of(const Trace& trace, int query, int block) {
  figures::Selection selection = figures::Selection::initial(trace.config());
  selection.query = query;
  selection.block = block;
  return selection;
}

std::unique_ptr<test::Drawing> check(const figures::Figure& figure, const figures::FigureInput& input, draw::Rect body) {
  INFO(figure.slug << " in " << body.width() << " x " << body.height() << (input.paper ? " on paper" : ""));
  REQUIRE(figure.ready(input));
  auto drawing = test::draw_figure(figure, input, body);
  CHECK(test::outside(*drawing) == "");
  CHECK(test::overlapping_texts(*drawing) == "");
  CHECK(test::bad_tags(*drawing, input.config()) == "");
  CHECK(!drawing->store.tags.empty());
  return drawing;
}

/// Every value of every option at its ends.
std::vector<figures::Selection> variants(const figures::Figure& figure, const figures::Selection& base) {
  std::vector<figures::Selection> list{base};
  for (const figures::Option& option : figure.options) {
    const int last = option.kind == figures::Option::Kind::choice ? static_cast<int>(option.choices.size()) - 1 : 1;
    for (int i = 0; i <= last; ++i) {
      list.push_back(base);
      list.back().options[std::string(option.key)] = option.kind == figures::Option::Kind::choice ? static_cast<float>(i) : i ? option.hi : option.lo;
    }
  }
  return list;
}

const TinySizes kShapes[] = {
    {},                                                                                                                                      // 4 x 4 patches
    {.height = 60, .width = 100, .channels = 1, .patch_height = 20, .patch_width = 20, .dim = 32, .heads = 4, .mlp_dim = 40, .classes = 1},    // 3 x 5 patches, one output
    {.height = 8, .width = 36, .patch_height = 4, .patch_width = 6, .heads = 2, .head_width = 5, .classes = 1000},                            // patches that are not square, many classes
    {.height = 56, .width = 56, .dim = 16, .depth = 24, .heads = 16, .head_width = 4, .mlp_dim = 8, .classes = 30},                           // many heads and blocks
    {.height = 12, .width = 4, .dim = 8, .depth = 1, .heads = 1, .mlp_dim = 4, .classes = 2},                                                // one column of patches
    {.height = 4, .width = 4, .dim = 8, .depth = 1, .heads = 1, .mlp_dim = 4, .classes = 3},                                                  // one patch
};

}  // namespace

TEST_CASE("figures of the analyses keep their place at every size", "[figures][analyses]") {
  const draw::Vec sizes[] = {{560, 360}, {750, 360}, {950, 560}, {1600, 900}, {560, 900}};
  for (const TinySizes& shape : kShapes) {
    const auto trace = test::tiny_trace(shape);
    INFO(trace->config().grid.rows() << " x " << trace->config().grid.columns() << " patches, " << trace->config().classes << " classes");
    for (const char* slug : kFigures) {
      const figures::Figure& figure = figure_of(slug);
      const auto selection = selection_of(*trace, trace->grid().tokens() / 2, 0);
      if (!figure.ready({*trace, selection, false})) continue;
      for (const draw::Vec size : sizes) check(figure, {*trace, selection, false}, draw::rect_at({37, 21}, size.x, size.y));
      for (const figures::Selection& variant : variants(figure, selection)) check(figure, {*trace, variant, false}, draw::rect_at({0, 0}, 750, 400));
      const auto last = selection_of(*trace, 0, trace->config().depth - 1);
      check(figure, {*trace, last, true}, draw::rect_at({0, 0}, figure.natural_size.x, figure.natural_size.y));
    }
  }
}

TEST_CASE("figures of the analyses fit portraits, panoramas and padding", "[figures][analyses]") {
  for (const ResizeMode mode : {ResizeMode::crop, ResizeMode::stretch, ResizeMode::pad}) {
    auto model = std::make_shared<Model>(*test::tiny_model({}));
    model->preprocess.mode = mode;
    for (const auto& [height, width] : {std::pair{90, 30}, std::pair{20, 160}}) {
      const auto trace = test::tiny_trace(model, test::tiny_picture(height, width, 3));
      for (const char* slug : {"token-norms", "token-similarity", "token-pca", "logit-lens-grid"}) {
        const auto selection = selection_of(*trace, 3, 1);
        for (const draw::Vec size : {draw::Vec{950, 560}, draw::Vec{560, 360}, draw::Vec{560, 900}}) check(figure_of(slug), {*trace, selection, false}, draw::rect_at({0, 0}, size.x, size.y));
      }
    }
  }
}

TEST_CASE("figures of the analyses follow what is pinned and hovered", "[figures][analyses]") {
  const auto trace = test::tiny_trace(TinySizes{}, {"a label that is much longer than anybody would expect of the name of a class", "b", "c", "d", "e", "f", "g", "h", "i", "j"});
  for (const char* slug : kFigures) {
    const figures::Figure& figure = figure_of(slug);
    for (const draw::Target& target : {draw::Target(draw::TokenTarget{5}), draw::Target(draw::TokenTarget{0}), draw::Target(draw::HeadTarget{1, 2}), draw::Target(draw::CellTarget{{{Slot::logits, -1}, 3}}),
                                       draw::Target(draw::PlaceTarget{{find_step("residual2"), 1}}), draw::Target(draw::CellTarget{{{Slot::out, 1}, 4, 2}})}) {
      auto selection = selection_of(*trace, 3, 1);
      selection.hovered = target;
      selection.pinned = CellRef{{Slot::probs, -1}, 0};
      check(figure, {*trace, selection, false}, draw::rect_at({0, 0}, 750, 360));
    }
  }
}

TEST_CASE("figures of the analyses give their numbers and their definition", "[figures][analyses]") {
  const draw::Language english;
  for (const TinySizes& shape : kShapes) {
    const auto trace = test::tiny_trace(shape);
    draw::CanvasStore store;
    const draw::Canvas canvas({.list = nullptr, .store = &store, .fonts = nullptr, .theme = &draw::light_theme(), .language = &english, .sink = {}});
    for (const char* slug : kFigures) {
      const figures::Figure& figure = figure_of(slug);
      for (const figures::Selection& selection : variants(figure, selection_of(*trace, 1, 0))) {
        const figures::FigureInput input{*trace, selection, true};
        if (!figure.ready(input)) continue;
        INFO(slug);
        CHECK(test::bad_data(figure.data(input)) == "");
        CHECK(figure.caption(canvas, input).size() > 100);
        CHECK(figure.caption(canvas, input).find('{') == std::string::npos);
        CHECK(!figure.subject(canvas, input).empty());
      }
    }
  }
}

TEST_CASE("figures of the analyses wait for what they show", "[figures][analyses]") {
  const auto model = test::tiny_model({});
  const auto trace = test::tiny_trace(model, test::tiny_picture(20, 20, 3), Record::attention_only);
  const auto selection = selection_of(*trace, 0, 0);
  for (const char* slug : {"token-norms", "token-similarity", "token-pca", "logit-lens-grid", "logit-lens", "residual-ledger"}) {
    INFO(slug);
    CHECK_FALSE(figure_of(slug).ready({*trace, selection, false}));
  }
  CHECK(figure_of("head-entropy").ready({*trace, selection, false}));
}

TEST_CASE("the chosen class is the hovered, the pinned, the named or the predicted one", "[figures][analyses]") {
  const auto trace = test::tiny_trace(TinySizes{});
  auto selection = selection_of(*trace, 0, 0);
  const auto chosen = [&] { return figures::stream::chosen_class({*trace, selection, false}); };
  const auto logits = trace->at(Slot::logits).values();
  const int predicted = static_cast<int>(std::max_element(logits.begin(), logits.end()) - logits.begin());
  const int a = (predicted + 1) % 10, b = (predicted + 2) % 10, d = (predicted + 3) % 10;
  CHECK(chosen() == predicted);
  selection.options["answer.class"] = static_cast<float>(a);
  CHECK(chosen() == a);
  selection.pinned = CellRef{{Slot::probs, -1}, b};
  CHECK(chosen() == b);
  selection.hovered = draw::CellTarget{{{Slot::logits, -1}, d}};
  CHECK(chosen() == d);
  CHECK(figures::stream::chosen_class({*trace, selection, true}) == b);
  selection.hovered = {};
  selection.pinned.reset();
  for (const float odd : {-1.0f, 10.0f, 1e9f, std::nanf("")}) {
    selection.options["answer.class"] = odd;
    CHECK(chosen() == predicted);
  }
}

TEST_CASE("the ledger's table and the lens follow the chosen class", "[figures][analyses]") {
  const auto trace = test::tiny_trace(TinySizes{});
  for (const int k : {2, 7}) {
    auto selection = selection_of(*trace, 0, 0);
    selection.options["answer.class"] = static_cast<float>(k);
    const figures::FigureInput input{*trace, selection, true};
    const figures::Table ledger = figure_of("residual-ledger").data(input);
    const Tensor& rest = ledger.tensors.front().second;
    REQUIRE(rest.at(0) == static_cast<float>(k));
    double sum = static_cast<double>(rest.at(1) + rest.at(2) + rest.at(3));
    for (std::size_t column : {1u, 2u})
      for (const double value : ledger.columns[column].values) sum += value;
    CHECK(sum == Approx(static_cast<double>(trace->at(Slot::logits).at(k))).margin(1e-4));
    CHECK(rest.at(4) == trace->at(Slot::logits).at(k));
    const figures::Table lens = figure_of("logit-lens").data(input);
    CHECK(lens.columns[1].values.front() == k);
    CHECK(lens.columns[2].values.back() == Approx(static_cast<double>(trace->at(Slot::probs).at(k))).margin(1e-6));
    const figures::Table grid = figure_of("logit-lens-grid").data(input);
    CHECK(grid.columns[4].values.front() == k);
  }
}
