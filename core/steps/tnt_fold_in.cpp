// Fold in: the words of a patch become its first row among the tokens.
#include "core/steps/tnt_parts.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::tnt_embed};
constexpr Slot kWrites[] = {Slot::tnt_fold_in_norm, Slot::tnt_fold_in_proj, Slot::embed_patch};

tnt::FoldParts parts(const Model& model) {
  return {.norm = Slot::tnt_fold_in_norm,
          .proj = Slot::tnt_fold_in_proj,
          .result = Slot::embed_patch,
          .block = -1,
          .words = {Slot::tnt_embed},
          .weights = &model.weights.tnt.fold_in,
          .slug = "tnt-fold-in"};
}

void run(StepContext& c) { tnt::run_fold(c, parts(c.model())); }

Explanation explain_cell(const Trace& trace, const CellRef& cell) { return tnt::explain_fold(trace, parts(trace.model()), cell); }

}  // namespace

Step tnt_fold_in_step() {
  return {.slug = "tnt-fold-in",
          .title = "Fold words in",
          .short_title = "Fold in",
          .stage = Stage::embed,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::embed_patch,
          .formula = "e = norm( E norm( [ w_1 , w_2 , … ] ) + b )",
          .sizes = "{N} × {mc} · {mc} × {D} → {N} × {D}",
          .sentence = "The {m} words of a patch, side by side, become its row of {D} numbers.",
          .teaching =
              "Two sequences run side by side from here on: words inside patches, and patches in the picture. "
              "This row is where a patch begins; every block will add what its words have found since.",
          .run = run,
          .explain = explain_cell,
          .applies = [](const VitConfig& config) { return config.tnt && !config.tnt->zero_rows; }};
}

}  // namespace vitscope
