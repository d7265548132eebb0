// Project: the windows of the last soft split become the tokens of the encoder.
#include "core/ops/ops.h"
#include "core/steps/t2t_parts.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::t2t_split2};
constexpr Slot kWrites[] = {Slot::embed_patch};

void run(StepContext& c) {
  Tensor tokens = c.make(Slot::embed_patch);
  ops::linear(c.pool, c.in(Slot::t2t_split2).data(), c.config().patches(), c.model().weights.patch, tokens.edit());
  c.keep(Slot::embed_patch, std::move(tokens));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const SoftSplit& split = t2t::split_of(trace.config(), 2);
  Explanation e = why::linear(
      trace.at(Slot::t2t_split2).row(cell.i), trace.model().weights.patch, cell.j,
      [&](int element) {
        const SoftSplit::Place p = split.place(cell.i, element);
        if (p.padding) return std::string("padding");
        return "window " + std::to_string(p.row * split.width + p.column) + ", " + std::to_string(p.channel);
      },
      [&](int element) {
        return CellRef{{Slot::t2t_split2}, cell.i, element};
      });
  e.label_column = "token, number";
  e.note = "All numbers of the window, each times its learned weight, added up.";
  why::station(e, "number " + std::to_string(cell.j) + " of patch " + std::to_string(cell.i), "1 of " + std::to_string(trace.config().dim), "t2t-project");
  t2t::stations_below_split(e, trace, 2);
  return e;
}

}  // namespace

Step t2t_project_step() {
  return {.slug = "t2t-project",
          .title = "Project",
          .short_title = "Project",
          .stage = Stage::embed,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::embed_patch,
          .formula = "e_n = x_n E + b",
          .sizes = "{N} × {L₃} · {L₃} × {D} → {N} × {D}",
          .sentence = "One learned linear map makes every window a token of {D} numbers.",
          .teaching =
              "A plain Vision Transformer does this to raw pixels; here the windows have already met each other twice. "
              "From now on the model is an ordinary encoder with {N} patches.",
          .run = run,
          .explain = explain_cell,
          .applies = t2t::applies};
}

}  // namespace vitscope
