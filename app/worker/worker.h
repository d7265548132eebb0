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
#include "core/study.h"

namespace vitscope::worker {

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
/// A study began, went on or ended; how far it is stands in Worker::studies().
struct Studied {};
using Event = std::variant<Failure, Started, Progressed, Computing, Finished, Thumbnail, Studied>;

/// A newer run stops the older one within one step, and every study between two of its passes. Events are taken by the owner's thread.
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

  const Studies& studies() const { return studies_; }
  /// What is to be computed when nothing runs, in this order, instead of what was asked for before. A study that is being computed goes on,
  /// unless others are asked for in its place.
  void study(std::vector<Study> wanted);
  /// Stops and cancels everything that is asked for.
  void cancel_studies();
  /// Failed or cancelled studies may be asked for again.
  void forget(const std::vector<Study>& studies);

 private:
  void loop(std::stop_token stop);
  void carry_out(const RunRequest& request, std::stop_token stop);
  void carry_out(const Study& study, std::stop_token stop);
  void make_thumbnail(const std::string& path);
  std::optional<std::string> next_thumbnail();
  /// Takes the first study that can be started; call with the mutex held.
  std::optional<Study> next_study();
  /// Forgets what waits; call with the mutex held.
  void drop_wanted();
  void emit(Event event);

  std::function<void()> wake_;
  ThreadPool pool_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<RunRequest> next_;
  std::deque<std::string> thumbnails_;
  Studies studies_;
  std::deque<Study> wanted_;
  std::string studying_;          ///< key of the study that is being computed
  std::stop_source current_, current_study_;
  std::vector<Event> events_;
  std::jthread thread_;
};

/// At most `side` pixels on the longer side.
std::shared_ptr<const Image> thumbnail_of(const Image& image, int side);

}  // namespace vitscope::worker
