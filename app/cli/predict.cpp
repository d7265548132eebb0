#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "app/cli/json.h"
#include "app/draw/number.h"

namespace vitscope::cli {

namespace fs = std::filesystem;

namespace {

std::vector<int> best_first(std::span<const float> logits) {
  std::vector<int> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return logits[static_cast<std::size_t>(a)] > logits[static_cast<std::size_t>(b)]; });
  return order;
}

/// Counts how many pictures of each class folder are named right.
int predict_folder(const PredictOptions& options, const ModelPtr& model, ThreadPool& pool) {
  std::error_code error;
  if (!fs::is_directory(options.folder, error)) return fail(options.folder + ": no such folder");
  Json classes = Json::array();
  int total = 0, right = 0, skipped = 0;
  for (int index = 0; index < model->config.classes; ++index) {
    const std::string label = model->label(index);
    std::vector<std::string> files;
    for (fs::directory_iterator it(fs::path(options.folder) / label, error), end; !error && it != end; it.increment(error))
      if (it->is_regular_file(error)) files.push_back(it->path().string());
    std::sort(files.begin(), files.end());
    int hits = 0, seen = 0;
    for (const std::string& file : files) {
      const Result<InputPtr> input = load_input(file, options.resize, *model);
      if (!input) {
        warn(input.error().text);
        ++skipped;
        continue;
      }
      const Result<EditsPtr> edits = load_edits_choice(options.edits, *model, **input);
      if (!edits) return fail(edits.error().text);
      ForwardOptions run;
      run.record = Record::attention_only;
      run.edits = *edits;
      const TracePtr trace = forward(model, *input, pool, run);
      hits += best_first(trace->at(Slot::logits).values()).front() == index;
      ++seen;
    }
    if (files.empty()) continue;
    total += seen;
    right += hits;
    classes.push_back({{"class", index}, {"label", label}, {"pictures", seen}, {"right", hits}, {"accuracy", seen ? static_cast<double>(hits) / seen : 0.0}});
    if (!options.json) std::printf("%-16s %6d of %6d  %.4f\n", label.c_str(), hits, seen, seen ? static_cast<double>(hits) / seen : 0.0);
  }
  if (total == 0) return fail(options.folder + ": no pictures in folders named after the model's classes, such as " + options.folder + "/" + model->label(0));
  if (!options.json) {
    std::printf("%-16s %6d of %6d  %.4f\n", "all", right, total, static_cast<double>(right) / total);
    return kDone;
  }
  return print({{"folder", options.folder}, {"model", model->name}, {"random_weights", model->random_weights}, {"warnings", warnings_of(*model, nullptr)},
                {"pictures", total}, {"right", right}, {"skipped", skipped}, {"accuracy", static_cast<double>(right) / total}, {"classes", classes}});
}

}  // namespace

int run_predict(const PredictOptions& options) {
  const Result<ModelPtr> model = load_model_choice(options.model);
  if (!model) return fail(model.error().text);
  ThreadPool pool(default_threads());
  if (!options.folder.empty()) {
    if (!options.image.empty()) return fail("--image and --folder exclude each other", kUsage);
    return predict_folder(options, *model, pool);
  }
  const Result<InputPtr> input = load_input(options.image, options.resize, **model);
  if (!input) return fail(input.error().text);
  const std::vector<std::string> warnings = warnings_of(**model, input->get());
  for (const std::string& text : warnings) warn(text);
  const Result<EditsPtr> edits = load_edits_choice(options.edits, **model, **input);
  if (!edits) return fail(edits.error().text);
  const TracePtr trace = run_with_edits(*model, *input, *edits, pool);
  // Softmax over one output is 1 and no part of the run.
  constexpr float kCertain[] = {1};
  const auto logits = trace->at(Slot::logits).values(), probs = trace->has(Slot::probs) ? trace->at(Slot::probs).values() : std::span<const float>(kCertain);
  const std::vector<int> order = best_first(logits);
  const std::size_t count = options.top == 0 ? order.size() : std::min(order.size(), static_cast<std::size_t>(options.top));
  if (!options.json) {
    if (trace->edits()) std::printf("under edits: %s\n", words(*trace->edits()).c_str());
    for (std::size_t i = 0; i < count; ++i) {
      const auto index = static_cast<std::size_t>(order[i]);
      std::printf("%7.3f %%  %9.4f  %s\n", 100.0 * static_cast<double>(probs[index]), static_cast<double>(logits[index]), (*model)->label(order[i]).c_str());
    }
    return kDone;
  }
  Json top = Json::array();
  for (std::size_t i = 0; i < count; ++i) {
    const auto index = static_cast<std::size_t>(order[i]);
    top.push_back({{"class", order[i]}, {"label", (*model)->label(order[i])}, {"prob", finite(probs[index])}, {"logit", finite(logits[index])}});
  }
  Json json{{"image", (*input)->name}, {"model", (*model)->name}, {"random_weights", (*model)->random_weights}, {"warnings", warnings}, {"top", top}};
  if (trace->edits()) json["edits"] = Json::parse(edits_to_json(*trace->edits()))["edits"];
  if (options.top == 0) {
    json["probs"] = Json::array();
    json["logits"] = Json::array();
    for (float value : probs) json["probs"].push_back(finite(value));
    for (float value : logits) json["logits"].push_back(finite(value));
  }
  return print(json);
}

}  // namespace vitscope::cli
