#include "core/ops/thread_pool.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

using vitscope::ThreadPool;

TEST_CASE("A pool covers every index exactly once", "[thread_pool]") {
  for (int threads : {1, 2, 3, 5}) {
    ThreadPool pool(threads);
    CHECK(pool.threads() == threads);
    for (int count : {0, 1, 2, 7, 64, 1000}) {
      for (int grain : {1, 3, 64, 5000}) {
        std::vector<std::atomic<int>> visits(static_cast<std::size_t>(count));
        std::atomic<int> bad_chunks{0};
        pool.run(count, grain, [&](int begin, int end) {
          if (begin >= end || end - begin > grain || begin < 0 || end > count) ++bad_chunks;
          for (int i = begin; i < end; ++i) ++visits[static_cast<std::size_t>(i)];
        });
        int wrong = 0;
        for (const auto& visit : visits) wrong += visit != 1;
        CHECK(wrong == 0);
        CHECK(bad_chunks == 0);
      }
    }
  }
}

TEST_CASE("What a loop wrote is visible after it, loop after loop", "[thread_pool]") {
  ThreadPool pool(3);
  std::vector<int> values(256, 0);
  for (int round = 1; round <= 2000; ++round) {
    pool.run(256, 16, [&](int begin, int end) {
      for (int i = begin; i < end; ++i) values[static_cast<std::size_t>(i)] += i;
    });
  }
  int wrong = 0;
  for (int i = 0; i < 256; ++i) wrong += values[static_cast<std::size_t>(i)] != 2000 * i;
  CHECK(wrong == 0);
}

TEST_CASE("Workers that have gone to sleep are woken", "[thread_pool]") {
  using namespace std::chrono_literals;
  ThreadPool pool(2);
  for (int round = 0; round < 3; ++round) {
    std::this_thread::sleep_for(5ms);
    std::mutex mutex;
    std::set<std::thread::id> seen;
    // The first chunk waits for company: only a second thread can end it before the deadline.
    const auto deadline = std::chrono::steady_clock::now() + 5s;
    pool.run(2, 1, [&](int, int) {
      while (std::chrono::steady_clock::now() < deadline) {
        {
          std::lock_guard lock(mutex);
          seen.insert(std::this_thread::get_id());
          if (seen.size() == 2) return;
        }
        std::this_thread::yield();
      }
    });
    CHECK(seen.size() == 2);
  }
}

TEST_CASE("The caller waits for a slow worker", "[thread_pool]") {
  using namespace std::chrono_literals;
  ThreadPool pool(2);
  std::atomic<int> done{0};
  const auto caller = std::this_thread::get_id();
  pool.run(8, 1, [&](int, int) {
    if (std::this_thread::get_id() != caller) std::this_thread::sleep_for(3ms);
    ++done;
  });
  CHECK(done == 8);
}

TEST_CASE("An exception passes to the caller and the pool lives on", "[thread_pool]") {
  for (int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    for (int round = 0; round < 20; ++round) {
      CHECK_THROWS_AS(pool.run(100, 1,
                               [&](int begin, int) {
                                 if (begin == 37 + round) throw std::runtime_error("chunk");
                               }),
                      std::runtime_error);
      CHECK_THROWS_AS(pool.run(50, 1, [](int, int) { throw std::logic_error("every chunk"); }), std::logic_error);
      std::atomic<int> sum{0};
      pool.run(100, 7, [&](int begin, int end) { sum += end - begin; });
      CHECK(sum == 100);
    }
  }
}

TEST_CASE("Pools come and go without work", "[thread_pool]") {
  for (int i = 0; i < 20; ++i) ThreadPool pool(1 + i % 5);
}
