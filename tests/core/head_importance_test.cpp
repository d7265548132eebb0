// Switching heads off: against a model whose weights leave the head out, and its progress.
#include <catch2/catch.hpp>
#include <cmath>

#include "core/analysis/head_importance.h"
#include "tests/core/small_model.h"

using namespace vitscope;

namespace {
StudyContext context_of(ThreadPool& pool) { return {pool, {}, {}}; }

/// The model with the columns of one head's output weights at zero in one block: the head may say what it will, nothing of it arrives.
ModelPtr deaf_to(const ModelPtr& model, int block, int head) {
  auto changed = std::make_shared<Model>(*model);
  ops::Linear& proj = changed->weights.blocks[static_cast<std::size_t>(block)].proj;
  Tensor weight(proj.weight().shape(), proj.weight().values());
  const int width = model->config.head_width;
  for (int row = 0; row < weight.dim(0); ++row)
    for (int i = 0; i < width; ++i) weight.edit()[row * weight.dim(1) + head * width + i] = 0;
  proj = ops::Linear(weight, proj.bias());
  return changed;
}
}  // namespace

TEST_CASE("a silent head is one whose output weights are zero", "[head-importance]") {
  ThreadPool pool(2);
  const TracePtr trace = test::small_trace();
  StudyContext context = context_of(pool);
  const auto found = head_importance(*trace, context);
  REQUIRE(found);
  CHECK(found->blocks == 3);
  CHECK(found->heads == 3);
  for (int block = 0; block < 3; ++block)
    for (int head = 0; head < 3; ++head) {
      const TracePtr other = forward(deaf_to(trace->model_ptr(), block, head), trace->input_ptr(), pool);
      double most = 0;
      for (int k = 0; k < 7; ++k) {
        INFO("block " << block << ", head " << head << ", class " << k);
        const double logit = static_cast<double>(other->at(Slot::logits).at(k));
        CHECK(static_cast<double>(found->logits.at(block * 3 + head, k)) == Approx(logit).margin(1e-5));
        CHECK(static_cast<double>(head_drop(*found, k, false).at(block, head)) == Approx(static_cast<double>(trace->at(Slot::logits).at(k)) - logit).margin(2e-5));
        CHECK(static_cast<double>(found->probs.at(block * 3 + head, k)) == Approx(static_cast<double>(other->at(Slot::probs).at(k))).margin(1e-5));
        most = std::max(most, std::abs(static_cast<double>(head_drop(*found, k, false).at(block, head))));
      }
      CHECK(most > 1e-4);
    }
}

TEST_CASE("a run that is used again does not change", "[head-importance]") {
  ThreadPool pool(2);
  const TracePtr trace = test::small_trace();
  std::vector<std::pair<TensorRef, std::vector<float>>> before;
  for (const TensorRef ref : tensors_of(trace->config())) before.push_back({ref, {trace->at(ref).values().begin(), trace->at(ref).values().end()}});
  StudyContext context = context_of(pool);
  REQUIRE(head_importance(*trace, context));
  for (const auto& [ref, values] : before) {
    INFO(name_of(ref));
    CHECK(std::equal(values.begin(), values.end(), trace->at(ref).values().begin()));
  }
}

TEST_CASE("a head whose output is nothing has no importance, and passes can be stopped", "[head-importance]") {
  ThreadPool pool(2);
  const TracePtr trace = forward(deaf_to(test::small_model(), 1, 2), test::small_input(), pool);
  StudyContext context = context_of(pool);
  const auto found = head_importance(*trace, context);
  REQUIRE(found);
  for (int k = 0; k < 7; ++k) CHECK(head_drop(*found, k, false).at(1, 2) == 0);
  std::stop_source stop;
  int last = -1;
  StudyContext stopping{pool, stop.get_token(), [&](int done, int total) {
                          CHECK(total == 9);
                          last = done;
                          if (done == 5) stop.request_stop();
                        }};
  CHECK_FALSE(head_importance(*trace, stopping));
  CHECK(last == 5);
}
