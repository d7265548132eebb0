// Wishes of a person: views, the command line and tests push them, the session carries them out between frames.
#pragma once
#include <string>
#include <variant>
#include <vector>

#include "app/figures/selection.h"
#include "core/image/preprocess.h"

namespace vitscope::views {

/// What lies over the page.
enum class Panel : std::uint8_t { none, pictures, models, exporting, keys, settings };

struct GoTo { Place place; };
struct StepBy { int steps; };
struct BlockBy { int blocks; };
struct HeadBy { int heads; };
struct SelectToken { int token; };
struct SelectHead { int block, head; };
struct PinCell { CellRef cell; };
struct Follow { CellRef from, to; };        ///< from a number to one that it was made from: pins it, opens the step that wrote it, lengthens the trail
struct WalkBack { std::size_t index; };     ///< back to a number of the trail; what came behind it is forgotten
struct CopyTrail {};                        ///< the trail as text
struct Release {};                          ///< Esc: closes a panel, stops a run, or releases what is pinned
struct SetOption { std::string key; float value; };
struct CycleScale {};
struct ToggleTheme {};
struct ToggleLanguage {};
struct ToggleMotion {};
struct TogglePlay {};
struct SetUiScale { float scale; };         ///< 1..3; 0 follows the display
struct ShowPanel { Panel panel; };
struct ShowFigure { std::string slug; };    ///< another figure of the step's page
struct BrowseTo { std::string folder; };
struct OpenPicture { std::string path; };   ///< a file
struct OpenBuiltin { std::string name; };   ///< a built-in picture
struct OpenModel { std::string path; };     ///< a file
struct OpenShipped {};
struct OpenPreset { std::string name; };
struct SetResizeMode { ResizeMode mode; };
struct DismissMessage {};
/// Writes figures as PNG into a folder, named by their slugs. Empty `figures`: all.
struct ExportFigures {
  std::vector<std::string> figures;
  std::string folder;
  int scale = 1;
  bool dark = false;
  bool data = false;  ///< CSV and .npy beside them
};
struct Quit {};

using Command = std::variant<GoTo, StepBy, BlockBy, HeadBy, SelectToken, SelectHead, PinCell, Follow, WalkBack, CopyTrail, Release, SetOption, CycleScale, ToggleTheme,
                             ToggleLanguage, ToggleMotion, TogglePlay, SetUiScale, ShowPanel, ShowFigure, BrowseTo, OpenPicture, OpenBuiltin, OpenModel, OpenShipped,
                             OpenPreset, SetResizeMode, DismissMessage, ExportFigures, Quit>;
using Commands = std::vector<Command>;

}  // namespace vitscope::views
