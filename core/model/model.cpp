#include "core/model/model.h"

#include "core/model/position.h"
#include "core/text.h"

namespace vitscope {

std::string Model::label(int class_index) const {
  const auto i = static_cast<std::size_t>(class_index);
  return class_index >= 0 && i < labels.size() ? labels[i] : "class " + std::to_string(class_index);
}

bool Model::position_resampled() const { return config.grid.rows() != weights.stored_rows || config.grid.columns() != weights.stored_columns; }

Result<ModelPtr> with_input_size(const ModelPtr& model, int height, int width) {
  const VitConfig& old = model->config;
  const auto grid = PatchGrid::make(height, width, old.patch_height, old.patch_width, old.prefix_tokens);
  if (const auto* refusal = std::get_if<GridRefusal>(&grid)) return Error{printable(model->name) + ": " + refusal->text()};
  if (const auto off = input_size_refusal(std::get<PatchGrid>(grid))) return Error{printable(model->name) + ": " + *off};
  auto other = std::make_shared<Model>(*model);
  other->config.grid = std::get<PatchGrid>(grid);
  other->config.image_height = height;
  other->config.image_width = width;
  other->preprocess.height = height;
  other->preprocess.width = width;
  other->weights.position = resample_position(model->weights.stored_position, model->weights.stored_rows, model->weights.stored_columns, other->config.grid);
  return ModelPtr(std::move(other));
}

}  // namespace vitscope
