#include "core/model/weight_maker.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/model/random.h"

namespace vitscope {

namespace {
constexpr float kDeviation = 0.02f;
}

Tensor WeightMaker::counted(Shape shape) {
  Tensor tensor = weights_ == PresetWeights::zeros ? Tensor(shape, allocate_zeros(shape.size())) : Tensor(shape);
  count(tensor);
  return tensor;
}

Tensor WeightMaker::random(Shape shape) {
  Random random(seed_, ++stream_);
  Tensor tensor = counted(shape);
  if (weights_ == PresetWeights::zeros) return tensor;
  std::generate_n(tensor.edit(), tensor.size(), [&] { return kDeviation * random.bell(); });
  return tensor;
}

Tensor WeightMaker::constant(Shape shape, float value) {
  Tensor tensor = counted(shape);
  if (weights_ == PresetWeights::zeros) return tensor;
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

ops::Linear WeightMaker::directions(int number, int width) {
  Random random(seed_, ++stream_);
  Tensor tensor = counted({number, width});
  const double length = std::sqrt(static_cast<double>(number));
  std::vector<std::vector<double>> rows;
  for (int i = 0; i < number; ++i) {
    if (i % width == 0) rows.clear();
    // Gram and Schmidt, twice over, which makes up for what the first pass rounds; a row that nearly lies among the others is drawn again.
    std::vector<double> row(static_cast<std::size_t>(width));
    double norm = 0;
    while (norm < 1e-3) {
      std::generate(row.begin(), row.end(), [&] { return static_cast<double>(random.bell()); });
      for (int pass = 0; pass < 2; ++pass) {
        for (const std::vector<double>& other : rows) {
          const double along = std::inner_product(row.begin(), row.end(), other.begin(), 0.0);
          for (std::size_t j = 0; j < row.size(); ++j) row[j] -= along * other[j];
        }
      }
      norm = std::sqrt(std::inner_product(row.begin(), row.end(), row.begin(), 0.0));
    }
    for (double& x : row) x /= norm;
    std::transform(row.begin(), row.end(), tensor.edit() + std::int64_t{i} * width, [&](double x) { return static_cast<float>(x * length); });
    rows.push_back(std::move(row));
  }
  return {std::move(tensor), {}};
}

}  // namespace vitscope
