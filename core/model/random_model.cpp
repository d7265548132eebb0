#include "core/model/random_model.h"

#include <algorithm>

#include "core/model/position.h"
#include "core/model/weight_maker.h"

namespace vitscope {

namespace {

constexpr float kLayerScale = 0.1f;  ///< gains that LayerScale starts from, large enough to be seen

/// The table with zeros for tokens in front that get no position.
Tensor position_rows(WeightMaker& make, const VitConfig& c, PositionTable table) {
  if (table == PositionTable::sinusoidal) {
    const Tensor rows = sinusoidal_table(c.tokens(), c.dim);
    make.count(rows);
    return rows;
  }
  if (table == PositionTable::sinusoidal_grid) {
    const Tensor rows = sinusoidal_grid_table(c.grid.rows(), c.grid.columns(), c.prefix_tokens, c.dim);
    make.count(rows);
    return rows;
  }
  if (table == PositionTable::zeros) {
    Tensor rows({c.tokens(), c.dim});
    std::fill_n(rows.edit(), rows.size(), 0.0f);
    return rows;
  }
  if (table == PositionTable::axes) {
    Tensor prefix;
    if (c.prefix_tokens > 0) prefix = make.random({c.prefix_tokens, c.dim});
    const Tensor of_columns = make.random({c.grid.columns(), c.dim / 2});
    return table_of_axes(prefix, of_columns, make.random({c.grid.rows(), c.dim - c.dim / 2}));
  }
  if (c.prefix_position) return make.random({c.tokens(), c.dim});
  const Tensor patches = make.random({c.patches(), c.dim});
  Tensor rows({c.tokens(), c.dim});
  std::fill_n(rows.edit(), rows.size(), 0.0f);
  std::copy(patches.values().begin(), patches.values().end(), rows.edit() + std::int64_t{c.prefix_tokens} * c.dim);
  return rows;
}

BlockWeights block(WeightMaker& make, const VitConfig& c) {
  BlockWeights b = make.block(c.dim, c.heads * c.head_width, c.dim, c.mlp_dim, c.qkv_bias);
  if (c.layer_scale) b.scale1 = make.constant({c.dim}, kLayerScale), b.scale2 = make.constant({c.dim}, kLayerScale);
  return b;
}

}  // namespace

std::shared_ptr<Model> random_model(const VitConfig& config, PositionTable table, std::uint64_t seed, PresetWeights weights) {
  auto model = std::make_shared<Model>();
  model->config = config;
  const VitConfig& c = model->config;
  Weights& w = model->weights;
  WeightMaker make(seed, weights);
  if (c.stem) {
    Tensor kernel = make.random({c.stem->channels, c.channels, c.stem->conv.kernel, c.stem->conv.kernel});
    w.stem = stem_weights(*c.stem, std::move(kernel), make.norm(c.stem->channels));
  }
  const Shape filters = c.channel_last ? Shape{c.dim, c.patch_length()}
                        : c.stem       ? Shape{c.dim, c.stem->channels, c.stem->patch, c.stem->patch}
                                       : Shape{c.dim, c.channels, c.patch_height, c.patch_width};
  Tensor patch = make.random(filters);
  w.patch = {std::move(patch), make.constant({c.dim}, 0)};
  if (c.patch_norms) w.patch_norm_in = make.norm(c.patch_length()), w.patch_norm_out = make.norm(c.dim);
  if (c.class_token && c.prefix_tokens > 0) w.class_token = table == PositionTable::sinusoidal ? make.constant({c.dim}, 0) : make.random({c.dim});
  if (c.distillation_token) w.distillation_token = make.random({c.dim});
  if (c.registers > 0) w.registers = make.random({c.registers, c.dim});
  w.position = position_rows(make, c, table);
  w.stored_position = w.position;
  w.stored_rows = c.grid.rows();
  w.stored_columns = c.grid.columns();
  for (int i = 0; i < c.depth; ++i) {
    w.blocks.push_back(block(make, c));
    if (c.relative_position) w.blocks.back().relative = make.linear(c.offsets(), c.head_width, false);
    if (i > 0 && c.position_place == PositionPlace::every_own) w.blocks.back().position = position_rows(make, c, table);
  }
  if (c.final_norm) w.norm = make.norm(c.dim);
  if (c.head_norm) w.head_norm = make.norm(c.dim);
  if (c.representation > 0) w.pre_logits = make.linear(c.representation, c.dim);
  w.head = make.linear(c.classes, c.representation > 0 ? c.representation : c.dim);
  if (c.two_heads) w.head_dist = make.linear(c.classes, c.dim);
  model->preprocess.height = c.image_height;
  model->preprocess.width = c.image_width;
  model->preprocess.channels = c.channels;
  model->random_weights = true;
  model->parameters = make.parameters();
  model->metadata["seed"] = std::to_string(seed);
  return model;
}

}  // namespace vitscope
