#include "core/steps/explain.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace vitscope {

std::vector<CellRef> operands(const Explanation& explanation) {
  std::vector<CellRef> cells;
  const auto add = [&](const std::optional<CellRef>& cell) {
    if (cell && std::find(cells.begin(), cells.end(), *cell) == cells.end()) cells.push_back(*cell);
  };
  add(explanation.source);
  for (const Term& term : explanation.terms) {
    add(term.a_cell);
    add(term.b_cell);
  }
  return cells;
}

namespace why {

std::string number(double value) {
  if (value == 0) return "0";
  char digits[64];
  const double size = std::fabs(value);
  if (size >= 1e-3 && size < 999.5) {
    std::snprintf(digits, sizeof digits, "%#.3g", size);
  } else if (size >= 999.5 && size < 1e6) {
    std::snprintf(digits, sizeof digits, "%.0f", size);
  } else {
    std::snprintf(digits, sizeof digits, "%.2e", size);
  }
  std::string text = digits;
  if (const auto e = text.find('e'); e != std::string::npos) {
    const int exponent = std::stoi(text.substr(e + 1));
    text = text.substr(0, e) + " × 10^{" + (exponent < 0 ? "−" : "") + std::to_string(std::abs(exponent)) + "}";
  }
  if (text.back() == '.') text.pop_back();
  return (value < 0 ? "−" : "") + text;
}

std::string percent(double share) { return share < 1e-4 ? "below 0.01 %" : number(100 * share) + " %"; }

std::string added(double value) { return (value < 0 ? "− " : "+ ") + number(std::fabs(value)); }

std::string sizes(std::initializer_list<int> extents) {
  std::string text;
  for (int extent : extents) text += (text.empty() ? "" : " × ") + std::to_string(extent);
  return text;
}

std::string token_name(const Trace& trace, int token) {
  const int patch = trace.grid().patch_of(token);
  if (patch >= 0) return "patch " + std::to_string(patch);
  return trace.grid().prefix_tokens().name(token);
}

std::string pooled_name(const VitConfig& config) {
  return config.pool == "avg" ? "mean of the patches" : config.pool == "mean" ? "mean of all tokens" : "class token";
}

std::string channel_name(const VitConfig& config, int channel) {
  if (config.channels == 1) return "grey";
  if (config.channels == 3) return std::vector<std::string>{"red", "green", "blue"}[static_cast<std::size_t>(channel)];
  return "channel " + std::to_string(channel);
}

std::string pixel_name(const VitConfig& config, int channel, int row, int column) {
  const std::string place = "(" + std::to_string(row) + ", " + std::to_string(column) + ")";
  return config.channels == 1 ? place : channel_name(config, channel) + " " + place;
}

PatchPixel pixel_of_element(const VitConfig& config, int patch, int element) {
  const int area = config.patch_height * config.patch_width;
  const int channel = config.channel_last ? element % config.channels : element / area;
  const int pixel = config.channel_last ? element / config.channels : element % area;
  const int row = pixel / config.patch_width, column = pixel % config.patch_width;
  return {channel, config.grid.row(patch) * config.patch_height + row, config.grid.column(patch) * config.patch_width + column};
}

void sort_by_size(Explanation& e) {
  std::stable_sort(e.terms.begin(), e.terms.end(),
                   [](const Term& a, const Term& b) { return std::fabs(a.product) > std::fabs(b.product); });
}

CellRef entering_cell(const Trace& trace, int block, int token, int j) {
  return {trace.entering_ref(block), token, j};
}

Explanation linear(std::span<const float> x, const ops::Linear& layer, int output, const Label& label, const Source& source) {
  Explanation e;
  const std::span<const float> weights = layer.weight().row(output);
  double sum = 0;
  for (std::size_t j = 0; j < x.size(); ++j) {
    const double a = x[j], b = weights[j];
    const int index = static_cast<int>(j);
    e.terms.push_back({label ? label(index) : std::to_string(j), a, b, a * b, source ? std::optional(source(index)) : std::nullopt, {}});
    sum += a * b;
  }
  if (!layer.bias().empty()) {
    e.rest = layer.bias().at(output);
    e.rest_label = "bias";
  }
  e.rule = e.rest_label.empty() ? "y = Σ_j x_j w_j" : "y = Σ_j x_j w_j + b";
  e.numbers = e.rest_label.empty() ? number(sum) : number(sum) + " " + added(e.rest);
  e.value = sum + e.rest;
  e.label_column = "j";
  e.a_column = "x";
  e.b_column = "w";
  e.product_column = "product";
  sort_by_size(e);
  return e;
}

Explanation layer_norm(std::span<const float> row, const NormWeights& norm, float eps, int column, std::optional<CellRef> source) {
  double mean = 0, variance = 0;
  for (float x : row) mean += x;
  mean /= static_cast<double>(row.size());
  for (float x : row) variance += (x - mean) * (x - mean);
  variance /= static_cast<double>(row.size());
  const double deviation = std::sqrt(variance + eps);
  const double x = row[static_cast<std::size_t>(column)], gain = norm.gain.at(column), shift = norm.shift.at(column);

  Explanation e;
  e.rule = "y = (x − μ) / √(σ^2 + ε) · g + b";
  e.numbers = "(" + number(x) + " " + added(-mean) + ") / " + number(deviation) + " · " + number(gain) + " " + added(shift);
  e.value = (x - mean) / deviation * gain + shift;
  e.label_column = "part";
  e.a_column = "number";
  e.b_column = "gain / deviation";
  e.product_column = "adds";
  e.terms = {{"value", x, gain / deviation, x * gain / deviation, source, {}}, {"minus mean", -mean, gain / deviation, -mean * gain / deviation}};
  sort_by_size(e);
  e.rest = shift;
  e.rest_label = "shift";
  e.note = "Mean and deviation are those of this token's own " + std::to_string(row.size()) +
           " numbers; gain and shift were learned, one pair per column.";
  return e;
}

Explanation sum(std::string a_label, double a, std::string b_label, double b, std::optional<CellRef> a_cell, std::optional<CellRef> b_cell) {
  Explanation e;
  e.rule = "y = a + b";
  e.numbers = number(a) + " " + added(b);
  e.value = a + b;
  e.label_column = "part";
  e.product_column = "adds";
  e.terms = {{std::move(a_label), kNone, kNone, a, a_cell, {}}, {std::move(b_label), kNone, kNone, b, b_cell, {}}};
  sort_by_size(e);
  return e;
}

Explanation copy(std::string rule, double value, std::string note, std::optional<CellRef> source) {
  Explanation e;
  e.source = source;
  e.rule = std::move(rule);
  e.numbers = number(value);
  e.value = value;
  e.note = std::move(note);
  return e;
}

Explanation softmax(std::span<const float> row, int column, const Label& label, const Source& source) {
  const double peak = *std::max_element(row.begin(), row.end());
  double total = 0;
  for (float s : row) total += std::exp(s - peak);
  Explanation e;
  for (std::size_t j = 0; j < row.size(); ++j) {
    const double power = std::exp(row[j] - peak);
    const int index = static_cast<int>(j);
    e.terms.push_back({label(index), row[j], power, power / total, source ? std::optional(source(index)) : std::nullopt, {}});
  }
  const Term& own = e.terms[static_cast<std::size_t>(column)];
  e.value = own.product;
  e.rule = "share = e^{s − max} / Σ e^{s − max}";
  e.numbers = number(own.b) + " / " + number(total);
  e.a_column = "s";
  e.b_column = "e^{s − max}";
  e.product_column = "share";
  sort_by_size(e);
  return e;
}

}  // namespace why
}  // namespace vitscope
