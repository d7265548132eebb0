#include "core/ops/ops.h"

#include <Eigen/Core>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "core/ops/kernels.h"
#include "core/ops/thread_pool.h"

using namespace vitscope;
using Floats = std::vector<float>;
using Doubles = std::vector<double>;
using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kGuard = 12345.0F;  // behind every output; must stay

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

Floats random_floats(int count, unsigned seed, float scale = 1) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0, scale);
  Floats values(size(count));
  for (float& value : values) value = normal(generator);
  return values;
}

Tensor tensor_from(Shape shape, const Floats& values) { return Tensor(shape, std::span<const float>(values)); }

/// Runs `body` with every build of the kernels that this processor has.
void with_all_kernels(const std::function<void()>& body) {
  for (const ops::Kernels* const* k = ops::runnable_kernels(); *k; ++k) {
    ops::use_kernels(*k);
    INFO("kernels " << (*k)->name);
    body();
    ops::use_kernels(nullptr);
  }
}

/// An output of `count` floats with guards behind it, filled by `compute`.
Floats output(std::int64_t count, const std::function<void(float*)>& compute) {
  Floats values(size(count) + 16, kGuard);
  compute(values.data());
  int touched = 0;
  for (std::size_t i = size(count); i < values.size(); ++i) touched += values[i] != kGuard;
  CHECK(touched == 0);
  values.resize(size(count));
  return values;
}

double worst_difference(const Floats& is, const Doubles& should) {
  REQUIRE(is.size() == should.size());
  double worst = 0;
  for (std::size_t i = 0; i < is.size(); ++i) {
    const double difference = std::abs(is[i] - should[i]);
    if (!(difference <= worst)) worst = difference;  // NaN counts as the worst
  }
  return worst;
}

/// scale * (a b^T + bias) in double precision; a [rows, depth], b [columns, depth].
Doubles product(const float* a, const float* b, int rows, int columns, int depth, const float* bias, double scale = 1) {
  Doubles result;
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < columns; ++j) {
      double sum = bias ? bias[j] : 0;
      for (int k = 0; k < depth; ++k) sum += double{a[i * depth + k]} * b[j * depth + k];
      result.push_back(sum * scale);
    }
  }
  return result;
}

bool same_float_bits(const Floats& a, const Floats& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

/// The bits of `compute`'s output with one thread and with several.
void check_threads(std::int64_t count, const std::function<void(ThreadPool&, float*)>& compute) {
  ThreadPool one(1);
  const Floats expected = output(count, [&](float* y) { compute(one, y); });
  for (int threads : {2, 3, 5}) {
    ThreadPool pool(threads);
    CHECK(same_float_bits(expected, output(count, [&](float* y) { compute(pool, y); })));
  }
}

double true_gelu(double x) { return x / 2 * std::erfc(-x / std::sqrt(2.0)); }

}  // namespace

TEST_CASE("The chosen kernels are the widest that run", "[ops]") {
  CHECK(ops::kernel_name() == (*ops::runnable_kernels())->name);
  with_all_kernels([] { CHECK(ops::kernel_name() == ops::kernels().name); });
}

TEST_CASE("linear agrees with double precision and with Eigen for odd sizes", "[ops]") {
  ThreadPool pool(1);
  with_all_kernels([&] {
    for (int in : {1, 3, 48, 385}) {
      for (int out : {1, 10, 64, 65, 81, 192}) {
        const Floats weight = random_floats(out * in, 1), bias = random_floats(out, 2), x = random_floats(14 * in, 3);
        const ops::Linear plain(tensor_from({out, in}, weight), {}), biased(tensor_from({out, in}, weight), tensor_from({out}, bias));
        CHECK((biased.in() == in && biased.out() == out));
        const double tolerance = 1e-6 * in;
        for (int rows = 1; rows <= 14; ++rows) {
          CAPTURE(in, out, rows);
          const Floats y = output(rows * out, [&](float* to) { ops::linear(pool, x.data(), rows, biased, to); });
          CHECK(worst_difference(y, product(x.data(), weight.data(), rows, out, in, bias.data())) < tolerance);
          const Floats z = output(rows * out, [&](float* to) { ops::linear(pool, x.data(), rows, plain, to); });
          Matrix oracle = Eigen::Map<const Matrix>(x.data(), rows, in) * Eigen::Map<const Matrix>(weight.data(), out, in).transpose();
          CHECK((Eigen::Map<const Matrix>(z.data(), rows, out) - oracle).cwiseAbs().maxCoeff() < tolerance);
        }
      }
    }
  });
}

TEST_CASE("linear crosses the borders of its blocks", "[ops]") {
  ThreadPool pool(2);
  const int rows = 500, in = 1000, out = 77;
  const Floats weight = random_floats(out * in, 1), bias = random_floats(out, 2), x = random_floats(rows * in, 3);
  Matrix oracle = Eigen::Map<const Matrix>(x.data(), rows, in) * Eigen::Map<const Matrix>(weight.data(), out, in).transpose();
  oracle.rowwise() += Eigen::Map<const Eigen::RowVectorXf>(bias.data(), out);
  with_all_kernels([&] {
    const ops::Linear w(tensor_from({out, in}, weight), tensor_from({out}, bias));
    const Floats y = output(rows * out, [&](float* to) { ops::linear(pool, x.data(), rows, w, to); });
    CHECK((Eigen::Map<const Matrix>(y.data(), rows, out) - oracle).cwiseAbs().maxCoeff() < 2e-4F);
    // A row alone has the bits that it has among others.
    for (int row : {0, 239, 240, 499}) {
      const Floats alone = output(out, [&](float* to) { ops::linear(pool, x.data() + row * in, 1, w, to); });
      CHECK(std::memcmp(alone.data(), y.data() + row * out, size(out) * sizeof(float)) == 0);
    }
  });
}

TEST_CASE("linear flattens weights of more than two axes", "[ops]") {
  ThreadPool pool(1);
  const Floats weight = random_floats(5 * 3 * 2 * 2, 1), x = random_floats(12, 2);
  const ops::Linear w(tensor_from({5, 3, 2, 2}, weight), {});
  CHECK((w.in() == 12 && w.out() == 5));
  CHECK(ops::Linear().empty());
  const Floats y = output(5, [&](float* to) { ops::linear(pool, x.data(), 1, w, to); });
  CHECK(worst_difference(y, product(x.data(), weight.data(), 1, 5, 12, nullptr)) < 1e-5);
}

TEST_CASE("Copies of a Linear pack once, from any thread", "[ops]") {
  const ops::Linear w(tensor_from({70, 33}, random_floats(70 * 33, 1)), {});
  std::vector<const void*> packed(8);
  std::vector<std::thread> threads;
  for (auto& to : packed) threads.emplace_back([&to, copy = w] { to = &copy.packed(); });
  for (auto& thread : threads) thread.join();
  for (const void* each : packed) CHECK(each == &w.packed());
}

TEST_CASE("softmax of rows", "[ops]") {
  ThreadPool pool(1);
  with_all_kernels([&] {
    for (int width : {1, 5, 16, 23, 64, 65, 197}) {
      for (float scale : {1.0F, 30.0F, 1e37F}) {
        CAPTURE(width, scale);
        const int rows = 3;
        Floats x = random_floats(rows * width, 7, scale);
        if (width > 1) x[size(width - 1)] = -kInfinity;
        Doubles should;
        for (int r = 0; r < rows; ++r) {
          const float* row = x.data() + r * width;
          double top = -std::numeric_limits<double>::infinity(), sum = 0;
          for (int i = 0; i < width; ++i) top = std::max(top, double{row[i]});
          for (int i = 0; i < width; ++i) sum += std::exp(row[i] - top);
          for (int i = 0; i < width; ++i) should.push_back(std::exp(row[i] - top) / sum);
        }
        const Floats y = output(rows * width, [&](float* to) { ops::softmax_rows(pool, x.data(), rows, width, to); });
        double worst = 0, total = 0;
        for (std::size_t i = 0; i < y.size(); ++i) {
          total += y[i];
          // Numbers below the normal range hold fewer digits.
          const double error = std::abs(y[i] - should[i]) / std::max(should[i], 1.2e-38);
          if (!(error <= worst)) worst = error;
        }
        CHECK(worst < (scale == 30.0F ? 1e-5 : 2e-6));  // the difference to the maximum is itself rounded
        CHECK(total == Approx(rows).epsilon(1e-6));
        const Floats in_place = output(rows * width, [&](float* to) {
          std::copy(x.begin(), x.end(), to);
          ops::softmax_rows(pool, to, rows, width, to);
        });
        CHECK(same_float_bits(y, in_place));
      }
    }
  });
}

TEST_CASE("softmax keeps NaN to its row, and a row of minus infinity has no answer", "[ops]") {
  ThreadPool pool(1);
  with_all_kernels([&] {
    for (int width : {5, 65, 80}) {
      Floats x = random_floats(3 * width, 1);
      x[size(width / 2)] = kNan;
      std::fill_n(x.begin() + width, width, -kInfinity);
      const Floats y = output(3 * width, [&](float* to) { ops::softmax_rows(pool, x.data(), 3, width, to); });
      int wrong = 0;
      for (int i = 0; i < 3 * width; ++i) wrong += std::isnan(y[size(i)]) != (i < 2 * width);
      CHECK(wrong == 0);
    }
  });
}

TEST_CASE("exp over its whole range", "[ops]") {
  with_all_kernels([] {
    Floats x;
    for (double v = -110; v < 95; v += 0.0007) x.push_back(static_cast<float>(v));
    const Floats y = output(std::ssize(x), [&](float* to) { ops::kernels().exponential(x.data(), std::ssize(x), to); });
    double worst = 0, worst_small = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double should = std::exp(double{x[i]});
      if (should > std::numeric_limits<float>::max()) CHECK(y[i] == kInfinity);
      else if (should >= std::numeric_limits<float>::min()) worst = std::max(worst, std::abs(y[i] / should - 1));
      else worst_small = std::max(worst_small, std::abs(y[i] - should));
    }
    CHECK(worst < 2e-7);
    CHECK(worst_small <= std::numeric_limits<float>::denorm_min());
    const Floats special = {0.0F, -0.0F, -kInfinity, kInfinity, kNan, -1e30F, 1e30F};
    const Floats e = output(7, [&](float* to) { ops::kernels().exponential(special.data(), 7, to); });
    CHECK((e[0] == 1 && e[1] == 1 && e[2] == 0 && e[3] == kInfinity && std::isnan(e[4]) && e[5] == 0 && e[6] == kInfinity));
  });
}

TEST_CASE("gelu is the exact form", "[ops]") {
  ThreadPool pool(1);
  with_all_kernels([&] {
    Floats x = {1.0F, 0.0F, -1.0F, 100.0F, -100.0F, 5.5F, -5.5F};
    for (double v = -10; v < 10; v += 0.0001) x.push_back(static_cast<float>(v));
    const Floats y = output(std::ssize(x), [&](float* to) { ops::gelu(pool, x.data(), std::ssize(x), to); });
    CHECK(y[0] == Approx(0.8413447).margin(2e-7));
    CHECK((y[1] == 0 && y[3] == 100 && y[4] == 0 && y[5] == 5.5F && y[6] == 0));
    CHECK(y[2] == Approx(-0.1586553).margin(2e-7));
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) worst = std::max(worst, std::abs(y[i] - true_gelu(x[i])) / std::max(1.0F, std::abs(x[i])));
    CHECK(worst < 3e-7);
    const Floats special = {kNan, kInfinity, 1e30F, -1e30F};
    const Floats g = output(4, [&](float* to) { ops::gelu(pool, special.data(), 4, to); });
    CHECK((std::isnan(g[0]) && g[1] == kInfinity && g[2] == 1e30F && g[3] == 0));
  });
}

TEST_CASE("add works in place", "[ops]") {
  ThreadPool pool(1);
  with_all_kernels([&] {
    for (int count : {1, 15, 16, 1000}) {
      const Floats a = random_floats(count, 1), b = random_floats(count, 2);
      Floats c = a;
      ops::add(pool, c.data(), b.data(), count, c.data());
      int wrong = 0;
      for (std::size_t i = 0; i < c.size(); ++i) wrong += c[i] != a[i] + b[i];
      CHECK(wrong == 0);
    }
  });
}

TEST_CASE("layer norm has the closed forms", "[ops]") {
  ThreadPool pool(1);
  with_all_kernels([&] {
    const Floats two = {3, 5}, gain = {2, 10}, shift = {1, -1};  // mean 4, deviation 1
    const Floats y = output(2, [&](float* to) { ops::layer_norm(pool, two.data(), 1, 2, gain.data(), shift.data(), 0, to); });
    CHECK((y[0] == Approx(-1) && y[1] == Approx(9)));
    const Floats flat(33, 7.0F), ones(33, 1.0F), zeros(33, 0.0F);
    const Floats z = output(33, [&](float* to) { ops::layer_norm(pool, flat.data(), 1, 33, ones.data(), zeros.data(), 1e-6F, to); });
    CHECK(z == zeros);

    for (int width : {1, 2, 17, 192, 771}) {
      for (float mean : {0.0F, 1000.0F, -3e5F}) {
        CAPTURE(width, mean);
        const int rows = 5;
        Floats x = random_floats(rows * width, 3), g = random_floats(width, 4), s = random_floats(width, 5);
        for (float& value : x) value += mean;
        Doubles should;
        for (int r = 0; r < rows; ++r) {
          const float* row = x.data() + r * width;
          double m = 0, v = 0;
          for (int i = 0; i < width; ++i) m += row[i] / double(width);
          for (int i = 0; i < width; ++i) v += (row[i] - m) * (row[i] - m) / width;
          for (int i = 0; i < width; ++i) should.push_back((row[i] - m) / std::sqrt(v + 1e-6) * g[size(i)] + s[size(i)]);
        }
        const Floats n = output(rows * width, [&](float* to) {
          ops::layer_norm(pool, x.data(), rows, width, g.data(), s.data(), 1e-6F, to);
        });
        CHECK(worst_difference(n, should) < 1e-5);
      }
    }
  });
}

TEST_CASE("Heads are split and joined", "[ops]") {
  ThreadPool pool(2);
  with_all_kernels([&] {
    for (int d : {1, 5, 16, 64}) {
      const int T = 7, H = 3, D = H * d;
      const Floats qkv = random_floats(T * 3 * D, 1);
      Floats q(size(T * D)), k(q), v(q);
      ops::split_heads(pool, qkv.data(), T, H, d, q.data(), k.data(), v.data());
      int wrong = 0;
      for (int t = 0; t < T; ++t) {
        for (int h = 0; h < H; ++h) {
          for (int i = 0; i < d; ++i) {
            const std::size_t to = size((h * T + t) * d + i);
            const int from = t * 3 * D + h * d + i;
            wrong += q[to] != qkv[size(from)] || k[to] != qkv[size(from + D)] || v[to] != qkv[size(from + 2 * D)];
          }
        }
      }
      CHECK(wrong == 0);
      const Floats joined = output(T * D, [&](float* to) { ops::join_heads(pool, v.data(), H, T, d, to); });
      for (int t = 0; t < T; ++t) CHECK(std::memcmp(&joined[size(t * D)], &qkv[size(t * 3 * D + 2 * D)], size(D) * sizeof(float)) == 0);
    }
  });
}

TEST_CASE("attention agrees with its definition", "[ops]") {
  ThreadPool pool(1);
  with_all_kernels([&] {
    for (int T : {1, 5, 17, 65, 197}) {
      for (int d : {1, 10, 32, 64, 72}) {
        CAPTURE(T, d);
        const int H = 2;
        const Floats q = random_floats(H * T * d, 1), k = random_floats(H * T * d, 2), v = random_floats(H * T * d, 3);
        const Floats scores = output(H * T * T, [&](float* to) { ops::attention_scores(pool, q.data(), k.data(), H, T, d, 0.125F, to); });
        const Floats out = output(H * T * d, [&](float* to) { ops::weighted_sum(pool, scores.data(), v.data(), H, T, d, to); });
        Doubles should_score, should_out;
        for (int h = 0; h < H; ++h) {
          const Doubles head = product(q.data() + h * T * d, k.data() + h * T * d, T, T, d, nullptr, 0.125);
          should_score.insert(should_score.end(), head.begin(), head.end());
          const Eigen::Map<const Matrix> attn(scores.data() + h * T * T, T, T), values(v.data() + h * T * d, T, d);
          const Matrix weighted = attn * values;
          should_out.insert(should_out.end(), weighted.data(), weighted.data() + weighted.size());
        }
        CHECK(worst_difference(scores, should_score) < 1e-5);
        CHECK(worst_difference(out, should_out) < 1e-4);
      }
    }
  });
}

TEST_CASE("The bits do not depend on the number of threads", "[ops]") {
  with_all_kernels([] {
    const int T = 65, H = 3, d = 20, D = H * d, M = 4 * D;
    const Floats x = random_floats(T * M, 1), gain = random_floats(D, 2), maps = random_floats(H * T * T, 3);
    const ops::Linear wide(tensor_from({M, D}, random_floats(M * D, 4)), tensor_from({M}, random_floats(M, 5)));
    const ops::Linear narrow(tensor_from({7, M}, random_floats(7 * M, 6)), {}), head(tensor_from({1000, D}, random_floats(1000 * D, 7)), {});
    check_threads(T * M, [&](ThreadPool& p, float* y) { ops::linear(p, x.data(), T, wide, y); });
    check_threads(T * 7, [&](ThreadPool& p, float* y) { ops::linear(p, x.data(), T, narrow, y); });
    check_threads(1000, [&](ThreadPool& p, float* y) { ops::linear(p, x.data(), 1, head, y); });
    check_threads(T * D, [&](ThreadPool& p, float* y) { ops::layer_norm(p, x.data(), T, D, gain.data(), gain.data(), 1e-6F, y); });
    check_threads(H * T * T, [&](ThreadPool& p, float* y) { ops::softmax_rows(p, maps.data(), H * T, T, y); });
    check_threads(T * M - 5, [&](ThreadPool& p, float* y) { ops::gelu(p, x.data(), T * M - 5, y); });
    check_threads(T * M - 5, [&](ThreadPool& p, float* y) { ops::add(p, x.data(), x.data() + 3, T * M - 5, y); });
    check_threads(H * T * T, [&](ThreadPool& p, float* y) { ops::attention_scores(p, x.data(), x.data() + 100, H, T, d, 0.2F, y); });
    check_threads(T * D, [&](ThreadPool& p, float* y) { ops::weighted_sum(p, maps.data(), x.data(), H, T, d, y); });
    check_threads(T * D, [&](ThreadPool& p, float* y) { ops::join_heads(p, x.data(), H, T, d, y); });
    check_threads(T * 3 * D, [&](ThreadPool& p, float* y) { ops::split_heads(p, x.data(), T, H, d, y, y + T * D, y + 2 * T * D); });
  });
}
