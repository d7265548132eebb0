// The one background thread: loads pictures and models, runs forward passes, makes thumbnails.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "core/forward.h"

namespace vitscope::shell {

/// What to run: a new picture or model, or the ones at hand on another input.
struct RunRequest {
  std::function<Result<PicturePtr>()> picture;  ///< loads; called on the worker
  std::function<Result<ModelPtr>()> model;
  ResizeMode mode = ResizeMode::crop;
  EditsPtr edits;   ///< those that do not fit are switched off
  TracePtr latest;  ///< what comes before the first change is taken over from it; may be null
};

struct Failure {
  bool of_model = false;  ///< else of the picture
  Error error;
};
/// A run begins: its trace is empty but names model and picture.
struct Started {
  TracePtr trace;
  EditsPtr edits;  ///< of the request, as far as they fit
};
struct Progressed { TracePtr trace; };
struct Computing { Place place; };
struct Finished {};
struct Thumbnail {
  std::string path;
  std::shared_ptr<const Image> image;  ///< null when it failed
  std::string reason;
};
using Event = std::variant<Failure, Started, Progressed, Computing, Finished, Thumbnail>;

/// A newer run stops the older one within one step. Events are taken by the owner's thread.
class Worker {
 public:
  /// `wake` is called on the worker's thread after an event has been added.
  Worker(int threads, std::function<void()> wake);
  ~Worker();

  void run(RunRequest request);
  /// Stops the current run; what has been computed stays.
  void stop();
  /// Thumbnails are made when nothing else is to do; a new list replaces the older one.
  void make_thumbnails(std::vector<std::string> paths);
  std::vector<Event> take_events();

 private:
  void loop(std::stop_token stop);
  void carry_out(const RunRequest& request, std::stop_token stop);
  void emit(Event event);

  std::function<void()> wake_;
  ThreadPool pool_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<RunRequest> next_;
  std::deque<std::string> thumbnails_;
  std::stop_source current_;
  std::vector<Event> events_;
  std::jthread thread_;
};

/// At most `side` pixels on the longer side.
std::shared_ptr<const Image> thumbnail_of(const Image& image, int side);

}  // namespace vitscope::shell
