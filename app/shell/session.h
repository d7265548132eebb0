// Session: the model, the picture, the selection and everything else that the window is about; carries out commands.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "app/shell/builtin.h"
#include "app/shell/settings.h"
#include "app/shell/worker.h"
#include "app/views/frame.h"

namespace vitscope::shell {

/// What to open first. Empty texts: the shipped model, the first built-in picture.
struct Opening {
  std::string picture;  ///< path or name of a built-in picture
  std::string model;    ///< path
  std::string preset;
  std::uint64_t seed = 0;
  std::string step;     ///< slug of the step to show first
};

class Session {
 public:
  /// `wake` may be called from the worker's thread. Settings are not saved when `settings_file` is empty.
  Session(Settings settings, std::string settings_file, int threads, std::function<void()> wake);

  /// Loads the first model and picture on the caller's thread, so that there is something to draw, and starts the run. An error of the picture or model
  /// leaves a message and falls back to what ships; the error is returned only when that fails too.
  Result<std::monostate> open(const Opening& opening);

  void apply(const views::Command& command);
  /// Takes over what the worker has finished; true when something changed.
  bool poll(double now);
  views::Frame frame(draw::Vec size, double now) const;

  const figures::Selection& selection() const { return selection_; }
  /// What lies under the pointer; true when that is new.
  bool hover(const draw::Target& target);
  const Settings& settings() const { return settings_; }
  const TracePtr& trace() const { return trace_; }
  /// The run that was kept for comparing; null while it is the shown one, or when there is none.
  TracePtr compared() const { return compared_with_.lock() == trace_ ? nullptr : compared_; }
  const draw::Language& language() const { return language_; }
  views::Panel panel() const { return panel_; }
  bool busy() const { return busy_; }
  bool playing() const { return playing_; }
  bool wants_to_quit() const { return quit_; }
  /// Next time at which something moves by itself; infinite when nothing does.
  double next_change(double now) const;
  /// Figures still to be exported, for the loop, which has the graphics context. Each call of exported() reports one.
  struct ExportJob { const figures::Figure* figure; std::string folder; int scale; bool dark; bool data; };
  std::optional<ExportJob> next_export() const;
  void exported(const Result<std::monostate>& result);
  void window_resized(int width, int height);
  /// What was copied since the last call, for the clipboard.
  std::optional<std::string> take_copied() { return std::exchange(copied_, std::nullopt); }

 private:
  void run();
  void start_walk(const Place& place);
  void step_by(int steps);
  void browse(const std::string& folder);
  void fail(const Failure& failure);
  void save();
  void show_panel(views::Panel panel);
  void pin(const CellRef& cell);
  /// Pins the cell and opens the step that wrote it.
  void visit(const CellRef& cell);
  void set_language(const std::string& code);
  void keep_to_compare();

  Settings settings_;
  std::string settings_file_;
  draw::Language language_;
  std::function<Result<PicturePtr>()> picture_source_;
  std::function<Result<ModelPtr>()> model_source_;
  std::string opening_picture_, opening_model_;  ///< paths being opened, remembered once they load
  ModelPtr model_;
  PicturePtr picture_;
  TracePtr trace_;            ///< what is shown
  TracePtr growing_;          ///< the newest of the running pass
  TracePtr compared_;         ///< side A of a comparison, its attention only
  std::weak_ptr<const Trace> compared_with_;  ///< the whole run that it was taken from
  bool busy_ = false, playing_ = false, quit_ = false;
  Place computing_;
  figures::Selection selection_;
  std::string figure_;        ///< slug of the page's figure; empty: the step's first
  std::optional<std::string> copied_;
  views::Panel panel_ = views::Panel::none;
  views::Browser browser_;
  views::ExportState exporting_;
  std::deque<ExportJob> export_jobs_;
  std::optional<views::Message> message_;
  double page_since_ = 0, now_ = 0, last_step_ = 0;
  Worker worker_;             ///< last: its thread stops before the rest goes
};

}  // namespace vitscope::shell
