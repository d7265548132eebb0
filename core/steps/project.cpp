// Project: a learned linear map turns each flattened patch into a token.
#include "core/ops/ops.h"
#include "core/step.h"
#include "core/steps/explain.h"
#include "core/variants.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::patches}, kReadsNormed[] = {Slot::patch_norm};
constexpr Slot kWrites[] = {Slot::embed_patch}, kWritesNormed[] = {Slot::embed_proj};
constexpr std::string_view kShownAs[] = {"project"};

void run(StepContext& c) {
  const Slot result = variants::projected(c.config());
  Tensor tokens = c.make(result);
  ops::linear(c.pool, c.in(variants::projection_input(c.config())).data(), c.config().patches(), c.model().weights.patch, tokens.edit());
  c.keep(result, std::move(tokens));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const Slot source = variants::projection_input(config);
  Explanation e = why::linear(trace.at(source).row(cell.i), trace.model().weights.patch, cell.j, [&](int element) {
    const why::PatchPixel at = why::pixel_of_element(config, cell.i, element);
    return why::pixel_name(config, at.channel, at.row, at.column);
  }, [&](int element) { return CellRef{{source}, cell.i, element}; });
  e.label_column = "pixel";
  e.note = "Filter " + std::to_string(cell.j) + " is laid over the patch: each pixel times its weight, all added up.";
  const std::string patch = "patch " + std::to_string(cell.i);
  why::station(e, "number " + std::to_string(cell.j) + " of " + patch, "1 of " + std::to_string(config.dim), writer_of(variants::projected(config), config).slug);
  if (config.patch_norms) why::station(e, "normalised " + patch, std::to_string(config.patch_length()) + " numbers", "patch-norm");
  why::station(e, "flattened " + patch, std::to_string(config.patch_length()) + " numbers", "flatten");
  why::pixels_of_patch(e, trace);
  return e;
}

}  // namespace

Step project_normed_step();

Step project_step() {
  Step step = project_normed_step();
  step.slug = "project";
  step.reads = kReads;
  step.writes = kWrites;
  step.result = Slot::embed_patch;
  step.applies = [](const VitConfig& c) { return !c.patch_norms && c.cuts_patches(); };
  step.shown_as = {};
  return step;
}

Step project_normed_step() {
  return {.slug = "project-normed",
          .title = "Project",
          .short_title = "Project",
          .stage = Stage::embed,
          .reads = kReadsNormed,
          .writes = kWritesNormed,
          .result = Slot::embed_proj,
          .formula = "e_n = x_n E + b",
          .sizes = "{N} × {P²C} · {P²C} × {D} → {N} × {D}",
          .sentence = "The same learned filters look at every patch; their {D} answers are the token.",
          .teaching =
              "Pixels are a poor language for comparing patches, so {D} filters measure colours, edges and textures instead. "
              "Each row is one patch, each column the answer of one filter: patches that look alike get rows that look alike.",
          .run = run,
          .explain = explain_cell,
          .applies = [](const VitConfig& c) { return c.patch_norms; },
          .shown_as = kShownAs};
}

}  // namespace vitscope
