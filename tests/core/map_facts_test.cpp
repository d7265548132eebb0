#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "core/analysis/attention.h"
#include "core/analysis/map_facts.h"
#include "tests/core/small_model.h"

using namespace vitscope;

TEST_CASE("a map whose tokens are all alike has log2 T bits", "[map_facts]") {
  for (const auto& [tokens, bits] : {std::pair{197, 7.622}, std::pair{50, 5.644}, std::pair{64, 6.0}}) {
    const std::vector<float> values(static_cast<std::size_t>(tokens), 1.0f / static_cast<float>(tokens));
    const MapFacts facts = map_facts(values, 1);
    CHECK(facts.entropy_bits == Approx(bits).margin(5e-4));
    CHECK(facts.entropy_bits == Approx(std::log2(tokens)).margin(1e-5));
    CHECK(facts.sum == Approx(1).margin(1e-5));
    CHECK(facts.uniform == Approx(1.0 / tokens));
    CHECK(facts.min == Approx(facts.max));
    CHECK(facts.prefix_share == Approx(1.0 / tokens));
    CHECK(facts.patch_mass() == Approx(1 - 1.0 / tokens).margin(1e-5));
  }
}

TEST_CASE("a map with all of its share in one place has no entropy", "[map_facts]") {
  for (const int at : {0, 2, 5}) {
    std::vector<float> values(6, 0.0f);
    values[static_cast<std::size_t>(at)] = 1;
    const MapFacts facts = map_facts(values, 2);
    CHECK(facts.entropy_bits == 0.0);
    CHECK(facts.strongest == at);
    CHECK(facts.prefix_share == (at < 2 ? 1.0 : 0.0));
    CHECK(facts.max == (at < 2 ? 0.0 : 1.0));
    CHECK(facts.min == 0.0);
  }
}

TEST_CASE("the facts of a map count the prefix tokens apart, however many there are", "[map_facts]") {
  const std::vector<float> values{0.5f, 0.125f, 0.25f, 0.125f};
  CHECK(map_facts(values, 0).prefix_share == 0.0);
  CHECK(map_facts(values, 0).max == 0.5);
  CHECK(map_facts(values, 1).prefix_share == 0.5);
  CHECK(map_facts(values, 1).max == 0.25);
  CHECK(map_facts(values, 2).prefix_share == 0.625);
  CHECK(map_facts(values, 2).patch_mass() == 0.375);
  CHECK(map_facts(values, 4).max == 0.0);
  CHECK(map_facts(values, 1).entropy_bits == Approx(1.75));
  // A column or a maximum over heads has another sum; its entropy is that of the values divided by it.
  const std::vector<float> twice{1.0f, 0.25f, 0.5f, 0.25f};
  CHECK(map_facts(twice, 1).sum == 2.0);
  CHECK(map_facts(twice, 1).entropy_bits == Approx(1.75));
  CHECK(map_facts({}, 1).sum == 0.0);
}

TEST_CASE("equal values share the better rank", "[map_facts]") {
  const std::vector<float> values{0.1f, 0.4f, 0.4f, 0.05f, 0.05f};
  CHECK(rank_of(values, 1) == 1);
  CHECK(rank_of(values, 2) == 1);
  CHECK(rank_of(values, 0) == 3);
  CHECK(rank_of(values, 3) == 4);
  CHECK(rank_of(values, 4) == 4);
}

TEST_CASE("rows and columns of heads, their mean and their maximum are those of the map of heads", "[map_facts]") {
  const Tensor attn = test::Draw(3)({3, 5, 5}, 0.5f, 0.5f);
  for (const int head : {0, 2, -1, -2}) {
    const Tensor map = head_map(attn, head);
    for (int token = 0; token < 5; ++token)
      for (const bool column : {false, true}) {
        const std::vector<float> of_heads = row_or_column(attn, head, token, column), of_map = row_or_column(map, token, column);
        for (int i = 0; i < 5; ++i) {
          CHECK(of_heads[static_cast<std::size_t>(i)] == Approx(column ? map.at(i, token) : map.at(token, i)));
          CHECK(of_map[static_cast<std::size_t>(i)] == (column ? map.at(i, token) : map.at(token, i)));
        }
      }
  }
}

TEST_CASE("the difference of two maps says what moved", "[map_facts]") {
  const std::vector<float> a{0.5f, 0.25f, 0.25f, 0.0f}, b{0.25f, 0.25f, 0.25f, 0.25f};
  const MapDifference difference = map_difference(a, b);
  CHECK(difference.values == std::vector<float>{-0.25f, 0.0f, 0.0f, 0.25f});
  CHECK(difference.total_variation == 0.25);
  CHECK(difference.most_gained == 3);
  CHECK(difference.most_lost == 0);
  CHECK(difference.correlation == 0.0);
  CHECK(map_difference(a, a).total_variation == 0.0);
  CHECK(map_difference(a, a).correlation == Approx(1));
  const std::vector<float> mirrored{0.0f, 0.25f, 0.25f, 0.5f};
  CHECK(map_difference(a, mirrored).correlation == Approx(-1));
}
