// Frame: everything that views may look at. Read-only; made anew for every frame.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "app/figures/figure.h"
#include "app/views/command.h"
#include "core/model/model.h"

namespace vitscope::views {

/// What happened, why, and the best way out first.
struct Message {
  std::string title, reason;
  struct Way {
    std::string label;
    Command command;
  };
  std::vector<Way> ways;
  bool warning = true;
};

/// A file or folder in the open panel.
struct FolderEntry {
  std::string name, path;
  bool folder = false;
  bool picture = false, model = false;
  std::uint64_t bytes = 0;
  std::shared_ptr<const Image> thumbnail;  ///< small copy, once it has been made
  bool failed = false;                     ///< the picture cannot be decoded; `reason` says why
  std::string reason;
};

/// What the open panel shows.
struct Browser {
  std::string folder, parent;
  std::vector<FolderEntry> entries;
  std::string error;  ///< why the folder cannot be read
  std::vector<std::string> recent_pictures, recent_models;
  struct Builtin {
    std::string name, title;
    std::shared_ptr<const Image> thumbnail;
  };
  std::vector<Builtin> builtins;
};

/// Progress of an export.
struct ExportState {
  std::string folder;
  int done = 0, total = 0;
  std::string current, error;
  bool stopped = false;  ///< by the person, before its end
};

/// A figure as it will be exported, small.
struct Preview {
  ShowPreview wish;  ///< what the panel asked for last
  bool current = false;                ///< `image` shows `wish` as things stand
  std::shared_ptr<const Image> image;  ///< null while there is none
  std::string reason;                  ///< why there can be none
};

struct Frame {
  ModelPtr model;          ///< never null
  PicturePtr picture;      ///< never null
  TracePtr trace;          ///< never null; holds what has been computed so far, or the last finished run while a new one starts
  bool busy = false;
  Place computing;         ///< while busy
  const figures::Selection& selection;
  const figures::Figure* figure;  ///< the figure on the page
  Panel panel = Panel::none;
  const Browser& browser;
  const ExportState& exporting;
  const Preview& preview;
  std::optional<Message> message;
  bool playing = false;
  bool motion = true;
  float ui_scale = 0;      ///< 0: as the display
  ResizeMode resize_mode = ResizeMode::crop;
  draw::Vec size;          ///< of the window in points
  double time = 0;         ///< seconds
  double page_since = 0;   ///< when the step was opened
  const Studies* studies = nullptr;  ///< never null in a window
  TracePtr other;          ///< the run that was kept for comparing; null: none, or the shown one
  EditsPtr edits{};        ///< the list as it is wished; `trace` may still be of an earlier one. Null for none
  bool can_undo = false, can_redo = false;
  int masking = -1;        ///< the Fill that a click on a patch masks it with, or -1
  Brush brush{};
  /// What figures on the page draw from; refers to this frame.
  figures::FigureInput input() const { return {*trace, selection, false, studies, other.get()}; }
};

}  // namespace vitscope::views
