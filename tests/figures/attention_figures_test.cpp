#include <catch2/catch.hpp>

#include <numeric>

#include "core/analysis/attention.h"
#include "tests/figures/harness.h"

using namespace vitscope;
using vitscope::test::TinySizes;

namespace {

constexpr const char* kFigures[] = {"layer-norm1", "qkv",       "scores",      "softmax",           "attention-overlay", "attention-matrix", "attention-compare",
                                    "all-heads",   "rollout",   "layer-norm2", "attention-distance", "final-norm"};

const figures::Figure& figure_of(const char* slug) {
  const figures::Figure* figure = figures::find_figure(slug);
  REQUIRE(figure != nullptr);
  return *figure;
}

figures::Selection selection_of(const Trace& trace, int query, int block, int head = 0) {
  figures::Selection selection = figures::Selection::initial(trace.config());
  selection.query = query;
  selection.block = block;
  selection.head = head;
  return selection;
}

std::unique_ptr<test::Drawing> check(const figures::Figure& figure, const figures::FigureInput& input, draw::Rect body) {
  INFO(figure.slug << " in " << body.width() << " x " << body.height() << ", head " << input.selection.head);
  REQUIRE(figure.ready(input));
  auto drawing = test::draw_figure(figure, input, body);
  CHECK(test::outside(*drawing) == "");
  CHECK(test::overlapping_texts(*drawing) == "");
  CHECK(test::bad_tags(*drawing, input.config()) == "");
  CHECK(!drawing->store.tags.empty());
  return drawing;
}

const TinySizes kShapes[] = {
    {},                                                                                                                                    // 4 x 4 patches
    {.height = 60, .width = 100, .channels = 1, .patch_height = 20, .patch_width = 20, .dim = 32, .heads = 4, .mlp_dim = 40, .classes = 1},  // 3 x 5 patches
    {.height = 8, .width = 36, .patch_height = 4, .patch_width = 6, .heads = 2, .head_width = 5},                                          // patches that are not square
    {.height = 56, .width = 56, .dim = 16, .depth = 24, .heads = 16, .head_width = 4, .mlp_dim = 8},                                       // many heads and blocks
    {.height = 12, .width = 4, .dim = 8, .depth = 1, .heads = 1, .mlp_dim = 4},                                                            // one column of patches
};

}  // namespace

TEST_CASE("figures of attention keep their place at every size", "[figures]") {
  const draw::Vec sizes[] = {{560, 360}, {750, 360}, {950, 560}, {1600, 900}, {560, 900}};
  for (const TinySizes& shape : kShapes) {
    const auto trace = test::tiny_trace(shape);
    for (const char* slug : kFigures) {
      const figures::Figure& figure = figure_of(slug);
      for (const draw::Vec size : sizes) {
        const auto selection = selection_of(*trace, trace->grid().tokens() / 2, 0, trace->config().heads - 1);
        check(figure, {*trace, selection, false}, draw::rect_at({37, 21}, size.x, size.y));
      }
      const auto selection = selection_of(*trace, 0, trace->config().depth - 1);
      check(figure, {*trace, selection, true}, draw::rect_at({0, 0}, figure.natural_size.x, figure.natural_size.y));
    }
  }
}

TEST_CASE("figures of attention fit portraits, panoramas and padding", "[figures]") {
  for (const ResizeMode mode : {ResizeMode::crop, ResizeMode::stretch, ResizeMode::pad}) {
    auto model = std::make_shared<Model>(*test::tiny_model({}));
    model->preprocess.mode = mode;
    for (const auto& [height, width] : {std::pair{90, 30}, std::pair{20, 160}}) {
      const auto trace = test::tiny_trace(model, test::tiny_picture(height, width, 3));
      for (const char* slug : {"softmax", "attention-overlay", "rollout", "all-heads"}) {
        const auto selection = selection_of(*trace, 3, 1);
        check(figure_of(slug), {*trace, selection, false}, draw::rect_at({0, 0}, 950, 560));
        check(figure_of(slug), {*trace, selection, false}, draw::rect_at({0, 0}, 560, 360));
      }
    }
  }
}

TEST_CASE("figures of attention follow what is pinned, hovered and switched", "[figures]") {
  const auto trace = test::tiny_trace(TinySizes{});
  const draw::Rect body = draw::rect_at({0, 0}, 750, 360);
  for (const char* slug : kFigures) {
    const figures::Figure& figure = figure_of(slug);
    for (const TensorRef ref : tensors_of(trace->config())) {
      const Shape shape = shape_of(ref.slot, trace->config());
      const auto last = [&](int axis) { return axis < shape.rank() ? shape[axis] - 1 : 0; };
      auto selection = selection_of(*trace, 3, std::max(0, ref.block));
      selection.pinned = CellRef{ref, last(0), last(1), last(2), last(3)};
      check(figure, {*trace, selection, false}, body);
      selection.hovered = draw::CellTarget{{ref}};
      check(figure, {*trace, selection, false}, body);
    }
    for (const int head : {figures::kMeanHead, figures::kMaxHead})
      for (const figures::ScaleMode scale : {figures::ScaleMode::map, figures::ScaleMode::block, figures::ScaleMode::all}) {
        auto selection = selection_of(*trace, 3, 1, head);
        selection.scale = scale;
        selection.hovered = draw::TokenTarget{5};
        for (const figures::Option& option : figure.options) selection.options[std::string(option.key)] = option.hi;
        check(figure, {*trace, selection, false}, body);
        selection.hovered = draw::HeadTarget{1, 2};
        check(figure, {*trace, selection, false}, body);
      }
  }
}

TEST_CASE("the distance figure draws every definition in every unit", "[figures]") {
  const auto trace = test::tiny_trace(TinySizes{});
  for (const DistanceDefinition definition : {DistanceDefinition::paper, DistanceDefinition::keras, DistanceDefinition::renormalised})
    for (const DistanceUnit unit : {DistanceUnit::pixels, DistanceUnit::cells, DistanceUnit::diagonal_share}) {
      auto selection = selection_of(*trace, 3, 1);
      selection.distance = definition;
      selection.unit = unit;
      check(figure_of("attention-distance"), {*trace, selection, false}, draw::rect_at({0, 0}, 950, 560));
    }
}

TEST_CASE("figures of attention give their numbers and their definition", "[figures]") {
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
      CHECK(!figure.subject(canvas, input).empty());
      CHECK(find_step(figure.step) != nullptr);
    }
  }
}

TEST_CASE("heads can be chosen from the figures of heads", "[figures]") {
  const auto trace = test::tiny_trace(TinySizes{});
  const auto selection = selection_of(*trace, 1, 0);
  for (const char* slug : {"all-heads", "attention-distance"}) {
    const auto drawing = test::draw_figure(figure_of(slug), {*trace, selection, false}, draw::rect_at({0, 0}, 950, 560));
    for (int block = 0; block < trace->config().depth; ++block)
      for (int head = 0; head < trace->config().heads; ++head) {
        const draw::Target wanted = draw::HeadTarget{block, head};
        CHECK(std::any_of(drawing->store.tags.begin(), drawing->store.tags.end(), [&](const draw::Tag& tag) { return !tag.grid && tag.target == wanted; }));
      }
  }
}

TEST_CASE("the cells of an overlay cover their patches", "[figures]") {
  const auto trace = test::tiny_trace(TinySizes{});
  const auto selection = selection_of(*trace, 1, 0);
  const auto drawing = test::draw_figure(figure_of("attention-overlay"), {*trace, selection, false}, draw::rect_at({0, 0}, 950, 560));
  const auto overlay = std::find_if(drawing->store.jobs.begin(), drawing->store.jobs.end(), [](const draw::RasterJob& job) { return job.kind == draw::RasterJob::Kind::heat && job.style.overlay; });
  REQUIRE(overlay != drawing->store.jobs.end());
  const PatchGrid& grid = trace->grid();
  const float width = overlay->where.width() / static_cast<float>(grid.columns()), height = overlay->where.height() / static_cast<float>(grid.rows());
  for (int patch = 0; patch < grid.patches(); ++patch) {
    const draw::Vec middle{overlay->where.x0 + (static_cast<float>(grid.column(patch)) + 0.5f) * width, overlay->where.y0 + (static_cast<float>(grid.row(patch)) + 0.5f) * height};
    const auto tag = std::find_if(drawing->store.tags.begin(), drawing->store.tags.end(), [&](const draw::Tag& t) { return t.where.contains(middle); });
    REQUIRE(tag != drawing->store.tags.end());
    CHECK(tag->at(middle) == draw::Target(draw::TokenTarget{grid.token_of(patch)}));
  }
}

TEST_CASE("the small rollouts end in the rollout of all blocks", "[figures]") {
  const auto trace = test::tiny_trace({.depth = 4});
  for (const auto& [fusion, discard] : {std::pair{0.0f, 0.0f}, std::pair{1.0f, 0.5f}, std::pair{2.0f, 0.0f}}) {
    auto selection = selection_of(*trace, 1, 0);
    selection.options["rollout.heads"] = fusion;
    selection.options["rollout.discard"] = discard;
    RolloutOptions options;
    options.fusion = fusion == 0 ? HeadFusion::mean : fusion == 1 ? HeadFusion::max : HeadFusion::min;
    options.discard = static_cast<double>(discard);
    const Tensor expected = class_rollout(*trace, options);
    const auto table = figure_of("rollout").data({*trace, selection, true});
    const auto& found = table.columns[2].values;
    for (int patch = 0; patch < trace->grid().patches(); ++patch)
      CHECK(found[static_cast<std::size_t>(trace->grid().token_of(patch))] == Approx(expected.at(patch)).margin(1e-6));
  }
}

TEST_CASE("figures of attention wait for what they show", "[figures]") {
  const auto model = test::tiny_model({});
  const auto trace = test::tiny_trace(model, test::tiny_picture(20, 20, 3), Record::attention_only);
  const auto selection = selection_of(*trace, 0, 0);
  for (const char* slug : {"layer-norm1", "layer-norm2", "qkv", "scores", "softmax"}) CHECK_FALSE(figure_of(slug).ready({*trace, selection, false}));
  // The page names its subject before anything is there.
  const Trace empty(model, trace->input_ptr());
  const draw::Language english;
  draw::CanvasStore store;
  const draw::Canvas canvas({.list = nullptr, .store = &store, .fonts = nullptr, .theme = &draw::light_theme(), .language = &english, .sink = {}});
  for (const figures::Figure* figure : figures::figures()) {
    if (figure->subject && !figure->ready({empty, selection, false})) CHECK_FALSE(figure->subject(canvas, {empty, selection, false}).find('{') != std::string::npos);
  }
  for (const char* slug : {"attention-overlay", "all-heads", "attention-distance", "rollout"}) CHECK(figure_of(slug).ready({*trace, selection, false}));
}
