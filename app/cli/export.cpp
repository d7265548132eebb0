#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "app/cli/commands.h"
#include "app/export/sheet.h"
#include "app/platform/headless.h"
#include "app/shell/builtin.h"

namespace vitscope::cli {

namespace {

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t to = std::min(text.find(',', from), text.size());
    if (to > from) parts.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return parts;
}

bool whole_number(const std::string& text, int& value) {
  if (text.empty() || text.size() > 8 || !std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); })) return false;
  value = std::stoi(text);
  return true;
}

/// Computes what a figure looks up, with progress on the terminal; the first failure in words, else nothing.
std::optional<std::string> compute_studies(const figures::Figure& figure, const figures::FigureInput& view, ThreadPool& pool, Studies& studies, bool terminal) {
  for (const Study& study : figures::missing_studies(figure, view)) {
    const StudyState state = run_study(study, studies, pool, {}, [&](int done, int total) {
      if (!terminal) return;
      std::printf("\r\033[K%s: %d of %d", study.title.c_str(), done, total);
      std::fflush(stdout);
    });
    if (state.status == StudyState::Status::failed) return std::string(figure.slug) + ": " + state.reason;
  }
  return std::nullopt;
}

/// Block, head and query of the command line, checked against the architecture.
Result<figures::Selection> selection_of(const ExportOptions& options, const VitConfig& config) {
  figures::Selection s = figures::Selection::initial(config);
  if (options.has_block) {
    if (options.block < 0 || options.block >= config.depth)
      return Error{"--block " + std::to_string(options.block) + ": the model has blocks 0 to " + std::to_string(config.depth - 1)};
    s.block = options.block;
  }
  if (options.head == "mean") s.head = figures::kMeanHead;
  else if (options.head == "max") s.head = figures::kMaxHead;
  else if (!whole_number(options.head, s.head) || s.head >= config.heads)
    return Error{"--head " + options.head + ": the model has heads 0 to " + std::to_string(config.heads - 1) + ", or mean, or max"};
  if (options.query == "cls") return s;
  const std::vector<std::string> parts = split(options.query);
  int row = 0, column = 0;
  const PatchGrid& grid = config.grid;
  if (parts.size() != 2 || !whole_number(parts[0], row) || !whole_number(parts[1], column) || row >= grid.rows() || column >= grid.columns())
    return Error{"--query " + options.query + ": expected cls or row,column with rows 0 to " + std::to_string(grid.rows() - 1) + " and columns 0 to " + std::to_string(grid.columns() - 1)};
  s.patch = grid.patch_at(row, column);
  s.query = grid.token_of(s.patch);
  return s;
}

}  // namespace

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
  const Result<EditsPtr> edits = load_edits_choice(options.edits, **model, **input);
  if (!edits) return fail(edits.error().text);
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
  const TracePtr trace = run_with_edits(*model, *input, *edits, pool);
  Studies studies;
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
      const Step* applying = figures::step_of(*figure, (*model)->config);
      const Step* step = applying ? applying : find_step(figure->step);
      selection->place = {step, step->stage == Stage::block ? selection->block : -1};
      const figures::FigureInput view{*trace, *selection, true, &studies};
      ++done;
      if (terminal) {
        std::printf("\r\033[K%2d of %zu  %s", done, chosen.size(), std::string(figure->slug).c_str());
        std::fflush(stdout);
      }
      if (!figures::shows(*figure, view)) {
        if (terminal) std::printf("\n");
        warn(std::string(figure->slug) + ": this model has no such figure");
        --written_count;
        continue;
      }
      if (const auto problem = compute_studies(*figure, view, pool, studies, terminal)) {
        if (terminal) std::printf("\n");
        return fail(*problem);
      }
      if (const auto written = writer.write(*figure, view, options.out, options.data, options.force); !written) {
        if (terminal) std::printf("\n");
        return fail(written.error().text);
      }
    }
    std::printf("%s%d figures of %s, model %s, written to %s\n", terminal ? "\r\033[K" : "", written_count, (*input)->name.c_str(), (*model)->name.c_str(), options.out.c_str());
  }
  return kDone;
}

}  // namespace vitscope::cli
