#include "core/model/architecture.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "core/forward.h"

using namespace vitscope;

namespace {

ArchitectureWish small() {
  ArchitectureWish wish;
  wish.height = 12, wish.width = 20, wish.patch = 4, wish.dim = 24, wish.depth = 2, wish.heads = 3, wish.hidden = 40, wish.classes = 5;
  return wish;
}

std::set<std::string> fields_of(const std::vector<WishRefusal>& refusals) {
  std::set<std::string> fields;
  for (const WishRefusal& refusal : refusals) fields.emplace(refusal.field);
  return fields;
}

std::string error_of(const std::string& text) {
  const auto wish = parse_wish(text);
  REQUIRE_FALSE(wish.ok());
  CHECK(wish.error().text.find('\n') == std::string::npos);
  return wish.error().text;
}

/// Every fix takes its own obstacle away and puts none in the way; alone it makes the wish legal.
void check_fixes(const ArchitectureWish& wish) {
  const auto refusals = check(wish);
  INFO(preset_text(wish));
  CHECK_FALSE(refusals.empty());
  for (const WishRefusal& refusal : refusals) {
    INFO(refusal.reason.text());
    CHECK_FALSE(refusal.fixes.empty());
    CHECK(refusal.reason.text().find('{') == std::string::npos);
    for (const WishRefusal::Fix& fix : refusal.fixes) {
      INFO(fix.label.text());
      CHECK(fix.label.text().find('{') == std::string::npos);
      const auto left = check(fix.wish);
      CHECK_FALSE(fields_of(left).contains(std::string(refusal.field)));
      CHECK((refusals.size() > 1 ? left.size() < refusals.size() : left.empty()));
    }
  }
}

}  // namespace

TEST_CASE("counts known without building are those of the built model, of its run too", "[architecture]") {
  ThreadPool pool(1);
  for (const Pooling pooling : {Pooling::class_token, Pooling::mean})
    for (const PositionKind position : {PositionKind::learned, PositionKind::sinusoid, PositionKind::sinusoid_2d, PositionKind::none})
      for (const bool bias : {false, true})
        for (const int channels : {1, 2, 3, 4, 7}) {
          ArchitectureWish wish = small();
          wish.pooling = pooling, wish.position = position, wish.qkv_bias = bias, wish.channels = channels;
          INFO(preset_text(wish));
          REQUIRE(check(wish).empty());
          const WishCosts costs = costs_of(wish, *config_of(wish));
          const ModelPtr model = build_architecture(wish, 3).value();
          CHECK(model->parameters == costs.parameters);
          CHECK(model->config.multiply_adds() == costs.multiply_adds);
          CHECK(model->random_weights);
          auto picture = std::make_shared<Picture>();
          picture->image = Image::of_bytes(20, 12, 3, std::vector<std::uint8_t>(20 * 12 * 3, 90));
          const TracePtr trace = forward(model, preprocess(picture, model->preprocess), pool);
          std::int64_t numbers = costs.parameters;
          for (const TensorRef& ref : tensors_of(model->config)) numbers += trace->at(ref).size();
          CHECK(costs.bytes == numbers * 4);
          for (const float logit : trace->at(Slot::logits).values()) CHECK(std::isfinite(logit));
        }
}

TEST_CASE("the counts of published architectures", "[architecture]") {
  ArchitectureWish b16;
  b16.height = b16.width = 224, b16.patch = 16, b16.dim = 768, b16.depth = 12, b16.heads = 12, b16.hidden = 3072, b16.classes = 1000;
  CHECK(check(b16).empty());
  CHECK(costs_of(b16, *config_of(b16)).parameters == 86'567'656);
  CHECK(costs_of(b16, *config_of(b16)).multiply_adds == 17'563'828'224);
  const auto lanl = parse_wish("own:height=60,width=100,channels=1,patch=20,dim=768,depth=12,heads=4,hidden=1152,classes=1,pool=cls,position=sinusoid,bias=off,skip=on");
  REQUIRE(lanl.ok());
  CHECK(check(*lanl).empty());
  CHECK(config_of(*lanl)->value_skip);
  CHECK_FALSE(ArchitectureWish{}.value_skip);
  CHECK(costs_of(*lanl, *config_of(*lanl)).parameters == build_preset("lanl-mountain", 1, PresetWeights::zeros).value()->parameters);
}

TEST_CASE("the position table is the wished one", "[architecture]") {
  ArchitectureWish wish = small();
  const auto table = [&](PositionKind kind) {
    wish.position = kind;
    return build_architecture(wish, 3).value()->weights.position;
  };
  const Tensor raster = table(PositionKind::sinusoid), grid = table(PositionKind::sinusoid_2d), none = table(PositionKind::none);
  CHECK(raster.at(2, 1) == Approx(std::cos(2.0)));
  // Patch 6 lies in row 1, column 1; the class token has no place.
  CHECK(grid.at(1 + 6, 0) == Approx(std::sin(1.0)));
  CHECK(grid.at(1 + 6, 3 * 6) == Approx(std::cos(1.0)));
  CHECK(std::all_of(grid.data(), grid.data() + 24, [](float x) { return x == 0; }));
  CHECK(std::all_of(none.values().begin(), none.values().end(), [](float x) { return x == 0; }));
  CHECK(table(PositionKind::learned).at(3, 3) != 0);
}

TEST_CASE("16 does not divide 60 x 100, and what would", "[architecture]") {
  ArchitectureWish wish;
  wish.patch = 16;
  const auto refusals = check(wish);
  REQUIRE(refusals.size() == 1);
  CHECK(refusals[0].field == "patch");
  CHECK(refusals[0].reason.text() == "16 does not divide 60 × 100: 12 rows and 4 columns are left over");
  std::vector<std::string> labels;
  for (const auto& fix : refusals[0].fixes) labels.push_back(fix.label.text());
  CHECK(labels == std::vector<std::string>{"larger picture 64 × 112", "smaller picture 48 × 96", "patch 4", "patch 5", "patch 10", "patch 20"});
  check_fixes(wish);
  const auto built = build_architecture(wish, 1);
  REQUIRE_FALSE(built.ok());
  CHECK(built.error().text.find("12 rows and 4 columns") != std::string::npos);
  CHECK_FALSE(config_of(wish));
}

TEST_CASE("whatever is refused has ways out that are legal", "[architecture]") {
  ArchitectureWish base;
  std::vector<ArchitectureWish> wishes;
  const auto add = [&](auto change) {
    ArchitectureWish wish = base;
    change(wish);
    wishes.push_back(wish);
  };
  add([](auto& w) { w.heads = 5; });
  add([](auto& w) { w.dim = 190, w.heads = 5, w.position = PositionKind::sinusoid_2d; });
  add([](auto& w) { w.dim = 191, w.heads = 4, w.position = PositionKind::sinusoid_2d; });
  add([](auto& w) { w.patch = 16, w.heads = 7; });
  add([](auto& w) { w.patch = 61, w.width = 61; });
  add([](auto& w) { w.height = 61, w.patch = 60; });
  add([](auto& w) { w.height = w.width = 2048, w.patch = 8; });
  add([](auto& w) { w.height = w.width = 1024, w.patch = 16, w.dim = 768, w.depth = 12, w.heads = 12, w.hidden = 3072; });
  add([](auto& w) { w.dim = 16384, w.depth = 24, w.heads = 16, w.hidden = 65536; });
  for (const WishNumber& number : kWishNumbers) {
    add([&](auto& w) { w.*number.value = 0; });
    add([&](auto& w) { w.*number.value = -3; });
    add([&](auto& w) { w.*number.value = 999999; });
  }
  for (const ArchitectureWish& wish : wishes) {
    const bool ranges_only = std::any_of(std::begin(kWishNumbers), std::end(kWishNumbers), [&](const WishNumber& n) { return wish.*n.value < n.least || wish.*n.value > n.most; });
    const auto refusals = check(wish);
    INFO(preset_text(wish));
    CHECK_FALSE(refusals.empty());
    CHECK_FALSE(build_architecture(wish, 1).ok());
    if (!ranges_only) check_fixes(wish);
  }
  const auto memory = check(wishes[7]);
  REQUIRE(memory.size() == 1);
  CHECK(memory[0].field == "memory");
  CHECK(memory[0].reason.text().find("4097 tokens); up to 4.0 GiB work") != std::string::npos);
}

TEST_CASE("a wish is written and read again", "[architecture]") {
  ArchitectureWish wish = small();
  wish.pooling = Pooling::mean, wish.position = PositionKind::sinusoid_2d, wish.place = PositionPlace::every_own, wish.qkv_bias = false, wish.value_skip = true;
  CHECK(parse_wish(preset_text(wish)).value() == wish);
  CHECK(parse_wish("own:").value() == ArchitectureWish{});
  CHECK(error_of("own:patch=x") == "own: patch is 'x', which is not a whole number");
  CHECK(error_of("own:patch=99999999999").starts_with("own: patch is"));
  CHECK(error_of("own:patch") == "own: 'patch' is not KEY=VALUE");
  CHECK(error_of("own:pool=max") == "own: pool is 'max'; there are cls, mean");
  CHECK(error_of("own:\nsize=3").starts_with("own: there is no '?size'; there are height, width, "));
  const ModelPtr model = build_preset("own:patch=10,depth=1", 5).value();
  CHECK(model->name == "own 60x100/10");
  CHECK(model->metadata.at("preset") == preset_text(parse_wish("own:patch=10,depth=1").value()));
  CHECK(model->metadata.at("seed") == "5");
  CHECK_FALSE(build_preset("own:patch=16", 5).ok());
}
