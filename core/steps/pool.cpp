// Take class token: one row speaks for the whole picture.
#include <algorithm>

#include "core/step.h"
#include "core/steps/explain.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::norm};
constexpr Slot kWrites[] = {Slot::pooled};

void run(StepContext& c) {
  const std::span<const float> row = c.in(Slot::norm).row(0);
  Tensor pooled = c.make(Slot::pooled);
  std::copy(row.begin(), row.end(), pooled.edit());
  c.keep(Slot::pooled, std::move(pooled));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  Explanation e = why::copy("c = y_{cls}", trace.at(Slot::norm).at(0, cell.i), "Row 0 of the tokens, taken over unchanged.", CellRef{{Slot::norm}, 0, cell.i});
  why::station(e, "number " + std::to_string(cell.i) + " of the class token", "1 of " + std::to_string(config.dim), "pool");
  why::station(e, "normalised class token", "1 of " + std::to_string(config.dim), "final-norm");
  why::stations_below(e, trace, config.depth, {});
  return e;
}

}  // namespace

Step pool_step() {
  return {.slug = "pool",
          .title = "Take class token",
          .short_title = "Class row",
          .stage = Stage::answer,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::pooled,
          .formula = "c = y_{cls}",
          .sizes = "{T} × {D} → {D}",
          .sentence = "Only the class token's row goes on; it has collected what matters from all patches.",
          .teaching =
              "The row started the same for every picture; all that it says about this one came through attention. "
              "The {N} patch rows end here, which is why what they hold is studied with other tools.",
          .run = run,
          .explain = explain_cell};
}

}  // namespace vitscope
