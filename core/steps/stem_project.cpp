// Project: the patches of the map become the tokens of the encoder.
#include "core/steps/stem_parts.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::stem_patches};
constexpr Slot kWrites[] = {Slot::embed_patch};

void run(StepContext& c) {
  Tensor tokens = c.make(Slot::embed_patch);
  ops::linear(c.pool, c.in(Slot::stem_patches).data(), c.config().patches(), c.model().weights.patch, tokens.edit());
  c.keep(Slot::embed_patch, std::move(tokens));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  Explanation e = why::linear(
      trace.at(Slot::stem_patches).row(cell.i), trace.model().weights.patch, cell.j,
      [&](int element) {
        const stem::MapPlace p = stem::place_of(config, cell.i, element);
        return stem::cell_name(p.channel, p.row, p.column);
      },
      [&](int element) { return CellRef{{Slot::stem_patches}, cell.i, element}; });
  e.label_column = "cell of the map";
  e.note = "All numbers of the patch, each times its learned weight, added up.";
  why::station(e, "number " + std::to_string(cell.j) + " of patch " + std::to_string(cell.i), "1 of " + std::to_string(config.dim), "stem-project");
  stem::stations_from(e, trace, stem::Level::patches);
  return e;
}

}  // namespace

Step stem_project_step() {
  return {.slug = "stem-project",
          .title = "Project",
          .short_title = "Project",
          .stage = Stage::embed,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::embed_patch,
          .formula = "e_n = x_n E + b",
          .sizes = "{N} × {L} · {L} × {D} → {N} × {D}",
          .sentence = "One learned linear map makes every patch of the map a token of {D} numbers.",
          .teaching =
              "A plain Vision Transformer does this to raw pixels; here the projection reads where filters have answered. "
              "From now on the model is an ordinary encoder with {N} patches.",
          .run = run,
          .explain = explain_cell,
          .applies = stem::applies};
}

}  // namespace vitscope
