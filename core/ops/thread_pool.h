// A small pool of threads for the operations of one forward pass.
#pragma once
#include <functional>
#include <memory>

namespace vitscope {

/// Runs loops on `threads` threads, the caller included. Work is taken in chunks from an atomic counter; idle
/// threads spin for a bounded time and then sleep, so that a busy foreign thread (a window that draws) costs little.
/// One loop at a time; loops do not nest. The result of a loop must not depend on which thread runs which chunk.
class ThreadPool {
 public:
  explicit ThreadPool(int threads);  ///< threads >= 1; 1 runs everything on the caller
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const;
  /// Calls body(begin, end) for chunks of at most `grain` items that cover [0, count) exactly once.
  void run(int count, int grain, const std::function<void(int begin, int end)>& body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vitscope
