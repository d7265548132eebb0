#include <catch2/catch.hpp>

#include "tests/figures/harness.h"

using namespace vitscope;
using vitscope::test::TinySizes;

namespace {

constexpr const char* kFigures[] = {"weighted-values", "join-heads", "output-projection", "residual1", "residual2", "mlp-up",
                                    "gelu",            "mlp-down",   "pool",              "head",      "prediction", "way-back"};

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

void check(const figures::Figure& figure, const figures::FigureInput& input, draw::Rect body) {
  INFO(figure.slug << " in " << body.width() << " x " << body.height());
  REQUIRE(figure.ready(input));
  const auto drawing = test::draw_figure(figure, input, body);
  CHECK(test::outside(*drawing) == "");
  CHECK(test::overlapping_texts(*drawing) == "");
  CHECK(test::bad_tags(*drawing, input.config()) == "");
  CHECK(!drawing->store.tags.empty());
}

const TinySizes kShapes[] = {
    {},                                                                                                                                // 4 x 4 patches
    {.height = 60, .width = 100, .channels = 1, .patch_height = 20, .patch_width = 20, .dim = 32, .heads = 4, .mlp_dim = 40, .classes = 1},  // 3 x 5 patches, one output
    {.height = 8, .width = 36, .patch_height = 4, .patch_width = 6, .heads = 2, .head_width = 5, .classes = 1000},                      // joined heads narrower than the stream
    {.height = 56, .width = 56, .dim = 40, .heads = 16, .head_width = 4, .classes = 2},                                                 // 14 x 14 patches, many heads
    {.height = 4, .width = 4, .dim = 8, .depth = 1, .heads = 1, .mlp_dim = 4, .classes = 3},                                            // one patch
};

}  // namespace

TEST_CASE("figures of the stream keep their place at every size", "[figures]") {
  const draw::Vec sizes[] = {{560, 360}, {750, 360}, {950, 560}, {1600, 900}, {560, 900}};
  for (const TinySizes& shape : kShapes) {
    const auto trace = test::tiny_trace(shape);
    for (const char* slug : kFigures) {
      const figures::Figure& figure = figure_of(slug);
      for (const draw::Vec size : sizes) {
        const auto selection = selection_of(*trace, trace->grid().tokens() / 2, 0);
        check(figure, {*trace, selection, false}, draw::rect_at({37, 21}, size.x, size.y));
      }
      const auto selection = selection_of(*trace, 0, trace->config().depth - 1);
      check(figure, {*trace, selection, true}, draw::rect_at({0, 0}, figure.natural_size.x, figure.natural_size.y));
    }
  }
}

TEST_CASE("figures of the stream follow pinned and hovered numbers", "[figures]") {
  const auto trace = test::tiny_trace(TinySizes{}, {"a label that is much longer than anybody would expect of the name of a class", "b", "c", "d", "e", "f", "g", "h", "i", "j"});
  const draw::Rect body = draw::rect_at({0, 0}, 750, 360);
  for (const char* slug : kFigures) {
    const figures::Figure& figure = figure_of(slug);
    for (const TensorRef ref : tensors_of(trace->config())) {
      const Shape shape = shape_of(ref.slot, trace->config());
      const auto last = [&](int axis) { return axis < shape.rank() ? shape[axis] - 1 : 0; };
      const CellRef cell{ref, last(0), last(1), last(2), last(3)};
      auto selection = selection_of(*trace, 3, std::max(0, ref.block));
      selection.pinned = cell;
      check(figure, {*trace, selection, false}, body);
      selection.hovered = draw::CellTarget{{ref}};
      check(figure, {*trace, selection, false}, body);
    }
    auto selection = selection_of(*trace, 3, 1);
    selection.head = figures::kMeanHead;
    selection.hovered = draw::TokenTarget{5};
    check(figure, {*trace, selection, false}, body);
    selection.hovered = draw::HeadTarget{1, 2};
    check(figure, {*trace, selection, false}, body);
  }
}

TEST_CASE("figures of the stream give their numbers and their definition", "[figures]") {
  const draw::Language english;
  for (const TinySizes& shape : kShapes) {
    const auto trace = test::tiny_trace(shape);
    const auto selection = selection_of(*trace, 1, 0);
    const figures::FigureInput input{*trace, selection, true};
    draw::CanvasStore store;
    const draw::Canvas canvas({.list = nullptr, .store = &store, .fonts = nullptr, .theme = &draw::light_theme(), .language = &english, .sink = {}});
    for (const char* slug : kFigures) {
      const figures::Figure& figure = figure_of(slug);
      INFO(slug);
      CHECK(test::bad_data(figure.data(input)) == "");
      CHECK(figure.caption(canvas, input).size() > 60);
      CHECK(figure.caption(canvas, input).find('{') == std::string::npos);
      if (figure.subject) CHECK(!figure.subject(canvas, input).empty());
      CHECK(find_step(figure.step) != nullptr);
    }
  }
}

TEST_CASE("figures of the stream wait for what they show", "[figures]") {
  const auto model = test::tiny_model({});
  const auto trace = test::tiny_trace(model, test::tiny_picture(20, 20, 3), Record::attention_only);
  const auto selection = selection_of(*trace, 0, 0);
  for (const char* slug : {"weighted-values", "join-heads", "output-projection", "residual1", "residual2", "mlp-up", "gelu", "mlp-down", "way-back"})
    CHECK_FALSE(figure_of(slug).ready({*trace, selection, false}));
  CHECK(figure_of("prediction").ready({*trace, selection, false}));
}

TEST_CASE("contributions of a number sum to it", "[figures]") {
  const auto trace = test::tiny_trace(TinySizes{});
  const auto selection = selection_of(*trace, 4, 1);
  const figures::FigureInput input{*trace, selection, true};
  const auto table = figure_of("output-projection").data(input);
  const auto& products = table.columns.back().values;
  const auto row = trace->at(Slot::attn_out, 1).row(4);
  const auto element = std::max_element(row.begin(), row.end(), [](float a, float b) { return std::abs(a) < std::abs(b); }) - row.begin();
  const double bias = trace->model().weights.blocks[1].proj.bias().at(static_cast<int>(element));
  double sum = bias;
  for (const double p : products) sum += p;
  CHECK(sum == Approx(row[static_cast<std::size_t>(element)]).margin(1e-4));
}
