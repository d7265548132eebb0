#include "core/model/weight_maker.h"

#include <algorithm>
#include <cmath>

#include "core/model/random.h"

namespace vitscope {

namespace {
constexpr float kDeviation = 0.02f;
}

Tensor WeightMaker::counted(Shape shape) {
  Tensor tensor(shape);
  count(tensor);
  return tensor;
}

Tensor WeightMaker::random(Shape shape) {
  Random random(seed_, ++stream_);
  Tensor tensor = counted(shape);
  std::generate_n(tensor.edit(), tensor.size(), [&] { return kDeviation * random.bell(); });
  return tensor;
}

Tensor WeightMaker::constant(Shape shape, float value) {
  Tensor tensor = counted(shape);
  std::fill_n(tensor.edit(), tensor.size(), value);
  return tensor;
}

NormWeights WeightMaker::norm(int width) { return {constant({width}, 1), constant({width}, 0)}; }

ops::Linear WeightMaker::linear(int out, int in, bool with_bias) { return {random({out, in}), with_bias ? constant({out}, 0) : Tensor()}; }

BlockWeights WeightMaker::block(int in, int inner, int width, int hidden, bool qkv_bias) {
  BlockWeights b;
  b.norm1 = norm(in);
  b.qkv = linear(3 * inner, in, qkv_bias);
  b.proj = linear(width, inner);
  b.norm2 = norm(width);
  b.fc1 = linear(hidden, width);
  b.fc2 = linear(width, hidden);
  return b;
}

Tensor sinusoidal_table(int rows, int dim) {
  Tensor table({rows, dim});
  float* out = table.edit();
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < dim; ++j) {
      const double angle = i / std::pow(10000.0, static_cast<double>(j / 2 * 2) / dim);
      *out++ = static_cast<float>(j % 2 ? std::cos(angle) : std::sin(angle));
    }
  }
  return table;
}

}  // namespace vitscope
