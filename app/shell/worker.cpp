#include "app/shell/worker.h"

#include <algorithm>

namespace vitscope::shell {

Worker::Worker(int threads, std::function<void()> wake)
    : wake_(std::move(wake)), pool_(threads), thread_([this](std::stop_token stop) { loop(stop); }) {}

Worker::~Worker() {
  stop();
  thread_.request_stop();
  changed_.notify_all();
}

void Worker::run(RunRequest request) {
  std::lock_guard lock(mutex_);
  current_.request_stop();
  next_ = std::move(request);
  changed_.notify_all();
}

void Worker::stop() {
  std::lock_guard lock(mutex_);
  current_.request_stop();
  next_.reset();
}

void Worker::make_thumbnails(std::vector<std::string> paths) {
  std::lock_guard lock(mutex_);
  thumbnails_.assign(paths.begin(), paths.end());
  changed_.notify_all();
}

std::vector<Event> Worker::take_events() {
  std::lock_guard lock(mutex_);
  return std::exchange(events_, {});
}

void Worker::emit(Event event) {
  {
    std::lock_guard lock(mutex_);
    // Only the latest of two reports of the same kind matters.
    if (!events_.empty() && events_.back().index() == event.index() &&
        (std::holds_alternative<Computing>(event) || std::holds_alternative<Progressed>(event)))
      events_.back() = std::move(event);
    else
      events_.push_back(std::move(event));
  }
  if (wake_) wake_();
}

void Worker::loop(std::stop_token stop) {
  while (!stop.stop_requested()) {
    std::optional<RunRequest> request;
    std::string path;
    std::stop_source source;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [&] { return next_ || !thumbnails_.empty(); });
      if (stop.stop_requested()) return;
      if (next_) {
        request = std::exchange(next_, std::nullopt);
        current_ = source;
      } else {
        path = std::move(thumbnails_.front());
        thumbnails_.pop_front();
      }
    }
    try {
      if (request) {
        carry_out(*request, source.get_token());
      } else {
        const Result<Picture> picture = load_picture(path);
        if (picture) emit(Thumbnail{path, thumbnail_of(picture->image, 192), {}});
        else emit(Thumbnail{path, nullptr, picture.error().text});
      }
    } catch (const std::exception& problem) {
      // Memory may run out on huge files; the window shows it and goes on.
      if (request) emit(Failure{false, {std::string("the run failed: ") + problem.what()}});
      else emit(Thumbnail{path, nullptr, problem.what()});
    }
  }
}

void Worker::carry_out(const RunRequest& request, std::stop_token stop) {
  Result<ModelPtr> model = request.model();
  if (!model) return emit(Failure{true, model.error()});
  Result<PicturePtr> picture = request.picture();
  if (!picture) return emit(Failure{false, picture.error()});
  PreprocessSpec spec = (*model)->preprocess;
  spec.mode = request.mode;
  const Trace::Origin* latest = request.latest && request.latest->complete() ? &request.latest->origin() : nullptr;
  const bool same = latest && latest->model == *model && latest->input->picture == *picture && latest->input->spec.mode == spec.mode;
  const InputPtr input = same ? latest->input : preprocess(*picture, spec);
  const EditsPtr edits = fitting(request.edits, **model, *input);
  emit(Started{std::make_shared<Trace>(*model, input), edits});
  ForwardOptions options;
  options.stop = stop;
  options.on_step = [&](Place place) { emit(Computing{place}); };
  if (same) options.reuse = request.latest;
  // The unedited run stays beside the edited one; where there is none yet it comes first.
  if (any_on(edits) && (!same || (latest->edits && !latest->unedited))) {
    options.reuse = forward(*model, input, pool_, options);
    if (!options.reuse->complete()) return emit(Finished{});
  }
  options.edits = edits;
  options.on_progress = [&](TracePtr trace) { emit(Progressed{std::move(trace)}); };
  emit(Progressed{forward(*model, input, pool_, options)});
  emit(Finished{});
}

std::shared_ptr<const Image> thumbnail_of(const Image& image, int side) {
  const double scale = std::min(1.0, static_cast<double>(side) / std::max(image.width(), image.height()));
  const int width = std::max(1, static_cast<int>(image.width() * scale)), height = std::max(1, static_cast<int>(image.height() * scale));
  return std::make_shared<const Image>(resample_bicubic(image, width, height));
}

}  // namespace vitscope::shell
