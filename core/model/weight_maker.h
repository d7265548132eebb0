// Random weights for architectures without a file.
#pragma once
#include <cstdint>

#include "core/model/model.h"

namespace vitscope {

/// Hands out tensors, each from a random sequence of its own, and counts their numbers.
class WeightMaker {
 public:
  explicit WeightMaker(std::uint64_t seed, PresetWeights weights = PresetWeights::random) : seed_(seed), weights_(weights) {}

  /// Mean 0, deviation 0.02 (Dosovitskiy et al. 2021 and timm).
  Tensor random(Shape shape);
  Tensor constant(Shape shape, float value);
  NormWeights norm(int width);
  ops::Linear linear(int out, int in, bool with_bias = true);
  /// A block whose attention has queries, keys and values of `inner` numbers for `in` that enter, and `width` that leave.
  BlockWeights block(int in, int inner, int width, int hidden, bool qkv_bias);
  /// The random directions of a performer [count, width]: orthonormal rows, as many as the width allows (beyond that they begin anew), times the root of their number.
  ops::Linear directions(int count, int width);
  void count(const Tensor& tensor) { parameters_ += tensor.size(); }
  std::int64_t parameters() const { return parameters_; }

 private:
  Tensor counted(Shape shape);
  std::uint64_t seed_, stream_ = 0;
  PresetWeights weights_;
  std::int64_t parameters_ = 0;
};

}  // namespace vitscope
