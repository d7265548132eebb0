// Fold: what the words of a patch have found is added to the patch.
#include <algorithm>

#include "core/steps/tnt_parts.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::tnt_out, Slot::embed_pos, Slot::out};
constexpr Slot kWrites[] = {Slot::tnt_fold_norm, Slot::tnt_fold_proj, Slot::tnt_fold, Slot::tnt_outer_in};

tnt::FoldParts parts(const Model& model, int block) {
  return {.norm = Slot::tnt_fold_norm,
          .proj = Slot::tnt_fold_proj,
          .result = Slot::tnt_fold,
          .block = block,
          .words = {Slot::tnt_out, block},
          .weights = &model.weights.tnt.folds[static_cast<std::size_t>(block)],
          .slug = "tnt-fold"};
}

void run(StepContext& c) {
  tnt::run_fold(c, parts(c.model(), c.block));
  const Tensor &before = c.trace.stream_before(c.block), &fold = c.in(Slot::tnt_fold);
  Tensor sum = c.make(Slot::tnt_outer_in);
  const std::int64_t prefix = before.size() - fold.size();
  std::copy_n(before.data(), prefix, sum.edit());
  ops::add(c.pool, before.data() + prefix, fold.data(), fold.size(), sum.edit() + prefix);
  c.keep(Slot::tnt_outer_in, std::move(sum));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const int block = cell.tensor.block;
  if (cell.tensor.slot != Slot::tnt_outer_in) return tnt::explain_fold(trace, parts(trace.model(), block), cell);
  const int patch = trace.grid().patch_of(cell.i);
  const std::string name = why::token_name(trace, cell.i), of_row = "1 of " + std::to_string(trace.config().dim);
  const CellRef before = block == 0 ? CellRef{{Slot::embed_pos}, cell.i, cell.j} : CellRef{{Slot::out, block - 1}, cell.i, cell.j};
  if (patch < 0) {
    Explanation e = why::copy("row " + std::to_string(cell.i) + " as before", static_cast<double>(trace.value(before)),
                              "No words belong to this token: it goes on unchanged.", before);
    why::station(e, name, of_row, "tnt-fold", block);
    why::stations_below(e, trace, block, {cell.i});
    return e;
  }
  const CellRef fold{{Slot::tnt_fold, block}, patch, cell.j};
  Explanation e = why::sum("token before", static_cast<double>(trace.value(before)), "its words", static_cast<double>(trace.value(fold)), before, fold);
  e.rule = "x = before + words";
  e.note = "The words of " + name + " add to its row; no other patch has a part in this.";
  why::station(e, name + " with its words", of_row, "tnt-fold", block);
  tnt::stations_below_words(e, trace, block + 1, patch);
  return e;
}

}  // namespace

Step tnt_fold_step() {
  return {.slug = "tnt-fold",
          .title = "Fold words into patches",
          .short_title = "Fold",
          .stage = Stage::block,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::tnt_outer_in,
          .formula = "x = x + fold( [ w_1 , w_2 , … ] )",
          .sizes = "{N} × {mc} → {N} × {D} added to {T} × {D}",
          .sentence = "The {m} words of each patch become one row, which is added to the patch; the class token takes no part.",
          .teaching =
              "What happens inside a patch reaches the other patches only through this sum. "
              "Compare the two: where the fold is as large as the token, the words have much to say.",
          .run = run,
          .explain = explain_cell,
          .applies = tnt::applies};
}

}  // namespace vitscope
