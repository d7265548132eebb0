#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "core/analysis/attention.h"
#include "tests/core/small_model.h"

using namespace vitscope;

namespace {
PatchGrid grid_of(int rows, int columns, int patch, int prefix = 1) {
  return std::get<PatchGrid>(PatchGrid::make(rows * patch, columns * patch, patch, patch, prefix));
}

Tensor filled(Shape shape, float value) {
  Tensor tensor(shape);
  std::fill_n(tensor.edit(), tensor.size(), value);
  return tensor;
}

Tensor identity(int heads, int tokens) {
  Tensor attn = filled({heads, tokens, tokens}, 0);
  for (int h = 0; h < heads; ++h) {
    for (int t = 0; t < tokens; ++t) attn.edit()[(h * tokens + t) * tokens + t] = 1;
  }
  return attn;
}

Tensor random_attention(int heads, int tokens, unsigned seed) {
  Tensor attn = test::Draw(seed)({heads, tokens, tokens}, 0.5f, 0.5f);
  for (int r = 0; r < heads * tokens; ++r) {
    float* row = attn.edit() + r * tokens;
    const float sum = std::accumulate(row, row + tokens, 0.0f);
    for (int t = 0; t < tokens; ++t) row[t] /= sum;
  }
  return attn;
}

double distance(const Tensor& attn, const PatchGrid& grid, DistanceDefinition definition, DistanceUnit unit = DistanceUnit::pixels) {
  return attention_distance(attn, grid, definition, unit).front().distance;
}

constexpr DistanceDefinition kDefinitions[] = {DistanceDefinition::paper, DistanceDefinition::keras, DistanceDefinition::renormalised};

}  // namespace

TEST_CASE("attention to oneself has distance 0", "[analysis]") {
  const PatchGrid grid = grid_of(3, 5, 20);
  for (DistanceDefinition definition : kDefinitions) {
    for (const HeadDistance& head : attention_distance(identity(2, 16), grid, definition)) {
      CHECK(head.distance == 0);
      CHECK(head.prefix_share == 0);
    }
  }
}

TEST_CASE("uniform attention has the known mean distance", "[analysis]") {
  struct Case {
    int rows, columns, patch;
    double pixels;
  };
  for (const Case& c : {Case{14, 14, 16, 116.492}, Case{7, 7, 32, 115.503}, Case{8, 8, 32, 132.367}, Case{3, 5, 20, 40.796}}) {
    const PatchGrid grid = grid_of(c.rows, c.columns, c.patch);
    CHECK(uniform_attention_distance(grid) == Approx(c.pixels).margin(5e-4));
    CHECK(uniform_attention_distance(grid, DistanceUnit::cells) == Approx(c.pixels / c.patch).epsilon(1e-5));
    const double diagonal = c.patch * std::hypot(c.rows, c.columns);
    CHECK(uniform_attention_distance(grid, DistanceUnit::diagonal_share) == Approx(c.pixels / diagonal).epsilon(1e-5));

    // The class token takes its equal share of the mass: keras loses it, the others do not.
    const int tokens = grid.tokens();
    const Tensor attn = filled({1, tokens, tokens}, 1.0f / static_cast<float>(tokens));
    CHECK(distance(attn, grid, DistanceDefinition::renormalised) == Approx(c.pixels).margin(5e-4));
    CHECK(distance(attn, grid, DistanceDefinition::paper) == Approx(c.pixels).margin(5e-4));
    CHECK(distance(attn, grid, DistanceDefinition::keras) == Approx(c.pixels * (tokens - 1) / tokens).margin(1e-3));
    CHECK(attention_distance(attn, grid, DistanceDefinition::keras).front().prefix_share == Approx(1.0 / tokens));
  }
}

TEST_CASE("half of the mass on the class token halves the distance without renormalising", "[analysis]") {
  const PatchGrid grid = grid_of(14, 14, 16);
  Tensor attn = filled({1, 197, 197}, 0.5f / 196);
  for (int row = 0; row < 197; ++row) attn.edit()[row * 197] = 0.5f;
  CHECK(distance(attn, grid, DistanceDefinition::keras) == Approx(58.246).margin(1e-3));
  const HeadDistance head = attention_distance(attn, grid, DistanceDefinition::renormalised).front();
  CHECK(head.distance == Approx(116.492).margin(1e-3));
  CHECK(head.prefix_share == Approx(0.5));
}

TEST_CASE("single keys are as far as the grid says", "[analysis]") {
  const PatchGrid grid = grid_of(3, 5, 20);
  const auto looking_at = [&](int key) {
    Tensor attn = filled({1, 16, 16}, 0);
    for (int query = 0; query < 16; ++query) attn.edit()[query * 16 + grid.token_of(key)] = 1;
    return distance(attn, grid, DistanceDefinition::renormalised);
  };
  CHECK(looking_at(grid.patch_at(1, 2)) == Approx(30.135).margin(5e-4));
  CHECK(looking_at(0) == Approx(49.437).margin(5e-4));
  const PatchGrid square = grid_of(14, 14, 16);
  CHECK(square.distance(0, 195) == Approx(294.156).margin(5e-4));
}

TEST_CASE("attention that all goes to the class token has no distance", "[analysis]") {
  const PatchGrid grid = grid_of(2, 3, 4);
  Tensor attn = filled({1, 7, 7}, 0);
  for (int row = 0; row < 7; ++row) attn.edit()[row * 7] = 1;
  for (DistanceDefinition definition : kDefinitions) CHECK(distance(attn, grid, definition) == 0);
}

TEST_CASE("patches that are not square tell the paper's unit from ours", "[analysis]") {
  const PatchGrid grid = std::get<PatchGrid>(PatchGrid::make(8, 4, 4, 2, 0));
  Tensor attn = filled({1, 4, 4}, 0);
  for (int query = 0; query < 4; ++query) attn.edit()[query * 4 + (query + 2) % 4] = 1;  // straight up or down
  CHECK(distance(attn, grid, DistanceDefinition::renormalised) == Approx(4));
  CHECK(distance(attn, grid, DistanceDefinition::paper) == Approx(2));
  CHECK(distance(attn, grid, DistanceDefinition::paper, DistanceUnit::cells) == Approx(1));
}

TEST_CASE("the paper's uniform distance is in its own pixels", "[analysis]") {
  const PatchGrid grid = std::get<PatchGrid>(PatchGrid::make(8, 4, 4, 2, 0));  // 2 x 2 patches of 4 x 2 pixels
  CHECK(uniform_attention_distance(grid, DistanceUnit::pixels, DistanceDefinition::paper) == Approx(2 * (1 + 1 + std::sqrt(2.0)) / 4));
  CHECK(uniform_attention_distance(grid) == Approx((4 + 2 + std::sqrt(20.0)) / 4));
}

TEST_CASE("(1 - f) ties the definitions of one query, with several prefix tokens and with none", "[analysis]") {
  for (const int prefix : {0, 1, 2, 5}) {
    const PatchGrid grid = grid_of(2, 3, 4, prefix);
    // All queries look alike, so that the means are tied as the queries are.
    Tensor attn({1, grid.tokens(), grid.tokens()});
    for (int query = 0; query < grid.tokens(); ++query)
      for (int key = 0; key < grid.tokens(); ++key) attn.edit()[query * grid.tokens() + key] = key < prefix ? 0.1f : (1 - 0.1f * static_cast<float>(prefix)) / 6;
    const HeadDistance ours = attention_distance(attn, grid, DistanceDefinition::renormalised).front(), keras = attention_distance(attn, grid, DistanceDefinition::keras).front();
    CHECK(ours.prefix_share == Approx(0.1 * prefix).margin(1e-6));
    CHECK(keras.distance == Approx((1 - ours.prefix_share) * ours.distance));
    CHECK(ours.distance == Approx(uniform_attention_distance(grid)));
  }
}

TEST_CASE("entropy counts bits", "[analysis]") {
  CHECK(entropy_bits(filled({197}, 1.0f / 197).values()) == Approx(7.622).margin(5e-4));
  CHECK(entropy_bits(filled({50}, 1.0f / 50).values()) == Approx(5.644).margin(5e-4));
  const float sure[] = {0, 1, 0};
  CHECK(entropy_bits(sure) == 0);
}

TEST_CASE("rollout of simple attentions", "[analysis]") {
  SECTION("identity stays identity") {
    const std::vector<Tensor> blocks(4, identity(3, 5));
    const Tensor rollout = attention_rollout(blocks);
    for (int i = 0; i < 5; ++i) {
      for (int j = 0; j < 5; ++j) CHECK(rollout.at(i, j) == (i == j ? 1.0f : 0.0f));
    }
  }
  SECTION("one layer is half attention, half identity") {
    const Tensor attn = random_attention(1, 6, 3);
    const Tensor rollout = attention_rollout(std::vector<Tensor>{attn});
    for (int i = 0; i < 6; ++i) {
      for (int j = 0; j < 6; ++j) CHECK(rollout.at(i, j) == Approx(0.5 * attn.at(0, i, j) + (i == j ? 0.5 : 0)).margin(1e-7));
    }
  }
  SECTION("uniform attention in twelve layers") {
    const std::vector<Tensor> blocks(12, filled({2, 197, 197}, 1.0f / 197));
    const Tensor rollout = attention_rollout(blocks);
    CHECK(rollout.at(0, 1) == Approx(0.0050749).margin(5e-8));
    CHECK(rollout.at(0, 0) == Approx(0.0053190).margin(5e-8));
  }
}

TEST_CASE("rollout multiplies later layers from the left, and its rows sum to 1", "[analysis]") {
  const std::vector<Tensor> blocks{random_attention(2, 5, 1), random_attention(2, 5, 2)};
  const Tensor both = attention_rollout(blocks);
  const Tensor first = attention_rollout(std::span(blocks).first(1)), second = attention_rollout(blocks, {.start_block = 1});
  for (int i = 0; i < 5; ++i) {
    for (int j = 0; j < 5; ++j) {
      double product = 0;
      for (int k = 0; k < 5; ++k) product += static_cast<double>(second.at(i, k)) * first.at(k, j);
      CHECK(both.at(i, j) == Approx(product).margin(1e-6));
    }
  }
  for (HeadFusion fusion : {HeadFusion::mean, HeadFusion::max, HeadFusion::min}) {
    for (double discard : {0.0, 0.5}) {
      const Tensor rollout = attention_rollout(blocks, {.fusion = fusion, .discard = discard});
      for (int i = 0; i < 5; ++i) {
        const auto row = rollout.row(i);
        CHECK(std::accumulate(row.begin(), row.end(), 0.0) == Approx(1).margin(1e-6));
      }
    }
  }
  CHECK(attention_rollout({}).empty());
}

TEST_CASE("discarding keeps the entry of the class token", "[analysis]") {
  Tensor attn({1, 2, 2});
  const float values[] = {0.1f, 0.9f, 0.2f, 0.8f};
  std::copy_n(values, 4, attn.edit());
  const Tensor kept = attention_rollout(std::vector<Tensor>{attn}, {.residual = false, .discard = 0.5});
  // The two smallest are (0, 0), which is protected, and (1, 0).
  CHECK(kept.at(0, 0) == Approx(0.1));
  CHECK(kept.at(1, 0) == 0);
  CHECK(kept.at(1, 1) == 1);
}

TEST_CASE("the class token's rollout is its row of the whole", "[analysis]") {
  const TracePtr trace = test::small_trace();
  std::vector<Tensor> blocks;
  for (int block = 0; block < 3; ++block) blocks.push_back(trace->at(Slot::attn, block));
  for (int start : {0, 2}) {
    const RolloutOptions options{.start_block = start};
    const Tensor whole = attention_rollout(blocks, options), row = class_rollout(*trace, options);
    REQUIRE(row.shape() == Shape{15});
    for (int patch = 0; patch < 15; ++patch) CHECK(row.at(patch) == Approx(whole.at(0, 1 + patch)).margin(1e-7));
  }
}

TEST_CASE("discarding takes the smallest share of all weights, of equal ones the first", "[analysis]") {
  // 3 x 3 entries: 0.9 * 9 is cut to 8, so that all but the largest and the protected first are gone.
  const float values[] = {0.05f, 0.35f, 0.6f, 0.2f, 0.3f, 0.5f, 0.1f, 0.2f, 0.7f};
  const Tensor attn({1, 3, 3}, values);
  const Tensor a = rollout_factor(attn, {.discard = 0.9});
  CHECK(a.at(0, 0) == Approx(1));  // (0.05 + 1) / 2, divided by itself
  CHECK(a.at(0, 1) == 0);
  CHECK(a.at(0, 2) == 0);
  CHECK(a.at(1, 1) == 1);
  CHECK(a.at(1, 2) == 0);
  CHECK(a.at(2, 2) == 1);
  const Tensor half = rollout_factor(attn, {.residual = false, .discard = 0.5});  // 4 of 9: 0.05 (protected), 0.1 and both 0.2
  CHECK(half.at(0, 0) == Approx(0.05));
  CHECK(half.at(1, 0) == 0);
  CHECK(half.at(2, 0) == 0);
  CHECK(half.at(2, 1) == 0);
  CHECK(half.at(1, 1) == Approx(0.375));
}

TEST_CASE("vit-explain's code divides columns by the sums of rows", "[analysis]") {
  const float values[] = {0.5f, 0.5f, 0.25f, 0.75f};
  const std::vector<Tensor> one{Tensor({1, 2, 2}, values)};
  // Without the residual and with everything kept rows sum to 1 already: nothing differs.
  const Tensor same = attention_rollout(one, {.residual = false, .divide_columns = true});
  for (int i = 0; i < 4; ++i) CHECK(same.values()[static_cast<std::size_t>(i)] == Approx(values[i]));
  // Largest of two heads: rows (0.5 0.5) and (0.9 0.75) sum to 1 and 1.65.
  const float heads[] = {0.5f, 0.5f, 0.25f, 0.75f, 0.5f, 0.5f, 0.9f, 0.1f};
  const Tensor columns = rollout_factor(Tensor({2, 2, 2}, heads), {.fusion = HeadFusion::max, .residual = false, .divide_columns = true});
  CHECK(columns.at(0, 0) == Approx(0.5));
  CHECK(columns.at(0, 1) == Approx(0.5 / 1.65));
  CHECK(columns.at(1, 0) == Approx(0.9));
  CHECK(columns.at(1, 1) == Approx(0.75 / 1.65));
  const RowSums sums = rollout_row_sums(std::span(&columns, 1));
  CHECK(sums.smallest == Approx(0.5 + 0.5 / 1.65));
  CHECK(sums.largest == Approx(0.9 + 0.75 / 1.65));
}

TEST_CASE("rollout block by block ends in the whole product's row", "[analysis]") {
  const std::vector<Tensor> blocks{random_attention(2, 5, 1), random_attention(2, 5, 2), random_attention(2, 5, 3)};
  for (const RolloutVariant& variant : rollout_variants()) {
    INFO(variant.name);
    RolloutOptions options = variant.options;
    const Tensor whole = attention_rollout(blocks, options);
    std::vector<Tensor> factors;
    for (std::size_t block = static_cast<std::size_t>(options.start_block); block < blocks.size(); ++block) factors.push_back(rollout_factor(blocks[block], options));
    const Tensor rows = rollout_rows(factors, rollout_query(grid_of(2, 2, 4)).values());
    REQUIRE(rows.shape() == Shape{static_cast<int>(factors.size()), 5});
    for (int j = 0; j < 5; ++j) CHECK(rows.at(rows.dim(0) - 1, j) == Approx(whole.at(0, j)).margin(1e-6));
    const RowSums sums = rollout_row_sums(factors);
    double smallest = 1e9, largest = -1e9;
    for (int i = 0; i < 5; ++i) {
      const auto row = whole.row(i);
      const double sum = std::accumulate(row.begin(), row.end(), 0.0);
      smallest = std::min(smallest, sum);
      largest = std::max(largest, sum);
    }
    CHECK(sums.smallest == Approx(smallest).margin(1e-6));
    CHECK(sums.largest == Approx(largest).margin(1e-6));
    if (!options.divide_columns) CHECK(sums.largest == Approx(1).margin(1e-6));
  }
}

TEST_CASE("published rollouts that agree in their numbers agree", "[analysis]") {
  const std::vector<Tensor> blocks{random_attention(3, 5, 4), random_attention(3, 5, 5)};
  const auto options_of = [](std::string_view name) {
    const auto variants = rollout_variants();
    return std::find_if(variants.begin(), variants.end(), [&](const RolloutVariant& v) { return v.name == name; })->options;
  };
  CHECK(options_of("ours") == options_of("Keras"));
  CHECK(options_of("ours") == options_of("ViT paper"));
  CHECK(options_of("vit-explain").fusion == HeadFusion::max);
  CHECK(options_of("vit-explain").discard == 0.9);
  CHECK(attention_rollout(std::span(blocks).last(1), options_of("ours")).values()[3] == attention_rollout(blocks, options_of("Chefer")).values()[3]);
}

TEST_CASE("without a class token a rollout is read for all patches", "[analysis]") {
  const PatchGrid grid = grid_of(2, 2, 4, 0);
  const Tensor query = rollout_query(grid);
  for (int i = 0; i < 4; ++i) CHECK(query.at(i) == 0.25f);
  const Tensor rows = rollout_rows(std::vector<Tensor>{rollout_factor(filled({1, 4, 4}, 0.25f), {})}, query.values());
  for (int i = 0; i < 4; ++i) CHECK(rows.at(0, i) == Approx(0.25));
  const Tensor beside_registers = rollout_query(std::get<PatchGrid>(PatchGrid::make(8, 8, 4, 4, {false, false, 2})));
  for (int i = 0; i < 6; ++i) CHECK(beside_registers.at(i) == (i < 2 ? 0.0f : 0.25f));
  const Tensor of_class = rollout_query(grid_of(2, 2, 4, 2));
  CHECK(of_class.shape() == Shape{6});
  CHECK(of_class.at(0) == 1);
  CHECK(of_class.at(1) == 0);
}

TEST_CASE("brightness of a rollout", "[analysis]") {
  const PatchGrid grid = grid_of(2, 3, 8);
  SECTION("bilinear: shares over the largest, between the middles of cells") {
    const float shares[] = {0.1f, 0.2f, 0.4f, 0, 0.1f, 0.2f};
    const BrightnessMask mask = brightness_mask(Tensor({2, 3}, shares), grid, RolloutDisplay::bilinear);
    CHECK(mask.black == 0);
    CHECK(mask.white == Approx(0.4));
    CHECK(mask.at({20, 4}, 16, 24) == Approx(1));
    CHECK(mask.at({12, 4}, 16, 24) == Approx(0.5));
    CHECK(mask.at({16, 4}, 16, 24) == Approx(0.75));
    CHECK(mask.at({0, 0}, 16, 24) == Approx(0.25));
    CHECK(mask.at({12, 8}, 16, 24) == Approx(0.375));
  }
  SECTION("the paper's: spread from 0 to 1, brightest where the share is") {
    float shares[6] = {};
    shares[0] = 0.5f;
    const BrightnessMask mask = brightness_mask(Tensor({2, 3}, shares), grid, RolloutDisplay::vit_paper);
    REQUIRE(mask.values.shape() == Shape{16, 24});
    const auto values = mask.values.values();
    CHECK(*std::min_element(values.begin(), values.end()) == 0);
    CHECK(*std::max_element(values.begin(), values.end()) == 1);
    CHECK(mask.values.at(0, 0) == 1);
    CHECK(mask.values.at(15, 23) == Approx(0).margin(1e-3));
    CHECK(mask.white < 0.5);  // the blur takes from the largest
    CHECK(mask.black < mask.white);
  }
  SECTION("equal shares are equally dark") {
    const BrightnessMask mask = brightness_mask(filled({2, 3}, 0.125f), grid, RolloutDisplay::vit_paper);
    for (const float value : mask.values.values()) CHECK(value == 0);
    CHECK(mask.black == Approx(mask.white));
  }
}

TEST_CASE("head maps", "[analysis]") {
  const Tensor attn = random_attention(3, 4, 5);
  const Tensor one = head_map(attn, 1), mean = head_map(attn, -1), most = head_map(attn, -2);
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j) {
      const float a = attn.at(0, i, j), b = attn.at(1, i, j), c = attn.at(2, i, j);
      CHECK(one.at(i, j) == b);
      CHECK(mean.at(i, j) == Approx((a + b + c) / 3));
      CHECK(most.at(i, j) == std::max({a, b, c}));
    }
  }
}
