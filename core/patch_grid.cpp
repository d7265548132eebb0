#include "core/patch_grid.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>

namespace vitscope {

namespace {

constexpr std::int64_t kMaxTokens = std::numeric_limits<int>::max();
constexpr std::size_t kListedPatches = 12;

std::string sides(int height, int width) { return std::to_string(height) + " x " + std::to_string(width); }

std::string count(int n, const char* one, const char* many) { return std::to_string(n) + " " + (n == 1 ? one : many); }

/// The multiple of `step` at or above `side`; 0 when no int holds it.
int round_up(int side, int step) {
  const std::int64_t up = (std::int64_t{side} + step - 1) / step * step;
  return up <= std::numeric_limits<int>::max() ? static_cast<int>(up) : 0;
}

std::vector<int> common_divisors(int a, int b) {
  const int gcd = std::gcd(a, b);
  std::vector<int> low, high;
  for (int d = 1; std::int64_t{d} * d <= gcd; ++d) {
    if (gcd % d != 0) continue;
    low.push_back(d);
    if (d != gcd / d) high.push_back(gcd / d);
  }
  low.insert(low.end(), high.rbegin(), high.rend());
  return low;
}

}  // namespace

std::string GridRefusal::text() const {
  if (height <= 0 || width <= 0) return "a picture of " + sides(height, width) + " pixels cannot be cut into patches: both sides must be at least 1";
  const bool square = patch_height == patch_width;
  const std::string patch = square ? std::to_string(patch_height) : sides(patch_height, patch_width);
  if (patch_height <= 0 || patch_width <= 0) return "patches of " + patch + " pixels are not possible: at least 1 is needed";
  if (rows_left == 0 && columns_left == 0) return "patches of " + patch + " cut " + sides(height, width) + " pixels into too many tokens";

  std::string line = patch + (square ? " does not divide " : " patches do not divide ") + sides(height, width) + ": ";
  if (rows_left) line += count(rows_left, "row", "rows");
  if (rows_left && columns_left) line += " and ";
  if (columns_left) line += count(columns_left, "column", "columns");
  line += (rows_left ? rows_left : 0) + (columns_left ? columns_left : 0) == 1 ? " is left over" : " are left over";

  std::string sizes;
  if (padded_height > 0 && padded_width > 0) sizes = sides(padded_height, padded_width);
  if (cropped_height > 0 && cropped_width > 0) sizes += (sizes.empty() ? "" : " or ") + sides(cropped_height, cropped_width);
  if (!sizes.empty()) line += "; " + sizes + " would work";
  if (!legal_patches.empty()) {
    line += sizes.empty() ? "; patches of " : ", or patches of ";
    for (std::size_t i = 0; i < std::min(legal_patches.size(), kListedPatches); ++i) line += (i ? ", " : "") + std::to_string(legal_patches[i]);
    if (legal_patches.size() > kListedPatches) line += ", ... " + std::to_string(legal_patches.back());
    if (sizes.empty()) line += " would work";
  }
  return line;
}

std::string PrefixTokens::short_name(int token) const {
  switch (role(token)) {
    case PrefixRole::class_token: return "cls";
    case PrefixRole::distillation: return "dist";
    case PrefixRole::register_token: break;
  }
  return "r" + std::to_string(register_number(token));
}

std::string PrefixTokens::name(int token) const {
  switch (role(token)) {
    case PrefixRole::class_token: return "class token";
    case PrefixRole::distillation: return "distillation token";
    case PrefixRole::register_token: break;
  }
  return "register " + std::to_string(register_number(token));
}

std::variant<PatchGrid, GridRefusal> PatchGrid::make(int height, int width, int patch_height, int patch_width, PrefixTokens prefix) {
  GridRefusal refusal{height, width, patch_height, patch_width};
  if (height <= 0 || width <= 0 || patch_height <= 0 || patch_width <= 0) {
    if (height > 0 && width > 0) refusal.legal_patches = common_divisors(height, width);
    return refusal;
  }
  refusal.rows_left = height % patch_height;
  refusal.columns_left = width % patch_width;
  const std::int64_t tokens = std::int64_t{height / patch_height} * (width / patch_width) + std::max(prefix.count(), 0);
  if (refusal.rows_left || refusal.columns_left || tokens > kMaxTokens || prefix.count() < 0) {
    refusal.padded_height = round_up(height, patch_height);
    refusal.padded_width = round_up(width, patch_width);
    refusal.cropped_height = height - refusal.rows_left;
    refusal.cropped_width = width - refusal.columns_left;
    if (refusal.cropped_height == 0 || refusal.cropped_width == 0) refusal.cropped_height = refusal.cropped_width = 0;
    if (refusal.padded_height == 0 || refusal.padded_width == 0) refusal.padded_height = refusal.padded_width = 0;
    refusal.legal_patches = common_divisors(height, width);
    return refusal;
  }
  PatchGrid grid;
  grid.rows_ = height / patch_height;
  grid.columns_ = width / patch_width;
  grid.prefix_ = prefix;
  grid.cell_height_ = patch_height;
  grid.cell_width_ = patch_width;
  return grid;
}

PatchGrid PatchGrid::shared(int height, int width, int rows, int columns, PrefixTokens prefix) {
  PatchGrid grid;
  grid.rows_ = rows;
  grid.columns_ = columns;
  grid.prefix_ = prefix;
  grid.cell_height_ = static_cast<double>(height) / rows;
  grid.cell_width_ = static_cast<double>(width) / columns;
  return grid;
}

Box PatchGrid::pixels(int patch) const {
  const double x = static_cast<double>(column(patch)) * cell_width_, y = static_cast<double>(row(patch)) * cell_height_;
  return {x, y, static_cast<double>(column(patch) + 1) * cell_width_, static_cast<double>(row(patch) + 1) * cell_height_};
}

int PatchGrid::patch_at_pixel(Point model_pixel) const {
  if (patches() == 0) return -1;
  const Box whole{0, 0, static_cast<double>(columns_) * cell_width_, static_cast<double>(rows_) * cell_height_};
  if (!whole.contains(model_pixel)) return -1;
  // A quotient just below a whole number may round up to it.
  const auto cell = [](double position, double side, int count) {
    const int i = static_cast<int>(position / side);
    return std::clamp(static_cast<double>(i) * side > position ? i - 1 : i, 0, count - 1);
  };
  const int r = cell(model_pixel.y, cell_height_, rows_), c = cell(model_pixel.x, cell_width_, columns_);
  return patch_at(r, c);
}

double PatchGrid::distance(int patch_a, int patch_b) const {
  return std::hypot(static_cast<double>(row(patch_a) - row(patch_b)) * cell_height_, static_cast<double>(column(patch_a) - column(patch_b)) * cell_width_);
}

double PatchGrid::distance_in_cells(int patch_a, int patch_b) const {
  return std::hypot(static_cast<double>(row(patch_a) - row(patch_b)), static_cast<double>(column(patch_a) - column(patch_b)));
}

}  // namespace vitscope
