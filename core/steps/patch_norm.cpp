// Patch norm: lucidrains' newer models bring every flattened patch to the same scale before they project it.
#include "core/steps/norm_rows.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::patches};
constexpr Slot kWrites[] = {Slot::patch_norm};

void run(StepContext& c) { norm_rows::run(c, Slot::patches, Slot::patch_norm, c.model().weights.patch_norm_in); }

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const std::string patch = "patch " + std::to_string(cell.i), of_row = "1 of " + std::to_string(config.patch_length());
  Explanation e = why::layer_norm(trace.at(Slot::patches).row(cell.i), trace.model().weights.patch_norm_in, config.layer_norm_eps, cell.j,
                                 CellRef{{Slot::patches}, cell.i, cell.j});
  e.note = "Mean and deviation are those of this patch's own " + std::to_string(config.patch_length()) +
           " numbers; gain and shift were learned, one pair per element.";
  why::station(e, "normalised element " + std::to_string(cell.j) + " of " + patch, of_row, "patch-norm");
  why::station(e, "flattened " + patch, std::to_string(config.patch_length()) + " numbers", "flatten");
  why::pixels_of_patch(e, trace);
  return e;
}

}  // namespace

Step patch_norm_step() {
  return {.slug = "patch-norm",
          .title = "Patch norm",
          .short_title = "Patch norm",
          .stage = Stage::embed,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::patch_norm,
          .formula = "y = (x − μ) / √(σ^2 + ε) · g + b",
          .sizes = "{N} × {P²C} → {N} × {P²C}",
          .sentence = "Every flattened patch is brought to the same scale before the filters look at it.",
          .teaching =
              "Each patch loses its own mean brightness and its own contrast here; a learned gain and shift per element follow. "
              "Look how a pale patch and a dark one of the same texture become alike.",
          .run = run,
          .explain = explain_cell,
          .applies = [](const VitConfig& c) { return c.patch_norms; }};
}

}  // namespace vitscope
