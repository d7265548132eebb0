// Patches of the map: squares of all channels, each flattened to one row.
#include "core/steps/stem_parts.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::stem_pool};
constexpr Slot kWrites[] = {Slot::stem_patches};

void run(StepContext& c) {
  const StemConfig& s = *c.config().stem;
  Tensor rows = c.make(Slot::stem_patches);
  const ops::Windows patches{s.channels, s.map_height(), s.map_width(), s.patch, s.patch, c.config().grid.rows(), c.config().grid.columns(), 0, 0, 0, 0, s.map_height(), s.map_width()};
  ops::unfold(c.pool, c.in(Slot::stem_pool).data(), patches, rows.edit());
  c.keep(Slot::stem_patches, std::move(rows));
}

std::string pixels(double from, double to) { return std::to_string(static_cast<int>(from)) + " to " + std::to_string(static_cast<int>(to) - 1); }

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const stem::MapPlace p = stem::place_of(config, cell.i, cell.j);
  const Box seen = config.stem->seen_by(config.grid.row(cell.i), config.grid.column(cell.i));
  const std::string element = "element " + std::to_string(cell.j) + " of patch " + std::to_string(cell.i);
  Explanation e = why::copy(element + " = " + stem::cell_name(p.channel, p.row, p.column), static_cast<double>(trace.at(Slot::stem_pool).at(p.channel, p.row, p.column)),
                            "The order is channel, then row, then column of the patch; only the place changes, not the number. The patch stands for " +
                                std::to_string(config.patch_height) + " × " + std::to_string(config.patch_width) + " pixels and has been made from rows " + pixels(seen.y0, seen.y1) +
                                ", columns " + pixels(seen.x0, seen.x1) + " of the picture.",
                            CellRef{{Slot::stem_pool}, p.channel, p.row, p.column});
  why::station(e, element, "1 of " + std::to_string(config.stem->patch_length()), "stem-patches");
  stem::stations_from(e, trace, stem::Level::pool);
  return e;
}

}  // namespace

Step stem_patches_step() {
  return {.slug = "stem-patches",
          .title = "Patches of the map",
          .short_title = "Patches",
          .stage = Stage::embed,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::stem_patches,
          .formula = "x_n = flatten( patch_n of the map )",
          .sizes = "{S} × {h₂} × {w₂} → {N} × {L}",
          .sentence = "The maps are cut into {N} patches, all {S} channels together; each becomes a row of {L} numbers.",
          .teaching =
              "On the picture a patch covers a cell of {P} pixels, and that is where overlays, attention maps and distances put it. "
              "What it has seen is slightly larger: the windows of convolution and pooling reach a few pixels over the borders of its cell, so neighbouring patches know each other's edges.",
          .run = run,
          .explain = explain_cell,
          .applies = stem::applies};
}

}  // namespace vitscope
