// LayerNorm against BatchNorm, without learned scale and shift: which numbers share a mean and a deviation.
#pragma once
#include "core/tensor.h"

namespace vitscope {

/// Each row (token) minus its mean, divided by its deviation: [T, D]. Variance is the biased one; rows without variance become 0.
Tensor layer_normed(const Tensor& rows, double epsilon = 0);
/// Each column (feature) minus its mean over the tokens, divided by its deviation, as BatchNorm does in training: [T, D]. Columns without variance become 0.
Tensor batch_normed(const Tensor& rows, double epsilon = 0);

/// Tokens (1 2 3 4), (2 4 6 8), (0 0 0 12): the second is twice the first.
Tensor norm_toy();
/// `rows` with one more row below.
Tensor with_row(const Tensor& rows, std::initializer_list<float> row);

/// Largest change of a kept row when the last row is left out.
struct NormChange {
  double layer = 0, batch = 0;
};
NormChange change_without_last(const Tensor& rows, double epsilon = 0);

}  // namespace vitscope
