// Figures that wait for long analyses: their places at every size, what they say, their data, and what they draw before anything is computed.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "app/figures/attention_compared.h"
#include "core/analysis/drop_pos.h"
#include "core/analysis/occlusion.h"
#include "tests/figures/harness.h"

using namespace vitscope;
using vitscope::test::TinySizes;

namespace {

constexpr const char* kFigures[] = {"occlusion", "head-importance", "t-sne", "drop-pos", "position-effects", "attention-distance-folder"};
constexpr const char* kWaiting[] = {"occlusion", "head-importance", "t-sne", "drop-pos", "position-effects"};

const figures::Figure& figure_of(const char* slug) {
  const figures::Figure* figure = figures::find_figure(slug);
  REQUIRE(figure != nullptr);
  return *figure;
}

void check(const figures::Figure& figure, const figures::FigureInput& input, draw::Rect body) {
  INFO(figure.slug << " in " << body.width() << " x " << body.height());
  REQUIRE(figure.ready(input));
  const figures::FigureInput full = test::with_studies(figure, input);
  REQUIRE(figures::missing_studies(figure, full).empty());
  const auto drawing = test::draw_figure(figure, full, body);
  CHECK(test::outside(*drawing) == "");
  CHECK(test::overlapping_texts(*drawing) == "");
  CHECK(test::bad_tags(*drawing, input.config()) == "");
  CHECK(!drawing->store.tags.empty());
  for (const draw::Mark& mark : drawing->store.marks) CHECK(mark.text.find("{") == std::string::npos);
}

figures::Selection selection_of(const Trace& trace) {
  figures::Selection selection = figures::Selection::initial(trace.config());
  selection.block = 0;
  return selection;
}

const TinySizes kShapes[] = {
    {},
    {.height = 60, .width = 100, .channels = 1, .patch_height = 20, .patch_width = 20, .dim = 32, .heads = 4, .mlp_dim = 40, .classes = 1},
    {.height = 8, .width = 36, .patch_height = 4, .patch_width = 6, .heads = 2, .head_width = 5},
    {.height = 24, .width = 24, .dim = 16, .depth = 24, .heads = 16, .head_width = 4, .mlp_dim = 8},
    {.height = 12, .width = 4, .dim = 8, .depth = 1, .heads = 1, .mlp_dim = 4},
};

}  // namespace

TEST_CASE("figures with studies keep their place at every size", "[figures][study-figures]") {
  const draw::Vec sizes[] = {{560, 360}, {750, 360}, {950, 560}, {1600, 900}, {560, 900}};
  for (const TinySizes& shape : kShapes) {
    const auto trace = test::tiny_trace(shape);
    for (const char* slug : kFigures) {
      const figures::Figure& figure = figure_of(slug);
      figures::Selection selection = selection_of(*trace);
      for (const draw::Vec size : sizes) check(figure, {*trace, selection, false}, draw::rect_at({37, 21}, size.x, size.y));
      check(figure, {*trace, selection, true}, draw::rect_at({0, 0}, figure.natural_size.x, figure.natural_size.y));
    }
  }
}

TEST_CASE("figures with studies fit portraits and padding, follow the pointer and draw every option", "[figures][study-figures]") {
  for (const ResizeMode mode : {ResizeMode::crop, ResizeMode::stretch, ResizeMode::pad}) {
    auto model = std::make_shared<Model>(*test::tiny_model({}));
    model->preprocess.mode = mode;
    for (const auto& [height, width] : {std::pair{90, 30}, std::pair{20, 160}}) {
      const auto trace = test::tiny_trace(model, test::tiny_picture(height, width, 3));
      for (const char* slug : kFigures)
        for (const float value : {0.0f, 1.0f, 10.0f}) {
          const figures::Figure& figure = figure_of(slug);
          figures::Selection selection = selection_of(*trace);
          for (const figures::Option& option : figure.options) selection.options[std::string(option.key)] = std::clamp(value, option.lo, option.hi);
          selection.query = 5;
          selection.hovered = draw::TokenTarget{7};
          check(figure, {*trace, selection, false}, draw::rect_at({0, 0}, 950, 560));
          selection.hovered = draw::HeadTarget{1, 2};
          check(figure, {*trace, selection, false}, draw::rect_at({0, 0}, 560, 360));
        }
    }
  }
}

TEST_CASE("figures with studies say that they wait, and their data comes with the result", "[figures][study-figures]") {
  const auto trace = test::tiny_trace(TinySizes{});
  const figures::Selection selection = selection_of(*trace);
  for (const char* slug : kWaiting) {
    INFO(slug);
    const figures::Figure& figure = figure_of(slug);
    const Studies none;
    const figures::FigureInput waiting{*trace, selection, false, &none};
    CHECK(figures::missing_studies(figure, waiting).size() == 1);
    CHECK(figures::missing_studies(figure, waiting).front().key == figures::missing_studies(figure, waiting).front().key);
    const auto drawing = test::draw_figure(figure, waiting, draw::rect_at({0, 0}, 560, 360));
    REQUIRE(drawing->store.marks.size() == 1);
    CHECK(drawing->store.marks.front().text == "Not computed yet");
    CHECK(figure.data(waiting).columns.empty());
    CHECK(test::bad_data(figure.data(test::with_studies(figure, waiting))) == "");
    // A figure without its study does not break where nobody computes any.
    CHECK(figure.data({*trace, selection, true}).columns.empty());
    // Before the run is complete there is nothing to study.
    const Trace empty(trace->model_ptr(), trace->input_ptr());
    CHECK_FALSE(figure.ready({empty, selection, false}));
    CHECK(figures::missing_studies(figure, {empty, selection, false, &none}).empty());
  }
}

TEST_CASE("the occlusion figure's data is the drop of the class that is pinned", "[figures][study-figures]") {
  const auto trace = test::tiny_trace(TinySizes{});
  figures::Selection selection = selection_of(*trace);
  selection.pinned = CellRef{{Slot::logits, -1}, 3};
  const figures::Figure& figure = figure_of("occlusion");
  const figures::Table table = figure.data(test::with_studies(figure, {*trace, selection, false}));
  REQUIRE(table.columns.size() == 5);
  ThreadPool pool(1);
  StudyContext context{pool, {}, {}};
  const auto found = occlusion(*trace, {}, context);
  REQUIRE(found);
  for (int patch = 0; patch < 16; ++patch)
    CHECK(table.columns[3].values[static_cast<std::size_t>(patch)] == Approx(static_cast<double>(found->plain_logits[3] - found->logits.at(patch, 3))).margin(1e-6));
}

TEST_CASE("the DropPos figure shows its masks and says what its untrained decoder is", "[figures][study-figures]") {
  const auto trace = test::tiny_trace(TinySizes{.height = 56, .width = 56});
  figures::Selection selection = selection_of(*trace);
  const figures::Figure& figure = figure_of("drop-pos");
  const auto says = [&](const char* text) {
    const auto drawing = test::draw_figure(figure, test::with_studies(figure, {*trace, selection, false}), draw::rect_at({0, 0}, 1340, 800));
    return std::any_of(drawing->store.marks.begin(), drawing->store.marks.end(), [&](const draw::Mark& mark) { return mark.text.find(text) != std::string::npos; });
  };
  CHECK(says("49 of 196 seen"));
  CHECK(says("37 arrows"));
  CHECK(says("Decoder: 24 → 512, 2 blocks of 16 heads, norm, 512 → 196 cells."));
  selection.options["drop-pos.decoder"] = 2;
  CHECK(says("Decoder: 24 → 512, no blocks, norm, 512 → 196 cells."));
  CHECK(says("Over 100 others"));
  const figures::Table table = figure.data(test::with_studies(figure, {*trace, selection, true}));
  REQUIRE(table.columns.size() == 7);
  REQUIRE(table.columns[5].values.size() == 196);
  const auto states = drop_pos_masks(196, {});
  for (std::size_t patch = 0; patch < 196; ++patch) {
    CHECK(table.columns[3].values[patch] == (states[patch] != DropPosState::dropped));
    CHECK(table.columns[4].values[patch] == (states[patch] == DropPosState::placed));
    CHECK((table.columns[5].values[patch] >= 0) == (states[patch] != DropPosState::dropped));
    CHECK((table.columns[6].values[patch] > 0) == (states[patch] == DropPosState::unplaced));
  }
  // Without dropped positions there is nothing to ask; another seed gives other masks.
  selection.options["drop-pos.positions"] = 0;
  CHECK(says("0 arrows"));
  selection.options["drop-pos.seed"] = 1;
  CHECK(figure.data(test::with_studies(figure, {*trace, selection, true})).columns[3].values != table.columns[3].values);
  // A model without a table of positions has none to drop.
  auto bare = std::make_shared<Model>(trace->model());
  const auto run = test::tiny_trace(bare, test::tiny_picture(56, 56, 3));
  bare->weights.position = {};
  CHECK_FALSE(figure.ready({*run, selection, false}));
}

TEST_CASE("a line for every kind of position that fits the model", "[figures][study-figures]") {
  const figures::Figure& figure = figure_of("position-effects");
  const auto trace = test::tiny_trace(TinySizes{});
  const figures::Selection selection = selection_of(*trace);
  const figures::FigureInput full = test::with_studies(figure, {*trace, selection, true});
  const figures::Table table = figure.data(full);
  REQUIRE(table.columns.size() == 4);
  CHECK(table.columns[0].values == std::vector<double>{0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(table.columns[1].values[0] == 0);
  CHECK(table.columns[3].values[1] < 1e-4);  // without positions the order of patches is nothing
  CHECK(table.columns[3].values[6] > 1e-4);  // offsets are something
  const auto drawing = test::draw_figure(figure, full, draw::rect_at({0, 0}, 1340, 620));
  const auto says = [&](std::string_view text) { return std::any_of(drawing->store.marks.begin(), drawing->store.marks.end(), [&](const draw::Mark& mark) { return mark.text == text; }); };
  for (const char* text : {"0.642", "0.614", "0.640", "< 0.0001", "relative", "in front of every block", "half column, half row"}) CHECK(says(text));
}

TEST_CASE("the folder figure averages the folder that it is told, lists what cannot be read, and without one shows the run", "[figures][study-figures]") {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / "vitscope-folder-figure";
  fs::remove_all(folder);
  fs::create_directories(folder);
  for (int i = 0; i < 3; ++i) {
    std::ofstream out(folder / ("p" + std::to_string(i) + ".pgm"), std::ios::binary);
    out << "P5 16 16 255\n";
    for (int k = 0; k < 256; ++k) out.put(static_cast<char>((k * (7 + 3 * i) + i * i * k / 5) % 256));
  }
  std::ofstream(folder / "damaged.png") << "no picture";
  auto picture = std::make_shared<Picture>(*test::tiny_picture(16, 16, 3));
  picture->path = (folder / "p0.pgm").string();
  const auto trace = test::tiny_trace(test::tiny_model({}), picture);
  const figures::Figure& figure = figure_of("attention-distance-folder");
  figures::Selection selection = selection_of(*trace);
  const figures::Table single = figure.data({*trace, selection, true});
  REQUIRE(single.columns.size() == 6);
  for (const double deviation : single.columns[3].values) CHECK(deviation == 0);
  CHECK(single.columns[2].values.size() == 6);

  selection.options["attention-distance-folder.pictures"] = 1;
  const Studies none;
  CHECK(figures::missing_studies(figure, {*trace, selection, false, &none}).size() == 1);
  for (const draw::Vec size : {draw::Vec{560, 360}, {950, 560}, {1600, 900}, {560, 900}}) {
    const figures::FigureInput full = test::with_studies(figure, {*trace, selection, false});
    check(figure, full, draw::rect_at({0, 0}, size.x, size.y));
    const auto drawing = test::draw_figure(figure, full, draw::rect_at({0, 0}, size.x, size.y));
    const auto says = [&](std::string_view text) {
      return std::any_of(drawing->store.marks.begin(), drawing->store.marks.end(), [&](const draw::Mark& mark) { return mark.text.find(text) != std::string::npos; });
    };
    CHECK(says("3 pictures"));
    if (size.x > 600) CHECK(says("damaged.png"));
  }
  const figures::Table average = figure.data(test::with_studies(figure, {*trace, selection, true}));
  REQUIRE(average.columns.size() == 6);
  for (const double pictures : average.columns[5].values) CHECK(pictures == 3);
  CHECK(std::any_of(average.columns[3].values.begin(), average.columns[3].values.end(), [](double deviation) { return deviation > 0; }));
  fs::remove_all(folder);
}

TEST_CASE("t-SNE of two runs keeps its place for models of any two sizes, and its data is both planes", "[figures][study-figures]") {
  const figures::Figure& figure = figure_of("t-sne-two");
  for (const TinySizes& shape : kShapes) {
    const auto trace = test::tiny_trace(shape);
    figures::Selection selection = selection_of(*trace);
    selection.block = shape.depth - 1;
    CHECK_FALSE(figure.ready({*trace, selection, true}));
    for (const TinySizes& other : kShapes) {
      const TracePtr kept = figures::attention::kept_for_comparing(*test::tiny_trace(other));
      CHECK_FALSE(kept->has(Slot::q, 0));
      for (const float points : {0.0f, 1.0f}) {
        selection.options["t-sne.points"] = points;
        selection.options.erase("attention-compare.a-block");
        figures::FigureInput input{*trace, selection, false, nullptr, kept.get()};
        CHECK_FALSE(figure.ready(input));
        figures::attention::keep_as_side_a(selection);
        if (!figure.ready(input)) continue;  // fewer than three patches
        for (const draw::Vec size : {draw::Vec{560, 360}, draw::Vec{950, 560}, draw::Vec{560, 900}}) check(figure, input, draw::rect_at({3, 5}, size.x, size.y));
        const figures::FigureInput full = test::with_studies(figure, input);
        const figures::Table table = figure.data(full);
        const auto count = [&](const VitConfig& c) { return static_cast<std::size_t>(points > 0 ? c.dim : c.tokens()); };
        CHECK(table.columns[0].values.size() == count(kept->config()) + count(trace->config()));
        CHECK(test::bad_data(table) == "");
        figures::attention::forget_side_a(selection);
      }
    }
  }
}
