#include <unistd.h>

#include <filesystem>

#include "app/cli/commands.h"
#include "app/cli/export_options.h"
#include "app/export/contact_sheet.h"
#include "app/figures/attention_compared.h"
#include "app/platform/headless.h"
#include "app/shell/builtin.h"
#include "core/edits/apply.h"
#include "core/image/picture_files.h"

namespace vitscope::cli {

namespace {

using Figures = std::vector<const figures::Figure*>;

/// All figures there are, rather than those that were named.
bool wants_all(const ExportOptions& options) { return options.figures == "all" || (options.figures.empty() && !options.contact_sheet); }

/// Whatever is wrong with the folder is said before anything is computed.
Result<std::monostate> prepare_folder(const ExportOptions& options, const Figures& chosen) {
  std::error_code error;
  std::filesystem::create_directories(options.out, error);
  if (error) return Error{options.out + ": " + error.message()};
  std::vector<std::string> paths;
  for (const figures::Figure* figure : chosen) paths.push_back((std::filesystem::path(options.out) / (std::string(figure->slug) + ".png")).string());
  if (options.contact_sheet) paths.push_back(exporting::ContactSheet::path_in(options.out));
  for (const std::string& path : paths)
    if (!options.force && std::filesystem::exists(path, error)) return Error{path + ": exists already; give --force to overwrite it"};
  return std::monostate{};
}

/// One line that is written over and over, on a terminal only.
class ProgressLine {
 public:
  void show(const std::string& text) {
    if (!terminal_) return;
    std::printf("\r\033[K%s", text.c_str());
    std::fflush(stdout);
    open_ = true;
  }
  /// Before anything else is printed.
  void end() {
    if (open_) std::printf("\r\033[K");
    std::fflush(stdout);
    open_ = false;
  }

 private:
  bool terminal_ = isatty(STDOUT_FILENO) != 0, open_ = false;
};

/// Computes what a figure looks up; errors say which analysis failed.
Result<std::monostate> compute_studies(const figures::Figure& figure, const figures::FigureInput& view, ThreadPool& pool, Studies& studies, ProgressLine& line) {
  for (const Study& study : figures::missing_studies(figure, view)) {
    const StudyState state = run_study(study, studies, pool, {}, [&](int done, int total) { line.show(study.title + ": " + std::to_string(done) + " of " + std::to_string(total)); });
    if (state.status == StudyState::Status::failed) return Error{std::string(figure.slug) + ": " + state.reason};
  }
  return std::monostate{};
}

/// Writes what was chosen and returns the number of pages. `other`: the run that is compared with, or null.
Result<int> write_all(const ExportOptions& options, const Figures& chosen, const Trace& trace, const Trace* other, figures::Selection selection, const draw::Language& language, gl::Renderer& renderer, ThreadPool& pool) {
  const exporting::SheetOptions page{options.width > 0 ? options.width / static_cast<double>(exporting::kPageWidth) : options.scale, options.theme == "dark", &language};
  ProgressLine line;
  Studies studies;
  const figures::FigureInput view{trace, selection, true, &studies, other};
  int written = 0;
  /// Looks at the figure on its step; false when this run has no such figure.
  const auto look_at = [&](const figures::Figure& figure) {
    const Step* step = figures::step_of(figure, trace.config());
    if (!step) return false;
    selection.place = {step, step->stage == Stage::block ? selection.block : -1};
    return figures::shows(figure, view);
  };
  {
    exporting::FigureWriter writer(renderer, page);
    for (const figures::Figure* figure : chosen) {
      const std::string slug(figure->slug);
      line.show(std::to_string(written + 1) + " of " + std::to_string(chosen.size()) + "  " + slug);
      if (!look_at(*figure)) {
        // "all" means what there is, such as comparisons only under edits.
        if (!wants_all(options)) {
          line.end();
          warn(slug + ": this run has no such figure");
        }
        continue;
      }
      const auto computed = compute_studies(*figure, view, pool, studies, line);
      const auto done = computed ? writer.write(*figure, view, options.out, options.data, options.force) : computed;
      if (!done) {
        line.end();
        return done.error();
      }
      ++written;
    }
  }
  if (options.contact_sheet) {
    exporting::ContactSheet sheet(renderer, page);
    for (const figures::Figure* figure : figures::figures()) {
      line.show("contact sheet: " + std::string(figure->slug));
      if (!look_at(*figure)) continue;
      if (const auto computed = compute_studies(*figure, view, pool, studies, line); !computed) return computed.error();
      if (const auto added = sheet.add(*figure, view); !added) return added.error();
    }
    selection.place = {&steps().front(), -1};
    line.show("contact sheet");
    if (const auto done = sheet.write(view, options.out, options.force); !done) return done.error();
    ++written;
  }
  line.end();
  return written;
}

/// The picture that is opened: of a folder the first that can be read.
Result<std::string> picture_of(const ExportOptions& options) {
  if (options.folder.empty()) return options.image;
  const auto files = picture_files(options.folder);
  if (!files) return files.error();
  for (const std::string& file : *files)
    if (load_picture(file)) return file;
  return Error{options.folder + ": no picture in it can be read"};
}

}  // namespace

int run_export(const ExportOptions& options) {
  Result<Figures> chosen = wants_all(options) ? figures_named("all") : options.figures.empty() ? Figures{} : figures_named(options.figures);
  if (!chosen) return fail(chosen.error().text, kUsage);
  const Result<ModelPtr> model = load_model_choice(options.model);
  if (!model) return fail(model.error().text);
  Result<figures::Selection> selection = selection_of(options, **model);
  if (!selection) return fail(selection.error().text, kUsage);
  const Result<std::string> picture = picture_of(options);
  if (!picture) return fail(picture.error().text);
  const Result<InputPtr> input = load_input(*picture, options.resize, **model);
  if (!input) return fail(input.error().text);
  const bool other_model = !options.compare_model.file.empty() || !options.compare_model.preset.empty();
  ModelPtr compared_model = *model;
  InputPtr compared;
  if (other_model || !options.compare_image.empty()) {
    if (other_model) {
      const Result<ModelPtr> loaded = load_model_choice(options.compare_model);
      if (!loaded) return fail(loaded.error().text);
      compared_model = *loaded;
    }
    const Result<InputPtr> loaded = load_input(options.compare_image.empty() ? *picture : options.compare_image, options.resize, *compared_model);
    if (!loaded) return fail(loaded.error().text);
    compared = *loaded;
    // The same map of both runs, unless side A was chosen otherwise.
    if (!figures::attention::has_side_a(*selection)) figures::attention::keep_as_side_a(*selection);
  }
  const Result<EditsPtr> edits = load_edits_choice(options.edits, **model, **input);
  if (!edits) return fail(edits.error().text);
  // "all" means those of the run's own steps; a figure that is asked for by name is missed.
  const VitConfig config = *edits ? edited_config((*model)->config, **edits) : (*model)->config;
  if (wants_all(options)) std::erase_if(*chosen, [&](const figures::Figure* figure) { return !figures::step_of(*figure, config); });
  const Result<draw::Language> language = shell::load_language(options.language);
  if (!language) return fail(language.error().text);
  for (const std::string& text : warnings_of(**model, input->get())) warn(text);
  if (const auto prepared = prepare_folder(options, *chosen); !prepared) return fail(prepared.error().text);

  ThreadPool pool(default_threads());
  const TracePtr trace = run_with_edits(*model, *input, *edits, pool);
  TracePtr other;
  if (compared) other = figures::attention::kept_for_comparing(*forward(compared_model, compared, pool));
  auto context = platform::HeadlessContext::create();
  if (!context) return fail(context.error().text);
  auto renderer = gl::Renderer::create();
  if (!renderer) return fail(renderer.error().text);
  const Result<int> written = write_all(options, *chosen, *trace, other.get(), *selection, *language, **renderer, pool);
  if (!written) return fail(written.error().text);
  std::printf("%d %s of %s, model %s, written to %s\n", *written, *written == 1 ? "figure" : "figures", (*input)->name.c_str(), (*model)->name.c_str(), options.out.c_str());
  return kDone;
}

}  // namespace vitscope::cli
