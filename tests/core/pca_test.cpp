// Principal components: planted axes come back, with the right shares, signs and coordinates.
#include <catch2/catch.hpp>
#include <cmath>

#include "core/analysis/pca.h"
#include "tests/core/small_model.h"

using namespace vitscope;

namespace {

/// Rows on three orthonormal axes of a space of `width`, with falling standard deviations 8, 4, 2, about a mean of 5.
Tensor planted(int n, int width, std::vector<std::vector<double>>& axes) {
  test::Draw draw(11);
  axes.assign(3, std::vector<double>(static_cast<std::size_t>(width)));
  for (std::size_t a = 0; a < 3; ++a) {
    const Tensor random = draw({width}, 1);
    for (std::size_t i = 0; i < axes[a].size(); ++i) axes[a][i] = static_cast<double>(random.at(static_cast<int>(i)));
    for (std::size_t b = 0; b <= a; ++b) {  // against the earlier ones, then to unit length
      double dot = 0;
      for (std::size_t i = 0; i < axes[a].size(); ++i) dot += axes[a][i] * axes[b][i];
      for (std::size_t i = 0; i < axes[a].size(); ++i) axes[a][i] = a == b ? axes[a][i] / std::sqrt(dot) : axes[a][i] - dot * axes[b][i];
    }
  }
  Tensor rows({n, width});
  for (int r = 0; r < n; ++r) {
    // Three orthogonal waves over the rows, so that the planted axes are the principal ones exactly.
    const double angle = 2 * M_PI * r / n;
    const double at[3] = {8 * std::cos(angle), 4 * std::cos(2 * angle), 2 * std::cos(3 * angle)};
    for (int i = 0; i < width; ++i) {
      double value = 5;
      for (std::size_t a = 0; a < 3; ++a) value += at[a] * axes[a][static_cast<std::size_t>(i)];
      rows.edit()[r * width + i] = static_cast<float>(value);
    }
  }
  return rows;
}

}  // namespace

TEST_CASE("planted axes are recovered in their order", "[pca]") {
  for (const auto& [n, width] : {std::pair{40, 12}, std::pair{12, 40}}) {  // both Gram matrices
    std::vector<std::vector<double>> axes;
    const Tensor rows = planted(n, width, axes);
    const Pca pca = principal_components(rows.data(), n, width, 3);
    REQUIRE(pca.count() == 3);
    for (int a = 0; a < 3; ++a) {
      double dot = 0;
      for (int i = 0; i < width; ++i) dot += static_cast<double>(pca.components.at(a, i)) * axes[static_cast<std::size_t>(a)][static_cast<std::size_t>(i)];
      CHECK(std::abs(dot) == Approx(1).margin(1e-5));
      const auto row = pca.components.row(a);
      const auto largest = std::max_element(row.begin(), row.end(), [](float x, float y) { return std::abs(x) < std::abs(y); });
      CHECK(*largest > 0);
    }
    const double whole = 64 + 16 + 4;
    CHECK(pca.explained[0] == Approx(64 / whole).margin(1e-5));
    CHECK(pca.explained[1] == Approx(16 / whole).margin(1e-5));
    CHECK(pca.explained[2] == Approx(4 / whole).margin(1e-5));
    // mean + scores x components is the row again.
    for (int r = 0; r < n; ++r)
      for (int i = 0; i < width; ++i) {
        double value = static_cast<double>(pca.mean.at(i));
        for (int a = 0; a < 3; ++a) value += static_cast<double>(pca.scores.at(r, a) * pca.components.at(a, i));
        CHECK(value == Approx(static_cast<double>(rows.at(r, i))).margin(1e-4));
      }
  }
}

TEST_CASE("there are no more components than the rows have", "[pca]") {
  std::vector<std::vector<double>> axes;
  const Tensor rows = planted(40, 12, axes);
  CHECK(principal_components(rows.data(), 1, 12, 3).count() == 0);
  CHECK(principal_components(rows.data(), 2, 12, 3).count() == 1);
  Tensor same({5, 4});
  std::fill_n(same.edit(), 20, 2.5f);
  const Pca flat = principal_components(same.data(), 5, 4, 3);
  CHECK(flat.count() == 0);
  CHECK(flat.mean.at(3) == 2.5f);
  CHECK(token_pca_colors(flat).empty());
  same.edit()[7] = std::numeric_limits<float>::quiet_NaN();
  CHECK(principal_components(same.data(), 5, 4, 3).count() == 0);
}

TEST_CASE("colours span each component", "[pca]") {
  // One axis only: red runs from darkest to brightest, the others are mid grey.
  const std::vector<float> values{0, 0, 1, 0, 2, 0, 3, 0, 30, 0};
  const Pca pca = principal_components(values.data(), 5, 2, 3);
  REQUIRE(pca.count() == 1);
  const auto colors = token_pca_colors(pca);
  REQUIRE(colors.size() == 5);
  CHECK(colors.front() == Rgb{0, 128, 128});
  CHECK(colors.back() == Rgb{255, 128, 128});
  CHECK(colors[1].r == 9);  // 255 / 30, rounded
  // Cut at the quartiles, the outlier no longer darkens the rest.
  const auto cut = token_pca_colors(pca, {.cut = 0.25});
  CHECK(cut[1].r == 0);
  CHECK(cut[2].r == 128);
  CHECK(cut[3].r == 255);
  CHECK(cut[4].r == 255);
}

TEST_CASE("components of a run are the same bits twice and leave prefix tokens out", "[pca]") {
  const TracePtr trace = test::small_trace();
  const Pca a = token_pca(*trace, 1, 3), b = token_pca(*trace, 1, 3);
  REQUIRE(a.count() == 3);
  CHECK(a.scores.dim(0) == trace->grid().patches());
  CHECK(std::equal(a.scores.values().begin(), a.scores.values().end(), b.scores.values().begin()));
  CHECK(std::equal(a.components.values().begin(), a.components.values().end(), b.components.values().begin()));
  double mean = 0;
  for (int patch = 0; patch < trace->grid().patches(); ++patch) mean += static_cast<double>(trace->at(Slot::out, 1).at(1 + patch, 0));
  CHECK(static_cast<double>(a.mean.at(0)) == Approx(mean / trace->grid().patches()).margin(1e-5));
  for (int f = 0; f < 3; ++f) {  // coordinates are centred
    double sum = 0;
    for (int patch = 0; patch < trace->grid().patches(); ++patch) sum += static_cast<double>(a.scores.at(patch, f));
    CHECK(std::abs(sum) < 1e-4);
  }
}
