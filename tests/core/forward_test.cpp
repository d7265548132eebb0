#include "core/forward.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <numeric>
#include <thread>

#include "core/dump.h"
#include "tests/core/small_model.h"

using namespace vitscope;

namespace {
bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::memcmp(a.data(), b.data(), a.values().size_bytes()) == 0;
}
}  // namespace

TEST_CASE("a run records every tensor in its shape, with finite numbers", "[forward]") {
  const TracePtr trace = test::small_trace();
  REQUIRE(trace->complete());
  CHECK(trace->finished_blocks() == 3);
  for (const TensorRef& ref : tensors_of(trace->config())) {
    CAPTURE(name_of(ref));
    REQUIRE(trace->has(ref));
    CHECK(trace->at(ref).shape() == shape_of(ref.slot, trace->config()));
    const auto values = trace->at(ref).values();
    CHECK(std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); }));
    if (info(ref.slot).values == Values::magnitude && ref.slot != Slot::pixels) CHECK(*std::min_element(values.begin(), values.end()) >= 0);
  }
  CHECK_FALSE(trace->has(Slot::attn, 3));
  CHECK_FALSE(trace->has(Slot::attn, -1));
}

TEST_CASE("the same bits for any number of threads", "[forward]") {
  const ModelPtr model = test::small_model();
  const InputPtr input = test::small_input();
  ThreadPool one(1);
  const TracePtr first = forward(model, input, one);
  for (int threads : {2, 3}) {
    ThreadPool pool(threads);
    const TracePtr other = forward(model, input, pool);
    for (const TensorRef& ref : tensors_of(model->config)) {
      CAPTURE(threads, name_of(ref));
      CHECK(same_bits(first->at(ref), other->at(ref)));
    }
  }
}

TEST_CASE("recording only the attention gives the same numbers", "[forward]") {
  ThreadPool pool(2);
  const TracePtr all = test::small_trace();
  const TracePtr some = forward(all->model_ptr(), all->input_ptr(), pool, {.record = Record::attention_only});
  CHECK(some->complete());
  CHECK(some->finished_blocks() == 3);
  for (const TensorRef& ref : tensors_of(all->config())) {
    CAPTURE(name_of(ref));
    const bool kept = info(ref.slot).scope == Scope::model || ref.slot == Slot::attn;
    REQUIRE(some->has(ref) == kept);
    if (kept) CHECK(same_bits(all->at(ref), some->at(ref)));
  }
}

TEST_CASE("a stop ends the run before the next step", "[forward]") {
  const ModelPtr model = test::small_model();
  ThreadPool pool(1);
  const std::vector<Place> places = walk(model->config);
  for (std::size_t last : {std::size_t{0}, std::size_t{5}, std::size_t{12}, places.size() - 1}) {
    std::stop_source source;
    std::size_t begun = 0;
    ForwardOptions options;
    options.stop = source.get_token();
    options.on_step = [&](Place place) {
      CHECK(place == places[begun]);
      if (begun++ == last) source.request_stop();
    };
    const TracePtr trace = forward(model, test::small_input(), pool, options);
    CHECK(begun == last + 1);
    std::size_t recorded = 0, expected = 0;
    for (const TensorRef& ref : tensors_of(model->config)) recorded += trace->has(ref);
    for (std::size_t i = 0; i <= last; ++i) expected += places[i].step->writes.size();
    CHECK(recorded == expected);
    CHECK(trace->complete() == (last + 1 == places.size()));
  }
}

TEST_CASE("what has been published does not change any more", "[forward]") {
  for (Record record : {Record::everything, Record::attention_only}) {
    std::vector<TracePtr> published;
    std::vector<std::vector<std::vector<float>>> copies;
    ForwardOptions options;
    options.record = record;
    const auto values_of = [](const Trace& trace) {
      std::vector<std::vector<float>> all;
      for (const TensorRef& ref : tensors_of(trace.config())) {
        all.emplace_back();
        if (trace.has(ref)) all.back().assign(trace.at(ref).values().begin(), trace.at(ref).values().end());
      }
      return all;
    };
    options.on_progress = [&](TracePtr trace) {
      published.push_back(trace);
      copies.push_back(values_of(*trace));
    };
    ThreadPool pool(2);
    const TracePtr result = forward(test::small_model(), test::small_input(), pool, options);
    REQUIRE(published.size() == 5);  // embedding, three blocks, the end
    CHECK(published.back() == result);
    for (std::size_t i = 0; i < published.size(); ++i) {
      CHECK(published[i]->finished_blocks() == std::min(static_cast<int>(i), 3));
      CHECK(values_of(*published[i]) == copies[i]);
      if (i > 0 && i < 4) CHECK(published[i]->at(Slot::attn, 0).id() == result->at(Slot::attn, 0).id());
    }
  }
}

TEST_CASE("published traces can be read while the run goes on", "[forward]") {
  std::vector<std::jthread> readers;
  std::array<std::atomic<double>, 4> sums{};
  ForwardOptions options;
  options.on_progress = [&](TracePtr trace) {
    if (readers.size() == sums.size()) return;
    readers.emplace_back([trace, &sum = sums[readers.size()]] {
      double total = 0;
      for (const TensorRef& ref : tensors_of(trace->config())) {
        if (trace->has(ref)) total = std::accumulate(trace->at(ref).values().begin(), trace->at(ref).values().end(), total);
      }
      sum = total;
    });
  };
  ThreadPool pool(2);
  const TracePtr result = forward(test::small_model(), test::small_input(), pool, options);
  readers.clear();
  CHECK(result->complete());
  CHECK(std::isfinite(sums[3]));
}

TEST_CASE("writing to a copy of a trace leaves the original alone", "[forward]") {
  const TracePtr trace = test::small_trace();
  Trace copy = *trace;
  Tensor other(shape_of(Slot::attn, trace->config()));
  std::fill_n(other.edit(), other.size(), 0.5f);
  copy.set({Slot::attn, 1}, other);
  CHECK(copy.at(Slot::attn, 1).id() == other.id());
  CHECK(trace->at(Slot::attn, 1).id() != other.id());
  CHECK(copy.at(Slot::q, 1).id() == trace->at(Slot::q, 1).id());
  CHECK(copy.take({Slot::q, 1}).id() == trace->at(Slot::q, 1).id());
  CHECK_FALSE(copy.has(Slot::q, 1));
  CHECK(trace->has(Slot::q, 1));
}

TEST_CASE("cells are found by their indices", "[forward]") {
  const TracePtr trace = test::small_trace();
  CHECK(trace->value({{Slot::attn, 1}, 2, 5, 7}) == trace->at(Slot::attn, 1).at(2, 5, 7));
  CHECK(trace->value({{Slot::logits, -1}, 6}) == trace->at(Slot::logits).at(6));
  CHECK(trace->value({{Slot::patch_grid, -1}, 14, 2, 3, 1}) == trace->at(Slot::input).at(2, 11, 9));
}

TEST_CASE("the dump holds what its list says, in order", "[dump]") {
  const TracePtr trace = test::small_trace();
  const auto entries = dump_entries(trace->config());
  const auto tensors = dump_tensors(*trace);
  REQUIRE(tensors.size() == entries.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    CHECK(tensors[i].name == entries[i].name);
    CHECK(tensors[i].tensor.shape() == entries[i].shape);
  }
  CHECK(dump_tensors(*trace, "blocks.?.attn").size() == 3);
  CHECK(dump_tensors(*trace, "blocks.1.*").size() == 15);
  CHECK(dump_tensors(*trace, "analysis.*").size() == 5);
  CHECK(dump_tensors(*trace, "nothing").empty());
}

TEST_CASE("globs", "[dump]") {
  CHECK(matches_glob("blocks.10.attn", "*"));
  CHECK(matches_glob("blocks.10.attn", "blocks.*.attn"));
  CHECK(matches_glob("blocks.10.attn", "*attn*"));
  CHECK(matches_glob("abcabd", "*abd"));
  CHECK(matches_glob("", "*"));
  CHECK(matches_glob("norm", "n?rm"));
  CHECK_FALSE(matches_glob("blocks.10.attn_out", "blocks.*.attn"));
  CHECK_FALSE(matches_glob("norm", "nor"));
  CHECK_FALSE(matches_glob("norm", "norm?"));
  CHECK_FALSE(matches_glob("norm", ""));
}
