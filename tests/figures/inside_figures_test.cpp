// Figures of T2T, TNT and hybrids keep their place; every other figure shows these models or says that it does not.
#include <catch2/catch.hpp>
#include <set>

#include "tests/core/inside_models.h"
#include "tests/figures/harness.h"

using namespace vitscope;

namespace {

const std::set<std::string_view> kOwn = {"soft-split-1",  "soft-split-2",  "soft-split-3",    "token-attention-1", "token-attention-2", "token-gather-1", "token-gather-2",
                                         "random-features-1", "random-features-2", "keys-and-values-1", "keys-and-values-2", "token-read-1", "token-read-2",
                                         "token-mlp-1",   "token-mlp-2",   "restructure-1",   "restructure-2",     "t2t-project",       "tnt-words",      "tnt-fold-in",
                                         "inner-values",  "inner-mlp",     "inner-attention", "word-maps",         "tnt-fold",
                                         "stem-conv",     "stem-norm",     "stem-pool",       "stem-patches",      "stem-project"};

std::vector<ModelPtr> models() {
  return {test::small_t2t(), test::small_t2t(60, 100, 1), test::small_t2t(60, 100, 1, 20), test::small_t2t_performer(), test::small_t2t_performer(60, 100, 1), test::small_tnt(false), test::small_tnt(true), test::small_tnt(false, 24, 16, 1), test::small_tnt(true, 16, 24, 3, true), test::small_hybrid(), test::small_hybrid(48, 16, 1)};
}

TracePtr trace_of(const ModelPtr& model) {
  const VitConfig& c = model->config;
  return test::tiny_trace(model, test::tiny_picture(c.image_height * 2, c.image_width * 3, c.channels));
}

std::unique_ptr<test::Drawing> check(const figures::Figure& figure, const figures::FigureInput& input, draw::Rect body) {
  INFO(figure.slug << " of " << input.trace.model().name << " " << input.config().image_height << " x " << input.config().image_width << " in " << body.width() << " x " << body.height());
  REQUIRE(figure.ready(input));
  auto drawing = test::draw_figure(figure, input, body);
  CHECK(test::outside(*drawing) == "");
  CHECK(test::overlapping_texts(*drawing) == "");
  CHECK(test::bad_tags(*drawing, input.config()) == "");
  return drawing;
}

}  // namespace

TEST_CASE("figures of T2T, TNT and hybrids keep their place at every size", "[figures][inside]") {
  std::set<std::string_view> seen;
  for (const ModelPtr& model : models()) {
    const TracePtr trace = trace_of(model);
    const auto selection = figures::Selection::initial(model->config);
    for (const figures::Figure* figure : figures::figures()) {
      if (!kOwn.contains(figure->slug) || !figures::shows(*figure, {*trace, selection, false})) continue;
      seen.insert(figure->slug);
      for (const draw::Vec size : {draw::Vec{560, 360}, {750, 360}, {950, 560}, {1600, 900}, {560, 900}}) check(*figure, {*trace, selection, false}, draw::rect_at({37, 21}, size.x, size.y));
      check(*figure, {*trace, selection, true}, draw::rect_at({0, 0}, figure->natural_size.x, figure->natural_size.y));
    }
  }
  CHECK(seen == kOwn);
}

TEST_CASE("every figure draws T2T, TNT and hybrids or says that it cannot", "[figures][inside]") {
  for (const ModelPtr& model : {test::small_t2t(60, 100, 1), test::small_t2t_performer(60, 100, 1), test::small_tnt(true), test::small_hybrid()}) {
    const TracePtr trace = trace_of(model);
    auto selection = figures::Selection::initial(model->config);
    std::set<std::string_view> shown;
    for (const figures::Figure* figure : figures::figures()) {
      if (!figures::shows(*figure, {*trace, selection, false})) continue;
      shown.insert(figure->slug);
      check(*figure, {*trace, selection, false}, draw::rect_at({0, 0}, 950, 560));
    }
    for (const char* slug : {"patches", "flatten", "project", "embedding-filters"}) CHECK_FALSE(shown.contains(slug));
    for (const char* slug : {"picture", "position-similarity", "attention-overlay", "all-heads", "attention-distance", "rollout", "softmax", "residual1", "prediction"}) CHECK(shown.contains(slug));
  }
}

TEST_CASE("figures of T2T, TNT and hybrids follow what is pinned and hovered", "[figures][inside]") {
  for (const ModelPtr& model : {test::small_t2t(), test::small_t2t_performer(), test::small_tnt(false), test::small_hybrid()}) {
    const TracePtr trace = trace_of(model);
    for (const TensorRef ref : tensors_of(model->config)) {
      const Shape shape = shape_of(ref.slot, model->config);
      const auto last = [&](int axis) { return axis < shape.rank() ? shape[axis] - 1 : 0; };
      auto selection = figures::Selection::initial(model->config);
      selection.block = std::max(0, ref.block);
      selection.pinned = CellRef{ref, last(0), last(1), last(2), last(3)};
      selection.hovered = draw::CellTarget{{ref}};
      for (const figures::Figure* figure : figures::figures()) {
        if (kOwn.contains(figure->slug) && figures::shows(*figure, {*trace, selection, false})) check(*figure, {*trace, selection, false}, draw::rect_at({0, 0}, 750, 420));
      }
    }
  }
}

TEST_CASE("figures of T2T, TNT and hybrids give their numbers and their definition", "[figures][inside]") {
  const draw::Language english;
  for (const ModelPtr& model : models()) {
    const TracePtr trace = trace_of(model);
    const auto selection = figures::Selection::initial(model->config);
    const figures::FigureInput input{*trace, selection, true};
    draw::CanvasStore store;
    const draw::Canvas canvas({.list = nullptr, .store = &store, .fonts = nullptr, .theme = &draw::light_theme(), .language = &english, .sink = {}});
    for (const figures::Figure* figure : figures::figures()) {
      if (!kOwn.contains(figure->slug) || !figures::shows(*figure, input)) continue;
      INFO(figure->slug);
      CHECK(test::bad_data(figure->data(input)) == "");
      CHECK(figure->caption(canvas, input).size() > 60);
      CHECK(figure->caption(canvas, input).find('{') == std::string::npos);
      CHECK(!figure->subject(canvas, input).empty());
    }
  }
}

TEST_CASE("the window moves with the slider, and the picture's first window begins with its padding", "[figures][inside]") {
  const ModelPtr model = test::small_t2t(60, 100, 1, 20);
  const TracePtr trace = trace_of(model);
  const figures::Figure& figure = *figures::find_figure("soft-split-1");
  auto selection = figures::Selection::initial(model->config);
  const auto table = figure.data({*trace, selection, true});
  REQUIRE(table.columns[0].values.size() == 60);
  CHECK(table.columns[5].values[0] == 105);
  CHECK((table.columns[3].values[0] == -5 && table.columns[4].values[0] == -5));
  const auto texts = [&](float at) {
    selection.options["soft-split-1.window"] = at;
    const auto drawing = check(figure, {*trace, selection, false}, draw::rect_at({0, 0}, 950, 560));
    std::set<std::string> found;
    for (const draw::Mark& mark : drawing->store.marks)
      if (mark.kind == "text") found.insert(mark.text);
    return found;
  };
  CHECK(texts(0).contains("begins with 105 zeros of padding"));
  CHECK(texts(0).contains("Window 0"));
  CHECK(texts(1).contains("Window 59"));
}

TEST_CASE("word maps hold the mean of each word where it lies", "[figures][inside]") {
  const ModelPtr model = test::small_tnt(false);
  const TracePtr trace = trace_of(model);
  const auto selection = figures::Selection::initial(model->config);
  const auto table = figures::find_figure("word-maps")->data({*trace, selection, true});
  REQUIRE(table.tensors.size() == 3);
  const Tensor& map = table.tensors[0].second;
  REQUIRE(map.shape() == Shape{4, 6});
  // Word 2 of patch 4 (row 1, column 1) lies in row 3, column 2.
  double sum = 0;
  for (int j = 0; j < 6; ++j) sum += static_cast<double>(trace->at(Slot::tnt_embed).at(4, 2, j));
  CHECK(map.at(3, 2) == Approx(sum / 6));
}
