// An architecture as the name of a preset: "own:height=60,width=100,...".
#include <algorithm>
#include <charconv>

#include "core/model/architecture.h"
#include "core/text.h"

namespace vitscope {

namespace {

constexpr std::string_view kStart = "own:";

/// The words for a choice, in the order of its values.
constexpr std::string_view kPoolings[] = {"cls", "mean"};
constexpr std::string_view kPositions[] = {"learned", "sinusoid", "sinusoid-2d", "axes", "relative", "none"};
constexpr std::string_view kPlaces[] = {"once", "each-shared", "each-own"};
constexpr std::string_view kSwitch[] = {"off", "on"};

template <std::size_t N>
Result<int> choice(std::string_view key, std::string_view value, const std::string_view (&words)[N]) {
  const auto found = std::find(std::begin(words), std::end(words), value);
  if (found != std::end(words)) return static_cast<int>(found - std::begin(words));
  std::string list;
  for (const std::string_view word : words) list += (list.empty() ? "" : ", ") + std::string(word);
  return Error{"own: " + std::string(key) + " is '" + printable(value, 40) + "'; there are " + list};
}

Result<int> number(std::string_view key, std::string_view value) {
  int parsed = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
  if (error != std::errc() || end != value.data() + value.size()) return Error{"own: " + std::string(key) + " is '" + printable(value, 40) + "', which is not a whole number"};
  return parsed;
}

Result<std::monostate> take(std::string_view key, std::string_view value, ArchitectureWish& wish) {
  const auto put = [](const Result<int>& parsed, const auto& into) -> Result<std::monostate> {
    if (!parsed) return parsed.error();
    into(*parsed);
    return std::monostate{};
  };
  for (const WishNumber& known : kWishNumbers)
    if (key == known.key) return put(number(key, value), [&](int n) { wish.*known.value = n; });
  if (key == "pool") return put(choice(key, value, kPoolings), [&](int n) { wish.pooling = static_cast<Pooling>(n); });
  if (key == "position") return put(choice(key, value, kPositions), [&](int n) { wish.position = static_cast<PositionKind>(n); });
  if (key == "place") return put(choice(key, value, kPlaces), [&](int n) { wish.place = static_cast<PositionPlace>(n); });
  if (key == "bias") return put(choice(key, value, kSwitch), [&](int n) { wish.qkv_bias = n != 0; });
  if (key == "skip") return put(choice(key, value, kSwitch), [&](int n) { wish.value_skip = n != 0; });
  std::string names;
  for (const WishNumber& known : kWishNumbers) names += std::string(known.key) + ", ";
  return Error{"own: there is no '" + printable(key, 40) + "'; there are " + names + "pool, position, place, bias, skip"};
}

}  // namespace

std::string preset_text(const ArchitectureWish& wish) {
  std::string text(kStart);
  for (const WishNumber& number : kWishNumbers) text += std::string(number.key) + "=" + std::to_string(wish.*number.value) + ",";
  text += "pool=" + std::string(kPoolings[static_cast<std::size_t>(wish.pooling)]);
  text += ",position=" + std::string(kPositions[static_cast<std::size_t>(wish.position)]);
  text += ",place=" + std::string(kPlaces[static_cast<std::size_t>(wish.place)]);
  return text + ",bias=" + std::string(kSwitch[wish.qkv_bias ? 1 : 0]) + ",skip=" + std::string(kSwitch[wish.value_skip ? 1 : 0]);
}

bool is_wish_text(std::string_view preset) { return preset.starts_with(kStart) || preset == kStart.substr(0, kStart.size() - 1); }

Result<ArchitectureWish> parse_wish(std::string_view preset) {
  ArchitectureWish wish;
  std::string_view rest = preset.size() > kStart.size() ? preset.substr(kStart.size()) : std::string_view{};
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find(','));
    rest = part.size() < rest.size() ? rest.substr(part.size() + 1) : std::string_view{};
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) return Error{"own: '" + printable(part, 40) + "' is not KEY=VALUE"};
    if (const auto taken = take(part.substr(0, equals), part.substr(equals + 1), wish); !taken) return taken.error();
  }
  return wish;
}

}  // namespace vitscope
