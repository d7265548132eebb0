#include "app/worker/worker.h"

#include <algorithm>
#include <chrono>

namespace vitscope::worker {

Worker::Worker(int threads, std::function<void()> wake)
    : wake_(std::move(wake)), pool_(threads), thread_([this](std::stop_token stop) { loop(stop); }) {}

Worker::~Worker() {
  stop();
  cancel_studies();
  thread_.request_stop();
  changed_.notify_all();
}

void Worker::run(RunRequest request) {
  std::lock_guard lock(mutex_);
  current_.request_stop();
  drop_wanted();
  current_study_.request_stop();
  next_ = std::move(request);
  changed_.notify_all();
}

void Worker::drop_wanted() {
  for (const Study& study : wanted_)
    if (study.key != studying_) studies_.interrupt(study.key);
  wanted_.clear();
}

void Worker::study(std::vector<Study> wanted) {
  std::lock_guard lock(mutex_);
  drop_wanted();
  wanted_.assign(std::make_move_iterator(wanted.begin()), std::make_move_iterator(wanted.end()));
  for (const Study& study : wanted_) studies_.wait(study.key);
  const bool goes_on = wanted_.empty() || std::any_of(wanted_.begin(), wanted_.end(), [&](const Study& study) { return study.key == studying_; });
  if (!goes_on) current_study_.request_stop();
  changed_.notify_all();
}

void Worker::cancel_studies() {
  std::lock_guard lock(mutex_);
  if (!studying_.empty()) studies_.cancel(studying_);
  for (const Study& study : wanted_) studies_.cancel(study.key);
  wanted_.clear();
  current_study_.request_stop();
}

void Worker::forget(const std::vector<Study>& studies) {
  for (const Study& study : studies) studies_.forget(study.key);
}

std::optional<Study> Worker::next_study() {
  for (; !wanted_.empty(); wanted_.pop_front()) {
    const StudyState::Status status = studies_.state(wanted_.front().key).status;
    if (status != StudyState::Status::absent && status != StudyState::Status::waiting) continue;
    Study study = std::move(wanted_.front());
    wanted_.pop_front();
    return study;
  }
  return std::nullopt;
}

std::optional<std::string> Worker::next_thumbnail() {
  std::lock_guard lock(mutex_);
  if (thumbnails_.empty()) return std::nullopt;
  std::string path = std::move(thumbnails_.front());
  thumbnails_.pop_front();
  return path;
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
        (std::holds_alternative<Computing>(event) || std::holds_alternative<Progressed>(event) || std::holds_alternative<Studied>(event)))
      events_.back() = std::move(event);
    else
      events_.push_back(std::move(event));
  }
  if (wake_) wake_();
}

void Worker::loop(std::stop_token stop) {
  while (!stop.stop_requested()) {
    std::optional<RunRequest> request;
    std::optional<Study> study;
    std::stop_source source;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [&] { return next_ || !thumbnails_.empty() || (study = next_study()); });
      if (stop.stop_requested()) return;
      if (next_) {
        request = std::exchange(next_, std::nullopt);
        current_ = source;
      } else if (study) {
        studying_ = study->key;
        current_study_ = source;
      }
    }
    if (request) {
      try {
        carry_out(*request, source.get_token());
      } catch (const std::exception& problem) {
        // Memory may run out on huge files; the window shows it and goes on.
        emit(Failure{false, {std::string("the run failed: ") + problem.what()}});
      }
    } else if (study) {
      carry_out(*study, source.get_token());
    } else if (const std::optional<std::string> path = next_thumbnail()) {
      make_thumbnail(*path);
    }
  }
}

void Worker::make_thumbnail(const std::string& path) {
  try {
    const Result<Picture> picture = load_picture(path);
    if (picture) emit(Thumbnail{path, thumbnail_of(picture->image, 192), {}});
    else emit(Thumbnail{path, nullptr, picture.error().text});
  } catch (const std::exception& problem) {
    emit(Thumbnail{path, nullptr, problem.what()});
  }
}

void Worker::carry_out(const Study& study, std::stop_token stop) {
  constexpr auto kPause = std::chrono::milliseconds(30);  // between two reports
  auto reported = std::chrono::steady_clock::now() - kPause;
  run_study(study, studies_, pool_, stop, [&](int, int) {
    // Thumbnails are small and somebody looks for them.
    if (const std::optional<std::string> path = next_thumbnail()) make_thumbnail(*path);
    if (const auto now = std::chrono::steady_clock::now(); now - reported >= kPause) {
      reported = now;
      emit(Studied{});
    }
  });
  {
    std::lock_guard lock(mutex_);
    studying_.clear();
  }
  emit(Studied{});
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

}  // namespace vitscope::worker
