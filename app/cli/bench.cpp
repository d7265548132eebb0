#include <sys/resource.h>

#include <algorithm>
#include <chrono>

#include "app/cli/json.h"
#include "app/shell/builtin.h"
#include "core/edits/edits.h"

namespace vitscope::cli {

namespace {

struct Times {
  double min, median, max;
};

double milliseconds_since(std::chrono::steady_clock::time_point start) { return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count(); }

Times time_runs(const ModelPtr& model, const InputPtr& input, ThreadPool& pool, const ForwardOptions& options, int runs) {
  std::vector<double> ms;
  // The first passes pack the weights and touch the memory.
  TracePtr kept = forward(model, input, pool, options);
  kept = forward(model, input, pool, options);
  for (int i = 0; i < runs; ++i) {
    kept.reset();
    const auto start = std::chrono::steady_clock::now();
    kept = forward(model, input, pool, options);
    ms.push_back(milliseconds_since(start));
  }
  std::sort(ms.begin(), ms.end());
  return {ms.front(), ms.size() % 2 ? ms[ms.size() / 2] : (ms[ms.size() / 2 - 1] + ms[ms.size() / 2]) / 2, ms.back()};
}

/// Edits that reach far back and edits that reach the end alone; those that the model lacks are left out.
Edits typical_edits(const Model& model, const ModelInput& input) {
  const VitConfig& config = model.config;
  Edit paint{.kind = EditKind::paint}, mask{.kind = EditKind::mask}, first{.kind = EditKind::head_off}, last{.kind = EditKind::head_off}, heat{.kind = EditKind::temperature};
  paint.strokes = {Stroke{}};
  paint.strokes[0].points = {input.picture ? Point{input.picture->image.width() / 2.0, input.picture->image.height() / 2.0} : Point{}};
  paint.strokes[0].radius = 20;
  mask.patches = {config.patches() / 2};
  first.block = 0, last.block = config.depth - 1;
  first.heads = last.heads = {0};
  heat.value = 2;
  Edits edits{paint, mask, heat, first, last};
  std::erase_if(edits, [&](const Edit& edit) { return refusal(edit, model) || refusal(edit, input); });
  return edits;
}

/// Milliseconds that the numbers of each figure take, the long analyses that it waits for included; those that this run lacks are left out.
std::vector<std::pair<std::string, double>> time_figures(const std::vector<const figures::Figure*>& chosen, const Trace& trace, ThreadPool& pool) {
  std::vector<std::pair<std::string, double>> times;
  for (const figures::Figure* figure : chosen) {
    figures::Selection selection = figures::Selection::initial(trace.config());
    const Step* step = figures::step_of(*figure, trace.config());
    if (!step) continue;
    selection.place = {step, step->stage == Stage::block ? selection.block : -1};
    Studies studies;
    const figures::FigureInput view{trace, selection, true, &studies};
    if (!figures::shows(*figure, view)) continue;
    const auto start = std::chrono::steady_clock::now();
    for (const Study& study : figures::missing_studies(*figure, view)) run_study(study, studies, pool);
    figure->data(view);
    times.emplace_back(figure->slug, milliseconds_since(start));
  }
  return times;
}

Json to_json(const Times& t) { return {{"min", t.min}, {"median", t.median}, {"max", t.max}}; }

}  // namespace

int run_bench(const BenchOptions& options) {
  const auto chosen = options.figures.empty() ? Result(std::vector<const figures::Figure*>{}) : figures_named(options.figures);
  if (!chosen) return fail(chosen.error().text, kUsage);
  const Result<ModelPtr> model = load_model_choice(options.model);
  if (!model) return fail(model.error().text);
  const Result<InputPtr> input = load_input("", "stretch", **model);
  if (!input) return fail(input.error().text);
  const int threads = options.threads > 0 ? options.threads : default_threads();
  ThreadPool pool(threads);
  ForwardOptions how;
  const Times all = time_runs(*model, *input, pool, how, options.runs);
  how.record = Record::attention_only;
  const Times plain = time_runs(*model, *input, pool, how, options.runs);
  // From an edit to the new answer, beside a run without edits as in the window.
  how.record = Record::everything;
  how.reuse = forward(*model, *input, pool, how);
  std::vector<std::pair<std::string, Times>> edited;
  for (const Edit& edit : typical_edits(**model, **input)) {
    how.edits = std::make_shared<const Edits>(Edits{edit});
    edited.emplace_back(words(edit), time_runs(*model, *input, pool, how, options.runs));
  }
  const auto figure_times = time_figures(*chosen, *how.reuse, pool);
  Json edited_ms = Json::object(), figures_ms = Json::object();
  for (const auto& [slug, ms] : figure_times) figures_ms[slug] = ms;
  for (const auto& [name, times] : edited) edited_ms[name] = to_json(times);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double flops = 2.0 * static_cast<double>((*model)->config.multiply_adds());
  const Json json{{"model", (*model)->name},
                  {"threads", threads},
                  {"runs", options.runs},
                  {"kernels", ops::kernel_name()},
                  {"flops", flops},
                  {"forward_ms", to_json(all)},
                  {"forward_plain_ms", to_json(plain)},
                  {"edited_ms", edited_ms},
                  {"figures_ms", figures_ms},
                  {"peak_rss_mb", static_cast<double>(usage.ru_maxrss) / 1024.0},
                  {"gflops", flops / all.median / 1e6},
                  {"random_weights", (*model)->random_weights}};
  if (options.json) return print(json);
  std::printf("%s, %d threads, %d runs, %s kernels\n", (*model)->name.c_str(), threads, options.runs, std::string(ops::kernel_name()).c_str());
  std::printf("forward, everything recorded   min %.3f  median %.3f  max %.3f ms  (%.1f GFLOP/s)\n", all.min, all.median, all.max, flops / all.median / 1e6);
  std::printf("forward, attention recorded    min %.3f  median %.3f  max %.3f ms\n", plain.min, plain.median, plain.max);
  for (const auto& [name, times] : edited) std::printf("edited: %-58s min %.3f  median %.3f  max %.3f ms\n", name.c_str(), times.min, times.median, times.max);
  for (const auto& [slug, ms] : figure_times) std::printf("figure: %-24s %10.3f ms\n", slug.c_str(), ms);
  std::printf("peak memory %.0f MB\n", static_cast<double>(usage.ru_maxrss) / 1024.0);
  return kDone;
}

}  // namespace vitscope::cli
