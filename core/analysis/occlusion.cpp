#include "core/analysis/occlusion.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include "core/analysis/parts.h"
#include "core/forward.h"
#include "core/image/channels.h"

namespace vitscope {

namespace {
/// The mean over all patches, [C, P, P], from values [C, H, W].
std::vector<float> mean_patch(const Tensor& values, const PatchGrid& grid) {
  const int channels = values.dim(0), high = grid.patch_height(), wide = grid.patch_width(), width = values.dim(2);
  std::vector<double> sum(index(channels) * index(high) * index(wide));
  for (int c = 0; c < channels; ++c) {
    const std::span<const float> plane = values.row(c);
    for (int y = 0; y < values.dim(1); ++y) {
      for (int x = 0; x < width; ++x) sum[(index(c) * index(high) + index(y % high)) * index(wide) + index(x % wide)] += plane[index(y) * index(width) + index(x)];
    }
  }
  std::vector<float> mean(sum.size());
  std::transform(sum.begin(), sum.end(), mean.begin(), [&](double s) { return static_cast<float>(s / grid.patches()); });
  return mean;
}

std::vector<double> ranks(std::span<const float> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> rank(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t end = first;
    while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
    const double shared = static_cast<double>(first + end - 1) / 2;
    for (; first < end; ++first) rank[order[first]] = shared;
  }
  return rank;
}
}  // namespace

InputPtr occluded(const ModelInput& input, const PatchGrid& grid, const OcclusionOptions& options, int row, int column) {
  const Tensor& values = input.values;
  const int channels = values.dim(0), height = values.dim(1), width = values.dim(2), high = grid.patch_height(), wide = grid.patch_width();
  const std::vector<float> mean = options.fill == OcclusionFill::mean_patch ? mean_patch(values, grid) : std::vector<float>{};
  auto covered = std::make_shared<ModelInput>(input);
  covered->values = Tensor(values.shape(), values.values());
  const int y1 = std::min(height, (row + options.size) * high), x1 = std::min(width, (column + options.size) * wide);
  for (int c = 0; c < channels; ++c) {
    const std::size_t channel = constants_of(c, channels);
    const float grey = (0.5f - input.spec.mean[channel]) / input.spec.std[channel];
    float* plane = covered->values.edit() + index(c) * index(height) * index(width);
    for (int y = row * high; y < y1; ++y) {
      for (int x = column * wide; x < x1; ++x)
        plane[index(y) * index(width) + index(x)] = mean.empty() ? grey : mean[(index(c) * index(high) + index(y % high)) * index(wide) + index(x % wide)];
    }
  }
  return covered;
}

std::optional<Occlusion> occlusion(const Trace& trace, OcclusionOptions options, StudyContext& context) {
  assert(trace.complete());
  const PatchGrid& grid = trace.grid();
  options.size = std::clamp(options.size, 1, std::min(grid.rows(), grid.columns()));
  Occlusion found;
  found.options = options;
  found.rows = grid.rows() - options.size + 1;
  found.columns = grid.columns() - options.size + 1;
  found.plain_logits = copy_of(trace.at(Slot::logits));
  found.plain_probs = probabilities(trace);
  const int places = found.rows * found.columns, classes = static_cast<int>(found.plain_logits.size());
  found.logits = Tensor({places, classes});
  found.probs = Tensor({places, classes});
  ForwardOptions forward_options;
  forward_options.record = Record::attention_only;
  forward_options.stop = context.stop;
  forward_options.edits = tensor_edits(trace.edits());
  for (int place = 0; place < places; ++place) {
    if (!context.go_on(place, places)) return std::nullopt;
    const InputPtr input = occluded(trace.input(), grid, options, place / found.columns, place % found.columns);
    const TracePtr covered = forward(trace.model_ptr(), input, context.pool, forward_options);
    if (!covered->complete()) return std::nullopt;
    const auto at = static_cast<std::ptrdiff_t>(place) * classes;
    std::copy_n(covered->at(Slot::logits).data(), classes, found.logits.edit() + at);
    std::ranges::copy(probabilities(*covered), found.probs.edit() + at);
  }
  context.go_on(places, places);
  return found;
}

Tensor occlusion_drop(const Occlusion& occlusion, const PatchGrid& grid, int class_index, OcclusionQuantity quantity) {
  const bool logit = quantity == OcclusionQuantity::logit;
  const Tensor& covered = logit ? occlusion.logits : occlusion.probs;
  const double plain = (logit ? occlusion.plain_logits : occlusion.plain_probs)[index(class_index)];
  Tensor drop({grid.rows(), grid.columns()});
  for (int patch = 0; patch < grid.patches(); ++patch) {
    const int row = grid.row(patch), column = grid.column(patch);
    double sum = 0;
    int count = 0;
    for (int r = std::max(0, row - occlusion.options.size + 1); r <= std::min(row, occlusion.rows - 1); ++r) {
      for (int c = std::max(0, column - occlusion.options.size + 1); c <= std::min(column, occlusion.columns - 1); ++c, ++count)
        sum += plain - static_cast<double>(covered.at(r * occlusion.columns + c, class_index));
    }
    drop.edit()[patch] = static_cast<float>(sum / count);
  }
  return drop;
}

std::optional<double> rank_correlation(std::span<const float> a, std::span<const float> b) {
  assert(a.size() == b.size());
  if (a.size() < 2) return std::nullopt;
  const std::vector<double> x = ranks(a), y = ranks(b);
  const double mean = static_cast<double>(a.size() - 1) / 2;
  double xy = 0, xx = 0, yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - mean) * (y[i] - mean);
    xx += (x[i] - mean) * (x[i] - mean);
    yy += (y[i] - mean) * (y[i] - mean);
  }
  if (xx <= 0 || yy <= 0) return std::nullopt;
  return std::clamp(xy / std::sqrt(xx * yy), -1.0, 1.0);
}

}  // namespace vitscope
