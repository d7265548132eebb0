// The background thread: what it publishes while the owner reads, what goes before what, how it stops.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

#include "app/worker/worker.h"
#include "core/edits/edits.h"
#include "core/image/image.h"
#include "core/model/model.h"

using namespace vitscope;
using namespace vitscope::worker;
using Status = StudyState::Status;

namespace {

constexpr const char* kArchitecture = "own:height=48,width=48,channels=3,patch=8,dim=48,depth=6,heads=4,hidden=96,classes=5";

std::string picture_path(const std::string& name) { return std::string(VITSCOPE_SOURCE) + "/assets/pictures/" + name; }

ModelPtr built(std::uint64_t seed = 1) { return build_preset(kArchitecture, seed).value(); }
PicturePtr opened(const std::string& name = "mountains.png") { return std::make_shared<const Picture>(load_picture(picture_path(name)).value()); }

RunRequest request(ModelPtr model, PicturePtr picture) {
  return {[picture = std::move(picture)]() -> Result<PicturePtr> { return picture; }, [model = std::move(model)]() -> Result<ModelPtr> { return model; }, ResizeMode::crop, nullptr, nullptr};
}

/// A worker and what it has reported so far; `until` waits as the window does, woken by the worker.
class Owner {
 public:
  explicit Owner(int threads = 2) : worker(threads, [this] { wake(); }) {}

  template <class Reached>
  void until(Reached&& reached) {
    for (;;) {
      take();
      if (reached()) return;
      std::unique_lock lock(mutex_);
      if (!woken_.wait_for(lock, std::chrono::minutes(5), [&] { return awake_; })) FAIL("waited in vain");
      awake_ = false;
    }
  }
  void until_finished(int runs = 1) {
    until([&] { return count<Finished>() >= runs; });
  }
  template <class Kind>
  int count() const {
    return static_cast<int>(std::count_if(events.begin(), events.end(), [](const Event& event) { return std::holds_alternative<Kind>(event); }));
  }
  /// The latest trace that was published.
  TracePtr trace() const {
    for (auto event = events.rbegin(); event != events.rend(); ++event)
      if (const auto* progressed = std::get_if<Progressed>(&*event)) return progressed->trace;
    return nullptr;
  }
  void take() {
    for (Event& event : worker.take_events()) events.push_back(std::move(event));
  }

  std::vector<Event> events;
  std::atomic<bool> stop_at_report = false;  ///< the next report of the worker stops its run

 private:
  void wake() {
    if (stop_at_report.exchange(false)) worker.stop();
    std::lock_guard lock(mutex_);
    awake_ = true;
    woken_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable woken_;
  bool awake_ = false;

 public:
  Worker worker;  ///< last: its thread stops before the rest goes
};

/// The sum of every number that the trace holds, and how many tensors there are.
std::pair<double, int> sum_of(const Trace& trace) {
  double sum = 0;
  int tensors = 0;
  for (const TensorRef ref : tensors_of(trace.config())) {
    if (!trace.has(ref)) continue;
    ++tensors;
    for (const float value : trace.at(ref).values()) sum += static_cast<double>(value);
  }
  return {sum, tensors};
}

/// Counts up to `total` in steps that take a moment; `begun` is set when it runs.
Study counting(std::string key, int total, std::atomic<int>* begun = nullptr) {
  return study_of<int>(std::move(key), "Counting", [=](StudyContext& context) -> Result<std::optional<int>> {
    if (begun) ++*begun;
    int sum = 0;
    for (int i = 0; i < total; ++i) {
      if (!context.go_on(i, total)) return std::optional<int>();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      sum += i;
    }
    return std::optional<int>(sum);
  });
}

}  // namespace

TEST_CASE("blocks are published while the run goes on, and what was published never changes", "[worker]") {
  Owner owner;
  owner.worker.run(request(built(), opened()));
  std::map<TracePtr, std::pair<double, int>> seen;
  owner.until([&] {
    if (const TracePtr trace = owner.trace(); trace && !seen.contains(trace)) seen.emplace(trace, sum_of(*trace));
    return owner.count<Finished>() == 1;
  });
  REQUIRE(owner.trace());
  CHECK(owner.trace()->complete());
  CHECK(owner.count<Started>() == 1);
  for (const auto& [trace, sum] : seen) CHECK(sum_of(*trace) == sum);
  // The same bits as a pass on the spot.
  ThreadPool pool(1);
  CHECK(sum_of(*forward(owner.trace()->model_ptr(), owner.trace()->input_ptr(), pool)) == sum_of(*owner.trace()));
}

TEST_CASE("of many runs the newest is the one that ends", "[worker]") {
  Owner owner;
  const ModelPtr model = built();
  for (int i = 0; i < 20; ++i) {
    owner.worker.run(request(model, opened(i % 2 ? "mountains.png" : "ship.jpg")));
    if (i % 3 == 0) owner.take();
  }
  const PicturePtr last = opened("truck.jpg");
  owner.worker.run(request(model, last));
  owner.until([&] { return owner.trace() && owner.trace()->complete() && owner.trace()->input().picture == last; });
  owner.until([&] { return std::holds_alternative<Finished>(owner.events.back()); });
  CHECK(owner.count<Failure>() == 0);
}

TEST_CASE("a stopped run keeps what it has, and the worker goes on with the next", "[worker]") {
  Owner owner;
  const ModelPtr model = build_preset("vit-ti16", 1).value();
  owner.stop_at_report = true;
  owner.worker.run(request(model, opened()));
  owner.until_finished();
  REQUIRE(owner.trace());
  CHECK_FALSE(owner.trace()->complete());
  owner.worker.run(request(built(), opened()));
  owner.until_finished(2);
  CHECK(owner.trace()->complete());
}

TEST_CASE("a worker that goes while it computes stops at once", "[worker]") {
  const ModelPtr model = build_preset("vit-ti16", 1).value();
  std::atomic<int> begun = 0;
  {
    Owner owner;
    owner.worker.run(request(model, opened()));
    owner.until([&] { return owner.count<Computing>() > 0; });
  }
  {
    Owner owner;
    owner.worker.study({counting("long", 1'000'000, &begun)});
    while (begun == 0) std::this_thread::yield();
  }
  CHECK(begun == 1);
}

TEST_CASE("what cannot be loaded is reported, and nothing is lost", "[worker]") {
  Owner owner;
  RunRequest bad = request(built(), opened());
  bad.model = []() -> Result<ModelPtr> { return Error{"no such model"}; };
  owner.worker.run(bad);
  owner.until([&] { return owner.count<Failure>() == 1; });
  CHECK((std::get<Failure>(owner.events.back()).of_model && std::get<Failure>(owner.events.back()).error.text == "no such model"));
  bad = request(built(), opened());
  bad.picture = []() -> Result<PicturePtr> { throw std::runtime_error("out of memory"); };
  owner.worker.run(bad);
  owner.until([&] { return owner.count<Failure>() == 2; });
  CHECK(std::get<Failure>(owner.events.back()).error.text == "the run failed: out of memory");
  CHECK_FALSE(std::get<Failure>(owner.events.back()).of_model);
  owner.worker.run(request(built(), opened()));
  owner.until_finished();
  CHECK(owner.trace()->complete());
}

TEST_CASE("an edited run comes with the unedited one, and takes over what comes before the edit", "[worker]") {
  Owner owner;
  const ModelPtr model = built();
  const PicturePtr picture = opened();
  RunRequest edited = request(model, picture);
  Edit off;
  off.kind = EditKind::head_off;
  off.block = 4;
  off.heads = {1};
  edited.edits = std::make_shared<const Edits>(Edits{off});
  owner.worker.run(edited);
  owner.until_finished();
  const TracePtr first = owner.trace();
  REQUIRE(first->complete());
  REQUIRE(first->origin().unedited);
  CHECK(first->origin().unedited->complete());
  // Another edit behind it: blocks in front of both are the same tensors.
  off.block = 5;
  edited.edits = std::make_shared<const Edits>(Edits{off});
  edited.latest = first;
  owner.worker.run(edited);
  owner.until_finished(2);
  CHECK(owner.trace()->at(Slot::out, 3).id() == first->at(Slot::out, 3).id());
  CHECK(owner.trace()->at(Slot::out, 5).id() != first->at(Slot::out, 5).id());
}

TEST_CASE("studies are computed in their order when nothing runs, and a run goes before them", "[worker]") {
  Owner owner;
  const auto status = [&](const char* key) { return owner.worker.studies().state(key).status; };
  owner.worker.study({counting("a", 5), counting("b", 5)});
  owner.until([&] { return owner.worker.studies().finished("b"); });
  CHECK(owner.worker.studies().finished("a"));
  CHECK(*owner.worker.studies().find<int>("b") == 10);

  std::atomic<int> begun = 0;
  owner.worker.study({counting("long", 1'000'000, &begun), counting("behind", 5)});
  owner.until([&] { return begun == 1 && status("long") == Status::running; });
  CHECK(status("behind") == Status::waiting);
  owner.worker.run(request(built(), opened()));
  owner.until_finished();
  CHECK(owner.trace()->complete());
  owner.until([&] { return status("long") == Status::absent; });
  CHECK(status("behind") == Status::absent);
}

TEST_CASE("another study takes the place of one that is computed, the same one goes on", "[worker]") {
  Owner owner;
  const auto status = [&](const char* key) { return owner.worker.studies().state(key).status; };
  std::atomic<int> begun = 0;
  owner.worker.study({counting("long", 1'000'000, &begun)});
  owner.until([&] { return begun == 1; });
  owner.worker.study({counting("long", 1'000'000, &begun)});
  owner.worker.study({});
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  CHECK(status("long") == Status::running);
  owner.worker.study({counting("other", 5)});
  owner.until([&] { return owner.worker.studies().finished("other"); });
  CHECK(status("long") == Status::absent);
  CHECK(begun == 1);

  owner.worker.study({counting("long", 1'000'000, &begun), counting("waits", 5)});
  owner.until([&] { return begun == 2; });
  owner.worker.cancel_studies();
  CHECK(status("long") == Status::cancelled);
  CHECK(status("waits") == Status::cancelled);
  // Cancelled ones stay so until they are forgotten.
  owner.worker.study({counting("waits", 5), counting("mark", 5)});
  owner.until([&] { return owner.worker.studies().finished("mark"); });
  CHECK(status("waits") == Status::cancelled);
  owner.worker.forget({counting("waits", 5)});
  owner.worker.study({counting("waits", 5)});
  owner.until([&] { return owner.worker.studies().finished("waits"); });
}

TEST_CASE("thumbnails are made beside a long study, and tell what cannot be read", "[worker]") {
  Owner owner;
  std::atomic<int> begun = 0;
  owner.worker.study({counting("long", 1'000'000, &begun)});
  owner.until([&] { return begun == 1; });
  owner.worker.make_thumbnails({picture_path("ship.jpg"), picture_path("README.md"), picture_path("mountains.png")});
  owner.until([&] { return owner.count<Thumbnail>() == 3; });
  std::map<std::string, const Thumbnail*> made;
  for (const Event& event : owner.events)
    if (const auto* thumbnail = std::get_if<Thumbnail>(&event)) made[std::filesystem::path(thumbnail->path).filename().string()] = thumbnail;
  REQUIRE(made.size() == 3);
  REQUIRE(made["ship.jpg"]->image);
  CHECK(std::max(made["ship.jpg"]->image->width(), made["ship.jpg"]->image->height()) == 192);
  CHECK((made["mountains.png"]->image->width() == 100 && made["mountains.png"]->image->height() == 60));
  CHECK_FALSE(made["README.md"]->image);
  CHECK(made["README.md"]->reason.find("README.md") != std::string::npos);
  CHECK(owner.worker.studies().state("long").status == Status::running);
}
