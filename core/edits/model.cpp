// Edits of what the model has learned: its positions.
#include <algorithm>
#include <cmath>

#include "core/edits/apply.h"
#include "core/edits/permutation.h"
#include "core/image/image.h"
#include "core/model/position.h"

namespace vitscope {

namespace {

bool of_position(const Edit& edit) { return edit.on && info(edit.kind).group == EditGroup::position; }

Tensor zeros(Shape shape) {
  Tensor tensor(shape);
  std::fill_n(tensor.edit(), tensor.size(), 0.0f);
  return tensor;
}

/// The table [prefix rows + N, D] under one edit; rows of prefix tokens are kept where the edit is about places.
Tensor edited_table(const Tensor& table, const Edit& edit, const PatchGrid& grid) {
  const int rows = table.dim(0), dim = table.dim(1), prefix = rows - grid.patches();
  Tensor after(table.shape(), table.values());
  const auto row = [&](int i) { return after.edit() + static_cast<std::ptrdiff_t>(i) * dim; };
  switch (edit.kind) {
    case EditKind::position_shuffled: {
      const std::vector<int> order = permutation(grid.patches(), edit.seed);
      for (int patch = 0; patch < grid.patches(); ++patch) {
        const auto from = table.row(prefix + order[static_cast<std::size_t>(patch)]);
        std::copy(from.begin(), from.end(), row(prefix + patch));
      }
      break;
    }
    case EditKind::position_axes: return axes_of_table(table, grid);
    case EditKind::position_relative:
    case EditKind::position_off: std::fill_n(after.edit(), after.size(), 0.0f); break;
    case EditKind::position_1d: return sinusoidal_table(rows, dim);
    case EditKind::position_2d: return sinusoidal_grid_table(grid.rows(), grid.columns(), prefix, dim);
    case EditKind::position_resampled: {
      const auto patches = table.values().subspan(static_cast<std::size_t>(prefix) * static_cast<std::size_t>(dim));
      const auto there = resample_bicubic(patches, grid.rows(), grid.columns(), dim, edit.rows, edit.columns);
      const auto back = resample_bicubic(there, edit.rows, edit.columns, dim, grid.rows(), grid.columns());
      std::copy(back.begin(), back.end(), row(prefix));
      break;
    }
    default: break;
  }
  return after;
}

}  // namespace

VitConfig edited_config(VitConfig config, const Edits& edits) {
  for (const Edit& edit : edits) {
    if (!edit.on) continue;
    if (edit.kind == EditKind::position_relative) config.relative_position = true;
    if (edit.kind == EditKind::position_every_block && !config.places_in_blocks()) config.position_place = PositionPlace::every_shared;
  }
  return config;
}

ModelPtr edited_model(const ModelPtr& model, const Edits& edits) {
  if (std::none_of(edits.begin(), edits.end(), of_position)) return model;
  auto other = std::make_shared<Model>(*model);
  other->config = edited_config(model->config, edits);
  const VitConfig& c = other->config;
  for (const Edit& edit : edits) {
    if (!of_position(edit)) continue;
    other->weights.position = edited_table(other->weights.position, edit, c.grid);
    for (BlockWeights& block : other->weights.blocks)
      if (!block.position.empty()) block.position = edited_table(block.position, edit, c.grid);
    // No position is not even a relative one.
    if (edit.kind != EditKind::position_relative && (edit.kind != EditKind::position_off || !c.relative_position)) continue;
    const ops::Linear offsets(edit.kind == EditKind::position_relative ? sinusoidal_offset_table(c.patches(), c.head_width) : zeros({c.offsets(), c.head_width}), {});
    for (BlockWeights& block : other->weights.blocks) block.relative = offsets;
  }
  return other;
}

}  // namespace vitscope
