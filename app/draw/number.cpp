#include "app/draw/number.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>

namespace vitscope::draw {

namespace {
constexpr std::string_view kMinus = "−";

std::string printed(const char* format, int digits, double value) {
  std::array<char, 400> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, digits, value);
  return buffer.data();
}

std::string fixed(double value, int decimals) { return printed("%.*f", std::max(decimals, 0), value); }

/// Power of ten of the leading digit after rounding to `digits` significant digits.
int exponent_of(double magnitude, int digits) {
  const std::string text = printed("%.*e", digits - 1, magnitude);
  return std::stoi(text.substr(text.find('e') + 1));
}

std::string raised(int exponent) {
  static constexpr std::array<std::string_view, 10> kDigits{"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text;
  if (exponent < 0) text = "⁻";
  for (char c : std::to_string(std::abs(exponent))) text += kDigits[static_cast<std::size_t>(c - '0')];
  return text;
}

/// Without sign, finite.
std::string magnitude_text(double magnitude, int digits) {
  if (magnitude == 0) return "0";
  digits = std::clamp(digits, 1, 17);
  const int exponent = exponent_of(magnitude, digits);
  if (exponent >= -4 && exponent < std::max(digits, 7)) return fixed(magnitude, digits - 1 - exponent);
  const std::string text = printed("%.*e", digits - 1, magnitude);
  return text.substr(0, text.find('e')) + "×10" + raised(exponent);
}

bool zero_only(std::string_view text) { return text.find_first_of("123456789") == std::string_view::npos; }
}  // namespace

std::string number(double value, int digits) {
  if (std::isnan(value)) return "NaN";
  const std::string text = std::isinf(value) ? "∞" : magnitude_text(std::abs(value), digits);
  return value < 0 ? std::string(kMinus) + text : text;
}

std::string signed_number(double value, int digits) { return value > 0 ? "+" + number(value, digits) : number(value, digits); }

std::string exact(float value) {
  if (!std::isfinite(value)) return number(static_cast<double>(value));
  // The fewest digits that give the same float back.
  std::string text;
  for (int digits = 6; digits <= 9; ++digits) {
    text = printed("%.*g", digits, static_cast<double>(value));
    if (std::stod(text) == static_cast<double>(value) || static_cast<float>(std::stod(text)) == value) break;
  }
  std::string result = value < 0 || text.front() == '-' ? std::string(kMinus) : std::string();
  if (text.front() == '-') text.erase(0, 1);
  const std::size_t e = text.find('e');
  if (e == std::string::npos) return result + text;
  return result + text.substr(0, e) + "×10" + raised(std::stoi(text.substr(e + 1)));
}

std::string percent(double share, int digits) {
  if (!std::isfinite(share)) return number(share);
  const double value = 100 * share;
  if (value != 0 && std::abs(value) < 0.001) return value > 0 ? "< 0.001 %" : "> −0.001 %";
  return number(value, digits) + " %";
}

std::string count(std::int64_t n, bool brief) {
  const double magnitude = std::abs(static_cast<double>(n));
  if (brief && magnitude >= 1e6) {
    const double unit = magnitude >= 999.5e6 ? 1e9 : 1e6;
    const double scaled = magnitude / unit;
    return (n < 0 ? std::string(kMinus) : std::string()) + fixed(scaled, scaled < 99.95 ? 1 : 0) + (unit > 1e6 ? " G" : " M");
  }
  std::string digits = std::to_string(n);
  if (digits.front() == '-') digits.erase(0, 1);
  for (std::ptrdiff_t i = std::ssize(digits) - 3; i > 0; i -= 3) digits.insert(static_cast<std::size_t>(i), ",");
  return (n < 0 ? std::string(kMinus) : std::string()) + digits;
}

std::string cell_number(double value) {
  if (std::isnan(value)) return "NaN";
  const std::string sign = value < 0 ? std::string(kMinus) : std::string();
  const double magnitude = std::abs(value);
  if (std::isinf(value)) return sign + "∞";
  std::string text;
  if (magnitude < 0.995) {
    text = fixed(magnitude, 2).substr(1);
  } else if (magnitude < 9.95) {
    text = fixed(magnitude, 1);
  } else if (magnitude < 9999.5) {
    text = fixed(magnitude, 0);
  } else {
    text = printed("%.*e", 0, magnitude);
    text = text.substr(0, 1) + "e" + std::to_string(std::stoi(text.substr(2)));
  }
  if (zero_only(text)) return "0";
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return sign + text;
}

double tick_step(double range, int wanted) {
  const double rough = std::abs(range) / std::max(wanted, 1);
  if (!(rough > 0) || !std::isfinite(rough)) return 1;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  const double lead = rough / power;
  return power * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
}

std::string tick_number(double value, double step) {
  int decimals = 0;
  if (step > 0 && std::isfinite(step)) {
    for (double s = step; decimals < 9 && std::abs(s - std::round(s)) > 1e-6 * s; s *= 10) ++decimals;
  }
  if (!std::isfinite(value)) return number(value);
  if (std::abs(value) >= 1e7 || (value != 0 && step < 1e-5)) return number(value, 2);
  const std::string text = fixed(std::abs(value), decimals);
  return value < 0 && !zero_only(text) ? std::string(kMinus) + text : text;
}

}  // namespace vitscope::draw
