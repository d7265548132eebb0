#include "core/tensor.h"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#if __has_include(<sys/mman.h>)
#include <sys/mman.h>
#endif

namespace vitscope {

Shape::Shape(std::initializer_list<int> extents) : Shape(of({extents.begin(), extents.size()})) {}

Shape Shape::of(std::span<const int> extents) {
  assert(extents.size() <= 4);
  Shape shape;
  for (int extent : extents) shape.extents_[static_cast<std::size_t>(shape.rank_++)] = extent;
  return shape;
}

std::int64_t Shape::size() const {
  std::int64_t product = 1;
  for (int axis = 0; axis < rank_; ++axis) product *= extents_[static_cast<std::size_t>(axis)];
  return product;
}

std::string Shape::text() const {
  std::string text;
  for (int axis = 0; axis < rank_; ++axis) {
    if (axis) text += " x ";
    text += std::to_string((*this)[axis]);
  }
  return rank_ ? text : "scalar";
}

namespace {
constexpr std::align_val_t kAlignment{64};
constexpr std::size_t kHugePage = std::size_t{1} << 21;

std::uint64_t next_id() {
  static std::atomic<std::uint64_t> counter{0};
  return ++counter;
}
}  // namespace

std::shared_ptr<float[]> allocate_floats(std::int64_t count) {
  // One cache line is kept behind the last element so that vector code may read past it.
  std::size_t bytes = (static_cast<std::size_t>(count) * sizeof(float) + 127) / 64 * 64;
  if (bytes >= 2 * kHugePage) bytes = (bytes + kHugePage - 1) / kHugePage * kHugePage;
  const std::align_val_t alignment = bytes >= kHugePage ? std::align_val_t{kHugePage} : kAlignment;
  void* memory = ::operator new[](bytes, alignment);
#ifdef MADV_HUGEPAGE
  // A request that may fail without harm: fresh memory then costs one page fault per 4 kB instead of one per 2 MB.
  if (bytes >= kHugePage) ::madvise(memory, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
#endif
  return {static_cast<float*>(memory), [alignment](float* p) { ::operator delete[](p, alignment); }};
}

std::shared_ptr<float[]> allocate_zeros(std::int64_t count) {
  constexpr std::size_t kLine = 64;
  std::size_t bytes = (static_cast<std::size_t>(count) * sizeof(float) + 127) / kLine * kLine;
  void* const memory = std::calloc(bytes + kLine, 1);
  if (!memory) throw std::bad_alloc();
  void* aligned = memory;
  bytes += kLine;
  std::align(kLine, bytes - kLine, aligned, bytes);
  return {static_cast<float*>(aligned), [memory](float*) { std::free(memory); }};
}

Tensor::Tensor(Shape shape) : shape_(shape), storage_(allocate_floats(shape.size())), id_(next_id()) {}

Tensor::Tensor(Shape shape, std::shared_ptr<float[]> storage) : shape_(shape), storage_(std::move(storage)), id_(next_id()) {}

Tensor::Tensor(Shape shape, std::span<const float> values) : Tensor(shape) {
  assert(static_cast<std::int64_t>(values.size()) == shape.size());
  std::memcpy(edit(), values.data(), values.size_bytes());
}

std::span<const float> Tensor::row(int i) const {
  const std::size_t width = static_cast<std::size_t>(size()) / extent(0);
  return values().subspan(offset(i) * width, width);
}

Tensor Tensor::reshaped(Shape shape) const {
  assert(shape.size() == size());
  Tensor other = *this;
  other.shape_ = shape;
  return other;
}

}  // namespace vitscope
