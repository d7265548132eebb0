// Take class token: one row speaks for the whole picture.
#include <algorithm>

#include "core/step.h"
#include "core/steps/explain.h"
#include "core/variants.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::norm, Slot::out};
constexpr Slot kWrites[] = {Slot::pooled}, kWritesTwo[] = {Slot::pooled, Slot::pooled_dist};

void take(StepContext& c, int token, Slot slot) {
  const std::span<const float> row = c.trace.at(variants::pooling_input(c.config())).row(token);
  Tensor pooled = c.make(slot);
  std::copy(row.begin(), row.end(), pooled.edit());
  c.keep(slot, std::move(pooled));
}

void run(StepContext& c) { take(c, 0, Slot::pooled); }
void run_two(StepContext& c) {
  take(c, 0, Slot::pooled);
  take(c, 1, Slot::pooled_dist);
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const TensorRef source = variants::pooling_input(config);
  const int token = cell.tensor.slot == Slot::pooled_dist ? 1 : 0;
  const std::string name = why::token_name(trace, token), of_row = "1 of " + std::to_string(config.dim);
  Explanation e = why::copy(token ? "d = y_{dist}" : "c = y_{cls}", trace.at(source).at(token, cell.i),
                            "Row " + std::to_string(token) + " of the tokens, taken over unchanged.", CellRef{source, token, cell.i});
  why::station(e, "number " + std::to_string(cell.i) + " of the " + name, of_row, writer_of(Slot::pooled, config).slug);
  if (config.final_norm) why::station(e, "normalised " + name, of_row, "final-norm");
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
          .explain = explain_cell,
          .applies = [](const VitConfig& c) { return c.pool == "cls" && !c.two_heads; }};
}

Step pool_two_step() {
  Step step = pool_step();
  step.slug = "two-rows";
  step.title = "Take two rows";
  step.short_title = "Two rows";
  step.writes = kWritesTwo;
  step.formula = "c = y_{cls}   d = y_{dist}";
  step.sizes = "{T} × {D} → 2 × {D}";
  step.sentence = "The rows of the class token and of the distillation token go on, each to a head of its own.";
  step.teaching =
      "In training the first row learned from the labels and the second from a teacher network's answers, so the two do not say the same. "
      "Compare the rows: they start alike in kind, and all that tells them apart came through training.";
  step.run = run_two;
  step.applies = [](const VitConfig& c) { return c.two_heads; };
  return step;
}

}  // namespace vitscope
