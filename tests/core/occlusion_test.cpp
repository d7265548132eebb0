// Occlusion on a planted model, and rank correlation against closed forms.
#include <catch2/catch.hpp>
#include <cmath>

#include "core/analysis/occlusion.h"
#include "tests/core/small_model.h"

using namespace vitscope;

namespace {

Tensor zeros(Shape shape) {
  Tensor tensor(shape);
  std::fill_n(tensor.edit(), tensor.size(), 0.0f);
  return tensor;
}

constexpr int kPlanted = 8;  // row 1, column 3 of 3 x 5

/// The small model made so that logit 0 hears of one patch only: queries of all tokens look for direction 0, which the position table gives to the
/// planted patch alone; values carry direction 1, which holds the brightness of a patch.
ModelPtr planted_model() {
  auto model = std::make_shared<Model>(*test::small_model());
  VitConfig& c = model->config;
  c.depth = 1;
  c.score_scale = 1;
  Weights& w = model->weights;
  const auto linear = [](Tensor weight) { return ops::Linear(weight, zeros({weight.dim(0)})); };
  Tensor patch = zeros({c.dim, c.patch_length()});
  for (int i = 0; i < c.patch_length(); ++i) patch.edit()[1 * c.patch_length() + i] = 1;  // direction 1: the sum of the pixels
  w.patch = linear(patch);
  w.class_token = zeros({c.dim});
  Tensor position = zeros({c.tokens(), c.dim});
  for (int t = 0; t < c.tokens(); ++t) position.edit()[t * c.dim + 2] = 1000;  // all rows alike in length, so that the norm hardly depends on the pixels
  position.edit()[(1 + kPlanted) * c.dim + 0] = 1000;
  w.position = w.stored_position = position;
  w.blocks.resize(1);
  BlockWeights& b = w.blocks[0];
  Tensor gain({c.dim});
  std::fill_n(gain.edit(), c.dim, 1.0f);
  b.norm1 = b.norm2 = {gain, zeros({c.dim})};
  const int joined = c.heads * c.head_width;
  Tensor qkv = zeros({3 * joined, c.dim});
  qkv.edit()[0 * c.dim + 2] = 30;                         // every query, head 0
  qkv.edit()[joined * c.dim + 0] = 30;                    // the key of the planted patch
  qkv.edit()[2 * joined * c.dim + 1] = 1;                 // value: brightness
  b.qkv = linear(qkv);
  Tensor proj = zeros({c.dim, joined});
  proj.edit()[1 * joined + 0] = 3e3f;
  b.proj = linear(proj);
  b.fc1 = linear(zeros({c.mlp_dim, c.dim}));
  b.fc2 = linear(zeros({c.dim, c.mlp_dim}));
  w.norm = {gain, zeros({c.dim})};
  Tensor head = zeros({c.classes, c.dim});
  head.edit()[1] = 1;
  w.head = linear(head);
  return model;
}

StudyContext occlusion_context(ThreadPool& pool) { return {pool, {}, {}}; }

}  // namespace

TEST_CASE("occlusion peaks where the planted class is seen", "[occlusion]") {
  ThreadPool pool(2);
  const ModelPtr model = planted_model();
  Tensor bright = test::Draw(3)({3, 12, 10}, 0.5f, 1.0f);
  const TracePtr trace = forward(model, input_of_values("bright", bright), pool);
  for (const int size : {1, 2, 3}) {
    StudyContext context = occlusion_context(pool);
    const auto found = occlusion(*trace, {size, OcclusionFill::grey}, context);
    REQUIRE(found);
    CHECK(found->rows == 3 - size + 1);
    CHECK(found->columns == 5 - size + 1);
    const Tensor drop = occlusion_drop(*found, trace->grid(), 0, OcclusionQuantity::logit);
    const auto values = drop.values();
    const double peak = static_cast<double>(values[kPlanted]);
    CHECK(peak > 0.01);
    for (int patch = 0; patch < 15; ++patch) {
      INFO("size " << size << ", patch " << patch);
      if (patch != kPlanted) CHECK(static_cast<double>(values[static_cast<std::size_t>(patch)]) <= peak * (size == 1 ? 0.05 : 1.0001));
    }
    const auto reaches = [&](int row, int column) { return row <= 1 && 1 < row + size && column <= 3 && 3 < column + size; };
    for (int r = 0; r < found->rows; ++r)
      for (int c = 0; c < found->columns; ++c)
        CHECK((static_cast<double>(found->plain_logits[0] - found->logits.at(r * found->columns + c, 0)) > 0.5 * peak) == reaches(r, c));
  }
}

TEST_CASE("a covered input differs exactly under the square", "[occlusion]") {
  const ModelPtr model = test::small_model();
  const auto input = std::make_shared<ModelInput>(*test::small_input());
  input->spec.mean = {0.2f, 0.3f, 0.4f, 0};
  input->spec.std = {0.5f, 0.25f, 0.1f, 1};
  const double grey[] = {0.6, 0.8, 1};
  const PatchGrid& grid = model->config.grid;
  for (const OcclusionFill fill : {OcclusionFill::grey, OcclusionFill::mean_patch}) {
    const InputPtr covered = occluded(*input, grid, {2, fill}, 1, 3);
    for (int c = 0; c < 3; ++c)
      for (int y = 0; y < 12; ++y)
        for (int x = 0; x < 10; ++x) {
          const bool under = y >= 4 && x >= 6;
          double expected = static_cast<double>(input->values.at(c, y, x));
          if (under && fill == OcclusionFill::grey) expected = grey[c];
          if (under && fill == OcclusionFill::mean_patch) {
            expected = 0;
            for (int patch = 0; patch < grid.patches(); ++patch)
              expected += static_cast<double>(input->values.at(c, grid.row(patch) * 4 + y % 4, grid.column(patch) * 2 + x % 2)) / grid.patches();
          }
          CHECK(static_cast<double>(covered->values.at(c, y, x)) == Approx(expected).margin(1e-6));
        }
  }
}

TEST_CASE("the places of a square agree with forward passes on covered inputs, and covering everything leaves no trace of the picture", "[occlusion]") {
  ThreadPool pool(2);
  const TracePtr trace = test::small_trace();
  StudyContext context = occlusion_context(pool);
  const auto found = occlusion(*trace, {2, OcclusionFill::mean_patch}, context);
  REQUIRE(found);
  const TracePtr one = forward(trace->model_ptr(), occluded(trace->input(), trace->grid(), {2, OcclusionFill::mean_patch}, 1, 2), pool);
  for (int k = 0; k < 7; ++k) {
    CHECK(found->logits.at(1 * found->columns + 2, k) == one->at(Slot::logits).at(k));
    CHECK(found->probs.at(1 * found->columns + 2, k) == one->at(Slot::probs).at(k));
  }
  // A patch at the corner lies under one place only, so its drop is that place's.
  const Tensor drop = occlusion_drop(*found, trace->grid(), 4, OcclusionQuantity::probability);
  CHECK(static_cast<double>(drop.at(0, 0)) == Approx(static_cast<double>(found->plain_probs[4] - found->probs.at(0, 4))).margin(1e-7));
}

TEST_CASE("occlusion reports each pass and stops between two", "[occlusion]") {
  ThreadPool pool(1);
  const TracePtr trace = test::small_trace();
  std::stop_source stop;
  int last = -1;
  StudyContext context{pool, stop.get_token(), [&](int done, int total) {
                         CHECK(total == 15);
                         last = done;
                         if (done == 4) stop.request_stop();
                       }};
  CHECK_FALSE(occlusion(*trace, {}, context));
  CHECK(last == 4);
}

TEST_CASE("rank correlation has its closed forms", "[occlusion]") {
  const std::vector<float> rising{1, 2, 3, 4, 5}, falling{9, 7, 5, 1, -3}, constant(5, 2.0f);
  CHECK(*rank_correlation(rising, rising) == Approx(1));
  CHECK(*rank_correlation(rising, falling) == Approx(-1));
  CHECK_FALSE(rank_correlation(rising, constant));
  CHECK_FALSE(rank_correlation(std::vector<float>{1}, std::vector<float>{2}));
  // Any rising function of one leaves it as it is.
  std::vector<float> bent;
  for (float v : falling) bent.push_back(std::exp(v));
  CHECK(*rank_correlation(rising, bent) == Approx(-1));
  // Without ties 1 - 6 sum d^2 / (n (n^2 - 1)): d = 1, 1, 0, 1, 1.
  CHECK(*rank_correlation(rising, std::vector<float>{20, 10, 30, 60, 50}) == Approx(1 - 6.0 * (1 + 1 + 0 + 1 + 1) / (5 * 24)));
  // Ties share their mean rank: ranks 0, 1.5, 1.5, 3 against 0, 1, 2, 3.
  CHECK(*rank_correlation(std::vector<float>{1, 2, 2, 3}, std::vector<float>{1, 2, 3, 4}) == Approx(4.5 / std::sqrt(4.5 * 5)));
}
