#include "core/model/model.h"

#include "core/model/position.h"
#include "core/text.h"

namespace vitscope {

std::string Model::label(int class_index) const {
  const auto i = static_cast<std::size_t>(class_index);
  return class_index >= 0 && i < labels.size() ? labels[i] : "class " + std::to_string(class_index);
}

bool Model::position_resampled() const { return config.grid.rows() != weights.stored_rows || config.grid.columns() != weights.stored_columns; }

namespace {
/// Tokens-to-Token on another size of picture: any size that its windows fit into.
Result<ModelPtr> with_splits_over(const ModelPtr& model, int height, int width) {
  const VitConfig& old = model->config;
  std::array<SplitSizes, 3> sizes;
  for (std::size_t i = 0; i < 3; ++i) sizes[i] = {old.t2t->splits[i].kernel, old.t2t->splits[i].stride, old.t2t->splits[i].padding};
  std::string why;
  const auto splits = height > 0 && width > 0 ? soft_splits(old.channels, height, width, old.t2t->width(), sizes, why) : std::nullopt;
  if (!splits) return Error{printable(model->name) + ": " + (why.empty() ? "both sides of a picture must be at least 1" : why)};
  const PatchGrid grid = PatchGrid::shared(height, width, (*splits)[2].rows, (*splits)[2].columns, old.grid.prefix_tokens());
  if (const auto off = input_size_refusal(grid)) return Error{printable(model->name) + ": " + *off};
  auto other = std::make_shared<Model>(*model);
  VitConfig& c = other->config;
  c.t2t->splits = *splits;
  c.grid = grid;
  c.image_height = other->preprocess.height = height;
  c.image_width = other->preprocess.width = width;
  c.patch_height = grid.patch_height();
  c.patch_width = grid.patch_width();
  other->weights.position = resample_position(model->weights.stored_position, model->weights.stored_rows, model->weights.stored_columns, grid);
  return ModelPtr(std::move(other));
}
}  // namespace

Result<ModelPtr> with_input_size(const ModelPtr& model, int height, int width) {
  const VitConfig& old = model->config;
  if (old.t2t) return with_splits_over(model, height, width);
  const auto grid = PatchGrid::make(height, width, old.patch_height, old.patch_width, old.grid.prefix_tokens());
  if (const auto* refusal = std::get_if<GridRefusal>(&grid)) return Error{printable(model->name) + ": " + refusal->text()};
  if (const auto off = input_size_refusal(std::get<PatchGrid>(grid))) return Error{printable(model->name) + ": " + *off};
  auto other = std::make_shared<Model>(*model);
  other->config.grid = std::get<PatchGrid>(grid);
  other->config.image_height = height;
  other->config.image_width = width;
  other->preprocess.height = height;
  other->preprocess.width = width;
  other->weights.position = resample_position(model->weights.stored_position, model->weights.stored_rows, model->weights.stored_columns, other->config.grid,
                                              old.position_resampling);
  return ModelPtr(std::move(other));
}

}  // namespace vitscope
