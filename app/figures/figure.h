// Figures: one picture each of what a run holds. The same function draws on the page of a step and on paper.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/draw/canvas.h"
#include "app/figures/selection.h"
#include "core/study.h"
#include "core/trace.h"

namespace vitscope::figures {

/// Everything a figure may depend on.
struct FigureInput {
  const Trace& trace;
  const Selection& selection;
  bool paper = false;  ///< exported: no hover marks, nothing that only makes sense under a pointer
  const Studies* studies = nullptr;  ///< what long analyses have found; null where nobody computes any
  const Trace* other = nullptr;      ///< the run that was kept for comparing; null: the same run
  const VitConfig& config() const { return trace.config(); }
  const PatchGrid& grid() const { return trace.grid(); }
  /// The block that a figure of an encoder step shows.
  int block() const { return selection.place.block >= 0 ? selection.place.block : selection.block; }
};

/// A choice that a figure offers; the page shows it as slider, switch or segmented control. A number is set by keys, clicks and the command line,
/// and has no place on the page.
struct Option {
  enum class Kind : std::uint8_t { slider, toggle, choice, number } kind;
  std::string_view key;    ///< "patches.explode"
  std::string_view label;  ///< "Explode"
  float lo = 0, hi = 1, initial = 0;
  std::vector<std::string_view> choices;  ///< kind choice: value is the index
  bool blocks = false;                    ///< kind slider: whole numbers, `hi` at most the index of the last encoder block; written counted from 1
  bool (*shown)(const Selection&) = nullptr;  ///< whether it matters with the other choices; null: always
  bool logarithmic = false;               ///< kind slider: a share whose left end, 0, means automatic; the rest covers three powers of ten up to `hi`
};

/// Numbers behind a figure, for CSV and .npy.
struct TableColumn {
  std::string name;
  std::vector<double> values;
};
struct Table {
  std::vector<TableColumn> columns;            ///< equally long
  std::vector<std::pair<std::string, Tensor>> tensors;  ///< written as .npy, name and values
};

/// One line of figures.def and one file. `draw` fills `r` with the figure's body: the page adds step header and options, paper adds title, subtitle and caption.
/// It must stay inside r at any size from 560 x 360 points upwards, for any architecture and any picture, with whatever part of the trace is there (`ready`);
/// only the ring around a pinned thing may stand out by its own width.
struct Figure {
  std::string_view slug;       ///< "token-matrix": files, command line
  std::string_view title;      ///< "Token matrix"
  std::string_view step;       ///< slug of the step whose page shows it (and pages of steps that are shown as that one); every step has at least one figure, the first one is its page
  draw::Vec natural_size;      ///< of the body on paper, in points of kPaperMetrics (1600 points wide pages)
  bool (*ready)(const FigureInput&);
  void (*draw)(draw::Canvas&, draw::Rect, const FigureInput&);
  std::string (*subject)(const draw::Canvas&, const FigureInput&);  ///< "block 6, head 2 of 6"; may be null
  std::string (*caption)(const draw::Canvas&, const FigureInput&);  ///< the definition, two or three sentences with units
  Table (*data)(const FigureInput&);
  std::span<const Option> options = {};
  /// The long analyses that `draw` and `data` look up, in the order of computing; asked only when `ready`, must be cheap. Null for most figures.
  std::vector<Study> (*studies)(const FigureInput&) = nullptr;
  /// For figures that enlarge a part of themselves: what options become when the wheel is turned by `notches` at a point of the figure's rectangle; 0 notches
  /// fit everything again. Null: the page enlarges the whole figure.
  std::vector<std::pair<std::string_view, float>> (*zoom)(const draw::Canvas&, draw::Rect, const FigureInput&, draw::Vec at, float notches) = nullptr;
};

/// All figures in the order of figures.def.
std::span<const Figure* const> figures();
const Figure* find_figure(std::string_view slug);
/// The figures of a step, the page's own first.
std::vector<const Figure*> figures_of(const Step& step);
/// The same without those that a finished run cannot show.
std::vector<const Figure*> figures_of(const Step& step, const FigureInput& input);
/// The step of an architecture whose page shows the figure; null where it has none.
const Step* step_of(const Figure& figure, const VitConfig& config);
/// Whether this run has what the figure shows.
bool shows(const Figure& figure, const FigureInput& input);
/// Value of an option in this selection.
float option(const Selection& selection, const Option& option);
/// Its value as the index of a choice, always a legal one.
std::size_t choice(const Selection& selection, const Option& option);

/// The studies of a figure that are not finished. Until there are none, `draw` says only that something is missing.
std::vector<Study> missing_studies(const Figure& figure, const FigureInput& input);
/// The finished result of a study, or null.
template <class T>
std::shared_ptr<const T> found(const FigureInput& input, std::string_view key) {
  return input.studies ? input.studies->find<T>(key) : nullptr;
}
/// What a figure draws instead of itself while a study is missing: a preview, or a figure that was not asked for.
void draw_missing(draw::Canvas& canvas, draw::Rect r);

}  // namespace vitscope::figures
