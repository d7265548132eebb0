// The window: waits for input, draws a frame when something changed, sleeps otherwise.
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "app/cli/commands.h"
#include "app/gl/surface.h"
#include "app/platform/window.h"
#include "app/shell/exporter.h"
#include "app/shell/loop.h"

namespace vitscope::cli {

namespace {

/// Times of the start for whoever measures: VITSCOPE_TIMES=1 prints them to standard error.
class StartTimes {
 public:
  void report(const char* what, double seconds) {
    if (wanted_) std::fprintf(stderr, "vitscope: %s after %.0f ms\n", what, seconds * 1000);
  }

 private:
  bool wanted_ = std::getenv("VITSCOPE_TIMES") != nullptr;
};

}  // namespace

int run_window(const WindowOptions& options) {
  if (!options.step.empty() && !find_step(options.step)) return fail("--step " + options.step + ": no such step; vitscope list steps names them", kUsage);
  std::string problem;
  shell::Settings settings = shell::load_settings(shell::settings_path(), problem);
  if (!problem.empty()) warn(problem);
  if (!options.language.empty()) settings.language = options.language;
  if (!options.theme.empty()) settings.dark = options.theme == "dark";

  auto window = platform::Window::create("vitscope", settings.window_width, settings.window_height);
  if (!window) return fail(window.error().text);
  auto renderer = gl::Renderer::create();
  if (!renderer) return fail(renderer.error().text);

  shell::Session session(settings, shell::settings_path(), default_threads(), platform::Window::wake);
  EditsPtr edits;
  if (!options.edits.empty()) {
    const Result<EditsPtr> loaded = load_edits(options.edits);
    if (!loaded) return fail(loaded.error().text);
    edits = *loaded;
  }
  const auto opened = session.open({options.image, options.model.file, options.model.preset, options.model.seed, options.step, edits, options.model.input_size});
  if (!opened) return fail(opened.error().text);
  shell::Loop loop(session);
  gl::Surface surface(**renderer);
  shell::Exporter exporter(**renderer);
  StartTimes times;
  bool again = true, first = true, predicted = false;
  double next = 0;
  while (!session.wants_to_quit()) {
    platform::Input input = (*window)->wait(again ? 0 : next);
    if (input.width < 1 || input.height < 1) {
      again = false;
      next = INFINITY;
      continue;
    }
    surface.begin(loop.scale_for(input), session.language(), input.width, input.height);
    again = loop.frame(input, surface.list(), surface.store(), surface.fonts(), surface.sink());
    if (const auto copied = session.take_copied()) (*window)->copy(*copied);
    surface.end((session.settings().dark ? draw::dark_theme() : draw::light_theme()).ground);
    (*window)->swap();
    if (first) times.report("first frame", input.time), first = false;
    if (!predicted && session.trace()->complete()) times.report("prediction", input.time), predicted = true;
    exporter.step(session);
    const double change = session.next_change(input.time);
    next = std::isinf(change) ? INFINITY : std::max(0.0, change - input.time);
    if (next == 0) again = true;
    if ((*window)->exposed()) again = true;
  }
  int width = 0, height = 0;
  (*window)->size(width, height);
  session.window_resized(width, height);
  shell::Settings last = session.settings();
  if (const auto saved = shell::save_settings(shell::settings_path(), last); !saved) warn(saved.error().text);
  return kDone;
}

}  // namespace vitscope::cli
