// Zero rows: patches hold nothing before the words of the first block are folded in.
#include <algorithm>

#include "core/steps/tnt_parts.h"

namespace vitscope {
namespace {

constexpr Slot kWrites[] = {Slot::embed_patch};
constexpr std::string_view kShownAs[] = {"tnt-fold-in"};

void run(StepContext& c) {
  Tensor rows = c.make(Slot::embed_patch);
  std::fill_n(rows.edit(), rows.size(), 0.0f);
  c.keep(Slot::embed_patch, std::move(rows));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  Explanation e = why::copy("row " + std::to_string(cell.i) + " = 0", 0, "Every patch begins as zeros; what its words find is added in the blocks.");
  why::row_of_patch(e, trace, "patch " + std::to_string(cell.i));
  return e;
}

}  // namespace

Step tnt_zero_rows_step() {
  return {.slug = "tnt-zero-rows",
          .title = "Rows of zeros",
          .short_title = "Zeros",
          .stage = Stage::embed,
          .reads = {},
          .writes = kWrites,
          .result = Slot::embed_patch,
          .formula = "e = 0",
          .sizes = "→ {N} × {D}",
          .sentence = "Every patch begins as {D} zeros.",
          .teaching =
              "In the paper's formula a patch holds nothing of its own: what its words have found is added in every block, the first included. "
              "Behind the next steps two patches differ by their position alone, until the first fold.",
          .run = run,
          .explain = explain_cell,
          .applies = [](const VitConfig& config) { return config.tnt && config.tnt->zero_rows; },
          .shown_as = kShownAs};
}

}  // namespace vitscope
