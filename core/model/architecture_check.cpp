// Why an architecture cannot be, and what would work instead.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <numeric>

#include "core/model/architecture.h"
#include "core/model/position.h"

namespace vitscope {

namespace {

using Fix = WishRefusal::Fix;
constexpr std::size_t kMostFixes = 6;

std::string word(std::int64_t n) { return std::to_string(n); }

std::string gibibytes(std::int64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f GiB", static_cast<double>(bytes) / static_cast<double>(std::int64_t{1} << 30));
  return text;
}

Fix with(ArchitectureWish wish, int ArchitectureWish::* field, int value, std::string_view pattern) {
  wish.*field = value;
  return {{pattern, {word(value)}}, wish};
}

/// How a number is called on a button.
std::string_view label_of(std::string_view key) {
  struct Label {
    std::string_view key, pattern;
  };
  constexpr Label kLabels[] = {{"height", "height {0}"}, {"width", "width {0}"}, {"channels", "channels {0}"}, {"patch", "patch {0}"},    {"dim", "D {0}"},
                               {"depth", "depth {0}"},   {"heads", "heads {0}"}, {"hidden", "hidden {0}"},     {"classes", "classes {0}"}};
  return std::find_if(std::begin(kLabels), std::end(kLabels), [&](const Label& label) { return label.key == key; })->pattern;
}

void check_ranges(const ArchitectureWish& wish, std::vector<WishRefusal>& refusals) {
  for (const WishNumber& number : kWishNumbers) {
    const int value = wish.*number.value, nearest = std::clamp(value, number.least, number.most);
    if (value == nearest) continue;
    refusals.push_back({number.key, {"{0} is {1}: {2} to {3} work", {std::string(number.key), word(value), word(number.least), word(number.most)}},
                        {with(wish, number.value, nearest, label_of(number.key))}});
  }
}

std::string_view remainder_pattern(int rows, int columns) {
  if (columns == 0) return rows == 1 ? "{0} does not divide {1} × {2}: {3} row is left over" : "{0} does not divide {1} × {2}: {3} rows are left over";
  if (rows == 0) return columns == 1 ? "{0} does not divide {1} × {2}: {4} column is left over" : "{0} does not divide {1} × {2}: {4} columns are left over";
  if (rows == 1) return columns == 1 ? "{0} does not divide {1} × {2}: {3} row and {4} column are left over" : "{0} does not divide {1} × {2}: {3} row and {4} columns are left over";
  return columns == 1 ? "{0} does not divide {1} × {2}: {3} rows and {4} column are left over" : "{0} does not divide {1} × {2}: {3} rows and {4} columns are left over";
}

void sized(const ArchitectureWish& wish, int height, int width, std::string_view pattern, std::vector<Fix>& fixes) {
  if (height <= 0 || width <= 0 || height > kMostSide || width > kMostSide) return;
  ArchitectureWish other = wish;
  other.height = height;
  other.width = width;
  fixes.push_back({{pattern, {word(height), word(width)}}, other});
}

/// The square patches that fit, nearest first; at most `most`.
std::vector<int> nearest(std::vector<int> values, int to, std::size_t most) {
  const auto distance = [&](int value) { return std::abs(std::log(static_cast<double>(value) / to)); };
  std::stable_sort(values.begin(), values.end(), [&](int a, int b) { return distance(a) < distance(b); });
  if (values.size() > most) values.resize(most);
  std::sort(values.begin(), values.end());
  return values;
}

void check_grid(const ArchitectureWish& wish, std::vector<WishRefusal>& refusals) {
  const int prefix = wish.pooling == Pooling::class_token ? 1 : 0;
  const auto made = PatchGrid::make(wish.height, wish.width, wish.patch, wish.patch, prefix);
  if (const auto* refused = std::get_if<GridRefusal>(&made); refused && (refused->rows_left || refused->columns_left)) {
    WishRefusal refusal{"patch",
                        {remainder_pattern(refused->rows_left, refused->columns_left), {word(wish.patch), word(wish.height), word(wish.width), word(refused->rows_left), word(refused->columns_left)}},
                        {}};
    sized(wish, refused->padded_height, refused->padded_width, "larger picture {0} × {1}", refusal.fixes);
    sized(wish, refused->cropped_height, refused->cropped_width, "smaller picture {0} × {1}", refusal.fixes);
    for (const int patch : nearest(refused->legal_patches, wish.patch, 4)) refusal.fixes.push_back(with(wish, &ArchitectureWish::patch, patch, "patch {0}"));
    refusals.push_back(std::move(refusal));
    return;
  }
  const std::int64_t tokens = std::int64_t{wish.height / wish.patch} * (wish.width / wish.patch) + prefix;
  if (tokens <= kMaxInputTokens) return;
  WishRefusal refusal{"patch", {"patches of {0} make {1} tokens; up to {2} work", {word(wish.patch), word(tokens), word(kMaxInputTokens)}}, {}};
  for (int patch = wish.patch + 1; patch <= std::gcd(wish.height, wish.width) && refusal.fixes.size() < 2; ++patch)
    if (wish.height % patch == 0 && wish.width % patch == 0 && std::int64_t{wish.height / patch} * (wish.width / patch) + prefix <= kMaxInputTokens)
      refusal.fixes.push_back(with(wish, &ArchitectureWish::patch, patch, "patch {0}"));
  const int side = static_cast<int>(std::sqrt(static_cast<double>(kMaxInputTokens - prefix)));
  sized(wish, std::min(wish.height, side * wish.patch), std::min(wish.width, side * wish.patch), "smaller picture {0} × {1}", refusal.fixes);
  refusals.push_back(std::move(refusal));
}

void check_width(const ArchitectureWish& wish, std::vector<WishRefusal>& refusals) {
  const int step = std::lcm(wish.heads, wish.position == PositionKind::sinusoid_2d ? 4 : 1);
  const auto widths = [&](std::vector<Fix>& fixes) {
    const int below = wish.dim / step * step;
    for (const int dim : {below, below + step})
      if (dim > 0 && dim != wish.dim && dim <= 16384) fixes.push_back(with(wish, &ArchitectureWish::dim, dim, "D {0}"));
  };
  if (wish.dim % wish.heads != 0) {
    WishRefusal refusal{"heads", {"{0} heads do not divide D = {1}: {2} numbers are left over", {word(wish.heads), word(wish.dim), word(wish.dim % wish.heads)}}, {}};
    std::vector<int> divisors;
    for (int heads = 1; heads <= std::min(wish.dim, 1024); ++heads)
      if (wish.dim % heads == 0) divisors.push_back(heads);
    for (const int heads : nearest(divisors, wish.heads, 3)) refusal.fixes.push_back(with(wish, &ArchitectureWish::heads, heads, "heads {0}"));
    widths(refusal.fixes);
    refusals.push_back(std::move(refusal));
  }
  if (wish.position == PositionKind::sinusoid_2d && wish.dim % 4 != 0) {
    WishRefusal refusal{"position", {"2-D sinusoids need a D that 4 divides: {0} leaves {1} over", {word(wish.dim), word(wish.dim % 4)}}, {}};
    widths(refusal.fixes);
    ArchitectureWish learned = wish, raster = wish;
    learned.position = PositionKind::learned;
    raster.position = PositionKind::sinusoid;
    refusal.fixes.push_back({{"learned positions", {}}, learned});
    refusal.fixes.push_back({{"1-D sinusoid", {}}, raster});
    refusals.push_back(std::move(refusal));
  }
}

void check_place(const ArchitectureWish& wish, std::vector<WishRefusal>& refusals) {
  if (wish.place == PositionPlace::stem || has_table(wish.position)) return;
  WishRefusal refusal{"place", {wish.position == PositionKind::none ? "without positions there is nothing to add in every block" : "relative positions have no table that blocks could add", {}}, {}};
  ArchitectureWish once = wish, learned = wish;
  once.place = PositionPlace::stem;
  learned.position = PositionKind::learned;
  refusal.fixes.push_back({{"positions once", {}}, once});
  refusal.fixes.push_back({{"learned positions", {}}, learned});
  refusals.push_back(std::move(refusal));
}

bool fits(const ArchitectureWish& wish) {
  const auto config = config_of(wish);
  return config && config->tokens() <= kMaxInputTokens && costs_of(wish, *config).bytes <= kMostWishBytes;
}

void check_memory(const ArchitectureWish& wish, std::vector<WishRefusal>& refusals) {
  const auto config = config_of(wish);
  if (!config || config->tokens() > kMaxInputTokens || fits(wish)) return;
  const WishCosts costs = costs_of(wish, *config);
  WishRefusal refusal{"memory",
                      {"weights and a run need {0} ({1} parameters, {2} tokens); up to {3} work", {gibibytes(costs.bytes), word(costs.parameters), word(config->tokens()), gibibytes(kMostWishBytes)}},
                      {}};
  const auto offer = [&](const Fix& fix) {
    if (fits(fix.wish)) refusal.fixes.push_back(fix);
    return fits(fix.wish);
  };
  // The largest that fits, by halving the span.
  const auto largest = [&](int ArchitectureWish::* field, std::string_view pattern, int step) {
    int low = 0, high = wish.*field / step;
    while (high - low > 1) {
      const int middle = low + (high - low) / 2;
      (fits(with(wish, field, middle * step, pattern).wish) ? low : high) = middle;
    }
    if (low > 0) offer(with(wish, field, low * step, pattern));
  };
  largest(&ArchitectureWish::depth, "depth {0}", 1);
  largest(&ArchitectureWish::dim, "D {0}", std::lcm(wish.heads, 4));
  largest(&ArchitectureWish::hidden, "hidden {0}", 1);
  for (int patch = wish.patch + 1; patch <= std::gcd(wish.height, wish.width); ++patch)
    if (wish.height % patch == 0 && wish.width % patch == 0 && offer(with(wish, &ArchitectureWish::patch, patch, "patch {0}"))) break;
  refusals.push_back(std::move(refusal));
}

std::vector<WishRefusal> obstacles(const ArchitectureWish& wish) {
  std::vector<WishRefusal> refusals;
  check_ranges(wish, refusals);
  if (!refusals.empty()) return refusals;
  check_grid(wish, refusals);
  check_width(wish, refusals);
  check_place(wish, refusals);
  check_memory(wish, refusals);
  return refusals;
}

}  // namespace

std::vector<WishRefusal> check(const ArchitectureWish& wish) {
  std::vector<WishRefusal> refusals = obstacles(wish);
  for (WishRefusal& refusal : refusals) {
    // Only what leads on: a size that fits here must not be in the way elsewhere.
    std::erase_if(refusal.fixes, [&](const Fix& fix) {
      const auto left = obstacles(fix.wish);
      const bool again = std::any_of(left.begin(), left.end(), [&](const WishRefusal& other) { return other.field == refusal.field; });
      return again || (left.size() >= refusals.size() && refusals.size() > 1) || (refusals.size() == 1 && !left.empty());
    });
    if (refusal.fixes.size() > kMostFixes) refusal.fixes.resize(kMostFixes);
  }
  return refusals;
}

}  // namespace vitscope
