#include "core/model/model.h"

#include "core/model/position.h"
#include "core/text.h"

namespace vitscope {

std::string Model::label(int class_index) const {
  const auto i = static_cast<std::size_t>(class_index);
  return class_index >= 0 && i < labels.size() ? labels[i] : "class " + std::to_string(class_index);
}

bool Model::position_resampled() const { return config.grid.rows() != weights.stored_rows || config.grid.columns() != weights.stored_columns; }

const Tensor& Model::position_of(int block) const {
  const Tensor& own = weights.blocks[static_cast<std::size_t>(block)].position;
  return own.empty() ? weights.position : own;
}

namespace {
/// Tables of blocks for another grid.
void resample_in_blocks(const Model& model, Model& other) {
  for (std::size_t i = 0; i < model.weights.blocks.size(); ++i)
    if (const Tensor& own = model.weights.blocks[i].position; !own.empty())
      other.weights.blocks[i].position = resample_position(own, model.config.grid.rows(), model.config.grid.columns(), other.config.grid, model.config.position_resampling);
}

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
  if (old.relative_position && (height != old.image_height || width != old.image_width))
    return Error{printable(model->name) + ": relative positions were made for the offsets of a grid of " + std::to_string(old.grid.rows()) + " x " + std::to_string(old.grid.columns()) +
                 "; other sizes have offsets without a row"};
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
  resample_in_blocks(*model, *other);
  return ModelPtr(std::move(other));
}

}  // namespace vitscope
