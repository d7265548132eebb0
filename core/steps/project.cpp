// Project: a learned linear map turns each flattened patch into a token.
#include "core/ops/ops.h"
#include "core/step.h"
#include "core/steps/explain.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::patches};
constexpr Slot kWrites[] = {Slot::embed_patch};

void run(StepContext& c) {
  Tensor tokens = c.make(Slot::embed_patch);
  ops::linear(c.pool, c.in(Slot::patches).data(), c.config().patches(), c.model().weights.patch, tokens.edit());
  c.keep(Slot::embed_patch, std::move(tokens));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  Explanation e = why::linear(trace.at(Slot::patches).row(cell.i), trace.model().weights.patch, cell.j, [&](int element) {
    const why::PatchPixel at = why::pixel_of_element(config, cell.i, element);
    return why::pixel_name(config, at.channel, at.row, at.column);
  }, [&](int element) { return CellRef{{Slot::patches}, cell.i, element}; });
  e.label_column = "pixel";
  e.note = "Filter " + std::to_string(cell.j) + " is laid over the patch: each pixel times its weight, all added up.";
  const std::string patch = "patch " + std::to_string(cell.i);
  why::station(e, "number " + std::to_string(cell.j) + " of " + patch, "1 of " + std::to_string(config.dim), "project");
  why::station(e, "flattened " + patch, std::to_string(config.patch_length()) + " numbers", "flatten");
  why::pixels_of_patch(e, trace);
  return e;
}

}  // namespace

Step project_step() {
  return {.slug = "project",
          .title = "Project",
          .short_title = "Project",
          .stage = Stage::embed,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::embed_patch,
          .formula = "e_n = x_n E + b",
          .sizes = "{N} × {P²C} · {P²C} × {D} → {N} × {D}",
          .sentence = "The same learned filters look at every patch; their {D} answers are the token.",
          .teaching =
              "Pixels are a poor language for comparing patches, so {D} filters measure colours, edges and textures instead. "
              "Each row is one patch, each column the answer of one filter: patches that look alike get rows that look alike.",
          .run = run,
          .explain = explain_cell,
          .applies = [](const VitConfig& config) { return config.cuts_patches(); }};
}

}  // namespace vitscope
