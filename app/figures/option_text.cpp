#include "app/figures/option_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <set>

namespace vitscope::figures {

namespace {

/// Lower case, with - for spaces and underscores: "dot product", "Dot_Product" and "dot-product" are one word.
std::string word(std::string_view text) {
  std::string out;
  for (char c : text) out += c == ' ' || c == '_' ? '-' : static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return out;
}

bool number_of(std::string_view text, float& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && std::isfinite(value);
}

std::string short_number(float value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", static_cast<double>(value));
  return text;
}

void append(std::string& list, std::string_view separator, std::string_view item) {
  if (!list.empty()) list += separator;
  list += item;
}

std::string unknown(std::string_view key) {
  // Figures may share an option, whose key then begins with what they have in common.
  const auto front = [](std::string_view text) { return text.substr(0, text.find('.')); };
  std::set<std::string_view> own, fronts;
  for (const Figure* figure : figures())
    for (const Option& option : figure->options) {
      fronts.insert(front(option.key));
      if (front(option.key) == front(key) || figure->slug == front(key)) own.insert(option.key);
    }
  std::string names;
  for (const std::string_view name : own.empty() ? fronts : own) append(names, ", ", name);
  return own.empty() ? "keys begin with " + names : std::string(front(key)) + " has " + names;
}

}  // namespace

const Option* find_option(std::string_view key) {
  for (const Figure* figure : figures())
    for (const Option& option : figure->options)
      if (option.key == key) return &option;
  return nullptr;
}

std::string values_of(const Option& option) {
  if (option.kind == Option::Kind::toggle) return "on|off";
  if (option.choices.empty()) return short_number(option.lo) + ".." + short_number(option.hi);
  std::string names;
  for (std::string_view choice : option.choices) append(names, "|", word(choice));
  return names;
}

Result<float> parse_value(const Option& option, std::string_view text) {
  const std::string wanted = word(text);
  float number = 0;
  const bool is_number = number_of(text, number);
  if (option.kind == Option::Kind::toggle) {
    for (const auto& [name, value] : {std::pair{"on", 1.0f}, {"off", 0.0f}, {"true", 1.0f}, {"false", 0.0f}, {"1", 1.0f}, {"0", 0.0f}})
      if (wanted == name) return value;
  } else if (option.choices.empty()) {
    if (is_number && number >= option.lo && number <= option.hi) return number;
  } else {
    for (std::size_t i = 0; i < option.choices.size(); ++i)
      if (wanted == word(option.choices[i])) return static_cast<float>(i);
    if (is_number && number == std::floor(number) && number >= 0 && number < static_cast<float>(option.choices.size())) return number;
  }
  return Error{std::string(text) + ": " + std::string(option.key) + " takes " + values_of(option)};
}

std::string value_text(const Option& option, float value) {
  value = clamped(option, value);
  if (option.kind == Option::Kind::toggle) return value > 0.5f ? "on" : "off";
  if (option.choices.empty()) return short_number(value);
  return word(option.choices[static_cast<std::size_t>(value)]);
}

float clamped(const Option& option, float value) {
  if (!std::isfinite(value)) return option.initial;
  if (option.kind == Option::Kind::toggle) return value > 0.5f ? 1.0f : 0.0f;
  if (option.choices.empty()) return std::clamp(value, option.lo, option.hi);
  return std::clamp(std::round(value), 0.0f, static_cast<float>(option.choices.size()) - 1);
}

Result<std::monostate> set_option(Selection& selection, std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0) return Error{std::string(assignment) + ": expected KEY=VALUE such as rollout.heads=largest"};
  const std::string_view key = assignment.substr(0, equals);
  const Option* option = find_option(key);
  if (!option) return Error{std::string(key) + ": no such option; " + unknown(key)};
  const Result<float> value = parse_value(*option, assignment.substr(equals + 1));
  if (!value) return value.error();
  selection.options[std::string(key)] = *value;
  return std::monostate{};
}

}  // namespace vitscope::figures
