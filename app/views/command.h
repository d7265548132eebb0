// Wishes of a person: views, the command line and tests push them, the session carries them out between frames.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "app/figures/selection.h"
#include "core/edits/edits.h"
#include "core/image/preprocess.h"

namespace vitscope::views {

/// What lies over the page.
enum class Panel : std::uint8_t { none, pictures, models, exporting, keys, settings, edits, building };

/// What a drag over the picture paints. Instead of selecting what lies there.
struct Brush {
  int colour = -1;      ///< of kBrushColours, or -1: nothing
  float size = 0.04f;   ///< radius as a share of the longer side of the picture
  bool operator==(const Brush&) const = default;
};
struct BrushColour {
  std::string_view name;
  std::array<float, 3> rgb;  ///< 0..1
};
inline constexpr BrushColour kBrushColours[] = {{"black", {0, 0, 0}}, {"grey", {0.5f, 0.5f, 0.5f}}, {"white", {1, 1, 1}}, {"red", {1, 0, 0}}, {"green", {0, 0.6f, 0}}, {"blue", {0, 0.2f, 1}}};

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
struct Release {};                          ///< Esc: closes a panel, stops a run or a study, or releases what is pinned
struct SetOption { std::string key; float value; };
struct CycleScale {};
struct KeepToCompare {};                    ///< the shown map of attention becomes side A of the comparison
struct ForgetCompared {};
struct ToggleTheme {};
struct ToggleLanguage {};
struct ToggleMotion {};
struct TogglePlay {};
struct SetUiScale { float scale; };         ///< 1..3; 0 follows the display
struct ShowPanel { Panel panel; };
struct ShowFigure { std::string slug; };    ///< another figure of the step's page
struct BrowseTo { std::string folder; };
struct OpenPicture {
  std::string path;    ///< a file
  bool plain = false;  ///< an exported figure too is opened as a picture, not as the view that it shows
};
struct OpenBuiltin { std::string name; };   ///< a built-in picture
struct OpenModel { std::string path; };     ///< a file
struct OpenShipped {};
struct OpenPreset { std::string name; };
struct SetInputSize { int height, width; };  ///< pixels; the open model runs on inputs of this size
struct SetResizeMode { ResizeMode mode; };
struct AddEdit { Edit edit; };
struct ChangeEdit { std::size_t index; Edit edit; };  ///< several of one edit in a row are undone together
struct RemoveEdit { std::size_t index; };
struct ToggleEdit { std::size_t index; };
struct ClearEdits {};
struct SetMasking { int fill; };            ///< a click on a patch masks it so (a Fill), or -1: selects it as ever
struct MaskPatch { int patch; };            ///< as SetMasking says; unmasks one that is masked so
struct SetBrush { Brush brush; };           ///< what a drag over the picture paints
struct PaintTo { Point at; bool begins; };  ///< pixels of the original picture; `begins` a stroke, else lengthens the last
struct Undo {};                             ///< of edits
struct Redo {};
struct LoadEdits { std::string path; };
struct SaveEdits { std::string path; };
struct DismissMessage {};
/// Writes figures as PNG into a folder, named by their slugs.
struct ExportFigures {
  std::vector<std::string> figures;
  bool contact_sheet = false;  ///< and all figures of the run on one page
  std::string folder;
  int width = 1600;  ///< pixels
  bool dark = false;
  std::string data = "none";  ///< the numbers beside them: "none", "csv", "npy"
};
struct StopExport {};  ///< what has been written stays
/// The page that the export panel wants to see. Width in pixels; 0: none any more.
struct ShowPreview {
  std::string figure;  ///< slug
  bool dark = false;
  int width = 0;
  bool operator==(const ShowPreview&) const = default;
};
struct CancelStudies {};                    ///< stops what the page is waiting for
struct ComputeStudies {};                   ///< what was cancelled or failed, again
struct Quit {};

/// One wish. What copies, moves and destroys it is compiled once, in command.cpp: made anew in every file it costs each of them seconds.
class Command {
 public:
  using Wish = std::variant<GoTo, StepBy, BlockBy, HeadBy, SelectToken, SelectHead, PinCell, Follow, WalkBack, CopyTrail, Release, SetOption, CycleScale,
                            KeepToCompare, ForgetCompared, ToggleTheme, ToggleLanguage, ToggleMotion, TogglePlay, SetUiScale, ShowPanel, ShowFigure,
                            BrowseTo, OpenPicture, OpenBuiltin, OpenModel, OpenShipped, OpenPreset, SetInputSize, SetResizeMode, AddEdit, ChangeEdit, RemoveEdit,
                            ToggleEdit, ClearEdits, SetMasking, MaskPatch, SetBrush, PaintTo, Undo, Redo, LoadEdits, SaveEdits, DismissMessage, ExportFigures, StopExport,
                            ShowPreview, CancelStudies, ComputeStudies, Quit>;

  template <class One>
    requires(!std::is_same_v<One, Command>)
  Command(One one) : wish_(std::in_place_type<One>, std::move(one)) {}
  Command(const Command&);
  Command(Command&&) noexcept;
  Command& operator=(const Command&);
  Command& operator=(Command&&) noexcept;
  ~Command();

  const Wish& wish() const { return wish_; }

 private:
  Wish wish_;
};

using Commands = std::vector<Command>;

}  // namespace vitscope::views
