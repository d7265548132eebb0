// Positions in front of a block: the table is added to what enters, not only once in front of the first.
#include <algorithm>

#include "core/ops/ops.h"
#include "core/step.h"
#include "core/steps/explain.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::embed_pos, Slot::out};
constexpr Slot kWrites[] = {Slot::placed};

void run(StepContext& c) {
  const Tensor& before = c.trace.stream_before(c.block);
  Tensor placed = c.make(Slot::placed);
  if (c.block == 0) {
    std::copy_n(before.data(), before.size(), placed.edit());
  } else {
    ops::add(c.pool, before.data(), c.model().position_of(c.block).data(), before.size(), placed.edit());
  }
  c.keep(Slot::placed, std::move(placed));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const int block = cell.tensor.block;
  const std::string name = why::token_name(trace, cell.i), of_row = "1 of " + std::to_string(trace.config().dim);
  const CellRef before = block == 0 ? CellRef{{Slot::embed_pos}, cell.i, cell.j} : CellRef{{Slot::out, block - 1}, cell.i, cell.j};
  Explanation e;
  if (block == 0) {
    e = why::copy("x = x", static_cast<double>(trace.value(before)), "Positions have been added in front of the first block already.", before);
  } else {
    const Tensor& table = trace.model().position_of(block);
    e = why::sum("token", static_cast<double>(trace.value(before)), "position", static_cast<double>(table.at(cell.i, cell.j)), before);
    e.rule = "x = token + position";
    e.note = trace.config().position_place == PositionPlace::every_own ? "This block has a table of its own; it is the same for every picture." : "The same table as in front of every other block.";
  }
  why::station(e, name + " with position", of_row, "place-again", block);
  why::stations_below(e, trace, block, {cell.i});
  return e;
}

}  // namespace

Step place_again_step() {
  return {.slug = "place-again",
          .title = "Positions again",
          .short_title = "Positions",
          .stage = Stage::block,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::placed,
          .formula = "x = x + E_{pos}",
          .sizes = "{T} × {D} + {T} × {D} → {T} × {D}",
          .sentence = "The table of positions is added to the tokens that enter the block; to those of the first it has been added already.",
          .teaching =
              "Most models say once where a patch lies, and the sum carries it through all blocks. Here every block is told anew. "
              "Compare the two matrices: late in the walk tokens are long, and a table of the same size says less and less.",
          .run = run,
          .explain = explain_cell,
          .applies = [](const VitConfig& c) { return c.places_in_blocks(); }};
}

}  // namespace vitscope
