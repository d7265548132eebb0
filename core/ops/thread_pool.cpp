#include "core/ops/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace vitscope {
namespace {

using Clock = std::chrono::steady_clock;
// Longer than the gap between two operations of a pass, shorter than anybody notices.
constexpr auto kSpin = std::chrono::microseconds(60);

void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#else
  std::this_thread::yield();
#endif
}

/// Polls `ready` for the spin time at most; says whether it came true.
template <typename Ready>
bool spin_until(const Ready& ready) {
  constexpr int kPollsPerLook = 16;  // at the clock
  for (const auto end = Clock::now() + kSpin; Clock::now() < end;) {
    for (int i = 0; i < kPollsPerLook; ++i) {
      if (ready()) return true;
      relax();
    }
  }
  return ready();
}

}  // namespace

/// Workers take part in a loop by entering its gate. The caller closes the gate when all chunks are taken and then
/// waits only for those inside: a worker that sleeps or waits for a processor delays nobody.
struct ThreadPool::State {
  // The gate: number of the loop, times kLoop | whether it may be entered (kOpen) | workers inside.
  static constexpr std::uint64_t kOpen = 1U << 15, kInside = kOpen - 1, kLoop = 1U << 16;
  static constexpr int kMostThreads = 1024;

  std::atomic<std::uint64_t> gate{0};
  // The loop behind the gate: written while nobody is inside, read inside.
  const std::function<void(int, int)>* body = nullptr;
  int count = 0, grain = 1, chunks = 0;
  std::atomic<std::int64_t> next{0};  ///< chunk to be taken
  std::mutex error_mutex;
  std::exception_ptr error;

  std::atomic<int> sleepers{0};  ///< workers that need a notification
  std::atomic<bool> stop{false}, caller_sleeps{false};
  std::mutex sleep_mutex;
  std::condition_variable worker_wakes, caller_wakes;
  std::vector<std::thread> workers;

  ~State() {
    stop = true;
    wake_workers();
    for (std::thread& worker : workers) worker.join();
  }

  void wake_workers() {
    if (sleepers.load() == 0) return;
    { std::lock_guard lock(sleep_mutex); }  // whoever counted itself has begun to wait
    worker_wakes.notify_all();
  }

  void work_on_chunks() noexcept {
    for (std::int64_t chunk; (chunk = next.fetch_add(1, std::memory_order_relaxed)) < chunks;) {
      const int begin = static_cast<int>(chunk * grain);
      try {
        (*body)(begin, count - begin < grain ? count : begin + grain);
      } catch (...) {
        std::lock_guard lock(error_mutex);
        if (!error) error = std::current_exception();
        next.store(chunks, std::memory_order_relaxed);  // nobody begins another chunk
      }
    }
  }

  bool enter(std::uint64_t loop) {
    std::uint64_t now = gate.load(std::memory_order_relaxed);
    while ((now & kOpen) && now / kLoop == loop) {
      if (gate.compare_exchange_weak(now, now + 1, std::memory_order_acquire, std::memory_order_relaxed)) return true;
    }
    return false;
  }

  void leave() {
    const std::uint64_t before = gate.fetch_sub(1);
    if ((before & kInside) > 1 || (before & kOpen) || !caller_sleeps.load()) return;
    { std::lock_guard lock(sleep_mutex); }
    caller_wakes.notify_one();
  }

  void worker_main() {
    std::uint64_t seen = 0;
    const auto news = [&] { return stop.load() || (gate.load() / kLoop != seen && (gate.load() & kOpen)); };
    while (true) {
      if (!spin_until(news)) {
        std::unique_lock lock(sleep_mutex);
        ++sleepers;
        worker_wakes.wait(lock, news);
        --sleepers;
      }
      if (stop) return;
      seen = gate.load() / kLoop;
      if (!enter(seen)) continue;
      work_on_chunks();
      leave();
    }
  }

  void open() {
    next.store(0, std::memory_order_relaxed);
    gate.store((gate.load(std::memory_order_relaxed) / kLoop + 1) * kLoop + kOpen);
    wake_workers();
  }

  void close() {
    gate.fetch_and(~kOpen);
    const auto empty = [&] { return (gate.load() & kInside) == 0; };
    if (spin_until(empty)) return;
    caller_sleeps = true;
    {
      std::unique_lock lock(sleep_mutex);
      caller_wakes.wait(lock, empty);
    }
    caller_sleeps = false;
  }
};

ThreadPool::ThreadPool(int threads) : state_(std::make_unique<State>()) {
  assert(threads >= 1);
  State& s = *state_;
  for (int i = 1; i < std::min(threads, State::kMostThreads); ++i) s.workers.emplace_back([&s] { s.worker_main(); });
}

ThreadPool::~ThreadPool() = default;

int ThreadPool::threads() const { return static_cast<int>(state_->workers.size()) + 1; }

void ThreadPool::run(int count, int grain, const std::function<void(int begin, int end)>& body) {
  assert(grain >= 1);
  if (count <= 0) return;
  const int chunks = (count - 1) / grain + 1;
  if (chunks == 1 || state_->workers.empty()) {
    for (int chunk = 0; chunk < chunks; ++chunk) body(chunk * grain, chunk + 1 < chunks ? (chunk + 1) * grain : count);
    return;
  }
  State& s = *state_;
  s.body = &body;
  s.count = count;
  s.grain = grain;
  s.chunks = chunks;
  s.open();
  s.work_on_chunks();
  s.close();
  if (s.error) std::rethrow_exception(std::exchange(s.error, nullptr));
}

}  // namespace vitscope
