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
  Tensor spare = std::exchange(spare_[static_cast<std::size_t>(slot)], {});
  return !spare.empty() && spare.shape() == shape ? spare : Tensor(shape);
}

void Workspace::give_back(Slot slot, Tensor tensor) { spare_[static_cast<std::size_t>(slot)] = std::move(tensor); }

void Workspace::prepare_block(const VitConfig& config) {
  std::int64_t total = 0;
  for (const SlotInfo& slot : slots()) {
    if (slot.scope == Scope::block) total += room_for(shape_of(slot.slot, config));
  }
  const std::shared_ptr<float[]> memory = allocate_floats(total);
  float* next = memory.get();
  for (const SlotInfo& slot : slots()) {
    if (slot.scope != Scope::block) continue;
    const Shape shape = shape_of(slot.slot, config);
    give_back(slot.slot, Tensor(shape, std::shared_ptr<float[]>(memory, next)));
    next += room_for(shape);
  }
}

Tensor Workspace::scratch(Shape shape) {
  if (scratch_.empty() || scratch_.shape().size() < shape.size()) scratch_ = Tensor(shape);
  return scratch_.shape() == shape ? scratch_ : Tensor(shape, scratch_.storage());
}

}  // namespace vitscope
