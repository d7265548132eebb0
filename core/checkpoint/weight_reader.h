// Takes weights out of a checkpoint one by one, checking shapes.
#pragma once
#include <optional>
#include <set>

#include "core/checkpoint/naming.h"
#include "core/model/model.h"

namespace vitscope {

/// The first failure sticks: afterwards everything returns empty tensors, so that a whole model is read without asking after each tensor.
class WeightReader {
 public:
  explicit WeightReader(const NamedFile& named) : named_(named), file_(named.file) {}

  bool has(const std::string& name) const { return file_.tensors.contains(name); }
  /// Extents of a tensor that decides sizes of the model: `rank` axes, none of them empty. Fails, with `expected` as what it should look like.
  std::vector<int> extents(const std::string& name, std::size_t rank, const std::string& expected);
  /// The tensor, which must have exactly this shape.
  Tensor take(const std::string& name, const Shape& shape);
  /// How many rows of `width` a tensor holds whose other axes, if there are more than two, are 1. May be 0.
  int rows(const std::string& name, int width);
  /// Such a tensor as a matrix [rows, width].
  Tensor take_rows(const std::string& name, int rows, int width);
  /// Keeps a tensor out of the list of those that were not used.
  void ignore(const std::string& name) { taken_.insert(name); }
  NormWeights take_norm(const std::string& name, int width);
  /// name.weight [out, in] and name.bias [out], the latter only where `with_bias`.
  ops::Linear take_linear(const std::string& name, int out, int in, bool with_bias = true);

  void fail(const std::string& what);
  const std::optional<Error>& error() const { return error_; }
  std::int64_t parameters() const { return parameters_; }
  /// How many blocks the names count: one more than the largest number in `blocks.N.`, or behind another front.
  int blocks(const std::string& front = "blocks.") const;
  /// Lines about tensors that were not taken and about values that are not finite.
  std::vector<std::string> warnings() const;

 private:
  std::string shown(const std::string& name) const;

  const NamedFile& named_;
  const TensorFile& file_;
  std::optional<Error> error_;
  std::set<std::string> taken_;
  std::int64_t parameters_ = 0;
  std::vector<std::string> not_finite_;
};

}  // namespace vitscope
