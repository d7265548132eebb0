#include <catch2/catch.hpp>

#include <numeric>

#include "app/figures/parts_distance.h"
#include "core/analysis/attention.h"
#include "tests/figures/harness.h"

using namespace vitscope;
using vitscope::test::TinySizes;

namespace {

constexpr const char* kFigures[] = {"layer-norm1", "qkv",     "scores",      "softmax",            "attention-overlay", "attention-matrix", "attention-compare",
                                    "all-heads",   "rollout", "layer-norm2", "attention-distance", "final-norm",        "rollout-variants"};

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
      for (const char* slug : {"softmax", "attention-overlay", "rollout", "rollout-variants", "all-heads"}) {
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
  for (const TinySizes& shape : {kShapes[0], kShapes[2], kShapes[3]}) {
    const auto trace = test::tiny_trace(shape);
    for (const float definition : {0.0f, 1.0f, 2.0f, 3.0f})
      for (const float unit : {0.0f, 1.0f, 2.0f}) {
        auto selection = selection_of(*trace, 3, 1);
        selection.options["attention-distance.definition"] = definition;
        selection.options["attention-distance.unit"] = unit;
        for (const draw::Vec size : {draw::Vec{950, 560}, draw::Vec{560, 360}, draw::Vec{560, 900}}) check(figure_of("attention-distance"), {*trace, selection, false}, draw::rect_at({0, 0}, size.x, size.y));
      }
  }
}

TEST_CASE("definitions of the distance beside each other hand out all their numbers", "[figures]") {
  const auto trace = test::tiny_trace(TinySizes{});
  auto selection = selection_of(*trace, 3, 1);
  selection.options["attention-distance.definition"] = 3;
  const auto table = figure_of("attention-distance").data({*trace, selection, true});
  REQUIRE(table.columns.size() == 7);
  CHECK(table.columns[2].name == "distance_renormalised");
  CHECK(table.columns[4].name == "distance_keras");
  for (std::size_t row = 0; row < table.columns[0].values.size(); ++row) {
    CHECK(table.columns[2].values[row] == Approx(table.columns[3].values[row]));  // square patches: the paper's definition is ours
    CHECK(table.columns[4].values[row] < table.columns[2].values[row]);
    const auto keras = attention_distance(trace->at(Slot::attn, static_cast<int>(table.columns[0].values[row])), trace->grid(), DistanceDefinition::keras);
    CHECK(table.columns[4].values[row] == keras[static_cast<std::size_t>(table.columns[1].values[row])].distance);
  }
}

TEST_CASE("what the distance figure says of depth and low heads is counted right", "[figures]") {
  using figures::attention::DistanceContent;
  DistanceContent content;
  content.uniform = 5;
  for (const auto& [a, b] : {std::pair{1.0, 9.0}, {2.0, 3.0}, {7.0, 6.0}})
    content.blocks.push_back(std::make_shared<const std::vector<HeadDistance>>(std::vector<HeadDistance>{{a, 0}, {b, 0}}));
  const auto facts = figures::attention::distance_facts(content);
  CHECK(facts.first_blocks == 1);
  CHECK(facts.heads == 2);
  CHECK(facts.farther == 1);
  CHECK(facts.first_mean == Approx(5));
  CHECK(facts.last_mean == Approx(6.5));
  CHECK(facts.depth_correlation == Approx(0.5));  // means 5, 2.5, 6.5: ranks 2, 1, 3
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
  struct Case {
    float fusion, residual, discard, start;
  };
  for (const Case& c : {Case{0, 1, 0, 0}, Case{1, 1, 0.5f, 0}, Case{2, 1, 0, 0}, Case{0, 0, 0, 0}, Case{0, 1, 0.25f, 2}, Case{0, 1, 0, 63}}) {
    auto selection = selection_of(*trace, 1, 0);
    selection.options["rollout.heads"] = c.fusion;
    selection.options["rollout.residual"] = c.residual;
    selection.options["rollout.discard"] = c.discard;
    selection.options["rollout.start"] = c.start;
    RolloutOptions options;
    options.fusion = c.fusion == 0 ? HeadFusion::mean : c.fusion == 1 ? HeadFusion::max : HeadFusion::min;
    options.residual = c.residual > 0;
    options.discard = static_cast<double>(c.discard);
    options.start_block = std::min(3, static_cast<int>(c.start));
    const Tensor expected = class_rollout(*trace, options);
    const auto table = figure_of("rollout").data({*trace, selection, true});
    CHECK(table.tensors[0].second.dim(0) == 4 - options.start_block);
    const auto& found = table.columns[2].values;
    for (int patch = 0; patch < trace->grid().patches(); ++patch)
      CHECK(found[static_cast<std::size_t>(trace->grid().token_of(patch))] == Approx(expected.at(patch)).margin(1e-6));
  }
}

TEST_CASE("published rollouts are drawn by name and beside each other", "[figures]") {
  const auto trace = test::tiny_trace({.depth = 3});
  const auto all = figure_of("rollout-variants").data({*trace, selection_of(*trace, 1, 0), true});
  REQUIRE(all.columns.size() == rollout_variants().size() + 1);
  for (std::size_t variant = 1; variant < rollout_variants().size(); ++variant) {
    auto selection = selection_of(*trace, 1, 0);
    selection.options["rollout.variant"] = static_cast<float>(variant);
    selection.options["rollout.heads"] = 2;  // does not count
    INFO(rollout_variants()[variant].name);
    CHECK(figures::find_figure("rollout")->options[0].choices[variant] == rollout_variants()[variant].name);
    for (const draw::Vec size : {draw::Vec{560, 360}, draw::Vec{950, 560}, draw::Vec{560, 900}}) check(figure_of("rollout"), {*trace, selection, false}, draw::rect_at({0, 0}, size.x, size.y));
    const Tensor expected = class_rollout(*trace, rollout_variants()[variant].options);
    const auto one = figure_of("rollout").data({*trace, selection, true});
    for (int patch = 0; patch < trace->grid().patches(); ++patch) {
      CHECK(all.columns[variant + 1].values[static_cast<std::size_t>(patch)] == Approx(expected.at(patch)).margin(1e-6));
      CHECK(one.columns[2].values[static_cast<std::size_t>(trace->grid().token_of(patch))] == Approx(expected.at(patch)).margin(1e-6));
    }
  }
}

TEST_CASE("a lit picture is as bright as the rollout says", "[figures]") {
  // A white picture: what is drawn is the brightness itself, over the part that the model sees.
  auto picture = std::make_shared<Picture>();
  picture->name = "white";
  picture->image = Image::of_bytes(160, 80, 3, std::vector<std::uint8_t>(160 * 80 * 3, 255));
  const auto model = test::tiny_model({});
  const auto trace = test::tiny_trace(model, picture);
  auto selection = selection_of(*trace, 0, 0);
  selection.options["rollout.variant"] = 2;
  const auto drawing = test::draw_figure(figure_of("rollout"), {*trace, selection, true}, draw::rect_at({0, 0}, 1340, 760));
  const auto found = std::find_if(drawing->store.jobs.begin(), drawing->store.jobs.end(),
                                  [&](const draw::RasterJob& job) { return job.kind == draw::RasterJob::Kind::image && job.image.get() != &picture->image; });
  REQUIRE(found != drawing->store.jobs.end());
  const Image& lit = *found->image;
  CHECK(lit.width() == lit.height());  // the middle square of 160 x 80
  const Tensor shares = class_rollout(*trace);
  const auto values = shares.values();
  const float largest = *std::max_element(values.begin(), values.end());
  for (int patch = 0; patch < 16; ++patch) {
    const int y = (2 * (patch / 4) + 1) * lit.height() / 8, x = (2 * (patch % 4) + 1) * lit.width() / 8;
    CHECK(lit.value(y, x, 1) == Approx(shares.at(patch) / largest).margin(0.02));
  }
}

TEST_CASE("figures of attention do without a class token", "[figures]") {
  auto model = std::make_shared<Model>(*test::tiny_model({.depth = 3}));
  for (const int prefix : {0, 2, 5}) {
    auto trace = std::make_shared<Trace>(model, preprocess(test::tiny_picture(40, 60, 3), model->preprocess));
    VitConfig& config = model->config;
    config.grid = std::get<PatchGrid>(PatchGrid::make(16, 16, 4, 4, prefix));
    config.prefix_tokens = prefix;
    for (int block = 0; block < 3; ++block) {
      Tensor attn = test::random_tensor({3, config.grid.tokens(), config.grid.tokens()}, static_cast<std::uint64_t>(block), 1);
      for (int row = 0; row < 3 * config.grid.tokens(); ++row) {
        float* values = attn.edit() + row * config.grid.tokens();
        float sum = 0;
        for (int i = 0; i < config.grid.tokens(); ++i) sum += values[i] = std::exp(values[i]);
        for (int i = 0; i < config.grid.tokens(); ++i) values[i] /= sum;
      }
      trace->set({Slot::attn, block}, attn);
    }
    auto selection = selection_of(*trace, 0, 1);
    for (const char* slug : {"rollout", "rollout-variants", "attention-distance"})
      for (const float variant : {0.0f, 2.0f, 3.0f}) {
        selection.options["rollout.variant"] = variant;
        selection.options["attention-distance.definition"] = variant;
        for (const draw::Vec size : {draw::Vec{560, 360}, draw::Vec{950, 560}}) check(figure_of(slug), {*trace, selection, false}, draw::rect_at({0, 0}, size.x, size.y));
        CHECK(test::bad_data(figure_of(slug).data({*trace, selection, false})) == "");
      }
    const auto table = figure_of("rollout-variants").data({*trace, selection, true});
    double sum = 0;
    for (const double value : table.columns[1].values) sum += value;
    CHECK((prefix == 0 ? sum == Approx(1).margin(1e-5) : sum < 1));
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
