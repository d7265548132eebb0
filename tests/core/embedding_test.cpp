#include "core/analysis/embedding.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "tests/core/small_model.h"

using namespace vitscope;

namespace {
PatchGrid embedding_grid(int rows, int columns, int patch, int prefix = 1) {
  return std::get<PatchGrid>(PatchGrid::make(rows * patch, columns * patch, patch, patch, prefix));
}

Tensor embedding_filled(Shape shape, float value) {
  Tensor tensor(shape);
  std::fill_n(tensor.edit(), tensor.size(), value);
  return tensor;
}

/// Each token's own row of the sinusoid table of Vaswani et al. 2017.
Tensor sinusoids(int rows, int dim) {
  Tensor table({rows, dim});
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < dim; ++j) {
      const double angle = i / std::pow(10000.0, (j / 2 * 2) / static_cast<double>(dim));
      table.edit()[i * dim + j] = static_cast<float>(j % 2 ? std::cos(angle) : std::sin(angle));
    }
  }
  return table;
}

/// A model that consists of a patch projection only.
Model projection(Tensor weight, int channels, int patch_height, int patch_width) {
  Model model;
  model.config.dim = weight.dim(0);
  model.config.channels = channels;
  model.config.patch_height = patch_height;
  model.config.patch_width = patch_width;
  model.weights.patch = ops::Linear(std::move(weight), {});
  return model;
}
}  // namespace

TEST_CASE("position similarity leaves out the class token's row, not the last", "[analysis]") {
  const PatchGrid grid = embedding_grid(3, 5, 4);
  const Tensor position = test::Draw(4)({16, 24});
  const Tensor cosine = position_similarity(position, grid), dots = position_similarity(position, grid, Similarity::dot_product);
  for (int i = 0; i < 15; ++i) {
    CHECK(cosine.at(i, i) == 1);
    for (int j = 0; j < 15; ++j) {
      CHECK(cosine.at(i, j) == cosine.at(j, i));
      CHECK(std::fabs(cosine.at(i, j)) <= 1);
      const auto a = position.row(1 + i), b = position.row(1 + j);
      CHECK(dots.at(i, j) == Approx(std::inner_product(a.begin(), a.end(), b.begin(), 0.0)).margin(1e-5));
    }
  }
}

TEST_CASE("sinusoids are alike by their distance in the raster", "[analysis]") {
  const Tensor cosine = position_similarity(sinusoids(197, 768), embedding_grid(14, 14, 16));
  const std::pair<int, double> expected[] = {{1, .9734}, {2, .9061}, {5, .7410}, {7, .7340}, {14, .6571}, {28, .5741}};
  for (const auto& [apart, value] : expected) {
    CHECK(cosine.at(0, apart) == Approx(value).margin(5e-5));
    CHECK(cosine.at(100, 100 + apart) == Approx(value).margin(5e-5));
  }
}

TEST_CASE("means over rows, columns and the rest count every pair once in each order", "[analysis]") {
  const PatchGrid grid = embedding_grid(2, 3, 4);
  Tensor similarity({6, 6});
  for (int a = 0; a < 6; ++a)
    for (int b = 0; b < 6; ++b) similarity.edit()[a * 6 + b] = a == b ? 1 : a / 3 == b / 3 ? 0.5f : a % 3 == b % 3 ? 0.25f : -0.125f;
  const PositionMeans means = position_means(similarity, grid);
  CHECK(means.own == Approx(1));
  CHECK(means.same_row == Approx(0.5));
  CHECK(means.same_column == Approx(0.25));
  CHECK(means.elsewhere == Approx(-0.125));
  CHECK(means.row_pairs == 12);
  CHECK(means.column_pairs == 6);
  CHECK(means.other_pairs == 12);
  const PositionMeans column = position_means(embedding_filled({3, 3}, 0.5f), embedding_grid(3, 1, 4));
  CHECK(column.row_pairs == 0);
  CHECK(column.same_row == 0);
  CHECK(column.same_column == Approx(0.5));
}

TEST_CASE("rows of zeros are like themselves only", "[analysis]") {
  Tensor rows = embedding_filled({3, 2}, 1);
  rows.edit()[2] = rows.edit()[3] = 0;
  const Tensor cosine = cosine_matrix(rows);
  CHECK(cosine.at(1, 1) == 1);
  CHECK(cosine.at(0, 1) == 0);
  CHECK(cosine.at(0, 2) == Approx(1));
}

TEST_CASE("planted components of the filters are found again", "[analysis]") {
  // More filters than pixels, and fewer.
  for (int filters : {60, 20}) {
    constexpr int kLength = 3 * 4 * 2, kRank = 3;
    test::Draw draw(11);
    // Orthonormal directions by Gram-Schmidt.
    std::vector<std::vector<double>> planted;
    while (planted.size() < kRank) {
      const Tensor random = draw({kLength}, 1);
      std::vector<double> v(random.values().begin(), random.values().end());
      for (const auto& other : planted) {
        const double along = std::inner_product(v.begin(), v.end(), other.begin(), 0.0);
        for (std::size_t i = 0; i < v.size(); ++i) v[i] -= along * other[i];
      }
      const double length = std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0));
      for (double& x : v) x /= length;
      planted.push_back(v);
    }
    const Tensor amounts = draw({filters, kRank}, 1), mean = draw({kLength}, 1);
    Tensor weight({filters, kLength});
    for (int f = 0; f < filters; ++f) {
      for (int i = 0; i < kLength; ++i) {
        double sum = mean.at(i);
        for (int r = 0; r < kRank; ++r)
          sum += amounts.at(f, r) * (3.0 - r) * planted[static_cast<std::size_t>(r)][static_cast<std::size_t>(i)];
        weight.edit()[f * kLength + i] = static_cast<float>(sum);
      }
    }
    const EmbeddingFilters found = embedding_filters(projection(weight, 3, 4, 2));
    REQUIRE(found.explained.size() == kRank);
    CHECK(found.components.shape() == Shape{kRank, 3, 4, 2});
    CHECK(std::accumulate(found.explained.begin(), found.explained.end(), 0.0) == Approx(1).margin(1e-9));
    CHECK(std::is_sorted(found.explained.rbegin(), found.explained.rend()));
    for (int c = 0; c < kRank; ++c) {
      const auto component = found.components.row(c);
      // What is left of the component outside the planted subspace is the sine of the angle to it.
      std::vector<double> rest(component.begin(), component.end());
      for (const auto& v : planted) {
        const double along = std::inner_product(v.begin(), v.end(), component.begin(), 0.0);
        for (std::size_t i = 0; i < rest.size(); ++i) rest[i] -= along * v[i];
      }
      CHECK(std::sqrt(std::inner_product(rest.begin(), rest.end(), rest.begin(), 0.0)) < 1e-4);
      const auto largest =
          std::max_element(component.begin(), component.end(), [](float a, float b) { return std::fabs(a) < std::fabs(b); });
      CHECK(*largest > 0);
    }
  }
}

TEST_CASE("a filter that sees red only comes out red", "[analysis]") {
  constexpr int kPixels = 4;
  Tensor weight = embedding_filled({5, 3 * kPixels}, 0);
  for (int i = 0; i < kPixels; ++i) weight.edit()[2 * 3 * kPixels + i] = 1;  // filter 2, channel 0
  const EmbeddingFilters found = embedding_filters(projection(weight, 3, 2, 2));
  REQUIRE(found.explained.size() == 1);
  CHECK(found.components.shape() == Shape{1, 3, 2, 2});
  for (int i = 0; i < kPixels; ++i) {
    CHECK(found.components.values()[static_cast<std::size_t>(i)] == Approx(0.5));
    CHECK(found.components.values()[static_cast<std::size_t>(kPixels + i)] == 0);
    CHECK(found.components.values()[static_cast<std::size_t>(2 * kPixels + i)] == 0);
  }
}

TEST_CASE("equal filters have no components", "[analysis]") {
  CHECK(embedding_filters(projection(embedding_filled({4, 12}, 0.25f), 3, 2, 2)).explained.empty());
}
