#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "core/analysis/parts.h"
#include "core/analysis/rollout.h"

namespace vitscope {

namespace {

/// A grid of numbers that is scaled up or blurred axis by axis.
struct Plane {
  int height = 0, width = 0;
  std::vector<double> values;
  double& at(int y, int x) { return values[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)]; }
  double at(int y, int x) const { return values[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)]; }
};

Plane transposed(const Plane& p) {
  Plane t{p.width, p.height, std::vector<double>(p.values.size())};
  for (int y = 0; y < p.height; ++y)
    for (int x = 0; x < p.width; ++x) t.at(x, y) = p.at(y, x);
  return t;
}

/// Rows scaled up to `width` numbers: Lanczos' kernel over three samples each way, half-pixel centres, weights divided by their sum at the border as Pillow does.
Plane lanczos_across(const Plane& p, int width) {
  Plane out{p.height, width, std::vector<double>(static_cast<std::size_t>(p.height) * static_cast<std::size_t>(width))};
  const double scale = static_cast<double>(p.width) / width;
  for (int x = 0; x < width; ++x) {
    const double centre = (x + 0.5) * scale - 0.5;
    const int first = std::max(0, static_cast<int>(std::ceil(centre - 3))), last = std::min(p.width - 1, static_cast<int>(std::floor(centre + 3)));
    double sum = 0;
    for (int i = first; i <= last; ++i) sum += lanczos3(i - centre);
    for (int y = 0; y < p.height; ++y) {
      double value = 0;
      for (int i = first; i <= last; ++i) value += lanczos3(i - centre) * p.at(y, i);
      out.at(y, x) = value / sum;
    }
  }
  return out;
}

/// Rows convolved with a Gaussian of `deviation` samples, cut at four deviations; the outer samples go on beyond the border.
Plane gauss_across(const Plane& p, double deviation) {
  const int reach = static_cast<int>(std::ceil(4 * deviation));
  std::vector<double> weights;
  double sum = 0;
  for (int i = -reach; i <= reach; ++i) sum += weights.emplace_back(std::exp(-0.5 * i * i / (deviation * deviation)));
  Plane out = p;
  for (int y = 0; y < p.height; ++y)
    for (int x = 0; x < p.width; ++x) {
      double value = 0;
      for (int i = -reach; i <= reach; ++i) value += weights[static_cast<std::size_t>(i + reach)] * p.at(y, std::clamp(x + i, 0, p.width - 1));
      out.at(y, x) = value / sum;
    }
  return out;
}

/// The paper's mask before it is spread: 0..255 in whole steps where the code turns it into an 8-bit picture.
Plane paper_plane(const Plane& cells, const PatchGrid& grid) {
  const int height = grid.rows() * grid.patch_height(), width = grid.columns() * grid.patch_width();
  Plane p = transposed(lanczos_across(transposed(lanczos_across(cells, width)), height));
  for (double& value : p.values) value = std::floor(std::clamp(value * 255, 0.0, 255.0));
  return transposed(gauss_across(transposed(gauss_across(p, grid.patch_width())), grid.patch_height()));
}

const std::array<RolloutVariant, 6>& all() {
  static const std::array<RolloutVariant, 6> variants{{
      {"ours", "Mean of the heads, (W + I) / 2. One colour per patch, shares of 1.", {}, RolloutDisplay::cells},
      {"ViT paper", "Mean of the heads, + I. Divided by the largest, scaled up (Lanczos), blurred by one patch, spread from darkest to brightest.", {}, RolloutDisplay::vit_paper},
      {"Keras", "Keras, jeonsworld: mean of the heads, + I, rows divided by their sums. Divided by the largest, scaled up bilinearly, multiplied into the picture.", {}, RolloutDisplay::bilinear},
      {"vit-explain",
       "Largest of the heads; the lowest 90 % of all weights set to 0 except from token 0 to itself; (W + I) / 2, rows divided by their sums. Not a distribution of the model.",
       {.fusion = HeadFusion::max, .discard = 0.9},
       RolloutDisplay::cells},
      {"vit-explain code",
       "The same as its published code runs: column j is divided by the sum of row j (issue 16), so that rows no longer sum to 1. Not a distribution.",
       {.fusion = HeadFusion::max, .discard = 0.9, .divide_columns = true},
       RolloutDisplay::cells},
      {"Chefer", "Baseline of Chefer et al. 2021: mean of the heads, + I, rows divided by their sums, from the second block on.", {.start_block = 1}, RolloutDisplay::cells},
  }};
  return variants;
}

}  // namespace

std::span<const RolloutVariant> rollout_variants() { return all(); }

float BrightnessMask::at(Point model_pixel, int height, int width) const {
  const int rows = values.dim(0), columns = values.dim(1);
  const double y = std::clamp(model_pixel.y * rows / height - 0.5, 0.0, static_cast<double>(rows - 1)), x = std::clamp(model_pixel.x * columns / width - 0.5, 0.0, static_cast<double>(columns - 1));
  const int y0 = static_cast<int>(y), x0 = static_cast<int>(x), y1 = std::min(y0 + 1, rows - 1), x1 = std::min(x0 + 1, columns - 1);
  const auto fy = static_cast<float>(y - y0), fx = static_cast<float>(x - x0);
  return (1 - fy) * ((1 - fx) * values.at(y0, x0) + fx * values.at(y0, x1)) + fy * ((1 - fx) * values.at(y1, x0) + fx * values.at(y1, x1));
}

BrightnessMask brightness_mask(const Tensor& cells, const PatchGrid& grid, RolloutDisplay display) {
  const std::span<const float> shares = cells.values();
  const double largest = *std::max_element(shares.begin(), shares.end());
  BrightnessMask mask;
  mask.white = largest;
  Plane p{grid.rows(), grid.columns(), std::vector<double>(shares.begin(), shares.end())};
  for (double& value : p.values) value = largest > 0 ? value / largest : 0;
  if (display == RolloutDisplay::vit_paper) {
    p = paper_plane(p, grid);
    const auto [lo, hi] = std::minmax_element(p.values.begin(), p.values.end());
    const double darkest = *lo, brightest = *hi;
    mask.black = darkest / 255 * largest;
    mask.white = brightest / 255 * largest;
    for (double& value : p.values) value = brightest > darkest ? (value - darkest) / (brightest - darkest) : 0;
  }
  mask.values = Tensor({p.height, p.width});
  std::transform(p.values.begin(), p.values.end(), mask.values.edit(), [](double value) { return static_cast<float>(value); });
  return mask;
}

}  // namespace vitscope
