#include "core/analysis/embedding.h"
#include "core/analysis/linear_algebra.h"

namespace vitscope {

Tensor filters_as_pictures(const Tensor& rows, const VitConfig& c) {
  const Shape shape{rows.dim(0), c.channels, c.patch_height, c.patch_width};
  if (!c.channel_last) return rows.reshaped(shape);
  Tensor pictures(shape);
  const auto area = static_cast<std::size_t>(c.patch_height * c.patch_width), channels = static_cast<std::size_t>(c.channels);
  for (int filter = 0; filter < rows.dim(0); ++filter) {
    const std::span<const float> row = rows.row(filter);
    float* picture = pictures.edit() + static_cast<std::size_t>(filter) * area * channels;
    for (std::size_t i = 0; i < row.size(); ++i) picture[i % channels * area + i / channels] = row[i];
  }
  return pictures;
}

EmbeddingFilters embedding_filters(const Model& model, int count) {
  if (!model.config.cuts_patches()) return {};
  const Tensor& weight = model.weights.patch.weight();
  RowMatrix filters = in_double(weight.data(), weight.dim(0), static_cast<int>(weight.size()) / weight.dim(0));
  filters.rowwise() -= filters.colwise().mean().eval();
  const PrincipalAxes found = principal_axes(filters, count);

  EmbeddingFilters result;
  for (const double variance : found.variances) result.explained.push_back(variance / found.total);
  if (!result.explained.empty()) {
    const VitConfig& c = model.config;
    const Tensor rows({static_cast<int>(result.explained.size()), c.patch_length()}, std::vector<float>(found.axes.data(), found.axes.data() + found.axes.size()));
    result.components = filters_as_pictures(rows, c);
  }
  return result;
}

}  // namespace vitscope
