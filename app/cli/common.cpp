#include <algorithm>
#include <cstdio>
#include <thread>

#include "app/cli/commands.h"
#include "app/shell/builtin.h"
#include "app/shell/class_names.h"
#include "core/image/channels.h"
#include "core/text.h"

namespace vitscope::cli {

int fail(const std::string& text, int status) {
  std::fprintf(stderr, "vitscope: %s\n", text.c_str());
  return status;
}

void warn(const std::string& text) { std::fprintf(stderr, "vitscope: warning: %s\n", text.c_str()); }

namespace {
Result<ModelPtr> named_model(const ModelChoice& choice, PresetWeights weights) {
  if (!choice.preset.empty()) return build_preset(choice.preset, choice.seed, weights);
  if (!choice.file.empty()) return load_model(choice.file);
  return shell::load_shipped_model();
}
}  // namespace

Result<ModelPtr> load_model_choice(const ModelChoice& choice, PresetWeights weights) {
  const Result<ModelPtr> model = shell::with_class_names(named_model(choice, weights));
  return model ? shell::on_input_size(*model, choice.input_size) : model;
}

Result<InputPtr> load_input(const std::string& image, const std::string& resize, const Model& model) {
  Result<PicturePtr> picture = shell::load_any_picture(image.empty() ? shell::builtin_pictures().front() : image);
  if (!picture) return picture.error();
  PreprocessSpec spec = model.preprocess;
  for (ResizeMode mode : {ResizeMode::crop, ResizeMode::stretch, ResizeMode::pad})
    if (resize == name_of(mode)) spec.mode = mode;
  return preprocess(*picture, spec);
}

Result<EditsPtr> load_edits_choice(const std::string& file, const Model& model, const ModelInput& input) {
  if (file.empty()) return EditsPtr();
  Result<EditsPtr> edits = load_edits(file);
  if (!edits) return edits;
  for (std::size_t i = 0; i < (*edits)->size(); ++i) {
    const Edit& edit = (**edits)[i];
    std::optional<std::string> off = edit.on ? refusal(edit, model) : std::nullopt;
    if (edit.on && !off) off = refusal(edit, input);
    if (off) return Error{printable(file) + ": edit " + std::to_string(i + 1) + ", " + std::string(info(edit.kind).slug) + ": " + *off};
  }
  return edits;
}

TracePtr run_with_edits(const ModelPtr& model, const InputPtr& input, const EditsPtr& edits, ThreadPool& pool) {
  TracePtr trace = forward(model, input, pool);
  if (!any_on(edits)) return trace;
  ForwardOptions options;
  options.edits = edits;
  options.reuse = trace;
  return forward(model, input, pool, options);
}

std::vector<std::string> warnings_of(const Model& model, const ModelInput* input) {
  std::vector<std::string> all = model.warnings;
  if (model.random_weights) all.push_back("random weights: shapes and steps are real, the numbers mean nothing yet");
  if (!input && colours_in_turn(model.config.channels)) all.push_back(channels_text(model.config.channels));
  if (!input) return all;
  if (input->picture) all.insert(all.end(), input->picture->notes.begin(), input->picture->notes.end());
  all.insert(all.end(), input->notes.begin(), input->notes.end());
  return all;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t to = std::min(text.find(',', from), text.size());
    if (to > from) parts.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return parts;
}

Result<std::vector<const figures::Figure*>> figures_named(const std::string& list) {
  if (list == "all") return std::vector<const figures::Figure*>(figures::figures().begin(), figures::figures().end());
  std::vector<const figures::Figure*> chosen;
  for (const std::string& slug : split(list)) {
    const figures::Figure* figure = figures::find_figure(slug);
    if (!figure) return Error{"--figures " + slug + ": no such figure; vitscope list figures names them"};
    chosen.push_back(figure);
  }
  if (chosen.empty()) return Error{"--figures: expected all or slugs with commas"};
  return chosen;
}

int default_threads() { return static_cast<int>(std::max(1u, std::thread::hardware_concurrency())); }

int run(int argc, const char* const* argv) {
  const Options options = parse(argc, argv);
  struct Visitor {
    int operator()(const WindowOptions& o) const { return run_window(o); }
    int operator()(const ExportOptions& o) const { return run_export(o); }
    int operator()(const PredictOptions& o) const { return run_predict(o); }
    int operator()(const DumpOptions& o) const { return run_dump(o); }
    int operator()(const InfoOptions& o) const { return run_info(o); }
    int operator()(const BenchOptions& o) const { return run_bench(o); }
    int operator()(const ListOptions& o) const { return run_list(o); }
    int operator()(const Print& o) const { return std::fputs(o.text.c_str(), stdout) < 0 || std::fflush(stdout) != 0 ? fail("standard output: cannot be written") : kDone; }
    int operator()(const UsageError& o) const { return fail(o.text, kUsage); }
  };
  try {
    return std::visit(Visitor{}, options);
  } catch (const std::bad_alloc&) {
    return fail("out of memory");
  } catch (const std::exception& problem) {
    return fail(problem.what());
  }
}

}  // namespace vitscope::cli
