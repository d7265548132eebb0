// t-SNE: reproducible, better than where it began, and true to clouds that lie apart.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "core/analysis/tsne.h"
#include "tests/core/small_model.h"

using namespace vitscope;

namespace {

/// `each` points of each of two normal clouds in `width` dimensions, `apart` deviations between their centres; the first cloud first.
Tensor two_clouds(int each, int width, double apart, unsigned seed = 5) {
  std::mt19937 engine(seed);
  std::normal_distribution<double> bell;
  Tensor points({2 * each, width});
  for (int i = 0; i < 2 * each; ++i)
    for (int k = 0; k < width; ++k) points.edit()[i * width + k] = static_cast<float>(bell(engine) + (i < each && k == 0 ? apart : 0));
  return points;
}

Tsne run_tsne(const Tensor& points, TsneOptions options = {}, int threads = 2) {
  ThreadPool pool(threads);
  StudyContext context{pool, {}, {}};
  const auto found = tsne(points, options, context);
  REQUIRE(found);
  return *found;
}

/// Share of points whose nearest neighbour in the plane belongs to the same half.
double purity(const Tsne& found) {
  const std::size_t n = found.x.size();
  int same = 0;
  for (std::size_t i = 0; i < n; ++i) {
    std::size_t nearest = i;
    double least = INFINITY;
    for (std::size_t j = 0; j < n; ++j)
      if (const double d = std::hypot(found.x[i] - found.x[j], found.y[i] - found.y[j]); j != i && d < least) least = d, nearest = j;
    same += (i < n / 2) == (nearest < n / 2);
  }
  return same / static_cast<double>(n);
}

}  // namespace

TEST_CASE("two clouds that lie apart stay apart", "[tsne]") {
  const Tensor points = two_clouds(60, 20, 12);
  for (const bool random : {false, true}) {
    TsneOptions options;
    options.random_start = random;
    options.seed = 3;
    const Tsne found = run_tsne(points, options);
    CHECK(found.perplexity == 30);
    CHECK(found.learning_rate == 50);
    CHECK(purity(found) > 0.98);
    CHECK(found.divergence_end < 0.7 * found.divergence_start);
    CHECK(found.divergence_end > 0);
  }
}

TEST_CASE("the same seed gives the same bits with any number of threads, another seed another plane", "[tsne]") {
  const Tensor points = two_clouds(30, 8, 4);
  TsneOptions options;
  options.random_start = true;
  options.seed = 7;
  options.steps = 300;
  const Tsne one = run_tsne(points, options, 1), three = run_tsne(points, options, 3);
  CHECK(one.x == three.x);
  CHECK(one.y == three.y);
  CHECK(one.divergence_end == three.divergence_end);
  options.seed = 8;
  CHECK(run_tsne(points, options).x != one.x);
  options.random_start = false;
  const Tsne from_components = run_tsne(points, options);
  options.seed = 9;
  CHECK(run_tsne(points, options).x == from_components.x);
}

TEST_CASE("the perplexity is lowered where there are too few points", "[tsne]") {
  CHECK(tsne_perplexity(30, 197) == 30);
  CHECK(tsne_perplexity(30, 31) == 30);
  CHECK(tsne_perplexity(30, 30) == 9);
  CHECK(tsne_perplexity(30, 15) == 4);
  CHECK(tsne_perplexity(30, 3) == 1);
  for (const int n : {2, 3, 5, 16}) {
    const Tsne found = run_tsne(two_clouds(n, 3, 1).reshaped({2 * n, 3}));
    for (std::size_t i = 0; i < found.x.size(); ++i) CHECK((std::isfinite(found.x[i]) && std::isfinite(found.y[i])));
  }
}

TEST_CASE("every neighbourhood has the wanted perplexity: equal distances share alike", "[tsne]") {
  // The corners of a simplex: all distances equal, so all pairs are, whatever the perplexity, and no plane can be better than another by much.
  Tensor simplex({12, 12});
  std::fill_n(simplex.edit(), simplex.size(), 0.0f);
  for (int i = 0; i < 12; ++i) simplex.edit()[i * 12 + i] = 1;
  const Tsne found = run_tsne(simplex);
  CHECK(found.perplexity == 3);
  // At the start all points lie on one spot: q = 1 / (n (n - 1)) = p, so nothing is lost.
  CHECK(found.divergence_start == Approx(0).margin(1e-6));
  // Equal points stay together and nothing breaks.
  Tensor equal({10, 4});
  std::fill_n(equal.edit(), equal.size(), 0.5f);
  const Tsne flat = run_tsne(equal);
  for (const double x : flat.x) CHECK(std::isfinite(x));
}

TEST_CASE("principal components beside t-SNE: two planted directions", "[tsne]") {
  Tensor points({6, 5});
  std::fill_n(points.edit(), points.size(), 1.0f);
  const float a[6] = {-3, -1, 0, 0, 1, 3}, b[6] = {0, 0, 1, -1, 0, 0};
  for (int i = 0; i < 6; ++i) points.edit()[i * 5 + 2] += a[i], points.edit()[i * 5 + 4] += b[i];
  for (const Tensor& view : {points, columns_as_rows(columns_as_rows(points))}) {
    const Tsne found = run_tsne(view);
    for (std::size_t i = 0; i < 6; ++i) {
      CHECK(std::abs(found.pca_x[i]) == Approx(std::abs(static_cast<double>(a[i]))).margin(1e-6));
      CHECK(std::abs(found.pca_y[i]) == Approx(std::abs(static_cast<double>(b[i]))).margin(1e-6));
    }
    CHECK(found.explained[0] == Approx(20.0 / 22));
    CHECK(found.explained[1] == Approx(2.0 / 22));
  }
  const Tensor turned = columns_as_rows(points, 2);
  CHECK(turned.shape() == Shape{5, 4});
  CHECK(turned.at(2, 0) == points.at(2, 2));
}

TEST_CASE("t-SNE reports its steps and stops between two", "[tsne]") {
  ThreadPool pool(1);
  std::stop_source stop;
  int last = -1;
  StudyContext context{pool, stop.get_token(), [&](int done, int total) {
                         CHECK(total == 1000);
                         CHECK(done >= last);
                         last = done;
                         if (done >= 100) stop.request_stop();
                       }};
  CHECK_FALSE(tsne(two_clouds(20, 4, 3), {}, context));
  CHECK(last < 110);
}
