// Memory of one forward pass: where its steps get their tensors from.
#pragma once
#include <array>
#include <span>
#include <vector>

#include "core/slots.h"
#include "core/tensor.h"

namespace vitscope {

/// Hands out tensors and, where a run does not keep them, takes them back for the next block. One run, one thread.
class Workspace {
 public:
  /// A spare tensor of the slot, else a new one. Values are not initialised.
  Tensor make(Slot slot, Shape shape);
  /// Gives up a tensor that nobody else holds; the next make() of the slot uses its memory again.
  void give_back(Slot slot, Tensor tensor);
  /// Prepares one tensor of each of the slots in a single piece of memory, which costs far fewer page faults than one piece per tensor.
  void prepare(std::span<const Slot> slots, const VitConfig& config);
  /// Memory that is used again by the next scratch() of any shape.
  Tensor scratch(Shape shape);

 private:
  std::array<std::vector<Tensor>, kSlotCount> spare_;
  Tensor scratch_;
};

}  // namespace vitscope
