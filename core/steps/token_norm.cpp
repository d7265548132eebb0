// Token norm: lucidrains' newer models normalise the projected patches once more.
#include "core/steps/norm_rows.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::embed_proj};
constexpr Slot kWrites[] = {Slot::embed_patch};

void run(StepContext& c) { norm_rows::run(c, Slot::embed_proj, Slot::embed_patch, c.model().weights.patch_norm_out); }

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const std::string patch = "patch " + std::to_string(cell.i), of_row = "1 of " + std::to_string(config.dim);
  Explanation e = why::layer_norm(trace.at(Slot::embed_proj).row(cell.i), trace.model().weights.patch_norm_out, config.layer_norm_eps, cell.j,
                                 CellRef{{Slot::embed_proj}, cell.i, cell.j});
  why::station(e, "normalised number " + std::to_string(cell.j) + " of " + patch, of_row, "token-norm");
  why::station(e, "projected " + patch, std::to_string(config.dim) + " numbers", "project-normed");
  why::pixels_of_patch(e, trace);
  return e;
}

}  // namespace

Step token_norm_step() {
  return {.slug = "token-norm",
          .title = "Token norm",
          .short_title = "Token norm",
          .stage = Stage::embed,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::embed_patch,
          .formula = "y = (x − μ) / √(σ^2 + ε) · g + b",
          .sizes = "{N} × {D} → {N} × {D}",
          .sentence = "The projected patches are normalised once more, so that all tokens start at the same size.",
          .teaching =
              "The filters answer strongly to some patches and weakly to others; here every row gets mean 0 and deviation 1 again, then a learned "
              "gain and shift per column. "
              "The position is added to rows of equal size, so no patch drowns it and none is drowned by it.",
          .run = run,
          .explain = explain_cell,
          .applies = [](const VitConfig& c) { return c.patch_norms; }};
}

}  // namespace vitscope
