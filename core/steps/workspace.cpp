#include "core/steps/workspace.h"

#include <memory>
#include <utility>

namespace vitscope {

namespace {
constexpr std::int64_t kAlignment = 16;  // floats: one cache line
// Kept free behind each tensor, so that vector code may read past its end.
constexpr std::int64_t kGap = kAlignment;

std::int64_t room_for(Shape shape) { return (shape.size() + kAlignment - 1) / kAlignment * kAlignment + kGap; }
}  // namespace

Tensor Workspace::make(Slot slot, Shape shape) {
  std::vector<Tensor>& spare = spare_[static_cast<std::size_t>(slot)];
  if (spare.empty()) return Tensor(shape);
  Tensor tensor = std::move(spare.back());
  spare.pop_back();
  return tensor;
}

void Workspace::give_back(Slot slot, Tensor tensor) { spare_[static_cast<std::size_t>(slot)].push_back(std::move(tensor)); }

void Workspace::prepare(std::span<const Slot> slots, const VitConfig& config) {
  std::int64_t total = 0;
  for (Slot slot : slots) total += room_for(shape_of(slot, config));
  const std::shared_ptr<float[]> memory = allocate_floats(total);
  float* next = memory.get();
  for (Slot slot : slots) {
    const Shape shape = shape_of(slot, config);
    give_back(slot, Tensor(shape, std::shared_ptr<float[]>(memory, next)));
    next += room_for(shape);
  }
}

Tensor Workspace::scratch(Shape shape) {
  if (scratch_.empty() || scratch_.shape().size() < shape.size()) scratch_ = Tensor(shape);
  return scratch_.shape() == shape ? scratch_ : Tensor(shape, scratch_.storage());
}

}  // namespace vitscope
