#include <unistd.h>

#include <filesystem>

#include "app/cli/commands.h"
#include "app/cli/export_options.h"
#include "app/export/sheet.h"
#include "app/platform/headless.h"
#include "app/shell/builtin.h"

namespace vitscope::cli {

int run_export(const ExportOptions& options) {
  std::vector<const figures::Figure*> chosen;
  if (options.figures == "all") {
    chosen.assign(figures::figures().begin(), figures::figures().end());
  } else {
    for (const std::string& slug : split(options.figures)) {
      const figures::Figure* figure = figures::find_figure(slug);
      if (!figure) return fail("--figures " + slug + ": no such figure; vitscope list figures names them", kUsage);
      chosen.push_back(figure);
    }
    if (chosen.empty()) return fail("--figures: expected all or slugs with commas", kUsage);
  }
  const Result<ModelPtr> model = load_model_choice(options.model);
  if (!model) return fail(model.error().text);
  Result<figures::Selection> selection = selection_of(options, (*model)->config);
  if (!selection) return fail(selection.error().text, kUsage);
  const Result<InputPtr> input = load_input(options.image, options.resize, **model);
  if (!input) return fail(input.error().text);
  const Result<draw::Language> language = shell::load_language(options.language);
  if (!language) return fail(language.error().text);
  for (const std::string& text : warnings_of(**model, input->get())) warn(text);
  // Whatever is wrong with the folder is said before anything is computed.
  std::error_code error;
  std::filesystem::create_directories(options.out, error);
  if (error) return fail(options.out + ": " + error.message());
  if (!options.force)
    for (const figures::Figure* figure : chosen)
      if (const auto path = std::filesystem::path(options.out) / (std::string(figure->slug) + ".png"); std::filesystem::exists(path, error))
        return fail(path.string() + ": exists already; give --force to overwrite it");

  ThreadPool pool(default_threads());
  const TracePtr trace = forward(*model, *input, pool);
  auto context = platform::HeadlessContext::create();
  if (!context) return fail(context.error().text);
  auto renderer = gl::Renderer::create();
  if (!renderer) return fail(renderer.error().text);
  {
    const double scale = options.width > 0 ? options.width / 1600.0 : options.scale;
    exporting::FigureWriter writer(**renderer, {scale, options.theme == "dark", &*language});
    const bool terminal = isatty(STDOUT_FILENO) != 0;
    int done = 0, written_count = static_cast<int>(chosen.size());
    for (const figures::Figure* figure : chosen) {
      const Step* step = find_step(figure->step);
      selection->place = {step, step->stage == Stage::block ? selection->block : -1};
      const figures::FigureInput view{*trace, *selection, true};
      ++done;
      if (terminal) {
        std::printf("\r\033[K%2d of %zu  %s", done, chosen.size(), std::string(figure->slug).c_str());
        std::fflush(stdout);
      }
      if (!figure->ready(view)) {
        if (terminal) std::printf("\n");
        warn(std::string(figure->slug) + ": this model has no such figure");
        --written_count;
        continue;
      }
      if (const auto written = writer.write(*figure, view, options.out, options.data, options.force); !written) {
        if (terminal) std::printf("\n");
        return fail(written.error().text);
      }
    }
    std::printf("%s%d %s of %s, model %s, written to %s\n", terminal ? "\r\033[K" : "", written_count, written_count == 1 ? "figure" : "figures", (*input)->name.c_str(), (*model)->name.c_str(), options.out.c_str());
  }
  return kDone;
}

}  // namespace vitscope::cli
