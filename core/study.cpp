#include "core/study.h"

#include <chrono>
#include <exception>
#include <new>
#include <utility>

namespace vitscope {

namespace {
using Status = StudyState::Status;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

bool under_way(Status status) { return status == Status::waiting || status == Status::running; }
}  // namespace

std::string study_key(std::string_view kind, std::uint64_t tensor_id, std::initializer_list<std::int64_t> parameters) {
  std::string key = std::string(kind) + " " + std::to_string(tensor_id);
  for (const std::int64_t parameter : parameters) key += " " + std::to_string(parameter);
  return key;
}

std::shared_ptr<const void> Studies::find(std::string_view key, std::type_index type) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  return found != entries_.end() && found->second.type == type ? found->second.result : nullptr;
}

StudyState Studies::state(std::string_view key) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  return found == entries_.end() ? StudyState{} : found->second.state;
}

Studies::Entry& Studies::touch(std::string_view key) {
  auto found = entries_.find(key);
  if (found == entries_.end()) {
    for (auto age = ages_.begin(); entries_.size() >= most_ && age != ages_.end();) {
      const auto old = entries_.find(*age);
      const auto next = std::next(age);
      if (!under_way(old->second.state.status)) {
        entries_.erase(old);
        ages_.erase(age);
      }
      age = next;
    }
    found = entries_.emplace(std::string(key), Entry{}).first;
  } else {
    ages_.erase(found->second.age);
  }
  found->second.age = ages_.insert(ages_.end(), std::string(key));
  return found->second;
}

void Studies::erase(std::string_view key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  ages_.erase(found->second.age);
  entries_.erase(found);
}

void Studies::wait(std::string_view key) {
  const std::lock_guard lock(mutex_);
  if (!entries_.contains(key)) touch(key).state.status = Status::waiting;
}

bool Studies::start(std::string_view key) {
  const std::lock_guard lock(mutex_);
  if (const auto found = entries_.find(key); found != entries_.end() && found->second.state.status != Status::waiting) return false;
  Entry& entry = touch(key);
  entry.state = StudyState{};
  entry.state.status = Status::running;
  entry.started = now();
  return true;
}

void Studies::report(std::string_view key, int done, int total) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second.state.status != Status::running) return;
  found->second.state.done = done;
  found->second.state.total = total;
  found->second.state.seconds = now() - found->second.started;
}

void Studies::finish(const Study& study, std::shared_ptr<const void> result) {
  const std::lock_guard lock(mutex_);
  Entry& entry = touch(study.key);
  entry.state.status = Status::finished;
  entry.state.seconds = now() - entry.started;
  entry.type = study.type;
  entry.result = std::move(result);
}

void Studies::fail(std::string_view key, std::string reason) {
  const std::lock_guard lock(mutex_);
  touch(key).state = {.status = Status::failed, .reason = std::move(reason)};
}

void Studies::cancel(std::string_view key) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found != entries_.end() && under_way(found->second.state.status)) found->second.state.status = Status::cancelled;
}

void Studies::interrupt(std::string_view key) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found != entries_.end() && under_way(found->second.state.status)) erase(key);
}

void Studies::forget(std::string_view key) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  const Status status = found->second.state.status;
  if (status == Status::failed || status == Status::cancelled) erase(key);
}

StudyState run_study(const Study& study, Studies& studies, ThreadPool& pool, std::stop_token stop, std::function<void(int, int)> progress) {
  if (!studies.start(study.key)) return studies.state(study.key);
  StudyContext context{pool, std::move(stop), [&](int done, int total) {
                         studies.report(study.key, done, total);
                         if (progress) progress(done, total);
                       }};
  try {
    const Result<std::shared_ptr<const void>> result = study.compute(context);
    if (!result) {
      studies.fail(study.key, result.error().text);
    } else if (*result) {
      studies.finish(study, *result);
    } else {
      studies.interrupt(study.key);
    }
  } catch (const std::bad_alloc&) {
    studies.fail(study.key, "out of memory");
  } catch (const std::exception& problem) {
    studies.fail(study.key, problem.what());
  }
  return studies.state(study.key);
}

}  // namespace vitscope
