// Small things that several analyses need.
#pragma once
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <vector>

#include "core/trace.h"

namespace vitscope {

inline std::size_t index(int i) { return static_cast<std::size_t>(i); }

/// Sum of the products of two rows of equal length.
inline double dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

/// Lanczos' kernel over three samples each way: sinc(x) sinc(x / 3).
inline double lanczos3(double x) {
  if (x == 0) return 1;
  if (std::abs(x) >= 3) return 0;
  const double a = std::numbers::pi * x;
  return 3 * std::sin(a) * std::sin(a / 3) / (a * a);
}

inline std::vector<float> copy_of(const Tensor& tensor) { return {tensor.values().begin(), tensor.values().end()}; }

/// The probabilities of a run; of a model with one output, which records none, that of its only class.
inline std::vector<float> probabilities(const Trace& trace) { return trace.has(Slot::probs) ? copy_of(trace.at(Slot::probs)) : std::vector<float>(1, 1.0f); }

}  // namespace vitscope
