// Flatten: each patch becomes one row of numbers, in the order in which the projection reads them.
#include "core/ops/thread_pool.h"
#include "core/step.h"
#include "core/steps/explain.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::patch_grid};
constexpr Slot kWrites[] = {Slot::patches};

/// Row, column, channel: the numbers of one pixel side by side.
Tensor channel_last(const StepContext& c) {
  const VitConfig& config = c.config();
  const float* in = c.in(Slot::patch_grid).data();
  Tensor rows = c.make(Slot::patches);
  float* out = rows.edit();
  const auto area = static_cast<std::size_t>(config.patch_height) * static_cast<std::size_t>(config.patch_width);
  const auto channels = static_cast<std::size_t>(config.channels);
  c.pool.run(config.patches(), 8, [&](int begin, int end) {
    for (auto patch = static_cast<std::size_t>(begin); patch < static_cast<std::size_t>(end); ++patch) {
      const float* from = in + patch * area * channels;
      float* to = out + patch * area * channels;
      for (std::size_t pixel = 0; pixel < area; ++pixel) {
        for (std::size_t channel = 0; channel < channels; ++channel) *to++ = from[channel * area + pixel];
      }
    }
  });
  return rows;
}

void run(StepContext& c) {
  if (c.config().channel_last) return c.keep(Slot::patches, channel_last(c));
  // The patches already lie in memory as channel, row, column: the rows share their storage.
  c.keep(Slot::patches, Tensor(shape_of(Slot::patches, c.config()), c.in(Slot::patch_grid).storage()));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const why::PatchPixel at = why::pixel_of_element(config, cell.i, cell.j);
  const std::string pixel = why::pixel_name(config, at.channel, at.row, at.column);
  const std::string element = std::to_string(cell.j), row = std::to_string(cell.i);
  Explanation e =
      why::copy("element " + element + " of row " + row + " = " + pixel, trace.at(Slot::input).at(at.channel, at.row, at.column),
                config.channel_last ? "The order is row, then column, then channel of the patch; only the place changes, not the number."
                                    : "The order is channel, then row, then column of the patch; only the place changes, not the number.",
                CellRef{{Slot::patch_grid}, cell.i, at.channel, at.row % config.patch_height, at.column % config.patch_width});
  why::station(e, "element " + element + " of row " + row, "1 of " + std::to_string(config.patch_length()), "flatten");
  why::station(e, "value of patch " + row, "1 number", "patches");
  why::station(e, "model pixel " + pixel, "1 number", "picture");
  return e;
}

}  // namespace

Step flatten_step() {
  return {.slug = "flatten",
          .title = "Flatten",
          .short_title = "Flatten",
          .stage = Stage::embed,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::patches,
          .formula = "x_n = flatten( patch_n )",
          .sizes = "{N} patches → {N} × {P²C}",
          .sentence = "Each patch becomes one row of numbers, in the order in which the filters read them.",
          .teaching =
              "Nothing is lost and nothing is learned here: the same numbers, in another order. "
              "Every row reads its patch left to right, top to bottom, so neighbours above and below end up far apart; where the channels go is the model's choice.",
          .run = run,
          .explain = explain_cell,
          .applies = [](const VitConfig& config) { return config.cuts_patches(); }};
}

}  // namespace vitscope
