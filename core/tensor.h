// Tensor: a dense row-major array of float with up to four dimensions.
#pragma once
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>

namespace vitscope {

/// Extents of a tensor, outermost first. At most four; a scalar has none.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<int> extents);
  static Shape of(std::span<const int> extents);

  int rank() const { return rank_; }
  int operator[](int axis) const { return extents_[static_cast<std::size_t>(axis)]; }
  /// Number of elements; 1 for rank 0.
  std::int64_t size() const;
  bool operator==(const Shape&) const = default;
  /// "65 x 192"
  std::string text() const;

 private:
  std::array<int, 4> extents_{};
  int rank_ = 0;
};

/// Uninitialised memory for `count` floats, aligned to 64 bytes and readable up to 16 floats behind the end.
std::shared_ptr<float[]> allocate_floats(std::int64_t count);

/// The same, filled with zeros that take memory only where they are written or read.
std::shared_ptr<float[]> allocate_zeros(std::int64_t count);

/// A tensor shares its values with its copies. Whoever makes a tensor fills it through `edit()` before
/// handing it on; afterwards nobody writes. `id()` names the storage and is never reused within a process,
/// so caches may be keyed by it.
class Tensor {
 public:
  Tensor() = default;
  /// Values are not initialised; storage is aligned to 64 bytes.
  explicit Tensor(Shape shape);
  /// Uses `storage`, which must hold shape.size() numbers from an address aligned to 64 bytes.
  Tensor(Shape shape, std::shared_ptr<float[]> storage);
  /// Copies `values`, which must hold exactly shape.size() numbers.
  Tensor(Shape shape, std::span<const float> values);

  bool empty() const { return storage_ == nullptr; }
  const Shape& shape() const { return shape_; }
  int rank() const { return shape_.rank(); }
  int dim(int axis) const { return shape_[axis]; }
  std::int64_t size() const { return empty() ? 0 : shape_.size(); }
  std::uint64_t id() const { return id_; }

  const float* data() const { return storage_.get(); }
  float* edit() { return storage_.get(); }
  const std::shared_ptr<float[]>& storage() const { return storage_; }
  std::span<const float> values() const { return {data(), static_cast<std::size_t>(size())}; }

  float at(int i) const { return data()[offset(i)]; }
  float at(int i, int j) const { return data()[offset(i) * extent(1) + offset(j)]; }
  float at(int i, int j, int k) const { return data()[(offset(i) * extent(1) + offset(j)) * extent(2) + offset(k)]; }
  /// Row `i` of a matrix, or matrix `i` of a stack: everything behind the first axis.
  std::span<const float> row(int i) const;
  /// The same values under another shape of equal size.
  Tensor reshaped(Shape shape) const;

 private:
  static std::size_t offset(int i) { return static_cast<std::size_t>(i); }
  std::size_t extent(int axis) const { return static_cast<std::size_t>(shape_[axis]); }
  Shape shape_;
  std::shared_ptr<float[]> storage_;
  std::uint64_t id_ = 0;
};

}  // namespace vitscope
