// Patches: the picture is cut into squares.
#include <algorithm>

#include "core/ops/thread_pool.h"
#include "core/step.h"
#include "core/steps/explain.h"

namespace vitscope {
namespace {

constexpr Slot kReads[] = {Slot::input};
constexpr Slot kWrites[] = {Slot::patch_grid};

void run(StepContext& c) {
  const VitConfig& config = c.config();
  const PatchGrid& grid = config.grid;
  const float* input = c.in(Slot::input).data();
  Tensor patches = c.make(Slot::patch_grid);
  float* out = patches.edit();
  const std::size_t width = static_cast<std::size_t>(config.image_width);
  c.pool.run(config.patches(), 8, [&](int begin, int end) {
    for (int patch = begin; patch < end; ++patch) {
      float* next = out + static_cast<std::size_t>(patch) * config.patch_length();
      for (int channel = 0; channel < config.channels; ++channel) {
        for (int y = 0; y < config.patch_height; ++y) {
          const int row = grid.row(patch) * config.patch_height + y, column = grid.column(patch) * config.patch_width;
          next = std::copy_n(input + (static_cast<std::size_t>(channel) * config.image_height + row) * width + column, config.patch_width,
                             next);
        }
      }
    }
  });
  c.keep(Slot::patch_grid, std::move(patches));
}

Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const VitConfig& config = trace.config();
  const int row = config.grid.row(cell.i) * config.patch_height + cell.k, column = config.grid.column(cell.i) * config.patch_width + cell.l;
  const std::string pixel = why::pixel_name(config, cell.j, row, column);
  Explanation e =
      why::copy("patch value = pixel value", trace.at(Slot::input).at(cell.j, row, column),
                "Row " + std::to_string(cell.k) + ", column " + std::to_string(cell.l) + " of patch " + std::to_string(cell.i) +
                    " is the pixel in row " + std::to_string(row) + ", column " + std::to_string(column) + " of the model input.",
                CellRef{{Slot::input}, cell.j, row, column});
  why::station(e, "value of patch " + std::to_string(cell.i), "1 of " + std::to_string(config.patch_length()), "patches");
  why::station(e, "model pixel " + pixel, "1 number", "picture");
  return e;
}

}  // namespace

Step patches_step() {
  return {.slug = "patches",
          .title = "Patches",
          .short_title = "Patches",
          .stage = Stage::embed,
          .reads = kReads,
          .writes = kWrites,
          .result = Slot::patch_grid,
          .formula = "N = (height / P) · (width / P)",
          .sizes = "{C} × {Ht} × {W} → {N} patches of {P²C} numbers",
          .sentence = "The picture is cut into {N} patches, row by row, without overlap.",
          .teaching =
              "A transformer reads a sequence, so the picture becomes a sequence of patches, counted from 0 at the top left to the right "
              "and down. "
              "Look at the borders: they fall wherever the grid falls, straight through objects.",
          .run = run,
          .explain = explain_cell,
          .applies = [](const VitConfig& config) { return config.cuts_patches(); }};
}

}  // namespace vitscope
