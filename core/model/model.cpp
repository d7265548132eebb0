#include "core/model/model.h"

#include "core/model/architecture.h"
#include "core/model/position.h"
#include "core/text.h"

namespace vitscope {

std::string Model::label(int class_index) const {
  const auto i = static_cast<std::size_t>(class_index);
  return class_index >= 0 && i < labels.size() ? labels[i] : "class " + std::to_string(class_index);
}

StemWeights stem_weights(const StemConfig& stem, Tensor kernel, NormWeights norm) {
  ops::Linear conv(standardised(kernel, stem.weight_eps), {});
  return {std::move(kernel), std::move(conv), std::move(norm)};
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
Result<VitConfig> with_splits_over(VitConfig c, int height, int width) {
  std::array<SplitSizes, 3> sizes;
  for (std::size_t i = 0; i < 3; ++i) sizes[i] = {c.t2t->splits[i].kernel, c.t2t->splits[i].stride, c.t2t->splits[i].padding};
  std::string why;
  const auto splits = height > 0 && width > 0 ? soft_splits(c.channels, height, width, c.t2t->width(), sizes, why) : std::nullopt;
  if (!splits) return Error{why.empty() ? "both sides of a picture must be at least 1" : why};
  c.t2t->splits = *splits;
  c.grid = PatchGrid::shared(height, width, (*splits)[2].rows, (*splits)[2].columns, c.grid.prefix_tokens());
  c.patch_height = c.grid.patch_height();
  c.patch_width = c.grid.patch_width();
  return c;
}

Result<VitConfig> with_patches_over(VitConfig c, int height, int width) {
  if (c.relative_position)
    return Error{"relative positions were made for the offsets of a grid of " + std::to_string(c.grid.rows()) + " x " + std::to_string(c.grid.columns()) + "; other sizes have offsets without a row"};
  const auto grid = PatchGrid::make(height, width, c.patch_height, c.patch_width, c.grid.prefix_tokens());
  if (const auto* refusal = std::get_if<GridRefusal>(&grid)) return Error{refusal->text()};
  c.grid = std::get<PatchGrid>(grid);
  if (c.stem) c.stem->fit(height, width);
  return c;
}
}  // namespace

Result<VitConfig> with_input_size(const VitConfig& config, int height, int width) {
  if (height == config.image_height && width == config.image_width) return config;
  Result<VitConfig> other = config.t2t ? with_splits_over(config, height, width) : with_patches_over(config, height, width);
  if (!other) return other;
  if (const auto off = input_size_refusal((*other).grid)) return Error{*off};
  VitConfig c = *std::move(other);
  c.image_height = height;
  c.image_width = width;
  if (const auto off = run_refusal(c)) return Error{*off};
  return c;
}

Result<ModelPtr> with_input_size(const ModelPtr& model, int height, int width) {
  const Result<VitConfig> config = with_input_size(model->config, height, width);
  if (!config) return Error{printable(model->name) + ": " + config.error().text};
  auto other = std::make_shared<Model>(*model);
  other->config = *config;
  other->preprocess.height = height;
  other->preprocess.width = width;
  other->weights.position = resample_position(model->weights.stored_position, model->weights.stored_rows, model->weights.stored_columns, config->grid, config->position_resampling);
  resample_in_blocks(*model, *other);
  return ModelPtr(std::move(other));
}

}  // namespace vitscope
