// The figures of "what if": before and after, temperature, orders, mistakes.
#include <catch2/catch.hpp>

#include "core/analysis/comparison.h"
#include "core/analysis/mistakes.h"
#include "core/analysis/softmax_lab.h"
#include "tests/figures/harness.h"

using namespace vitscope;
using vitscope::test::TinySizes;

namespace {

const figures::Figure& figure_of(const char* slug) {
  const figures::Figure* figure = figures::find_figure(slug);
  REQUIRE(figure != nullptr);
  return *figure;
}

const TinySizes kShapes[] = {
    {},
    {.height = 60, .width = 100, .channels = 1, .patch_height = 20, .patch_width = 20, .dim = 32, .heads = 4, .mlp_dim = 40, .classes = 1},
    {.height = 8, .width = 36, .patch_height = 4, .patch_width = 6, .heads = 2, .head_width = 5, .classes = 1000},
    {.height = 56, .width = 56, .dim = 40, .depth = 24, .heads = 16, .head_width = 4, .classes = 2},
    {.height = 4, .width = 4, .dim = 8, .depth = 1, .heads = 1, .mlp_dim = 4, .classes = 3},
};

TracePtr edited(const TracePtr& plain, const Edit& edit) {
  ThreadPool pool(1);
  ForwardOptions options;
  options.edits = std::make_shared<const Edits>(Edits{edit});
  options.reuse = plain;
  return forward(plain->origin().model, plain->origin().input, pool, options);
}

Edit off(int block) {
  Edit edit;
  edit.kind = EditKind::head_off;
  edit.block = block;
  edit.heads = {0};
  return edit;
}

void check(const figures::Figure& figure, const figures::FigureInput& input, draw::Rect body) {
  INFO(figure.slug << " in " << body.width() << " x " << body.height());
  REQUIRE(figure.ready(input));
  const auto drawing = test::draw_figure(figure, input, body);
  CHECK(test::outside(*drawing) == "");
  CHECK(test::overlapping_texts(*drawing) == "");
  CHECK(test::bad_tags(*drawing, input.config()) == "");
  CHECK(test::bad_data(figure.data(input)) == "");
}

}  // namespace

TEST_CASE("figures of what-if keep their place at every size", "[figures][edits]") {
  const draw::Vec sizes[] = {{560, 360}, {750, 360}, {950, 560}, {1600, 900}, {560, 900}};
  for (const TinySizes& shape : kShapes) {
    const auto plain = test::tiny_trace(shape);
    const auto trace = edited(plain, off(plain->config().depth - 1));
    for (const char* slug : {"before-after", "before-after-tensor", "softmax-lab", "order-lab", "bug-museum"}) {
      const figures::Figure& figure = figure_of(slug);
      figures::Selection selection = figures::Selection::initial(trace->config());
      selection.query = trace->config().tokens() - 1;
      for (const draw::Vec size : sizes) check(figure, {*trace, selection, false}, draw::rect_at({37, 21}, size.x, size.y));
      check(figure, {*trace, selection, true}, draw::rect_at({0, 0}, figure.natural_size.x, figure.natural_size.y));
      for (float value : {-6.0f, 1.0f, 6.0f}) {
        for (const figures::Option& option : figure.options) selection.options[std::string(option.key)] = std::clamp(value, option.lo, option.hi);
        check(figure, {*trace, selection, false}, draw::rect_at({0, 0}, 700, 420));
      }
    }
  }
}

TEST_CASE("without edits there is nothing to compare on paper, and the page says how to come to it", "[figures][edits]") {
  const auto plain = test::tiny_trace(TinySizes{});
  const figures::Selection selection = figures::Selection::initial(plain->config());
  const figures::Figure& figure = figure_of("before-after");
  CHECK_FALSE(figure.ready({*plain, selection, true}));
  check(figure, {*plain, selection, false}, draw::rect_at({0, 0}, 560, 360));
}

TEST_CASE("runs are compared tensor by tensor", "[edits]") {
  const auto plain = test::tiny_trace(TinySizes{});
  const auto trace = edited(plain, off(1));
  CHECK(trace->origin().unedited == plain);
  const auto list = differences(*plain, *trace);
  CHECK(list.size() == tensors_of(trace->config()).size());
  const std::size_t first = first_difference(list);
  REQUIRE(first < list.size());
  CHECK(list[first].tensor == TensorRef{Slot::weighted, 1});
  for (std::size_t i = 0; i < first; ++i) CHECK(list[i].shared);
  float largest = 0;
  for (float x : plain->at(Slot::weighted, 1).row(0)) largest = std::max(largest, std::fabs(x));
  CHECK(list[first].largest == Approx(largest));
  CHECK(first_difference(differences(*plain, *plain)) == list.size());
  const CellRef most = list[first].at;
  CHECK(std::fabs(trace->value(most) - plain->value(most)) == Approx(list[first].largest));
}

TEST_CASE("any tensor of both runs is shown with its difference", "[figures][edits]") {
  const auto plain = test::tiny_trace(TinySizes{});
  const auto trace = edited(plain, off(1));
  const figures::Figure& figure = figure_of("before-after-tensor");
  figures::Selection selection = figures::Selection::initial(trace->config());
  const figures::FigureInput input{*trace, selection, true};
  // Where the runs part: the shares of the head that is off, taken times its values.
  CHECK(figure.subject(draw::Canvas({.list = nullptr, .store = nullptr, .fonts = nullptr, .theme = nullptr, .language = nullptr, .sink = {}}), input).starts_with("blocks.1.weighted"));
  // A click on the chart pins the number that changed most, and its tensor is shown.
  const auto drawing = test::draw_figure(figure, {*trace, selection, false}, draw::rect_at({0, 0}, 1000, 700));
  const auto list = differences(*plain, *trace);
  for (const TensorDifference& d : list)
    CHECK(std::any_of(drawing->store.tags.begin(), drawing->store.tags.end(), [&](const draw::Tag& tag) { return tag.target == draw::Target{draw::CellTarget{d.at}}; }));
  for (const TensorDifference& d : list) {
    INFO(name_of(d.tensor));
    selection.pinned = d.at;
    check(figure, {*trace, selection, false}, draw::rect_at({0, 0}, 900, 600));
    const figures::Table table = figure.data(input);
    CHECK(table.columns[0].values[0] == d.largest);
    const auto change = table.tensors.back().second.values();
    const float largest = std::fabs(*std::max_element(change.begin(), change.end(), [](float x, float y) { return std::fabs(x) < std::fabs(y); }));
    CHECK(static_cast<double>(largest) == d.largest);
  }
  selection.options["before-after-tensor.place"] = 0;
  CHECK(figure.data(input).columns[0].values[0] == list[0].largest);
}

TEST_CASE("the lab's limits are one-hot and uniform", "[edits]") {
  const PatchGrid grid = std::get<PatchGrid>(PatchGrid::make(224, 224, 16, 16, 1));
  std::vector<float> scores(197);
  for (std::size_t i = 0; i < scores.size(); ++i) scores[i] = static_cast<float>(i % 13) * 0.3f + (i == 100 ? 2 : 0);
  const SoftmaxRow cold = softmax_row_at(scores, 1, 0, grid, 101), hot = softmax_row_at(scores, 1, INFINITY, grid, 101);
  CHECK(cold.entropy == Approx(0).margin(1e-9));
  CHECK(cold.largest == 1);
  CHECK(cold.distance == Approx(16));
  CHECK(hot.entropy == Approx(std::log2(197.0)).margin(1e-4));
  double mean = 0;
  for (int query = 1; query < 197; ++query) mean += softmax_row_at(scores, 1, INFINITY, grid, query).distance / 196;
  CHECK(mean == Approx(116.492).margin(5e-4));
  CHECK(std::isnan(softmax_row_at(scores, 1, 1, grid, 0).distance));
  // Twice the scores at twice the temperature are the same row.
  CHECK(softmax_row_at(scores, 2, 2, grid, 5).entropy == Approx(softmax_row_at(scores, 1, 1, grid, 5).entropy).margin(1e-6));
}

TEST_CASE("every mistake is given away by its number", "[edits]") {
  const auto trace = test::tiny_trace({.height = 12, .width = 20, .channels = 3, .patch_height = 4, .patch_width = 4});
  const auto list = mistakes(*trace, 1, 1, 7);
  CHECK(list.size() == 12);
  for (const Mistake& m : list) {
    INFO(m.title);
    CHECK(std::isfinite(m.right));
    CHECK(std::isfinite(m.wrong));
    CHECK(m.right != m.wrong);
    CHECK(m.right_picture.shape() == m.wrong_picture.shape());
  }
  const auto value = [&](std::string_view title) {
    for (const Mistake& m : list)
      if (m.title == title) return m;
    FAIL("no such exhibit");
    return list.front();
  };
  CHECK(value("GELU by its tanh approximation").wrong < 5e-4);
  CHECK(value("Divided along the wrong axis").right == 1);
  CHECK(value("A distance over shares that do not sum to 1").wrong < value("A distance over shares that do not sum to 1").right);
}

TEST_CASE("the toy is cut in the order that is asked for", "[figures][edits]") {
  const auto trace = test::tiny_trace(TinySizes{});
  const figures::Selection selection = figures::Selection::initial(trace->config());
  const auto table = figure_of("order-lab").data({*trace, selection, true});
  CHECK(table.columns[0].values == std::vector<double>{0, 1, 4, 5, 16, 17, 20, 21, 32, 33, 36, 37});
  CHECK(table.columns[1].values == std::vector<double>{0, 16, 32, 1, 17, 33, 4, 20, 36, 5, 21, 37});
}
