// Figures 6 and 7 of the ViT paper: their places at every size, their numbers, what they say without trained weights.
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "core/analysis/attention.h"
#include "core/analysis/rollout_gallery.h"
#include "tests/figures/harness.h"

using namespace vitscope;
using vitscope::test::TinySizes;

namespace {

constexpr const char* kFigures[] = {"paper-figure-6", "paper-figure-7"};

const TinySizes kShapes[] = {
    {},
    {.height = 60, .width = 100, .channels = 1, .patch_height = 20, .patch_width = 20, .dim = 32, .heads = 4, .mlp_dim = 40},
    {.height = 8, .width = 36, .patch_height = 4, .patch_width = 6, .heads = 2, .head_width = 5},
    {.height = 24, .width = 24, .dim = 16, .depth = 24, .heads = 16, .head_width = 4, .mlp_dim = 8},
    {.height = 12, .width = 4, .dim = 8, .depth = 1, .heads = 1, .mlp_dim = 4},
};

}  // namespace

TEST_CASE("the paper's figures keep their place at every size", "[figures][paper][places]") {
  const draw::Vec sizes[] = {{560, 360}, {750, 360}, {950, 560}, {1600, 900}, {560, 900}};
  for (const TinySizes& shape : kShapes) {
    const auto trace = test::tiny_trace(shape);
    for (const char* slug : kFigures) {
      const figures::Figure& figure = *figures::find_figure(slug);
      const figures::Selection selection = figures::Selection::initial(trace->config());
      for (const bool paper : {false, true}) {
        const figures::FigureInput input = test::with_studies(figure, {*trace, selection, paper});
        for (const draw::Vec size : sizes) {
          INFO(slug << " " << size.x << " x " << size.y << (paper ? " on paper" : ""));
          REQUIRE(figure.ready(input));
          if (paper && size.x < 900) continue;
          const auto drawing = test::draw_figure(figure, input, draw::rect_at({37, 21}, size.x, size.y));
          CHECK(test::outside(*drawing) == "");
          CHECK(test::overlapping_texts(*drawing) == "");
          CHECK(test::bad_tags(*drawing, input.config()) == "");
          for (const draw::Mark& mark : drawing->store.marks) CHECK(mark.text.find("{") == std::string::npos);
        }
      }
    }
  }
}

TEST_CASE("figure 7 shows one dot for each head, at the distance of the paper's definition", "[figures][paper]") {
  const auto trace = test::tiny_trace({.depth = 3, .heads = 5});
  const figures::Figure& figure = *figures::find_figure("paper-figure-7");
  const figures::Selection selection = figures::Selection::initial(trace->config());
  const figures::Table table = figure.data({*trace, selection, true});
  REQUIRE(table.columns[2].values.size() == 15);
  for (int block = 0; block < 3; ++block) {
    const auto heads = attention_distance(trace->at(Slot::attn, block), trace->grid(), DistanceDefinition::paper);
    for (int head = 0; head < 5; ++head) CHECK(table.columns[2].values[static_cast<std::size_t>(5 * block + head)] == heads[static_cast<std::size_t>(head)].distance);
  }
  CHECK(table.columns[3].values.front() == uniform_attention_distance(trace->grid()));
  const auto drawing = test::draw_figure(figure, {*trace, selection, true}, draw::rect_at({0, 0}, 1340, 520));
  int dots = 0;
  for (const draw::Tag& tag : drawing->store.tags) dots += std::holds_alternative<draw::HeadTarget>(tag.target) ? 1 : 0;
  CHECK(dots == 15);
}

TEST_CASE("figure 6 shows the open picture first and all that ship", "[figures][paper]") {
  const auto trace = test::tiny_trace({});
  const figures::Figure& figure = *figures::find_figure("paper-figure-6");
  const figures::Selection selection = figures::Selection::initial(trace->config());
  const figures::FigureInput input = test::with_studies(figure, {*trace, selection, true});
  const figures::Table table = figure.data(input);
  REQUIRE(table.tensors.size() == 1);
  const Tensor& rollout = table.tensors.front().second;
  CHECK(rollout.dim(0) >= 7);
  CHECK(rollout.dim(1) == trace->config().patches());
  const Tensor own = class_rollout(*trace);
  for (int p = 0; p < rollout.dim(1); ++p) CHECK(rollout.at(0, p) == own.values()[static_cast<std::size_t>(p)]);
  const auto drawing = test::draw_figure(figure, input, draw::rect_at({0, 0}, 1340, 900));
  CHECK(std::any_of(drawing->store.marks.begin(), drawing->store.marks.end(), [](const draw::Mark& mark) { return mark.text == "waves.png"; }));
}

TEST_CASE("figure 6 takes its pictures from the folder of the open one where it is told so", "[figures][paper]") {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / "vitscope-gallery-folder";
  fs::remove_all(folder);
  fs::create_directories(folder);
  for (int i = 0; i < 10; ++i) {
    std::ofstream out(folder / ("p" + std::to_string(i) + ".pgm"), std::ios::binary);
    out << "P5 16 16 255\n";
    for (int k = 0; k < 256; ++k) out.put(static_cast<char>((k * (7 + 3 * i)) % 256));
  }
  std::ofstream(folder / "a damaged one.png") << "no picture";
  const Result<Picture> loaded = load_picture((folder / "p1.pgm").string());
  REQUIRE(loaded);
  const auto trace = test::tiny_trace(test::tiny_model({}), std::make_shared<const Picture>(*loaded));
  const figures::Figure& figure = *figures::find_figure("paper-figure-6");
  figures::Selection selection = figures::Selection::initial(trace->config());
  selection.options["paper-figure-6.pictures"] = 1;
  const auto names_of = [&](const Trace& run) {
    const auto drawing = test::draw_figure(figure, test::with_studies(figure, {run, selection, true}), draw::rect_at({0, 0}, 1340, 900));
    std::vector<std::string> names;
    for (const draw::Mark& mark : drawing->store.marks)
      if (mark.text.ends_with(".pgm") || mark.text.ends_with(".png") || mark.text.ends_with(".jpg")) names.push_back(mark.text);
    return names;
  };
  CHECK(names_of(*trace) == std::vector<std::string>{"p1.pgm", "p0.pgm", "p2.pgm", "p3.pgm", "p4.pgm", "p5.pgm", "p6.pgm", "p7.pgm", "p8.pgm"});
  // A picture without a file: the built-in ones.
  const auto loose = test::tiny_trace({});
  const auto built_in = names_of(*loose);
  REQUIRE(built_in.size() >= 7);
  CHECK(std::none_of(built_in.begin(), built_in.end(), [](const std::string& name) { return name.starts_with("p0"); }));
  fs::remove_all(folder);
}

TEST_CASE("rollouts of many heads over many tokens are studies, and the same as without", "[figures][studies]") {
  const auto trace = test::tiny_trace({.height = 40, .width = 40, .dim = 16, .depth = 12, .heads = 16, .head_width = 4, .mlp_dim = 8});
  const figures::Selection selection = figures::Selection::initial(trace->config());
  const Studies none;
  const figures::FigureInput waiting{*trace, selection, false, &none};
  const figures::Figure &one = *figures::find_figure("rollout"), &six = *figures::find_figure("rollout-variants");
  CHECK(figures::missing_studies(one, waiting).empty());
  CHECK(figures::missing_studies(six, waiting).size() == 6);
  CHECK(test::draw_figure(six, waiting, draw::rect_at({0, 0}, 950, 560))->store.marks.size() == 1);
  const figures::FigureInput full = test::with_studies(six, waiting);
  CHECK(test::outside(*test::draw_figure(six, full, draw::rect_at({0, 0}, 950, 560))) == "");
  const figures::Table found = six.data(full), plain = six.data({*trace, selection, false});
  REQUIRE(found.columns.size() == 7);
  for (std::size_t i = 0; i < 7; ++i) CHECK(found.columns[i].values == plain.columns[i].values);
  const Tensor expected = class_rollout(*trace);
  for (int p = 0; p < 100; ++p) CHECK(found.columns[1].values[static_cast<std::size_t>(p)] == Approx(static_cast<double>(expected.values()[static_cast<std::size_t>(p)])).margin(1e-6));
}

TEST_CASE("both say that random weights show no pattern", "[figures][paper]") {
  const auto trace = test::tiny_trace({});
  const figures::Selection selection = figures::Selection::initial(trace->config());
  draw::CanvasStore store;
  const draw::Language english;
  const draw::Fonts fonts(draw::kPaperMetrics, 1, english);
  const draw::Canvas canvas({.list = nullptr, .store = &store, .fonts = &fonts, .theme = &draw::light_theme(), .language = &english, .sink = {}});
  for (const char* slug : kFigures) CHECK(figures::find_figure(slug)->caption(canvas, {*trace, selection, true}).find("not to be expected without training") != std::string::npos);
}
