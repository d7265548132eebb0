#include <catch2/catch.hpp>

#include "app/figures/parts_filters.h"
#include "app/figures/parts_position.h"
#include "tests/figures/harness.h"

using namespace vitscope;
using vitscope::test::TinySizes;

namespace {

constexpr const char* kFigures[] = {"picture",     "channels", "patches",           "flatten", "project", "embedding-filters",
                                    "class-token", "position", "position-similarity", "position-kinds", "pixels-and-table"};

const figures::Figure& figure_of(const char* slug) {
  const figures::Figure* figure = figures::find_figure(slug);
  REQUIRE(figure != nullptr);
  return *figure;
}

figures::Selection selection_of(const Trace& trace, int patch) {
  figures::Selection selection = figures::Selection::initial(trace.config());
  selection.patch = patch;
  return selection;
}

std::unique_ptr<test::Drawing> check(const figures::Figure& figure, const figures::FigureInput& input, draw::Rect body) {
  INFO(figure.slug << " in " << body.width() << " x " << body.height() << ", input " << input.config().channels << " x " << input.config().image_height << " x "
                   << input.config().image_width << (input.paper ? ", paper" : ""));
  REQUIRE(figure.ready(input));
  auto drawing = test::draw_figure(figure, input, body);
  CHECK(test::outside(*drawing) == "");
  CHECK(test::overlapping_texts(*drawing) == "");
  CHECK(test::bad_tags(*drawing, input.config()) == "");
  return drawing;
}

const TinySizes kShapes[] = {
    {},                                                                                                                                      // 4 x 4 patches
    {.height = 60, .width = 100, .channels = 1, .patch_height = 20, .patch_width = 20, .dim = 32, .heads = 4, .mlp_dim = 40, .classes = 1},  // 3 x 5 patches
    {.height = 8, .width = 36, .patch_height = 4, .patch_width = 6, .heads = 2, .head_width = 5},                                            // patches that are not square
    {.height = 56, .width = 56, .dim = 16, .depth = 1, .heads = 1, .head_width = 4, .mlp_dim = 8},                                           // 14 x 14 patches
    {.height = 48, .width = 48, .patch_height = 2, .patch_width = 2, .dim = 16, .depth = 1, .heads = 1, .head_width = 4, .mlp_dim = 8},      // 24 x 24 patches
    {.height = 12, .width = 4, .dim = 8, .depth = 1, .heads = 1, .mlp_dim = 4},                                                              // one column of patches
    {.height = 8, .width = 8, .channels = 4, .depth = 1},                                                                                    // four channels
};

const draw::Vec kSizes[] = {{560, 360}, {750, 360}, {950, 560}, {1600, 900}, {560, 900}};

}  // namespace

TEST_CASE("figures of the embedding keep their place at every size", "[figures]") {
  for (const TinySizes& shape : kShapes) {
    const auto trace = test::tiny_trace(shape);
    const auto selection = selection_of(*trace, trace->grid().patches() / 2);
    for (const char* slug : kFigures) {
      const figures::Figure& figure = figure_of(slug);
      for (const draw::Vec size : kSizes) check(figure, {*trace, selection, false}, draw::rect_at({37, 21}, size.x, size.y));
      check(figure, {*trace, selection, true}, draw::rect_at({0, 0}, figure.natural_size.x, figure.natural_size.y));
    }
  }
}

TEST_CASE("figures of the embedding fit portraits, panoramas and padding", "[figures]") {
  for (const ResizeMode mode : {ResizeMode::crop, ResizeMode::stretch, ResizeMode::pad}) {
    auto model = std::make_shared<Model>(*test::tiny_model({}));
    model->preprocess.mode = mode;
    for (const auto& [height, width] : {std::pair{90, 30}, std::pair{20, 160}}) {
      const auto trace = test::tiny_trace(model, test::tiny_picture(height, width, 3));
      const auto selection = selection_of(*trace, 3);
      for (const char* slug : {"picture", "patches", "flatten"}) {
        check(figure_of(slug), {*trace, selection, false}, draw::rect_at({0, 0}, 950, 560));
        check(figure_of(slug), {*trace, selection, false}, draw::rect_at({0, 0}, 560, 360));
      }
    }
  }
}

TEST_CASE("figures of the embedding take numbers instead of a picture", "[figures]") {
  const auto model = test::tiny_model({});
  ThreadPool pool(1);
  const auto trace = forward(model, input_of_values("input.npy", test::random_tensor({3, 16, 16}, 99, 1)), pool, {});
  const auto selection = selection_of(*trace, 5);
  for (const char* slug : kFigures) check(figure_of(slug), {*trace, selection, false}, draw::rect_at({0, 0}, 950, 560));
}

TEST_CASE("options of the figures of the embedding keep their place", "[figures]") {
  for (const TinySizes& shape : {kShapes[0], kShapes[1], kShapes[3]}) {
    const auto trace = test::tiny_trace(shape);
    for (const char* slug : kFigures) {
      const figures::Figure& figure = figure_of(slug);
      for (const figures::Option& o : figure.options) {
        CHECK(o.key.starts_with(std::string(slug) + "."));
        for (const float value : {o.lo, (o.lo + o.hi) / 2, o.hi}) {
          auto selection = selection_of(*trace, 7);
          selection.options[std::string(o.key)] = value;
          check(figure, {*trace, selection, false}, draw::rect_at({0, 0}, 950, 560));
        }
      }
    }
  }
}

TEST_CASE("numbers under the pointer and pinned ones are marked", "[figures]") {
  const auto trace = test::tiny_trace({});
  const CellRef cells[] = {{{Slot::pixels}, 1, 5, 6}, {{Slot::input}, 2, 15, 0}, {{Slot::patch_grid}, 4, 1, 3, 2}, {{Slot::patches}, 15, 47}, {{Slot::embed_patch}, 3, 7},
                           {{Slot::embed_cls}, 0, 2}, {{Slot::embed_pos}, 16, 23}};
  for (const char* slug : kFigures)
    for (const CellRef& cell : cells) {
      auto selection = selection_of(*trace, 2);
      selection.pinned = cell;
      selection.hovered = draw::CellTarget{cell};
      check(figure_of(slug), {*trace, selection, false}, draw::rect_at({0, 0}, 950, 560));
    }
}

TEST_CASE("one pixel is the same in picture, patches and rows", "[figures]") {
  const auto trace = test::tiny_trace({.height = 8, .width = 36, .patch_height = 4, .patch_width = 6, .heads = 2, .head_width = 5});
  const VitConfig& config = trace->config();
  for (int channel = 0; channel < config.channels; ++channel)
    for (int row = 0; row < config.image_height; ++row)
      for (int column = 0; column < config.image_width; ++column) {
        const figures::embed::PixelRef pixel{channel, row, column};
        const int patch = figures::embed::patch_of(pixel, config.grid), element = figures::embed::element_of(pixel, config);
        const CellRef cell{{Slot::patches}, patch, element};
        REQUIRE(figures::embed::pixel_of(cell, config) == pixel);
        REQUIRE(trace->value(cell) == trace->value({{Slot::input}, channel, row, column}));
        const CellRef in_grid{{Slot::patch_grid}, patch, channel, row % config.patch_height, column % config.patch_width};
        REQUIRE(figures::embed::pixel_of(in_grid, config) == pixel);
      }
}

TEST_CASE("a patch that is pointed at leads to that patch", "[figures]") {
  const auto trace = test::tiny_trace({});
  const auto selection = selection_of(*trace, 2);
  for (const char* slug : {"picture", "patches", "flatten", "position", "position-similarity"}) {
    const auto drawing = check(figure_of(slug), {*trace, selection, false}, draw::rect_at({0, 0}, 950, 560));
    std::vector<bool> found(static_cast<std::size_t>(trace->grid().tokens()));
    for (const draw::Tag& tag : drawing->store.tags)
      if (const auto* token = std::get_if<draw::TokenTarget>(&tag.target); token && !tag.grid) found[static_cast<std::size_t>(token->token)] = true;
    INFO(slug);
    for (int patch = 0; patch < trace->grid().patches(); ++patch) CHECK(found[static_cast<std::size_t>(trace->grid().token_of(patch))]);
  }
}

TEST_CASE("figures of the embedding hand out their numbers", "[figures]") {
  for (const TinySizes& shape : kShapes) {
    const auto trace = test::tiny_trace(shape);
    const auto selection = selection_of(*trace, 0);
    for (const char* slug : kFigures) {
      INFO(slug);
      const figures::Figure& figure = figure_of(slug);
      CHECK(test::bad_data(figure.data({*trace, selection, false})) == "");
    }
  }
}

TEST_CASE("a pure red filter is drawn red, whichever way it is scaled", "[figures]") {
  auto model = std::make_shared<Model>(*test::tiny_model({.patch_height = 2, .patch_width = 4}));
  const int length = model->config.patch_length(), area = 8;
  Tensor weight(Shape{model->config.dim, length});
  std::fill_n(weight.edit(), weight.size(), 0.0f);
  for (int i = 0; i < area; ++i) weight.edit()[3 * length + i] = 0.5f;  // filter 3 sees channel 0 only
  model->weights.patch = ops::Linear(weight, {});
  const auto check_red = [&](const figures::embed::FilterPictures& pictures, int filter, float rest) {
    REQUIRE(pictures.colours.shape() == Shape{3, pictures.count * 2, 4});
    for (int row = 0; row < 2; ++row)
      for (int column = 0; column < 4; ++column) {
        CHECK(pictures.colours.at(0, filter * 2 + row, column) == Approx(1));
        CHECK(pictures.colours.at(1, filter * 2 + row, column) == Approx(rest).margin(1e-6));
        CHECK(pictures.colours.at(2, filter * 2 + row, column) == Approx(rest).margin(1e-6));
      }
  };
  const auto trace = test::tiny_trace(model, test::tiny_picture(16, 16, 3));
  const figures::Selection selection = figures::Selection::initial(model->config);
  check_red(*figures::embed::principal_components({*trace, selection}), 0, 0.5f);
  check_red(figures::embed::learned_filters(*model, 0, 8), 3, 0.5f);
  check_red(figures::embed::learned_filters(*model, 0, 8, false), 3, 0.0f);
}

TEST_CASE("components of many long filters are a study, of few or short ones they are there at once", "[figures][studies]") {
  const auto few = test::tiny_trace({});
  const auto many = test::tiny_trace({.height = 20, .width = 20, .patch_height = 10, .patch_width = 10, .dim = 288});
  const Studies none;
  for (const char* slug : {"embedding-filters", "paper-figure-7"}) {
    INFO(slug);
    const figures::Figure& figure = *figures::find_figure(slug);
    figures::Selection selection = figures::Selection::initial(few->config());
    CHECK(figures::missing_studies(figure, {*few, selection, false, &none}).empty());
    selection = figures::Selection::initial(many->config());
    const std::vector<Study> missing = figures::missing_studies(figure, {*many, selection, false, &none});
    REQUIRE(missing.size() == 1);
    const figures::FigureInput waiting{*many, selection, false, &none};
    CHECK(test::outside(*test::draw_figure(figure, waiting, draw::rect_at({0, 0}, 950, 560))) == "");
    const figures::FigureInput full = test::with_studies(figure, waiting);
    const figures::Table table = figure.data(full);
    REQUIRE_FALSE(table.tensors.empty());
    CHECK(table.tensors.back().second.shape() == Shape{28, 3, 10, 10});
    CHECK(test::outside(*test::draw_figure(figure, full, draw::rect_at({0, 0}, 950, 560))) == "");
  }
  figures::Selection raw = figures::Selection::initial(many->config());
  raw.options["embedding-filters.kind"] = 1;
  CHECK(figures::missing_studies(*figures::find_figure("embedding-filters"), {*many, raw, false, &none}).empty());
}

TEST_CASE("raw filters reach from their smallest to their largest weight", "[figures]") {
  const auto model = test::tiny_model({});
  const auto pictures = figures::embed::learned_filters(*model, 2, 5, false);
  REQUIRE(pictures.count == 5);
  for (int f = 0; f < 5; ++f) {
    const auto weights = model->weights.patch.weight().row(2 + f);
    CHECK(pictures.spans[static_cast<std::size_t>(f)].lo == *std::min_element(weights.begin(), weights.end()));
    CHECK(pictures.spans[static_cast<std::size_t>(f)].hi == *std::max_element(weights.begin(), weights.end()));
  }
  const auto values = pictures.colours.values();
  CHECK(*std::min_element(values.begin(), values.end()) == 0);
  CHECK(*std::max_element(values.begin(), values.end()) == 1);
}

TEST_CASE("every tile of the position similarity is largest at its own cell", "[figures]") {
  for (const TinySizes& shape : {kShapes[0], kShapes[1], kShapes[3]}) {
    const auto trace = test::tiny_trace(shape);
    const auto selection = selection_of(*trace, 0);
    const auto study = figures::embed::position_study({*trace, selection, false});
    const PatchGrid& grid = trace->grid();
    for (int patch = 0; patch < grid.patches(); ++patch)
      for (int other = 0; other < grid.patches(); ++other) {
        const float value = study->tiles.at(grid.row(patch) * grid.rows() + grid.row(other), grid.column(patch) * grid.columns() + grid.column(other));
        REQUIRE(value == study->similarity.at(other, patch));
        REQUIRE((patch == other ? value == 1 : value < 1));
      }
  }
}

TEST_CASE("figures of positions wait for a table of positions", "[figures]") {
  auto model = std::make_shared<Model>(*test::tiny_model({}));
  const auto trace = test::tiny_trace(model, test::tiny_picture(20, 20, 3));
  model->weights.position = {};
  const auto selection = selection_of(*trace, 0);
  for (const char* slug : {"position", "position-similarity"}) CHECK_FALSE(figure_of(slug).ready({*trace, selection, false}));
}

TEST_CASE("small examples keep their place and hand out their numbers", "[figures]") {
  for (const TinySizes& shape : {kShapes[0], kShapes[1], kShapes[3], kShapes[5]}) {
    const auto trace = test::tiny_trace(shape);
    for (const char* slug : {"order-demo", "norm-kinds"})
      for (const float value : {0.0f, 1.0f}) {
        auto selection = selection_of(*trace, 0);
        selection.options["order-demo.form"] = value;
        selection.options["norm-kinds.add"] = value;
        const figures::Figure& figure = figure_of(slug);
        for (const draw::Vec size : kSizes) check(figure, {*trace, selection, false}, draw::rect_at({37, 21}, size.x, size.y));
        check(figure, {*trace, selection, true}, draw::rect_at({0, 0}, figure.natural_size.x, figure.natural_size.y));
        CHECK(test::bad_data(figure.data({*trace, selection, true})) == "");
      }
  }
}

TEST_CASE("the kinds of positions are compared without a table of the model's own", "[figures]") {
  auto model = std::make_shared<Model>(*test::tiny_model({}));
  const auto trace = test::tiny_trace(model, test::tiny_picture(20, 20, 3));
  model->weights.position = {};
  const auto selection = selection_of(*trace, 3);
  for (const draw::Vec size : kSizes) check(figure_of("position-kinds"), {*trace, selection, false}, draw::rect_at({0, 0}, size.x, size.y));
  CHECK(test::bad_data(figure_of("position-kinds").data({*trace, selection, false})) == "");
}

TEST_CASE("similarity by distance agrees with its pairs", "[figures]") {
  const auto trace = test::tiny_trace({});
  const auto selection = selection_of(*trace, 0);
  const auto study = figures::embed::position_study({*trace, selection, false});
  REQUIRE(!study->by_distance.empty());
  CHECK(study->by_distance.front().distance == 0);
  CHECK(study->by_distance.front().mean == Approx(1));
  int pairs = 0;
  for (const auto& bin : study->by_distance) {
    pairs += bin.pairs;
    CHECK(bin.low <= bin.high);
  }
  const int n = trace->grid().patches();
  CHECK(pairs == n * (n + 1) / 2);
  REQUIRE(study->mirrored.size() == 2);  // four columns: distances 1 and 3
  CHECK(study->mirrored[0].distance == 1);
  CHECK(study->mirrored[1].distance == 3);
  double sum = 0;
  for (int row = 0; row < 4; ++row) sum += study->similarity.at(row * 4, row * 4 + 3);
  CHECK(study->mirrored[1].mean == Approx(sum / 4));
  // Tile (row 1, column 2) begins at row 4, column 8 of the mosaic and is the row of patch 6.
  CHECK(study->tiles.at(4 + 2, 8 + 3) == study->similarity.at(6, 2 * 4 + 3));
}

TEST_CASE("pixels plus sinusoids of their own width are the pixels in the order of the patches and rows of one length", "[figures][embed-figures]") {
  const auto trace = test::tiny_trace({.height = 60, .width = 100, .channels = 1, .patch_height = 20, .patch_width = 20, .dim = 32, .heads = 4, .mlp_dim = 40, .classes = 1});
  const figures::Selection selection = selection_of(*trace, 3);
  const figures::Table table = figure_of("pixels-and-table").data({*trace, selection, true});
  const Tensor &pixels = table.tensors.at(0).second, &sinusoids = table.tensors.at(1).second, &sum = table.tensors.at(2).second, &patches = trace->at(Slot::patches);
  REQUIRE((pixels.dim(0) == 15 && pixels.dim(1) == 400));
  const PreprocessSpec& spec = trace->model().preprocess;
  for (int i = 0; i < 15; ++i) {
    double squares = 0;
    for (int j = 0; j < 400; ++j) {
      CHECK(pixels.at(i, j) == Approx(patches.at(i, j) * spec.std[0] + spec.mean[0]).margin(1e-6));
      CHECK(sum.at(i, j) == pixels.at(i, j) + sinusoids.at(i, j));
      squares += std::pow(static_cast<double>(sinusoids.at(i, j)), 2);
    }
    // Sine and cosine of one angle each: the squared length of every row is half the width.
    CHECK(squares == Approx(200));
  }
  CHECK((sinusoids.at(0, 0) == 0 && sinusoids.at(0, 1) == 1));
}
