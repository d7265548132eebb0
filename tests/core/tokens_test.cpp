// Lengths and likeness of token rows, and the entropy of attention, against closed forms.
#include <catch2/catch.hpp>
#include <cmath>

#include "core/analysis/attention.h"
#include "core/analysis/embedding.h"
#include "core/analysis/tokens.h"
#include "tests/core/small_model.h"

using namespace vitscope;

namespace {

PatchGrid token_grid(int prefix) { return std::get<PatchGrid>(PatchGrid::make(12, 20, 4, 4, prefix)); }  // 3 x 5 patches

Tensor uniform(int heads, int tokens) {
  Tensor attn({heads, tokens, tokens});
  std::fill_n(attn.edit(), attn.size(), 1.0f / static_cast<float>(tokens));
  return attn;
}

Tensor token_identity(int tokens) {
  Tensor attn({1, tokens, tokens});
  std::fill_n(attn.edit(), attn.size(), 0.0f);
  for (int i = 0; i < tokens; ++i) attn.edit()[i * tokens + i] = 1;
  return attn;
}

}  // namespace

TEST_CASE("entropy of uniform attention is log2 of the keys, of one-hot attention 0", "[tokens]") {
  for (const int prefix : {0, 1, 2}) {
    const PatchGrid grid = token_grid(prefix);
    const Tensor even = uniform(2, grid.tokens());
    for (const HeadEntropy& head : head_entropy(even, grid, EntropyKeys::all)) {
      CHECK(head.bits == Approx(std::log2(15 + prefix)).margin(1e-5));
      CHECK(head.prefix_share == Approx(prefix / (15.0 + prefix)).margin(1e-6));
    }
    for (const HeadEntropy& head : head_entropy(even, grid, EntropyKeys::patches)) CHECK(head.bits == Approx(std::log2(15)).margin(1e-5));
    for (const EntropyKeys keys : {EntropyKeys::all, EntropyKeys::patches}) {
      const auto one = head_entropy(token_identity(grid.tokens()), grid, keys);
      REQUIRE(one.size() == 1);
      CHECK(std::abs(one[0].bits) < 1e-12);
      CHECK(one[0].prefix_share == 0);
    }
  }
}

TEST_CASE("entropy agrees with its definition to ten digits", "[tokens]") {
  test::Draw draw(9);
  for (const int size : {1, 3, 50, 577}) {
    std::vector<float> p(static_cast<std::size_t>(size));
    const Tensor random = draw({size}, 12);
    double sum = 0, exact = 0;
    for (std::size_t i = 0; i < p.size(); ++i) sum += p[i] = std::exp(random.at(static_cast<int>(i)));
    for (float& x : p) x = static_cast<float>(static_cast<double>(x) / sum);
    p.back() = 0;
    for (const float x : p)
      if (x > 0) exact -= static_cast<double>(x) * std::log2(static_cast<double>(x));
    CHECK(entropy_bits(p) == Approx(exact).epsilon(1e-10).margin(1e-12));
  }
  for (const float x : {1.0f, 0.5f, 0.70710677f, 0.70710683f, 1e-20f, 0.99999994f, 3e-7f}) {
    const std::vector<float> one{x};
    CHECK(entropy_bits(one) == Approx(-static_cast<double>(x) * std::log2(static_cast<double>(x))).epsilon(1e-9).margin(1e-15));
  }
}

TEST_CASE("entropy over the patches is that of the renormalised rows", "[tokens]") {
  // Every row: half to the class token, a quarter each to the first two patches.
  const PatchGrid grid = token_grid(1);
  Tensor attn({1, grid.tokens(), grid.tokens()});
  std::fill_n(attn.edit(), attn.size(), 0.0f);
  for (int i = 0; i < grid.tokens(); ++i) {
    attn.edit()[i * grid.tokens()] = 0.5f;
    attn.edit()[i * grid.tokens() + 1] = attn.edit()[i * grid.tokens() + 2] = 0.25f;
  }
  CHECK(head_entropy(attn, grid, EntropyKeys::all)[0].bits == Approx(1.5));
  CHECK(head_entropy(attn, grid, EntropyKeys::patches)[0].bits == Approx(1));
  CHECK(head_entropy(attn, grid, EntropyKeys::all)[0].prefix_share == Approx(0.5));
}

TEST_CASE("norms are Euclidean lengths of the rows that enter a block", "[tokens]") {
  const TracePtr trace = test::small_trace();
  const Tensor norms = token_norms(*trace);
  REQUIRE(norms.shape() == Shape{trace->config().depth + 1, trace->config().tokens()});
  for (const int token : {0, 7}) {
    double embedding = 0, last = 0;
    for (const float x : trace->at(Slot::embed_pos).row(token)) embedding += static_cast<double>(x) * static_cast<double>(x);
    for (const float x : trace->at(Slot::out, 2).row(token)) last += static_cast<double>(x) * static_cast<double>(x);
    CHECK(static_cast<double>(norms.at(0, token)) == Approx(std::sqrt(embedding)).epsilon(1e-6));
    CHECK(static_cast<double>(norms.at(3, token)) == Approx(std::sqrt(last)).epsilon(1e-6));
  }
}

TEST_CASE("high norms are those beyond a multiple of the median", "[tokens]") {
  const std::vector<float> norms{10, 11, 9, 31, 10, 12, 8, 25, 10};
  const NormSummary summary = norm_summary(norms);
  CHECK(summary.median == 10);
  CHECK(summary.least == 8);
  CHECK(summary.most == 31);
  CHECK(summary.low == Approx(8.8));
  CHECK(summary.high == Approx(26.2));
  CHECK(high_norm_patches(norms, 2) == std::vector<int>{3, 7});
  CHECK(high_norm_patches(norms, 3) == std::vector<int>{3});
  CHECK(high_norm_patches(norms, 3.1).empty());
}

TEST_CASE("token similarity is symmetric with ones on the diagonal", "[tokens]") {
  const TracePtr trace = test::small_trace();
  for (int position = 0; position <= trace->config().depth; ++position) {
    const Tensor s = token_similarity(*trace, position), exact = cosine_matrix(trace->entering(position));
    for (int i = 0; i < s.dim(0); ++i) {
      CHECK(s.at(i, i) == 1);
      for (int j = 0; j < i; ++j) {
        CHECK(s.at(i, j) == s.at(j, i));
        CHECK(s.at(i, j) == Approx(exact.at(i, j)).margin(1e-6));
      }
    }
  }
}

TEST_CASE("similarity over depth is the mean of the matrix", "[tokens]") {
  const TracePtr trace = test::small_trace();
  const PatchGrid& grid = trace->grid();
  const DepthSimilarity depth = similarity_by_depth(*trace);
  REQUIRE(static_cast<int>(depth.between_patches.size()) == trace->config().depth + 1);
  REQUIRE(depth.to_class_token.size() == depth.between_patches.size());
  for (int position = 0; position <= trace->config().depth; ++position) {
    const Tensor s = cosine_matrix(trace->entering(position));
    double pairs = 0, first = 0;
    for (int a = 0; a < grid.patches(); ++a) {
      first += static_cast<double>(s.at(0, grid.token_of(a))) / grid.patches();
      for (int b = 0; b < grid.patches(); ++b)
        if (a != b) pairs += static_cast<double>(s.at(grid.token_of(a), grid.token_of(b))) / (grid.patches() * (grid.patches() - 1.0));
    }
    const auto at = static_cast<std::size_t>(position);
    CHECK(depth.between_patches[at] == Approx(pairs).margin(1e-5));
    CHECK(depth.to_class_token[at] == Approx(first).margin(1e-5));
  }
}

TEST_CASE("a token's likeness to itself in earlier blocks", "[tokens]") {
  const TracePtr trace = test::small_trace();
  const Tensor self = self_similarity(*trace, 4);
  REQUIRE(self.shape() == Shape{4, 4});
  for (int i = 0; i < 4; ++i) {
    CHECK(self.at(i, i) == 1);
    for (int j = 0; j < i; ++j) CHECK(self.at(i, j) == self.at(j, i));
  }
  CHECK(static_cast<double>(self.at(1, 3)) == Approx(cosine(trace->at(Slot::out, 0).row(4), trace->at(Slot::out, 2).row(4))).margin(1e-6));
  const std::vector<float> x{1, 2, 0}, y{2, -1, 0}, minus{-2, -4, 0}, zero{0, 0, 0};
  CHECK(cosine(x, y) == 0);
  CHECK(cosine(x, x) == Approx(1));
  CHECK(cosine(x, minus) == Approx(-1));
  CHECK(cosine(x, zero) == 0);
}
