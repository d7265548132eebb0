// Studies: states, progress, stopping, and how many results are kept.
#include <atomic>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <thread>
#include <vector>

#include "core/study.h"

using namespace vitscope;
using Status = StudyState::Status;

namespace {

/// Counts to `total`, one report each, and finds the sum; `at` is called before each report.
Study counting(std::string key, int total, std::function<void(int)> at = {}) {
  return study_of<int>(std::move(key), "Counting", [=](StudyContext& context) -> Result<std::optional<int>> {
    int sum = 0;
    for (int i = 0; i < total; ++i) {
      if (at) at(i);
      if (!context.go_on(i, total)) return std::optional<int>();
      sum += i;
    }
    context.go_on(total, total);
    return std::optional<int>(sum);
  });
}

}  // namespace

TEST_CASE("a study reports every step and leaves its result under its key and type", "[study]") {
  ThreadPool pool(1);
  Studies studies;
  std::vector<std::pair<int, int>> reports;
  const Study study = counting(study_key("count", 7, {5, -1}), 5);
  CHECK(study.key == "count 7 5 -1");
  CHECK(studies.state(study.key).status == Status::absent);
  const StudyState state = run_study(study, studies, pool, {}, [&](int done, int total) { reports.emplace_back(done, total); });
  CHECK(state.status == Status::finished);
  CHECK(state.done == 5);
  CHECK(state.total == 5);
  CHECK(reports == std::vector<std::pair<int, int>>{{0, 5}, {1, 5}, {2, 5}, {3, 5}, {4, 5}, {5, 5}});
  REQUIRE(studies.find<int>(study.key));
  CHECK(*studies.find<int>(study.key) == 10);
  CHECK_FALSE(studies.find<double>(study.key));
  CHECK_FALSE(studies.find<int>("count 7 5 0"));
}

TEST_CASE("a finished study is not computed again", "[study]") {
  ThreadPool pool(1);
  Studies studies;
  int calls = 0;
  const Study study = counting("once", 1, [&](int) { ++calls; });
  run_study(study, studies, pool);
  CHECK(run_study(study, studies, pool).status == Status::finished);
  CHECK(calls == 1);
}

TEST_CASE("a stopped study ends at its next report and is as if it had never begun", "[study]") {
  ThreadPool pool(1);
  Studies studies;
  std::stop_source stop;
  int last = -1;
  const Study study = counting("stopped", 100, [&](int i) {
    last = i;
    if (i == 3) stop.request_stop();
  });
  CHECK(run_study(study, studies, pool, stop.get_token()).status == Status::absent);
  CHECK(last == 3);
  CHECK_FALSE(studies.find<int>(study.key));
}

TEST_CASE("a cancelled study stays cancelled until it is forgotten", "[study]") {
  ThreadPool pool(1);
  Studies studies;
  std::stop_source stop;
  const Study study = counting("cancelled", 100, [&](int i) {
    if (i != 3) return;
    studies.cancel("cancelled");
    stop.request_stop();
  });
  CHECK(run_study(study, studies, pool, stop.get_token()).status == Status::cancelled);
  CHECK(run_study(counting("cancelled", 2), studies, pool).status == Status::cancelled);
  studies.forget("cancelled");
  CHECK(studies.state("cancelled").status == Status::absent);
  CHECK(run_study(counting("cancelled", 2), studies, pool).status == Status::finished);
}

TEST_CASE("errors and exceptions become failures with their reason", "[study]") {
  ThreadPool pool(1);
  Studies studies;
  const Study refused = study_of<int>("refused", "", [](StudyContext&) -> Result<std::optional<int>> { return Error{"no pictures in there"}; });
  CHECK(run_study(refused, studies, pool).status == Status::failed);
  CHECK(studies.state("refused").reason == "no pictures in there");
  const Study thrown = study_of<int>("thrown", "", [](StudyContext&) -> Result<std::optional<int>> { throw std::runtime_error("broken"); });
  CHECK(run_study(thrown, studies, pool).reason == "broken");
  studies.forget("thrown");
  CHECK(studies.state("thrown").status == Status::absent);
}

TEST_CASE("the newest results are kept, and what is under way never goes", "[study]") {
  ThreadPool pool(1);
  Studies studies(4);
  studies.wait("waiting");
  std::shared_ptr<const int> held;
  for (int i = 0; i < 10; ++i) {
    run_study(counting("c" + std::to_string(i), i), studies, pool);
    if (i == 2) held = studies.find<int>("c2");
  }
  CHECK(studies.state("waiting").status == Status::waiting);
  for (int i = 0; i < 10; ++i) CHECK(studies.finished("c" + std::to_string(i)) == (i >= 7));
  REQUIRE(held);
  CHECK(*held == 1);
}

TEST_CASE("states may be read while another thread computes", "[study]") {
  Studies studies;
  std::atomic<bool> ended = false;
  std::thread worker([&] {
    ThreadPool pool(2);
    for (int i = 0; i < 50; ++i) run_study(counting("s" + std::to_string(i % 7), 40), studies, pool);
    ended = true;
  });
  int seen = 0;
  while (!ended || seen == 0) {
    for (int i = 0; i < 7; ++i) {
      const StudyState state = studies.state("s" + std::to_string(i));
      CHECK(state.done <= state.total);
      if (const auto result = studies.find<int>("s" + std::to_string(i))) seen += *result == 780;
    }
    studies.cancel("s3");
    studies.forget("s3");
  }
  worker.join();
  CHECK(seen > 0);
}
