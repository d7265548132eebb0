// Soft split: overlapping windows, each flattened to one row.
#include <algorithm>
#include <vector>

#include "core/ops/ops.h"
#include "core/steps/t2t_parts.h"

namespace vitscope {
namespace {

template <int kSplit>
constexpr Slot kSource = kSplit == 0   ? Slot::input
                         : kSplit == 1 ? Slot::t2t1_image
                                       : Slot::t2t2_image;
template <int kSplit>
constexpr Slot kTarget = kSplit == 0   ? Slot::t2t_split0
                         : kSplit == 1 ? Slot::t2t_split1
                                       : Slot::t2t_split2;
template <int kSplit>
constexpr Slot kReads[] = {kSource<kSplit>};
template <int kSplit>
constexpr Slot kWrites[] = {kTarget<kSplit>};

template <int kSplit>
void run(StepContext& c) {
  const SoftSplit& s = t2t::split_of(c.config(), kSplit);
  Tensor rows = c.make(kTarget<kSplit>);
  const ops::Windows windows{s.channels, s.height, s.width, s.kernel, s.stride, s.rows, s.columns, -s.padding, -s.padding, 0, 0, s.height, s.width};
  ops::unfold(c.pool, c.in(kSource<kSplit>).data(), windows, rows.edit());
  c.keep(kTarget<kSplit>, std::move(rows));
}

/// The windows that hold a place of the image, in order.
std::vector<int> windows_over(const SoftSplit& s, int row, int column) {
  std::vector<int> found;
  for (int w = 0; w < s.windows(); ++w) {
    if (row >= s.top(w) && row < s.top(w) + s.kernel && column >= s.left(w) && column < s.left(w) + s.kernel) found.push_back(w);
  }
  return found;
}

std::string list(const std::vector<int>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size(); ++i) text += (i == 0 ? "" : i + 1 == numbers.size() ? " and " : ", ") + std::to_string(numbers[i]);
  return text;
}

std::string place_name(const VitConfig& config, int split, const SoftSplit::Place& p) {
  if (split == 0) return why::pixel_name(config, p.channel, p.row, p.column);
  return "number " + std::to_string(p.channel) + " of window " + std::to_string(p.row * t2t::split_of(config, split).width + p.column);
}

template <int kSplit>
Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const SoftSplit& s = t2t::split_of(config, kSplit);
  const SoftSplit::Place p = s.place(cell.i, cell.j);
  const std::string window = t2t::window_name(kSplit, cell.i), element = "element " + std::to_string(cell.j) + " of " + window;
  const int area = s.kernel * s.kernel;
  const std::string where = "Row " + std::to_string(cell.j % area / s.kernel) + ", column " + std::to_string(cell.j % s.kernel) + " of the window, channel " +
                            std::to_string(p.channel);
  const char* const slugs[] = {"t2t-split1", "t2t-split2", "t2t-split3"};
  if (p.padding) {
    Explanation e =
        why::copy(element + " = 0", 0,
                  where + ": row " + std::to_string(p.row) + ", column " + std::to_string(p.column) + " lies beyond the image, where zeros are put.");
    why::station(e, element, "1 of " + std::to_string(s.length()), slugs[kSplit]);
    why::station(e, "padding: a zero, no number of the image", "1 number", "");
    return e;
  }
  const std::vector<int> others = windows_over(s, p.row, p.column);
  std::string note = where + ". ";
  note += others.size() == 1 ? "No other window holds this number." : "The same number stands in windows " + list(others) + ", which overlap there.";
  Explanation e = why::copy(element + " = " + place_name(config, kSplit, p), static_cast<double>(trace.at(kSource<kSplit>).at(p.channel, p.row, p.column)),
                            std::move(note), CellRef{{kSource<kSplit>}, p.channel, p.row, p.column});
  why::station(e, element, "1 of " + std::to_string(s.length()), slugs[kSplit]);
  if (kSplit == 0) {
    why::station(e, "model pixel " + why::pixel_name(config, p.channel, p.row, p.column), "1 number", "picture");
  } else {
    why::station(e, place_name(config, kSplit, p), "1 number", kSplit == 1 ? "t2t-restructure1" : "t2t-restructure2");
    t2t::stations_below_split(e, trace, kSplit - 1);
  }
  return e;
}

template <int kSplit>
Step soft_split(std::string_view slug, std::string_view title, std::string_view sizes, std::string_view sentence, std::string_view teaching) {
  return {.slug = slug,
          .title = title,
          .short_title = title,
          .stage = Stage::embed,
          .reads = kReads<kSplit>,
          .writes = kWrites<kSplit>,
          .result = kTarget<kSplit>,
          .formula = "n = ⌊ (side + 2p − k) / s ⌋ + 1",
          .sizes = sizes,
          .sentence = sentence,
          .teaching = teaching,
          .run = run<kSplit>,
          .explain = explain_cell<kSplit>,
          .applies = t2t::applies};
}

}  // namespace

Step t2t_split1_step() {
  return soft_split<0>("t2t-split1", "Soft split 1", "{C} × {Ht} × {W} → {n₁} × {L₁}",
                       "A window slides over the picture and stops {n₁} times; each stop becomes a row of {L₁} numbers.",
                       "The windows overlap, so that what lies at a border belongs to several tokens and no structure is cut in two. "
                       "The window also reaches over the edge of the picture, where zeros are put: the first row begins with them.");
}

Step t2t_split2_step() {
  return soft_split<1>("t2t-split2", "Soft split 2", "{e} × {r₁} × {c₁} → {n₂} × {L₂}",
                       "The same again over the image of tokens: {n₂} windows of {L₂} numbers.",
                       "Neighbouring tokens are joined into one, so fewer and fewer tokens stand for larger and larger parts of the picture. "
                       "Each window holds neighbours above, below, left and right; they become one row.");
}

Step t2t_split3_step() {
  return soft_split<2>("t2t-split3", "Soft split 3", "{e} × {r₂} × {c₂} → {N} × {L₃}",
                       "The last split: {N} windows of {L₃} numbers are the tokens of the encoder.",
                       "From here on the number of tokens stays as it is; the next step only makes them as wide as the encoder wants them. "
                       "What one token has seen of the picture is now much larger than the cell that stands for it.");
}

}  // namespace vitscope
