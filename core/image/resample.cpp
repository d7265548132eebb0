#include "core/image/resample.h"

#include <algorithm>
#include <cmath>

namespace vitscope {

namespace {

/// Bits behind the point of the 8-bit filter weights: 8 bits for the value and 2 for overshoot leave 22 of 32.
constexpr int kWeightBits = 32 - 8 - 2;

double bicubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
  if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * a;
  return 0.0;
}

/// Which inputs make up each output position of one axis, and with what weights.
struct Taps {
  std::vector<int> first, count;
  std::vector<double> weights;  ///< `stride` for each output
  std::size_t stride = 0;
  std::size_t outputs() const { return first.size(); }
  int begin() const { return *std::min_element(first.begin(), first.end()); }
  int end() const {
    int last = 0;
    for (std::size_t i = 0; i < outputs(); ++i) last = std::max(last, first[i] + count[i]);
    return last;
  }
};

/// Output positions from..from+outputs of `in` samples resized to `out`.
Taps taps_of(int in, std::int64_t out, std::int64_t from, int outputs) {
  const double scale = static_cast<double>(in) / static_cast<double>(out);
  const double widened = std::max(scale, 1.0);
  const double support = 2.0 * widened;
  Taps taps;
  // No window is longer than the axis itself.
  taps.stride = static_cast<std::size_t>(std::min<double>(std::ceil(support) * 2 + 1, in));
  taps.weights.assign(static_cast<std::size_t>(outputs) * taps.stride, 0.0);
  for (int i = 0; i < outputs; ++i) {
    const double centre = (static_cast<double>(from + i) + 0.5) * scale;
    const int first = std::max(static_cast<int>(centre - support + 0.5), 0);
    const int last = std::min(static_cast<int>(centre + support + 0.5), in);
    double* weights = taps.weights.data() + static_cast<std::size_t>(i) * taps.stride;
    double sum = 0;
    for (int x = first; x < last; ++x) sum += weights[x - first] = bicubic((x - centre + 0.5) * (1.0 / widened));
    if (sum != 0) {
      for (int x = first; x < last; ++x) weights[x - first] /= sum;
    }
    taps.first.push_back(first);
    taps.count.push_back(last - first);
  }
  return taps;
}

/// 8-bit samples: fixed-point weights, rounded and clipped to 8 bits after each pass.
struct ByteKernel {
  using Sample = std::uint8_t;
  using Weight = std::int32_t;
  using Sum = std::int32_t;
  static constexpr Sum kStart = 1 << (kWeightBits - 1);
  static Weight weight(double w) { return static_cast<Weight>(w * (1 << kWeightBits) + (w < 0 ? -0.5 : 0.5)); }
  static Sample finish(Sum sum) { return static_cast<Sample>(std::clamp(sum >> kWeightBits, 0, 255)); }
};

template <class Real>
struct RealKernel {
  using Sample = Real;
  using Weight = double;
  using Sum = double;
  static constexpr Sum kStart = 0;
  static Weight weight(double w) { return w; }
  static Sample finish(Sum sum) { return static_cast<Sample>(sum); }
};

/// One row of `channels` interleaved samples to taps.outputs() positions. kChannels is 0 where the number is not known beforehand.
template <class Kernel, std::size_t kChannels>
void resample_row(const typename Kernel::Sample* in, std::size_t channels, const Taps& taps, const typename Kernel::Weight* weights,
                  std::vector<typename Kernel::Sum>& sums, typename Kernel::Sample* out) {
  const std::size_t c_count = kChannels ? kChannels : channels;
  for (std::size_t i = 0; i < taps.outputs(); ++i) {
    const typename Kernel::Weight* w = weights + i * taps.stride;
    const typename Kernel::Sample* p = in + static_cast<std::size_t>(taps.first[i]) * c_count;
    if constexpr (kChannels != 0) {
      typename Kernel::Sum sum[kChannels];
      for (std::size_t c = 0; c < kChannels; ++c) sum[c] = Kernel::kStart;
      for (int k = 0; k < taps.count[i]; ++k, p += kChannels) {
        for (std::size_t c = 0; c < kChannels; ++c) sum[c] += static_cast<typename Kernel::Sum>(p[c]) * w[k];
      }
      for (std::size_t c = 0; c < kChannels; ++c) *out++ = Kernel::finish(sum[c]);
    } else {
      sums.assign(c_count, Kernel::kStart);
      for (int k = 0; k < taps.count[i]; ++k, p += c_count) {
        for (std::size_t c = 0; c < c_count; ++c) sums[c] += static_cast<typename Kernel::Sum>(p[c]) * w[k];
      }
      for (std::size_t c = 0; c < c_count; ++c) *out++ = Kernel::finish(sums[c]);
    }
  }
}

/// Columns first, over the input rows that the output rows need, then rows.
template <class Kernel>
std::vector<typename Kernel::Sample> resample(std::span<const typename Kernel::Sample> in, std::size_t row_width, std::size_t channels, const Taps& across,
                                              const Taps& down) {
  using Sample = typename Kernel::Sample;
  using Sum = typename Kernel::Sum;
  const auto weights_of = [](const Taps& taps) {
    std::vector<typename Kernel::Weight> weights(taps.weights.size());
    std::transform(taps.weights.begin(), taps.weights.end(), weights.begin(), Kernel::weight);
    return weights;
  };
  const auto weights_across = weights_of(across), weights_down = weights_of(down);
  const std::size_t begin = static_cast<std::size_t>(down.begin()), end = static_cast<std::size_t>(down.end());
  const std::size_t width = across.outputs() * channels;

  std::vector<Sample> narrowed((end - begin) * width);
  std::vector<Sum> sums;
  for (std::size_t y = begin; y < end; ++y) {
    const Sample* from = in.data() + y * row_width * channels;
    Sample* to = narrowed.data() + (y - begin) * width;
    if (channels == 1) resample_row<Kernel, 1>(from, channels, across, weights_across.data(), sums, to);
    else if (channels == 3) resample_row<Kernel, 3>(from, channels, across, weights_across.data(), sums, to);
    else resample_row<Kernel, 0>(from, channels, across, weights_across.data(), sums, to);
  }

  std::vector<Sample> out(down.outputs() * width);
  for (std::size_t i = 0; i < down.outputs(); ++i) {
    sums.assign(width, Kernel::kStart);
    for (int k = 0; k < down.count[i]; ++k) {
      const Sample* from = narrowed.data() + (static_cast<std::size_t>(down.first[i] + k) - begin) * width;
      const typename Kernel::Weight w = weights_down[i * down.stride + static_cast<std::size_t>(k)];
      for (std::size_t x = 0; x < width; ++x) sums[x] += static_cast<Sum>(from[x]) * w;
    }
    std::transform(sums.begin(), sums.end(), out.begin() + static_cast<std::ptrdiff_t>(i * width), Kernel::finish);
  }
  return out;
}

}  // namespace

Image resample_bicubic_part(const Image& image, std::int64_t width, std::int64_t height, const ResizedPart& part) {
  const Taps across = taps_of(image.width(), width, part.left, part.width);
  const Taps down = taps_of(image.height(), height, part.top, part.height);
  const auto row_width = static_cast<std::size_t>(image.width()), channels = static_cast<std::size_t>(image.channels());
  if (image.is_bytes()) {
    return Image::of_bytes(part.width, part.height, image.channels(), resample<ByteKernel>(image.bytes(), row_width, channels, across, down));
  }
  return Image::of_floats(part.width, part.height, image.channels(), resample<RealKernel<float>>(image.floats(), row_width, channels, across, down));
}

Image resample_bicubic(const Image& image, int width, int height) { return resample_bicubic_part(image, width, height, {0, 0, width, height}); }

std::vector<float> resample_bicubic(std::span<const float> grid, int rows, int columns, int channels, int new_rows, int new_columns) {
  const std::vector<double> in(grid.begin(), grid.end());
  const auto out = resample<RealKernel<double>>(in, static_cast<std::size_t>(columns), static_cast<std::size_t>(channels),
                                                taps_of(columns, new_columns, 0, new_columns), taps_of(rows, new_rows, 0, new_rows));
  return {out.begin(), out.end()};
}

}  // namespace vitscope
