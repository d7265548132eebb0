// Studies: analyses that take longer than a frame. What one computes, how far it has come, and what has been found.
#pragma once
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <typeindex>

#include "core/ops/thread_pool.h"
#include "core/result.h"

namespace vitscope {

/// What a study may use while it computes, on one thread.
struct StudyContext {
  ThreadPool& pool;
  std::stop_token stop;
  std::function<void(int done, int total)> progress;  ///< may be empty

  /// To be called between two forward passes or a few milliseconds of work: reports, and says whether to go on.
  bool go_on(int done, int total) const {
    if (progress) progress(done, total);
    return !stop.stop_requested();
  }
};

/// An analysis to be computed. Made in every frame by the figure that needs it, so it must be cheap to make and holds what it reads.
struct Study {
  std::string key;    ///< kind, data and parameters: equal key, equal result; see study_key()
  std::string title;  ///< English, for the page that waits: "Occlusion map"
  std::type_index type = typeid(void);
  std::function<Result<std::shared_ptr<const void>>(StudyContext&)> compute;  ///< null when it was stopped
};

/// A study whose result is a T; `compute` returns nothing when it was stopped.
template <class T>
Study study_of(std::string key, std::string title, std::function<Result<std::optional<T>>(StudyContext&)> compute) {
  return {std::move(key), std::move(title), typeid(T), [compute = std::move(compute)](StudyContext& context) -> Result<std::shared_ptr<const void>> {
            Result<std::optional<T>> result = compute(context);
            if (!result) return result.error();
            if (!*result) return std::shared_ptr<const void>();
            return std::shared_ptr<const void>(std::make_shared<const T>(std::move(**result)));
          }};
}

/// "occlusion 1234 2 0": the kind, Tensor::id() of what it is about (never reused within a process), parameters.
std::string study_key(std::string_view kind, std::uint64_t tensor_id, std::initializer_list<std::int64_t> parameters = {});

struct StudyState {
  enum class Status : std::uint8_t { absent, waiting, running, finished, failed, cancelled } status = Status::absent;
  int done = 0, total = 0;  ///< while running; total 0: not known yet
  double seconds = 0;       ///< since the start, at the last report
  std::string reason;       ///< of a failure, one line
};

/// Results and states by key; the newest are kept. Every function may be called from any thread.
class Studies {
 public:
  explicit Studies(std::size_t most = 64) : most_(most) {}

  /// Null unless finished. The result stays alive while it is held.
  template <class T>
  std::shared_ptr<const T> find(std::string_view key) const {
    return std::static_pointer_cast<const T>(find(key, typeid(T)));
  }
  StudyState state(std::string_view key) const;
  bool finished(std::string_view key) const { return state(key).status == StudyState::Status::finished; }

  /// absent becomes waiting.
  void wait(std::string_view key);
  /// Becomes running and returns true, unless it is running, finished, failed or cancelled.
  bool start(std::string_view key);
  /// Without effect unless running.
  void report(std::string_view key, int done, int total);
  void finish(const Study& study, std::shared_ptr<const void> result);
  void fail(std::string_view key, std::string reason);
  /// waiting or running becomes cancelled, which stays until forget().
  void cancel(std::string_view key);
  /// waiting or running becomes absent: something else went before.
  void interrupt(std::string_view key);
  /// failed or cancelled becomes absent, so that it can be started again.
  void forget(std::string_view key);

 private:
  struct Entry {
    StudyState state;
    double started = 0;
    std::type_index type = typeid(void);
    std::shared_ptr<const void> result;
    std::list<std::string>::iterator age;
  };
  std::shared_ptr<const void> find(std::string_view key, std::type_index type) const;
  /// The entry, made when there is none, as the newest; older ones that nobody computes go when there are too many.
  Entry& touch(std::string_view key);
  void erase(std::string_view key);

  std::size_t most_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::list<std::string> ages_;  ///< oldest first
};

/// Computes a study on the caller's thread unless it is finished, failed or cancelled, and puts what comes of it into `studies`. Exceptions
/// become failures. Returns the state that it has then; absent when it was stopped.
StudyState run_study(const Study& study, Studies& studies, ThreadPool& pool, std::stop_token stop = {}, std::function<void(int, int)> progress = {});

}  // namespace vitscope
