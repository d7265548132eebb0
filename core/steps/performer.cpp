// What T2T's token performers compute in the place of attention.
#include "core/steps/performer.h"

#include <cmath>
#include <vector>

#include "core/ops/ops.h"
#include "core/ops/thread_pool.h"

namespace vitscope::performer {

namespace {

/// Windows, and rows of kv, that are worth a piece of work of their own.
constexpr int kLeastWindows = 64, kLeastRows = 4;

/// x = W u - |u|^2 / 2 and e^x / sqrt(m), for each row u of a tensor [1, n, e].
void keep_features(StepContext& c, const Performer& p, Slot from, Slot exponents, Slot features) {
  const int width = p.stack.width(), m = p.stack.features;
  const Tensor& rows = c.in(from);
  Tensor exponent = c.make(exponents), feature = c.make(features);
  ops::linear(c.pool, rows.data(), p.stack.tokens, p.stack.weights->features, exponent.edit());
  const double root = 1 / std::sqrt(static_cast<double>(m));
  c.pool.run(p.stack.tokens, kLeastWindows, [&](int begin, int end) {
    for (int window = begin; window < end; ++window) {
      const float* u = rows.data() + std::int64_t{window} * width;
      double square = 0;
      for (int j = 0; j < width; ++j) square += static_cast<double>(u[j]) * static_cast<double>(u[j]);
      float* x = exponent.edit() + std::int64_t{window} * m;
      float* f = feature.edit() + std::int64_t{window} * m;
      for (int i = 0; i < m; ++i) {
        x[i] = static_cast<float>(static_cast<double>(x[i]) - square / 2);
        f[i] = static_cast<float>(std::exp(static_cast<double>(x[i])) * root);
      }
    }
  });
  c.keep(exponents, std::move(exponent));
  c.keep(features, std::move(feature));
}

}  // namespace

void run_features(StepContext& c, const Performer& p) {
  stack::run_projections(c, p.stack);
  keep_features(c, p, p.stack.q, p.exponents_q, p.features_q);
  keep_features(c, p, p.stack.k, p.exponents_k, p.features_k);
}

void run_summary(StepContext& c, const Performer& p) {
  const int width = p.stack.width(), m = p.stack.features, windows = p.stack.tokens;
  const Tensor &v = c.in(p.stack.v), &features = c.in(p.features_k);
  Tensor kv = c.make(p.kv), k_sum = c.make(p.k_sum);
  const auto columns = static_cast<std::size_t>(m);
  // Row `width` is the sum of the keys alone. Each row is added up by one thread.
  c.pool.run(width + 1, kLeastRows, [&](int begin, int end) {
    std::vector<double> sums(static_cast<std::size_t>(end - begin) * columns, 0.0);
    for (int window = 0; window < windows; ++window) {
      const float* f = features.data() + std::int64_t{window} * m;
      double* sum = sums.data();
      for (int row = begin; row < end; ++row) {
        const double value = row < width ? static_cast<double>(v.data()[std::int64_t{window} * width + row]) : 1.0;
        for (int i = 0; i < m; ++i) *sum++ += value * static_cast<double>(f[i]);
      }
    }
    const double* sum = sums.data();
    for (int row = begin; row < end; ++row) {
      float* to = row < width ? kv.edit() + std::int64_t{row} * m : k_sum.edit();
      for (int i = 0; i < m; ++i) to[i] = static_cast<float>(*sum++);
    }
  });
  c.keep(p.kv, std::move(kv));
  c.keep(p.k_sum, std::move(k_sum));
}

void run_read(StepContext& c, const Performer& p) {
  const int width = p.stack.width(), m = p.stack.features, windows = p.stack.tokens;
  const Tensor& features = c.in(p.features_q);
  Tensor numerator = c.make(p.numerator), normaliser = c.make(p.normaliser), context = c.make(p.stack.context);
  ops::linear(c.pool, features.data(), windows, ops::Linear(c.in(p.kv), {}), numerator.edit());
  const float* k_sum = c.in(p.k_sum).data();
  c.pool.run(windows, kLeastWindows, [&](int begin, int end) {
    for (int window = begin; window < end; ++window) {
      const float* f = features.data() + std::int64_t{window} * m;
      double sum = 0;
      for (int i = 0; i < m; ++i) sum += static_cast<double>(f[i]) * static_cast<double>(k_sum[i]);
      normaliser.edit()[window] = static_cast<float>(sum);
      const double divisor = static_cast<double>(normaliser.at(window)) + kPerformerEps;
      for (int j = 0; j < width; ++j) {
        const std::int64_t at = std::int64_t{window} * width + j;
        context.edit()[at] = static_cast<float>(static_cast<double>(numerator.data()[at]) / divisor);
      }
    }
  });
  c.keep(p.normaliser, std::move(normaliser));
  c.keep(p.numerator, std::move(numerator));
  c.keep(p.stack.context, std::move(context));
  stack::run_output(c, p.stack);
}

}  // namespace vitscope::performer
