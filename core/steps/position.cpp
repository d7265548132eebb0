// Position: a learned table is added, so that the model knows where each patch was.
#include "core/ops/ops.h"
#include "core/step.h"
#include "core/steps/explain.h"
#include "core/variants.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::embed_cls, Slot::embed_patch};
constexpr Slot kWrites[] = {Slot::embed_pos};

void run(StepContext& c) {
  const Tensor& before = c.in(variants::unplaced_tokens(c.config()));
  Tensor tokens = c.make(Slot::embed_pos);
  ops::add(c.pool, before.data(), c.model().weights.position.data(), before.size(), tokens.edit());
  c.keep(Slot::embed_pos, std::move(tokens));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const Slot before = variants::unplaced_tokens(config);
  const std::string name = why::token_name(trace, cell.i), of_row = "1 of " + std::to_string(trace.config().dim);
  Explanation e =
      why::sum("token", trace.at(before).at(cell.i, cell.j), "position", trace.model().weights.position.at(cell.i, cell.j),
               CellRef{{before}, cell.i, cell.j});
  e.rule = "y = token + position";
  const bool as_transformers = config.position_resampling == PositionResampling::transformers;
  if (trace.grid().patch_of(cell.i) < 0 && !config.prefix_position) {
    e.note = "Only patches have a place in this model; tokens in front of them get zeros.";
  } else if (trace.model().position_resampled()) {
    e.note = std::string("The table was learned for another grid and has been resampled to this one (bicubic, ") +
             (as_transformers ? "a = −0.75, as transformers does" : "antialiased, a = −0.5, as timm does") + "); it is the same for every picture of this size.";
  } else {
    e.note = "The table is the same for every picture.";
  }
  why::station(e, name + " with position, number " + std::to_string(cell.j), of_row, "position");
  if (config.prefix_tokens > 0) why::station(e, name + " before", of_row, "class-token");
  if (trace.grid().patch_of(cell.i) >= 0) why::row_of_patch(e, trace, name);
  return e;
}

}  // namespace

Step position_step() {
  return {
      .slug = "position",
      .title = "Position",
      .short_title = "Position",
      .stage = Stage::embed,
      .reads = kReads,
      .writes = kWrites,
      .result = Slot::embed_pos,
      .formula = "z_0 = X + E_{pos}",
      .sizes = "{T} × {D} + {T} × {D} → {T} × {D}",
      .sentence = "A row of a table is added to every token, so that equal patches in different places become different tokens.",
      .teaching =
          "Attention itself does not know the order of its tokens: without this table a shuffled picture would give the same answer. "
          "It is a sum, not a joint, so place and content share the same {D} numbers; look how alike the rows of neighbouring patches are.",
      .run = run,
      .explain = explain_cell};
}

}  // namespace vitscope
