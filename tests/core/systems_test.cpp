// Numbers of the tutorials' systems that belong to no part alone: token processing, shapes on the way, a scrambled picture, costs of TNT.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "core/analysis/embedding.h"
#include "core/edits/permutation.h"
#include "core/image/image.h"
#include "core/model/architecture.h"
#include "core/model/position.h"
#include "core/step.h"
#include "core/variants.h"
#include "tests/core/file_makers.h"
#include "tests/core/small_model.h"

using namespace vitscope;

namespace {

VitConfig preset_config(const char* name) { return build_preset(name, 1, PresetWeights::zeros).value()->config; }

TracePtr run_system(const ModelPtr& model) {
  ThreadPool pool(2);
  const VitConfig& c = model->config;
  return forward(model, input_of_values("x", test::Draw(4)({c.channels, c.image_height, c.image_width}, 1)), pool);
}

}  // namespace

TEST_CASE("the mountain: eight tones, patches counted from 1, legal patches and what else would fit", "[systems]") {
  const Picture picture = load_picture(std::string(VITSCOPE_SOURCE) + "/assets/pictures/mountains.png").value();
  CHECK((picture.image.height() == 60 && picture.image.width() == 100 && picture.image.channels() == 1));
  ThreadPool pool(1);
  const ModelPtr model = build_preset("lanl-mountain", 1).value();
  const TracePtr trace = forward(model, preprocess(std::make_shared<const Picture>(picture), model->preprocess), pool);
  const Tensor &pixels = trace->at(Slot::pixels), &patches = trace->at(Slot::patches);
  const std::set<float> tones(pixels.values().begin(), pixels.values().end());
  CHECK(tones.size() == 8);
  CHECK((*tones.begin() >= 0 && *tones.rbegin() == 1));
  CHECK(patches.shape() == Shape{15, 400});
  CHECK(trace->at(Slot::embed_patch).shape() == Shape{15, 768});
  CHECK(trace->at(Slot::embed_cls).shape() == Shape{16, 768});
  // The twelfth patch, counted from 1: rows 40..59, columns 20..39, read row by row.
  const int twelfth = 12 - 1;
  for (int i = 0; i < 400; ++i) CHECK(patches.at(twelfth, i) == pixels.at(0, 40 + i / 20, 20 + i % 20));
  // All legal square patches of 60 x 100, and the ways out of 16.
  std::vector<int> legal;
  for (int p = 1; p <= 100; ++p)
    if (std::holds_alternative<PatchGrid>(PatchGrid::make(60, 100, p, p, 1))) legal.push_back(p);
  CHECK(legal == std::vector<int>{1, 2, 4, 5, 10, 20});
  const auto refusal = std::get<GridRefusal>(PatchGrid::make(60, 100, 16, 16, 1));
  CHECK((refusal.rows_left == 12 && refusal.columns_left == 4));
  CHECK((refusal.padded_height == 64 && refusal.padded_width == 112));
  CHECK(std::get<PatchGrid>(PatchGrid::make(64, 112, 16, 16, 0)).patches() == 28);
}

TEST_CASE("token processing: a token of zeros in front, positions added", "[systems]") {
  // 175 tokens of 768 become 176; 4 heads of 192, hidden width 1152, v added once more: LANL's encoding block.
  const auto model = build_preset("own:height=20,width=140,channels=1,patch=4,dim=768,depth=1,heads=4,hidden=1152,classes=1,position=sinusoid,bias=off,skip=on", 2).value();
  const TracePtr trace = run_system(model);
  CHECK(trace->at(Slot::embed_patch).shape() == Shape{175, 768});
  const Tensor &before = trace->at(Slot::embed_cls), &after = trace->at(Slot::embed_pos), &table = model->weights.position;
  CHECK((before.shape() == Shape{176, 768} && after.shape() == Shape{176, 768} && table.shape() == Shape{176, 768}));
  for (int j = 0; j < 768; ++j) {
    CHECK(before.at(0, j) == 0);
    CHECK(after.at(0, j) == table.at(0, j));
  }
  CHECK(table.at(175, 766) == Approx(.0179).margin(5e-5));
  CHECK(table.at(175, 767) == Approx(.9998).margin(5e-5));
  CHECK(model->config.head_width == 192);
  for (const Slot slot : {Slot::norm1, Slot::attn_out, Slot::resid1, Slot::norm2, Slot::fc2, Slot::out}) CHECK(trace->at(slot, 0).shape() == Shape{176, 768});
  CHECK(trace->at(Slot::fc1, 0).shape() == Shape{176, 1152});
  // Prediction: the norm over all rows, row 0, one number.
  CHECK(trace->at(Slot::norm).shape() == Shape{176, 768});
  for (int j = 0; j < 768; ++j) CHECK(trace->at(Slot::pooled).at(j) == trace->at(Slot::norm).at(0, j));
  CHECK(trace->at(Slot::logits).shape() == Shape{1});
}

TEST_CASE("sinusoids are alike by their distance, also two and seven apart", "[systems]") {
  const PatchGrid grid = std::get<PatchGrid>(PatchGrid::make(224, 224, 16, 16, 0));
  const Tensor line = position_similarity(sinusoidal_table(196, 768), grid);
  const std::map<int, double> expected{{1, .9734}, {2, .9061}, {5, .7410}, {7, .7340}, {14, .6571}, {28, .5741}};
  for (const auto& [distance, cosine] : expected)
    for (const int at : {0, 60, 150}) CHECK(line.at(at, at + distance) == Approx(cosine).margin(5e-5));
}

TEST_CASE("the order of the scrambled mountain is NumPy's with seed 21", "[systems]") {
  std::vector<int> order = permutation(15, 21);
  for (int& place : order) ++place;
  CHECK(order == std::vector<int>{15, 6, 8, 11, 7, 2, 3, 13, 4, 14, 12, 1, 5, 9, 10});
  CHECK(permutation(1, 3) == std::vector<int>{0});
  CHECK(permutation(0, 3).empty());
  CHECK(permutation(15, 21 + (std::uint64_t{1} << 32)) != permutation(15, 21));
  std::vector<int> many = permutation(5000, 9);
  std::sort(many.begin(), many.end());
  for (int i = 0; i < 5000; ++i) REQUIRE(many[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("shapes on the way through the tutorials' models", "[systems]") {
  const VitConfig lucid = preset_config("lucidrains-256-32");
  CHECK(shape_of(Slot::patches, lucid) == Shape{64, 3072});
  CHECK(shape_of(Slot::embed_patch, lucid) == Shape{64, 1024});
  CHECK(shape_of(Slot::embed_cls, lucid) == Shape{65, 1024});
  for (const Slot slot : {Slot::q, Slot::k, Slot::v}) CHECK(shape_of(slot, lucid) == Shape{16, 65, 64});
  for (const Slot slot : {Slot::scores, Slot::attn}) CHECK(shape_of(slot, lucid) == Shape{16, 65, 65});
  CHECK(shape_of(Slot::out, lucid) == Shape{65, 1024});
  CHECK(shape_of(Slot::fc1, lucid) == Shape{65, 2048});
  CHECK(shape_of(Slot::logits, lucid) == Shape{1000});
  CHECK((lucid.channel_last && lucid.head_norm && !lucid.final_norm && !lucid.qkv_bias));
  const VitConfig smaller = preset_config("lucidrains-224-32");
  CHECK((shape_of(Slot::patches, smaller) == Shape{49, 3072} && shape_of(Slot::scores, smaller) == Shape{16, 50, 50}));
  CHECK(preset_config("lucidrains-224-32-128").dim == 128);

  const VitConfig ten = preset_config("vit-b16-10");
  CHECK(shape_of(Slot::embed_patch, ten) == Shape{196, 768});
  CHECK(shape_of(Slot::embed_pos, ten) == Shape{197, 768});
  CHECK(shape_of(Slot::q, ten) == Shape{12, 197, 64});
  CHECK(shape_of(Slot::scores, ten) == Shape{12, 197, 197});
  CHECK(shape_of(Slot::pooled, ten) == Shape{768});
  CHECK(shape_of(Slot::logits, ten) == Shape{10});
  CHECK((ten.patch_length() == 768 && ten.dim == 768));  // by coincidence
  CHECK(preset_config("toy-10").patch_length() == 300);
  // The second toy: 256 channels, patches of 14, width 512.
  const std::string wide_name = "own:height=28,width=28,channels=256,patch=14,dim=512,depth=1,heads=8,hidden=64,classes=10";
  const ModelPtr wide = build_preset(wide_name, 1).value();
  CHECK(shape_of(Slot::patch_grid, wide->config) == Shape{4, 256, 14, 14});
  CHECK(shape_of(Slot::patches, wide->config) == Shape{4, 50176});
  CHECK(shape_of(Slot::embed_patch, wide->config) == Shape{4, 512});
  const TracePtr wide_run = run_system(wide);
  CHECK(find_step("flatten")->explain(*wide_run, {{Slot::patches}, 3, 50175}).value == static_cast<double>(wide_run->at(Slot::input).at(255, 27, 27)));
  CHECK(build_preset("own:channels=1025", 1).error().text.find("channels is 1025: 1 to 1024 work") != std::string::npos);
  const VitConfig fourteen = preset_config("toy-14");
  CHECK((fourteen.patch_height == 14 && fourteen.dim == 512));
  const VitConfig deit = preset_config("deit-b16-distilled");
  CHECK((deit.tokens() == 198 && deit.two_heads && deit.prefix_tokens == 2));
}

TEST_CASE("a convolution whose stride is its kernel is the product with flattened patches", "[systems]") {
  const ModelPtr model = build_preset("toy-10", 3).value();
  const TracePtr trace = run_system(model);
  const Tensor &input = trace->at(Slot::input), &projected = trace->at(Slot::embed_patch), &kernel = model->weights.patch.weight();
  const PatchGrid& grid = model->config.grid;
  double most = 0;
  for (int patch = 0; patch < grid.patches(); ++patch)
    for (int d = 0; d < 64; ++d) {
      double sum = static_cast<double>(model->weights.patch.bias().at(d));
      for (int c = 0; c < 3; ++c)
        for (int y = 0; y < 10; ++y)
          for (int x = 0; x < 10; ++x)
            sum += static_cast<double>(kernel.values()[static_cast<std::size_t>(((d * 3 + c) * 10 + y) * 10 + x)]) *
                   static_cast<double>(input.at(c, grid.row(patch) * 10 + y, grid.column(patch) * 10 + x));
      most = std::max(most, std::fabs(sum - static_cast<double>(projected.at(patch, d))));
    }
  CHECK(most < 1e-5);
}

TEST_CASE("what words cost TNT-S, and how many numbers a patch has", "[systems]") {
  const VitConfig s = preset_config("tnt-s");
  const std::int64_t n = 196, d = 384;
  // A block of the outer transformer over n patches, as the paper counts it: 2nd(6d + n).
  CHECK(2 * n * d * (6 * d + n) == Approx(376e6).epsilon(0.002));
  const std::int64_t block = s.tnt->multiply_adds(196, 1, 384) - s.tnt->multiply_adds(196, 0, 384);
  CHECK(static_cast<double>(2 * n * d * (6 * d + n) + block) == Approx(429e6).epsilon(0.002));
  CHECK(static_cast<double>(2 * n * d * (6 * d + n) + block) / static_cast<double>(2 * n * d * (6 * d + n)) == Approx(1.14).margin(0.005));
  // 16 * 16 * 3 pixels are 16 words of 4 * 4 * 3, not of 4 * 4 * 28.
  CHECK(s.patch_height * s.patch_width * s.channels == 16 * 48);
  CHECK(s.tnt->words() == 16);
}
