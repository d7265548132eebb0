#include "core/checkpoint/weight_reader.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/checkpoint/dtype.h"
#include "core/checkpoint/families.h"
#include "core/text.h"

namespace vitscope {

namespace {
constexpr int kMaxBlocks = 100'000;
constexpr int kMaxRows = 1 << 24;
constexpr std::size_t kListedNotFinite = 3;
}  // namespace

void WeightReader::fail(const std::string& what) {
  if (!error_) error_ = Error{printable(file_.path) + ": " + what};
}

std::string WeightReader::shown(const std::string& name) const { return printable(named_.name_in_file(name), 80); }

std::vector<int> WeightReader::extents(const std::string& name, std::size_t rank, const std::string& expected) {
  const std::vector<int> nothing(rank, 1);
  if (error_) return nothing;
  const auto found = file_.tensors.find(name);
  if (found == file_.tensors.end()) {
    fail(shown(name) + " is missing, expected " + expected);
    return nothing;
  }
  const auto& shape = found->second.shape;
  const bool legal = shape.size() == rank &&
                     std::all_of(shape.begin(), shape.end(), [](std::int64_t extent) { return extent >= 1 && extent <= std::numeric_limits<int>::max(); });
  if (!legal) {
    fail(shown(name) + " has the shape " + shape_text(shape) + ", expected " + expected);
    return nothing;
  }
  return {shape.begin(), shape.end()};
}

Tensor WeightReader::take(const std::string& name, const Shape& shape) {
  if (error_) return {};
  const auto found = file_.tensors.find(name);
  if (found == file_.tensors.end()) {
    fail(shown(name) + " is missing, expected " + shape.text());
    return {};
  }
  const auto& stored = found->second.shape;
  bool equal = static_cast<int>(stored.size()) == shape.rank();
  for (int axis = 0; equal && axis < shape.rank(); ++axis) equal = stored[static_cast<std::size_t>(axis)] == shape[axis];
  if (!equal) {
    fail(shown(name) + " has the shape " + shape_text(stored) + ", expected " + shape.text());
    return {};
  }
  auto tensor = to_float(file_, name);
  if (!tensor) {
    error_ = tensor.error();
    return {};
  }
  const auto values = tensor->values();
  const auto bad = std::count_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
  if (bad) {
    not_finite_.push_back(shown(name) + " holds " + std::to_string(bad) + (bad == 1 ? " value that is" : " values that are") +
                          " not finite (NaN or infinity)");
  }
  taken_.insert(name);
  parameters_ += tensor->size();
  return std::move(*tensor);
}

int WeightReader::rows(const std::string& name, int width) {
  if (error_) return 0;
  const auto found = file_.tensors.find(name);
  if (found == file_.tensors.end()) {
    fail(shown(name) + " is missing, expected rows of " + std::to_string(width));
    return 0;
  }
  const auto& shape = found->second.shape;
  bool legal = !shape.empty() && shape.back() == width;
  std::int64_t rows = 1;
  for (std::size_t axis = 0; legal && axis + 1 < shape.size(); ++axis) {
    legal = shape[axis] >= 0 && shape[axis] <= kMaxRows && (axis + 2 == shape.size() || shape[axis] == 1);
    rows = shape[axis];
  }
  if (!legal) {
    fail(shown(name) + " has the shape " + shape_text(shape) + ", expected 1 x rows x " + std::to_string(width));
    return 0;
  }
  return static_cast<int>(rows);
}

Tensor WeightReader::take_rows(const std::string& name, int count, int width) {
  const int found = rows(name, width);
  if (error_) return {};
  if (found != count) {
    fail(shown(name) + " has " + std::to_string(found) + " rows, expected " + std::to_string(count));
    return {};
  }
  std::vector<int> extents;
  for (const std::int64_t extent : file_.tensors.at(name).shape) extents.push_back(static_cast<int>(extent));
  if (extents.size() > 4) {
    fail(shown(name) + " has " + std::to_string(extents.size()) + " axes, at most 4 work");
    return {};
  }
  const Tensor tensor = take(name, Shape::of(extents));
  return error_ ? Tensor() : tensor.reshaped({count, width});
}

NormWeights WeightReader::take_norm(const std::string& name, int width) { return {take(name + ".weight", {width}), take(name + ".bias", {width})}; }

ops::Linear WeightReader::take_linear(const std::string& name, int out, int in, bool with_bias) {
  Tensor weight = take(name + ".weight", {out, in});
  Tensor bias = with_bias ? take(name + ".bias", {out}) : Tensor();
  if (error_) return {};
  return {std::move(weight), std::move(bias)};
}

int WeightReader::blocks(const std::string& front) const {
  int count = 0;
  for (auto it = file_.tensors.lower_bound(front); it != file_.tensors.end() && it->first.starts_with(front); ++it) {
    int number = 0;
    std::size_t at = front.size();
    for (; at < it->first.size() && it->first[at] >= '0' && it->first[at] <= '9'; ++at) number = std::min(number * 10 + (it->first[at] - '0'), kMaxBlocks);
    if (at > front.size() && at < it->first.size() && it->first[at] == '.') count = std::max(count, number + 1);
  }
  return count;
}

std::vector<std::string> WeightReader::warnings() const {
  std::vector<std::string> lines(not_finite_.begin(), not_finite_.begin() + static_cast<std::ptrdiff_t>(std::min(not_finite_.size(), kListedNotFinite)));
  if (not_finite_.size() > kListedNotFinite) {
    lines.push_back(std::to_string(not_finite_.size() - kListedNotFinite) + " more tensors hold values that are not finite");
  }
  std::vector<std::string> unused;
  for (const auto& [name, tensor] : file_.tensors) {
    if (!taken_.contains(name)) unused.push_back(named_.name_in_file(name));
  }
  if (!unused.empty()) {
    lines.push_back(std::to_string(unused.size()) + (unused.size() == 1 ? " tensor is not used: " : " tensors are not used: ") + some_names(unused));
  }
  return lines;
}

}  // namespace vitscope
