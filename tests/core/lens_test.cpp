// Logit lens and residual ledger: the last lens is the answer bit for bit, and the parts sum to the logit.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "core/analysis/ledger.h"
#include "core/analysis/lens.h"
#include "tests/core/small_model.h"

using namespace vitscope;

namespace {

bool same_row_bits(std::span<const float> a, std::span<const float> b) { return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0; }

TracePtr preset_trace(std::string_view name) {
  const auto model = build_preset(name, 3);
  REQUIRE(model.ok());
  const VitConfig& c = (*model)->config;
  ThreadPool pool(2);
  return forward(*model, input_of_values("random", test::Draw(5)({c.channels, c.image_height, c.image_width}, 2)), pool);
}

}  // namespace

TEST_CASE("the lens behind the last block is the answer, bit for bit", "[lens]") {
  for (const TracePtr& trace : {test::small_trace(), preset_trace("vit-ti16")}) {
    const int depth = trace->config().depth;
    for (const int threads : {1, 3}) {
      ThreadPool pool(threads);
      CHECK(same_row_bits(lens(*trace, pool, depth).values(), trace->at(Slot::logits).values()));
      const Tensor all = lens_by_depth(*trace, pool);
      REQUIRE(all.shape() == Shape{depth + 1, trace->config().classes});
      CHECK(same_row_bits(all.row(depth), trace->at(Slot::logits).values()));
      CHECK(same_row_bits(all.row(1), lens(*trace, pool, 1).values()));
      CHECK_FALSE(same_row_bits(all.row(0), all.row(depth)));
    }
  }
}

TEST_CASE("the lens without the norm is the head on the bare row", "[lens]") {
  const TracePtr trace = test::small_trace();
  ThreadPool pool(1);
  const Tensor bare = lens(*trace, pool, 2, LensNorm::without);
  const auto row = trace->at(Slot::out, 1).row(0);
  const ops::Linear& head = trace->model().weights.head;
  for (int k = 0; k < trace->config().classes; ++k) {
    double z = static_cast<double>(head.bias().at(k));
    for (int i = 0; i < trace->config().dim; ++i) z += static_cast<double>(row[static_cast<std::size_t>(i)]) * static_cast<double>(head.weight().at(k, i));
    CHECK(static_cast<double>(bare.at(k)) == Approx(z).margin(1e-4));
  }
}

TEST_CASE("the lens of every token agrees with the lens of the class token and sums to 1", "[lens]") {
  const TracePtr trace = test::small_trace();
  ThreadPool pool(1);
  const int depth = trace->config().depth, classes = trace->config().classes, tokens = trace->config().tokens();
  for (const LensNorm norm : {LensNorm::with_norm, LensNorm::without})
    for (int position = 0; position <= depth; ++position) {
      const TokenLens all = token_lens(*trace, pool, position, norm);
      REQUIRE(static_cast<int>(all.top.size()) == tokens);
      std::vector<double> sum(static_cast<std::size_t>(tokens));
      for (int k = 0; k < classes; ++k) {
        const std::vector<float> shares = class_shares(*trace, pool, position, norm, all, k);
        for (std::size_t t = 0; t < sum.size(); ++t) {
          sum[t] += static_cast<double>(shares[t]);
          CHECK(shares[t] <= all.share[t] * (1 + 1e-5f));
          if (all.top[t] == k) CHECK(shares[t] == Approx(all.share[t]).epsilon(1e-5));
        }
      }
      for (const double s : sum) CHECK(s == Approx(1).margin(1e-5));
      const Tensor logits = lens(*trace, pool, position, norm);
      CHECK(rank_of(logits.values(), all.top[0]) == 1);
    }
  const std::vector<float> shares = class_shares(*trace, pool, depth, LensNorm::with_norm, token_lens(*trace, pool, depth), 3);
  CHECK(shares[0] == Approx(trace->at(Slot::probs).at(3)).margin(1e-6));
}

TEST_CASE("ranks count the larger logits", "[lens]") {
  const std::vector<float> logits{2, 5, 5, -1};
  CHECK(rank_of(logits, 0) == 3);
  CHECK(rank_of(logits, 1) == 1);
  CHECK(rank_of(logits, 2) == 1);
  CHECK(rank_of(logits, 3) == 4);
}

TEST_CASE("the ledger sums to the logit", "[ledger]") {
  for (const TracePtr& trace : {test::small_trace(), preset_trace("vit-ti16")})
    for (const LedgerOf of : {LedgerOf::logit, LedgerOf::above_mean})
      for (const int k : {0, 3, trace->config().classes - 1}) {
        const Ledger ledger = residual_ledger(*trace, k, of);
        REQUIRE(static_cast<int>(ledger.attention.size()) == trace->config().depth);
        REQUIRE(static_cast<int>(ledger.mlp.size()) == trace->config().depth);
        CHECK(ledger.sum() == Approx(ledger.logit).margin(1e-4));
        if (of == LedgerOf::logit) CHECK(ledger.logit == static_cast<double>(trace->at(Slot::logits).at(k)));
      }
}

TEST_CASE("logits above their mean sum to zero, part by part", "[ledger]") {
  const TracePtr trace = test::small_trace();
  double embedding = 0, attention = 0, bias = 0;
  for (int k = 0; k < trace->config().classes; ++k) {
    const Ledger ledger = residual_ledger(*trace, k, LedgerOf::above_mean);
    embedding += ledger.embedding;
    attention += ledger.attention[1];
    bias += ledger.bias;
  }
  CHECK(std::abs(embedding) < 1e-6);
  CHECK(std::abs(attention) < 1e-6);
  CHECK(std::abs(bias) < 1e-6);
}

TEST_CASE("a part of the ledger is the product of what the branch added with the class direction", "[ledger]") {
  // Closed form: gain 1, shift 0, no bias, and a head whose class 0 reads element 2 alone.
  auto model = std::make_shared<Model>(*test::small_model());
  const int dim = model->config.dim;
  Tensor gain({dim}), zero({dim}), weight({model->config.classes, dim});
  std::fill_n(gain.edit(), dim, 1.0f);
  std::fill_n(zero.edit(), dim, 0.0f);
  std::fill_n(weight.edit(), weight.size(), 0.0f);
  weight.edit()[2] = 1;
  model->weights.norm = {gain, zero};
  model->weights.head = ops::Linear(weight, {});
  ThreadPool pool(1);
  const TracePtr trace = forward(model, test::small_input(), pool);
  const Ledger ledger = residual_ledger(*trace, 0);
  CHECK(ledger.shift == 0);
  CHECK(ledger.bias == 0);
  const auto last = trace->entering(trace->config().depth).row(0);
  double mean = 0, squares = 0;
  for (const float x : last) mean += static_cast<double>(x) / dim;
  for (const float x : last) squares += (static_cast<double>(x) - mean) * (static_cast<double>(x) - mean) / dim;
  const double deviation = std::sqrt(squares + static_cast<double>(model->config.layer_norm_eps));
  const auto added = trace->at(Slot::fc2, 1).row(0);
  double added_mean = 0;
  for (const float x : added) added_mean += static_cast<double>(x) / dim;
  CHECK(ledger.mlp[1] == Approx((static_cast<double>(added[2]) - added_mean) / deviation).margin(1e-5));
}

TEST_CASE("heads of a block share what its attention added", "[ledger]") {
  const TracePtr trace = test::small_trace();
  const VitConfig& config = trace->config();
  for (const LedgerOf of : {LedgerOf::logit, LedgerOf::above_mean})
    for (int block = 0; block < config.depth; ++block) {
      const Ledger ledger = residual_ledger(*trace, 2, of);
      const HeadLedger heads = head_ledger(*trace, 2, block, of);
      REQUIRE(static_cast<int>(heads.heads.size()) == config.heads);
      double sum = heads.rest;
      for (const double value : heads.heads) sum += value;
      CHECK(sum == Approx(ledger.attention[static_cast<std::size_t>(block)]).margin(1e-9));
      // What is left is the bias of the projection along the class direction.
      const Readout read = readout(*trace, 2, of);
      const Tensor& bias = trace->model().weights.blocks[static_cast<std::size_t>(block)].proj.bias();
      double expected = 0;
      for (int i = 0; i < config.dim; ++i) expected += read.rows[0].direction[static_cast<std::size_t>(i)] * static_cast<double>(bias.at(i));
      CHECK(heads.rest == Approx(expected).margin(1e-5));
    }
}

TEST_CASE("lens and ledger hold for every kind of answer", "[lens][ledger]") {
  ThreadPool pool(1);
  for (const auto& [name, config] : test::small_families()) {
    INFO(name);
    const TracePtr trace = forward(test::random_weights(config), test::small_input(), pool);
    const int depth = config.depth, last = config.classes - 1;
    CHECK(same_row_bits(lens(*trace, pool, depth).values(), trace->at(Slot::logits).values()));
    for (const LedgerOf of : {LedgerOf::logit, LedgerOf::above_mean}) {
      const Ledger ledger = residual_ledger(*trace, last, of);
      CHECK(ledger.sum() == Approx(ledger.logit).margin(1e-4));
      for (int block = 0; block < depth; ++block) {
        const HeadLedger heads = head_ledger(*trace, last, block, of);
        double sum = heads.rest, bias = 0;
        for (const double value : heads.heads) sum += value;
        CHECK(sum == Approx(ledger.attention[static_cast<std::size_t>(block)]).margin(1e-9));
        const BlockWeights& weights = trace->model().weights.blocks[static_cast<std::size_t>(block)];
        for (const Readout::Row& row : readout(*trace, last, of).rows)
          for (int i = 0; i < config.dim; ++i)
            bias += row.direction[static_cast<std::size_t>(i)] * static_cast<double>(weights.proj.bias().at(i)) * (weights.scale1.empty() ? 1 : static_cast<double>(weights.scale1.at(i)));
        CHECK(heads.rest == Approx(bias).margin(1e-5));
      }
    }
    // Where one row is the answer, its own lens is the answer too.
    if (answer_tokens(config).size() == 1) {
      const Tensor alone = answer_of(trace->model(), pool, trace->entering(depth).row(0).data(), 1);
      CHECK(same_row_bits(alone.values(), trace->at(Slot::logits).values()));
    }
    for (const LensNorm norm : {LensNorm::with_norm, LensNorm::without}) {
      const TokenLens all = token_lens(*trace, pool, depth, norm);
      std::vector<double> sum(all.top.size());
      for (int k = 0; k < config.classes; ++k) {
        const std::vector<float> shares = class_shares(*trace, pool, depth, norm, all, k);
        for (std::size_t t = 0; t < sum.size(); ++t) sum[t] += static_cast<double>(shares[t]);
      }
      for (const double s : sum) CHECK(s == Approx(1).margin(1e-5));
      CHECK(lens(*trace, pool, 0, norm).size() == config.classes);
    }
  }
}
