// Distances over a folder: mean and deviation against single runs, unreadable pictures, progress.
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "core/analysis/folder_distance.h"
#include "core/image/picture_files.h"
#include "tests/core/small_model.h"

using namespace vitscope;
namespace fs = std::filesystem;

namespace {

/// A folder that is gone afterwards.
struct PictureFolder {
  fs::path path = fs::temp_directory_path() / "vitscope-folder-distance";
  PictureFolder() {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~PictureFolder() { fs::remove_all(path); }
  /// A colour picture of 12 x 10 pixels whose bytes follow `seed`.
  void add(const std::string& name, unsigned seed) const {
    test::Draw draw(seed);
    std::ofstream out(path / name, std::ios::binary);
    out << "P6 10 12 255\n";
    for (int i = 0; i < 360; ++i) out.put(static_cast<char>(draw.below(256)));
  }
  void add_text(const std::string& name) const { std::ofstream(path / name) << "no picture"; }
};

}  // namespace

TEST_CASE("the pictures of a folder are listed by name", "[folder-distance]") {
  PictureFolder folder;
  folder.add("b.ppm", 1);
  folder.add("a.PPM", 2);
  folder.add(".hidden.ppm", 3);
  folder.add_text("notes.txt");
  fs::create_directories(folder.path / "inner.png");
  const auto files = picture_files(folder.path.string());
  REQUIRE(files);
  CHECK(*files == std::vector<std::string>{(folder.path / "a.PPM").string(), (folder.path / "b.ppm").string()});
  CHECK_FALSE(picture_files((folder.path / "nothing").string()));
  CHECK_FALSE(picture_files((folder.path / "b.ppm").string()));
  CHECK(is_picture_name("x.JPeG"));
  CHECK_FALSE(is_picture_name("png"));
}

TEST_CASE("distances over a folder are mean and deviation of the single pictures", "[folder-distance]") {
  PictureFolder folder;
  for (unsigned i = 0; i < 4; ++i) folder.add("p" + std::to_string(i) + ".ppm", 10 + i);
  folder.add_text("broken.png");
  const ModelPtr model = test::small_model();
  const auto files = picture_files(folder.path.string());
  REQUIRE(files);
  REQUIRE(files->size() == 5);
  ThreadPool pool(2);
  std::vector<std::pair<int, int>> reports;
  StudyContext context{pool, {}, [&](int done, int total) { reports.emplace_back(done, total); }};
  for (const DistanceDefinition definition : {DistanceDefinition::keras, DistanceDefinition::renormalised}) {
    reports.clear();
    const auto result = folder_attention_distance(model, *files, ResizeMode::stretch, definition, nullptr, context);
    REQUIRE(result);
    REQUIRE(*result);
    const FolderDistance& found = **result;
    CHECK(found.pictures == 4);
    REQUIRE(found.failed.size() == 1);
    CHECK(found.failed.front().find("broken.png") != std::string::npos);
    CHECK(reports.size() == 6);
    CHECK(reports.back() == std::pair{5, 5});
    for (const DistanceUnit unit : {DistanceUnit::pixels, DistanceUnit::cells, DistanceUnit::diagonal_share})
      for (int block = 0; block < 3; ++block)
        for (int head = 0; head < 3; ++head) {
          std::vector<double> values;
          double prefix = 0;
          for (const std::string& file : *files) {
            auto picture = load_picture(file);
            if (!picture) continue;
            PreprocessSpec spec = model->preprocess;
            spec.mode = ResizeMode::stretch;
            const TracePtr trace = forward(model, preprocess(std::make_shared<const Picture>(*picture), spec), pool);
            const HeadDistance one = attention_distance(trace->at(Slot::attn, block), model->config.grid, definition, unit)[static_cast<std::size_t>(head)];
            values.push_back(one.distance);
            prefix += one.prefix_share / 4;
          }
          double mean = 0, squares = 0;
          for (const double v : values) mean += v / 4;
          for (const double v : values) squares += (v - mean) * (v - mean);
          CHECK(found.at(unit, block, head).mean == Approx(mean).margin(1e-9));
          CHECK(found.at(unit, block, head).deviation == Approx(std::sqrt(squares / 3)).margin(1e-9));
          CHECK(found.at(unit, block, head).prefix_share == Approx(prefix).margin(1e-9));
        }
  }
}

TEST_CASE("a folder without readable pictures is an error, and the average can be stopped", "[folder-distance]") {
  PictureFolder folder;
  ThreadPool pool(1);
  StudyContext context{pool, {}, {}};
  const ModelPtr model = test::small_model();
  CHECK_FALSE(folder_attention_distance(model, {}, ResizeMode::crop, DistanceDefinition::paper, nullptr, context));
  folder.add_text("broken.png");
  const auto broken = folder_attention_distance(model, {(folder.path / "broken.png").string()}, ResizeMode::crop, DistanceDefinition::paper, nullptr, context);
  REQUIRE_FALSE(broken);
  CHECK(broken.error().text.find("broken.png") != std::string::npos);
  folder.add("p.ppm", 1);
  std::stop_source stop;
  StudyContext stopping{pool, stop.get_token(), [&](int done, int) {
                          if (done == 2) stop.request_stop();
                        }};
  const auto stopped = folder_attention_distance(model, std::vector<std::string>(10, (folder.path / "p.ppm").string()), ResizeMode::crop, DistanceDefinition::paper, nullptr, stopping);
  REQUIRE(stopped);
  CHECK_FALSE(*stopped);
}

TEST_CASE("one run is a folder of one picture", "[folder-distance]") {
  const TracePtr trace = test::small_trace();
  const FolderDistance one = distances_of_run(*trace, DistanceDefinition::renormalised);
  CHECK(one.pictures == 1);
  for (int block = 0; block < 3; ++block) {
    const auto heads = attention_distance(trace->at(Slot::attn, block), trace->grid(), DistanceDefinition::renormalised, DistanceUnit::cells);
    for (int head = 0; head < 3; ++head) {
      CHECK(one.at(DistanceUnit::cells, block, head).mean == Approx(heads[static_cast<std::size_t>(head)].distance));
      CHECK(one.at(DistanceUnit::cells, block, head).deviation == 0);
    }
  }
}
