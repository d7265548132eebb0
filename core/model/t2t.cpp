#include "core/model/t2t.h"

namespace vitscope {

namespace {
constexpr std::int64_t kMaxWindows = 16384;  // attention grows with the square of the windows

std::string sides(int height, int width) { return std::to_string(height) + " x " + std::to_string(width); }
}  // namespace

SoftSplit::Place SoftSplit::place(int window, int element) const {
  const int area = kernel * kernel;
  Place p;
  p.channel = element / area;
  p.row = top(window) + element % area / kernel;
  p.column = left(window) + element % kernel;
  p.padding = p.row < 0 || p.row >= height || p.column < 0 || p.column >= width;
  return p;
}

std::int64_t T2tConfig::multiply_adds() const {
  std::int64_t sum = 0;
  const std::int64_t inner = width();
  for (int i = 0; i < 2; ++i) {
    const SoftSplit& split = splits[static_cast<std::size_t>(i)];
    const std::int64_t n = split.windows();
    // A performer: features of queries and keys, the sum of keys and values, what each query reads of it, and its divisor.
    const std::int64_t meeting = performer() ? n * features * (4 * inner + 1) : 2 * n * n * inner;
    sum += n * split.length() * 3 * inner + meeting + n * inner * inner + 2 * n * inner * hidden;
  }
  return sum;
}

SplitSizes lanl_split(int kernel) { return {kernel, (kernel + 1) / 2, (kernel + 1) / 4}; }

std::optional<std::array<SoftSplit, 3>> soft_splits(int channels, int height, int width, int width_inside, const std::array<SplitSizes, 3>& sizes,
                                                    std::string& why) {
  std::array<SoftSplit, 3> splits;
  for (std::size_t i = 0; i < splits.size(); ++i) {
    SoftSplit& s = splits[i];
    s.channels = i == 0 ? channels : width_inside;
    s.height = i == 0 ? height : splits[i - 1].rows;
    s.width = i == 0 ? width : splits[i - 1].columns;
    s.kernel = sizes[i].kernel;
    s.stride = sizes[i].stride;
    s.padding = sizes[i].padding;
    const std::int64_t down = std::int64_t{s.height} + 2 * std::int64_t{s.padding} - s.kernel,
                       across = std::int64_t{s.width} + 2 * std::int64_t{s.padding} - s.kernel;
    if (s.kernel < 1 || s.stride < 1 || s.padding < 0 || down < 0 || across < 0) {
      why = "soft split " + std::to_string(i + 1) + ": a window of " + std::to_string(s.kernel) + " does not fit into " + sides(s.height, s.width) +
            " with padding " + std::to_string(s.padding);
      return std::nullopt;
    }
    const std::int64_t rows = down / s.stride + 1, columns = across / s.stride + 1;
    if (rows * columns > kMaxWindows) {
      why = "soft split " + std::to_string(i + 1) + " makes " + std::to_string(rows * columns) + " windows; up to " + std::to_string(kMaxWindows) + " work";
      return std::nullopt;
    }
    s.rows = static_cast<int>(rows);
    s.columns = static_cast<int>(columns);
  }
  return splits;
}

}  // namespace vitscope
