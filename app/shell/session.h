// Session: the model, the picture, the selection and everything else that the window is about; carries out commands.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "app/export/saved_view.h"
#include "app/shell/builtin.h"
#include "app/shell/history.h"
#include "app/shell/restore.h"
#include "app/shell/settings.h"
#include "app/views/frame.h"
#include "app/worker/worker.h"

namespace vitscope::shell {

/// What to open first. Empty texts: the shipped model, the first built-in picture.
struct Opening {
  std::string picture;  ///< path or name of a built-in picture
  std::string model;    ///< path
  std::string preset;
  std::uint64_t seed = 0;
  std::string step;     ///< slug of the step to show first
  EditsPtr edits{};     ///< to begin with; null for none
  std::string input_size{};  ///< HEIGHT or HEIGHTxWIDTH, pixels; empty: the model's own
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
  const EditsPtr& edits() const { return edits_.now(); }
  /// The run that was kept for comparing; null while it is the shown one, or when there is none.
  TracePtr compared() const { return compared_with_.lock() == trace_ ? nullptr : compared_; }
  /// What a figure draws from, on the page or on paper; refers to the session and to `selection`.
  figures::FigureInput figure_input(const figures::Selection& selection, bool paper = false) const { return {*trace_, selection, paper, &worker_.studies(), compared().get()}; }
  const draw::Language& language() const { return language_; }
  views::Panel panel() const { return panel_; }
  bool busy() const { return busy_; }
  /// Studies are waiting or being computed for the page or an export.
  bool studying() const;
  bool playing() const { return playing_; }
  bool wants_to_quit() const { return quit_; }
  /// Next time at which something moves by itself; infinite when nothing does.
  double next_change(double now) const;
  const Studies& studies() const { return worker_.studies(); }
  /// What is still to be exported, for the Exporter, which has the graphics context; nothing while the next figure waits for its
  /// studies. Each call of exported() reports one.
  struct ExportJob {
    enum class Kind : std::uint8_t { figure, sheet_part, sheet_end } kind;
    const figures::Figure* figure;  ///< null at the end of a contact sheet
    std::string folder;
    int width;  ///< pixels
    bool dark;
    std::string data;
  };
  std::optional<ExportJob> next_export() const;
  void exported(const Result<std::monostate>& result);
  /// The figure that the export panel wants to see and that has changed since it was drawn last. previewed() reports it.
  struct PreviewJob {
    const figures::Figure* figure;
    int width;  ///< pixels
    bool dark;
  };
  std::optional<PreviewJob> next_preview() const;
  void previewed(Result<Image> image);
  /// What a figure of the export looks at.
  figures::Selection selection_for(const figures::Figure& figure) const;
  void window_resized(int width, int height);
  /// What was copied since the last call, for the clipboard.
  std::optional<std::string> take_copied() { return std::exchange(copied_, std::nullopt); }

 private:
  void run();
  void run_edited(EditHistory::Change change, Edits edits);
  const figures::Figure* shown_figure() const;
  /// Asks the worker for what the next figure of an export, or else the page, needs and nobody has computed.
  void want_studies();
  void start_walk(const Place& place);
  void step_by(int steps);
  void browse(const std::string& folder);
  void fail(const worker::Failure& failure);
  void mask_patch(int patch);
  void paint_to(const views::PaintTo& wish);
  void load_edits_of(const std::string& path);
  void save_edits_to(const std::string& path);
  void save();
  void show_panel(views::Panel panel);
  void pin(const CellRef& cell);
  /// Pins the cell and opens the step that wrote it.
  void visit(const CellRef& cell);
  void set_language(const std::string& code);
  void start_export(const views::ExportFigures& wish);
  /// Everything that the preview depends on, as text.
  std::string preview_key() const;
  /// Brings back the view of an exported figure: finds its model and picture, then its selection.
  void restore(const exporting::SavedView& view, const std::string& path);
  /// Once model and picture of the view are open.
  void take_over(const exporting::SavedView& view);
  AtHand at_hand(const std::string& figure_path) const;
  void keep_to_compare();
  /// The architecture of the run that has been asked for: edits may add steps.
  VitConfig wanted_config() const;

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
  TracePtr compared_;         ///< side A of a comparison, what kept_for_comparing() leaves of it
  std::weak_ptr<const Trace> compared_with_;  ///< the whole run that it was taken from
  bool busy_ = false, playing_ = false, quit_ = false;
  Place computing_;
  EditHistory edits_;
  int masking_ = -1;          ///< the Fill that a click on a patch masks it with, or -1
  views::Brush brush_;
  figures::Selection selection_;
  std::string figure_;        ///< slug of the page's figure; empty: the step's first
  std::optional<std::string> copied_;
  views::Panel panel_ = views::Panel::none;
  views::Browser browser_;
  views::ExportState exporting_;
  std::deque<ExportJob> export_jobs_;
  views::Preview preview_;
  std::string previewed_key_;  ///< preview_key() of what preview_ shows
  std::optional<exporting::SavedView> restoring_;
  std::string restoring_path_;
  std::vector<Study> wanted_;  ///< what the worker was asked for last
  std::optional<views::Message> message_;
  double page_since_ = 0, now_ = 0, last_step_ = 0;
  worker::Worker worker_;             ///< last: its thread stops before the rest goes
};

}  // namespace vitscope::shell
