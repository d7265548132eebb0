#include "core/analysis/rollout_gallery.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/analysis/attention.h"
#include "core/analysis/parts.h"
#include "core/forward.h"
#include "core/image/resample.h"

namespace vitscope {

namespace {

/// What one output position takes of the input positions first, first + 1, ...; sums to 1.
struct Taps {
  int first = 0;
  std::vector<float> weights;
};

template <class Kernel>
Taps taps_at(double centre, double reach, int size, const Kernel& kernel) {
  Taps taps;
  taps.first = std::clamp(static_cast<int>(std::ceil(centre - reach)), 0, size - 1);
  const int last = std::clamp(static_cast<int>(std::floor(centre + reach)), taps.first, size - 1);
  double sum = 0;
  std::vector<double> weights;
  for (int i = taps.first; i <= last; ++i) sum += weights.emplace_back(kernel(i - centre));
  for (const double weight : weights) taps.weights.push_back(static_cast<float>(sum != 0 ? weight / sum : 1.0 / static_cast<double>(weights.size())));
  return taps;
}

/// `size` cells as `wanted` pixels; positions between the cells' centres.
std::vector<Taps> upscaling(int size, int wanted) {
  std::vector<Taps> all;
  for (int i = 0; i < wanted; ++i) all.push_back(taps_at((i + 0.5) * size / wanted - 0.5, 3, size, lanczos3));
  return all;
}

std::vector<Taps> blurring(int size, double deviation) {
  std::vector<Taps> all;
  for (int i = 0; i < size; ++i) all.push_back(taps_at(i, 3 * deviation, size, [&](double x) { return std::exp(-x * x / (2 * deviation * deviation)); }));
  return all;
}

/// Taps that do what `first` and then `then` do: of few cells, where the pixels between are many.
std::vector<Taps> composed(const std::vector<Taps>& first, const std::vector<Taps>& then, int size) {
  std::vector<Taps> all;
  std::vector<double> sums(static_cast<std::size_t>(size));
  for (const Taps& outer : then) {
    std::fill(sums.begin(), sums.end(), 0.0);
    for (std::size_t k = 0; k < outer.weights.size(); ++k) {
      const Taps& inner = first[static_cast<std::size_t>(outer.first) + k];
      for (std::size_t j = 0; j < inner.weights.size(); ++j)
        sums[static_cast<std::size_t>(inner.first) + j] += static_cast<double>(outer.weights[k]) * static_cast<double>(inner.weights[j]);
    }
    all.push_back({0, {sums.begin(), sums.end()}});
  }
  return all;
}

/// [rows, columns] -> [down.size(), across.size()].
Tensor applied(const Tensor& in, const std::vector<Taps>& down, const std::vector<Taps>& across) {
  const int rows = in.dim(0), height = static_cast<int>(down.size()), width = static_cast<int>(across.size());
  Tensor wide({rows, width}), out({height, width});
  for (int y = 0; y < rows; ++y)
    for (int x = 0; x < width; ++x) {
      const Taps& taps = across[static_cast<std::size_t>(x)];
      float sum = 0;
      for (std::size_t k = 0; k < taps.weights.size(); ++k) sum += taps.weights[k] * in.at(y, taps.first + static_cast<int>(k));
      wide.edit()[static_cast<std::int64_t>(y) * width + x] = sum;
    }
  float* values = out.edit();
  std::fill_n(values, out.size(), 0.0f);
  for (int y = 0; y < height; ++y) {
    const Taps& taps = down[static_cast<std::size_t>(y)];
    float* row = values + static_cast<std::int64_t>(y) * width;
    for (std::size_t k = 0; k < taps.weights.size(); ++k) {
      const float* from = wide.data() + static_cast<std::int64_t>(taps.first + static_cast<int>(k)) * width;
      for (int x = 0; x < width; ++x) row[x] += taps.weights[k] * from[x];
    }
  }
  return out;
}

/// The part of the picture under the model's input, shrunk to kGallerySide.
Image seen_part(const ModelInput& input) {
  const Image& whole = input.picture->image;
  const Box seen = input.map.seen();
  const double scale = std::min(1.0, kGallerySide / std::max({seen.width(), seen.height(), 1.0}));
  const auto rounded = [](double value, std::int64_t low, std::int64_t high) { return std::clamp(static_cast<std::int64_t>(std::llround(value)), low, high); };
  const std::int64_t width = rounded(whole.width() * scale, 1, whole.width()), height = rounded(whole.height() * scale, 1, whole.height());
  ResizedPart part;
  part.left = rounded(seen.x0 * scale, 0, width - 1);
  part.top = rounded(seen.y0 * scale, 0, height - 1);
  part.width = static_cast<int>(rounded(seen.x1 * scale, part.left + 1, width) - part.left);
  part.height = static_cast<int>(rounded(seen.y1 * scale, part.top + 1, height) - part.top);
  return resample_bicubic_part(whole, width, height, part);
}

std::uint8_t byte_of(double value) { return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 1.0) * 255)); }

/// The picture times the brightness at the same place, in three channels; without brightness the picture itself.
std::shared_ptr<const Image> lit(const Image& image, const Tensor* brightness, Box covered, const VitConfig& config) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(static_cast<std::size_t>(image.width()) * static_cast<std::size_t>(image.height()) * 3);
  for (int y = 0; y < image.height(); ++y)
    for (int x = 0; x < image.width(); ++x) {
      double light = 1;
      if (brightness) {
        const double my = covered.y0 + (y + 0.5) / image.height() * covered.height(), mx = covered.x0 + (x + 0.5) / image.width() * covered.width();
        const int row = std::clamp(static_cast<int>(my / config.image_height * brightness->dim(0)), 0, brightness->dim(0) - 1);
        const int column = std::clamp(static_cast<int>(mx / config.image_width * brightness->dim(1)), 0, brightness->dim(1) - 1);
        light = static_cast<double>(brightness->at(row, column));
      }
      for (int k = 0; k < 3; ++k) bytes.push_back(byte_of(light * static_cast<double>(image.value(y, x, image.channels() == 3 ? k : 0))));
    }
  return std::make_shared<const Image>(Image::of_bytes(image.width(), image.height(), 3, std::move(bytes)));
}

}  // namespace

Tensor rollout_brightness(const Tensor& rollout, const PatchGrid& grid, int height, int width) {
  Tensor cells({grid.rows(), grid.columns()});
  const auto shares = rollout.values();
  const float largest = *std::max_element(shares.begin(), shares.end());
  for (std::size_t i = 0; i < shares.size(); ++i) cells.edit()[i] = largest > 0 ? shares[i] / largest : 0.0f;
  const double down = 0.5 * height / grid.rows(), across = 0.5 * width / grid.columns();
  Tensor blurred = applied(cells, composed(upscaling(grid.rows(), height), blurring(height, std::max(down, 1e-3)), grid.rows()),
                           composed(upscaling(grid.columns(), width), blurring(width, std::max(across, 1e-3)), grid.columns()));
  const auto values = blurred.values();
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const float lo = *low, span = *high - *low;
  float* out = blurred.edit();
  // Equal shares come out of the two kernels with a little rounding.
  for (std::int64_t i = 0; i < blurred.size(); ++i) out[i] = span > 1e-5f ? (out[i] - lo) / span : 1.0f;
  return blurred;
}

GalleryEntry gallery_entry(const Trace& trace) {
  const VitConfig& config = trace.config();
  GalleryEntry entry;
  entry.name = trace.input().name;
  entry.rollout = class_rollout(trace);
  if (trace.has(Slot::probs)) {
    const auto probabilities = trace.at(Slot::probs).values();
    entry.best = static_cast<int>(std::max_element(probabilities.begin(), probabilities.end()) - probabilities.begin());
    entry.probability = static_cast<double>(probabilities[static_cast<std::size_t>(entry.best)]);
  }
  if (!trace.input().picture) return entry;
  const Image seen = seen_part(trace.input());
  const double scale = static_cast<double>(kGallerySide) / std::max(config.image_height, config.image_width);
  const Tensor brightness = rollout_brightness(entry.rollout, trace.grid(), std::max(1, static_cast<int>(std::lround(config.image_height * scale))),
                                               std::max(1, static_cast<int>(std::lround(config.image_width * scale))));
  const Box covered = trace.input().map.covered();
  entry.seen = lit(seen, nullptr, covered, config);
  entry.attended = lit(seen, &brightness, covered, config);
  return entry;
}

std::optional<RolloutGallery> rollout_gallery(const TracePtr& open, const std::vector<PictureSource>& others, std::size_t most, StudyContext& context) {
  RolloutGallery gallery;
  const int total = static_cast<int>(std::min(most, others.size())) + 1;
  if (!context.go_on(0, total)) return std::nullopt;
  if (open->input().picture) gallery.entries.push_back(gallery_entry(*open));
  PreprocessSpec spec = open->model().preprocess;
  spec.mode = open->input().spec.mode;
  int done = 1;
  for (const PictureSource& source : others) {
    if (done == total) break;
    if (!context.go_on(done, total)) return std::nullopt;
    const Result<PicturePtr> picture = source();
    if (!picture) continue;
    ForwardOptions options;
    options.record = Record::attention_only;
    options.stop = context.stop;
    const TracePtr trace = forward(open->model_ptr(), preprocess(*picture, spec), context.pool, options);
    if (!trace->has(Slot::logits)) return std::nullopt;
    gallery.entries.push_back(gallery_entry(*trace));
    ++done;
  }
  return gallery;
}

}  // namespace vitscope
