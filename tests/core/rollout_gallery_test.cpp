// Figure 6 of the ViT paper: brightness from rollout, and the gallery of several pictures.
#include <algorithm>
#include <catch2/catch.hpp>

#include "core/analysis/attention.h"
#include "core/analysis/rollout_gallery.h"
#include "core/forward.h"
#include "core/model/model.h"

using namespace vitscope;

namespace {

PatchGrid gallery_grid(int rows, int columns) { return std::get<PatchGrid>(PatchGrid::make(rows * 4, columns * 4, 4, 4, 1)); }

Tensor shares(const PatchGrid& grid, int patch, float there, float elsewhere) {
  Tensor rollout({grid.patches()});
  std::fill_n(rollout.edit(), rollout.size(), elsewhere);
  if (patch >= 0) rollout.edit()[patch] = there;
  return rollout;
}

PicturePtr waves(const std::string& name, int height, int width, int channels, int phase) {
  std::vector<std::uint8_t> bytes;
  for (int i = 0; i < height * width * channels; ++i) bytes.push_back(static_cast<std::uint8_t>((i * 37 + phase * 101) % 256));
  auto picture = std::make_shared<Picture>();
  picture->name = name;
  picture->image = Image::of_bytes(width, height, channels, std::move(bytes));
  return picture;
}

TracePtr run_gallery(const ModelPtr& model, const PicturePtr& picture, ThreadPool& pool) { return forward(model, preprocess(picture, model->preprocess), pool); }

}  // namespace

TEST_CASE("equal shares leave the picture as it is") {
  const PatchGrid grid = gallery_grid(3, 5);
  const Tensor brightness = rollout_brightness(shares(grid, -1, 0, 0.0625f), grid, 90, 150);
  REQUIRE(brightness.dim(0) == 90);
  REQUIRE(brightness.dim(1) == 150);
  for (const float value : brightness.values()) CHECK(value == 1.0f);
}

TEST_CASE("brightness runs from 0 to 1 and is largest at the patch that has the largest share") {
  for (const auto& [rows, columns] : {std::pair(5, 5), {3, 7}, {8, 2}}) {
    const PatchGrid grid = gallery_grid(rows, columns);
    const int height = rows * 24, width = columns * 24;
    for (int patch = 0; patch < grid.patches(); ++patch) {
      const Tensor brightness = rollout_brightness(shares(grid, patch, 0.5f, 0.01f), grid, height, width);
      const auto values = brightness.values();
      const auto [low, high] = std::minmax_element(values.begin(), values.end());
      CHECK(*low == 0.0f);
      CHECK(*high == 1.0f);
      const auto at = static_cast<int>(high - values.begin());
      INFO(rows << " x " << columns << ", patch " << patch << ", pixel " << at / width << "," << at % width);
      CHECK(at / width / 24 == grid.row(patch));
      CHECK(at % width / 24 == grid.column(patch));
    }
  }
  // A patch in the middle: the same from all sides.
  const PatchGrid grid = gallery_grid(5, 5);
  const Tensor b = rollout_brightness(shares(grid, 12, 0.5f, 0.01f), grid, 100, 100);
  for (int y = 0; y < 100; ++y)
    for (int x = 0; x < 100; ++x) {
      REQUIRE(b.at(y, x) == Approx(b.at(99 - y, x)).margin(1e-4));
      REQUIRE(b.at(y, x) == Approx(b.at(x, y)).margin(1e-4));
    }
}

TEST_CASE("the gallery holds the open run and one run for every other picture") {
  const ModelPtr model = *build_preset("lanl-mountain", 3);
  ThreadPool pool(2);
  const PicturePtr first = waves("first", 90, 150, 1, 0), second = waves("second", 120, 100, 3, 1);
  const TracePtr open = run_gallery(model, first, pool), other = run_gallery(model, second, pool);
  const std::vector<PictureSource> others{[&] { return Result<PicturePtr>(second); }, [] { return Result<PicturePtr>(Error{"damaged"}); }};
  std::vector<int> reported;
  StudyContext context{pool, {}, [&](int done, int total) { reported.push_back(done * 100 + total); }};
  const auto gallery = rollout_gallery(open, others, 11, context);
  REQUIRE(gallery);
  REQUIRE(gallery->entries.size() == 2);
  CHECK(reported == std::vector<int>{3, 103, 203});
  for (std::size_t i = 0; i < 2; ++i) {
    const GalleryEntry& entry = gallery->entries[i];
    const Trace& trace = i ? *other : *open;
    CHECK(entry.name == trace.input().name);
    const Tensor expected = class_rollout(trace);
    CHECK(std::equal(expected.values().begin(), expected.values().end(), entry.rollout.values().begin()));
    // One output: nothing to be the most likely of.
    CHECK(entry.best == -1);
    REQUIRE(entry.seen);
    REQUIRE(entry.attended);
    CHECK(entry.seen->width() == entry.attended->width());
    CHECK(entry.seen->height() == entry.attended->height());
    CHECK(std::max(entry.seen->width(), entry.seen->height()) <= kGallerySide);
    // Never brighter than the picture, and as bright somewhere.
    int equal = 0;
    for (std::size_t k = 0; k < entry.seen->bytes().size(); ++k) {
      REQUIRE(entry.attended->bytes()[k] <= entry.seen->bytes()[k]);
      equal += entry.attended->bytes()[k] == entry.seen->bytes()[k];
    }
    CHECK(equal > 0);
  }
  // What cannot be read does not count among the most that are wanted.
  const std::vector<PictureSource> more{others[1], others[0], others[0]};
  const auto few = rollout_gallery(open, more, 1, context);
  REQUIRE(few);
  REQUIRE(few->entries.size() == 2);
  CHECK(few->entries[1].name == other->input().name);
  std::stop_source stop;
  stop.request_stop();
  StudyContext stopped{pool, stop.get_token(), {}};
  CHECK_FALSE(rollout_gallery(open, others, 11, stopped));
}
