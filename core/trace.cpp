#include "core/trace.h"

#include <cassert>
#include <utility>

namespace vitscope {

namespace {
std::size_t index(Slot slot) { return static_cast<std::size_t>(slot); }
std::size_t index(int i) { return static_cast<std::size_t>(i); }
const Tensor kNone;
}  // namespace

Trace::Trace(ModelPtr model, InputPtr input) : Trace(model, input, Origin{model, input, nullptr}) {}

Trace::Trace(ModelPtr model, InputPtr input, Origin origin)
    : model_(std::move(model)), input_(std::move(input)), origin_(std::move(origin)), blocks_(index(config().depth)) {}

bool Trace::has(TensorRef ref) const {
  if (info(ref.slot).scope == Scope::model) return !tensors_[index(ref.slot)].empty();
  if (ref.block < 0 || index(ref.block) >= blocks_.size() || !blocks_[index(ref.block)]) return false;
  return !blocks_[index(ref.block)]->tensors[index(ref.slot)].empty();
}

const Tensor& Trace::at(TensorRef ref) const {
  assert(has(ref));
  if (!has(ref)) return kNone;
  if (info(ref.slot).scope == Scope::model) return tensors_[index(ref.slot)];
  return blocks_[index(ref.block)]->tensors[index(ref.slot)];
}

float Trace::value(const CellRef& cell) const {
  const Tensor& tensor = at(cell.tensor);
  const std::array<int, 4> indices{cell.i, cell.j, cell.k, cell.l};
  std::size_t offset = 0;
  for (int axis = 0; axis < tensor.rank(); ++axis) offset = offset * index(tensor.dim(axis)) + index(indices[index(axis)]);
  return tensor.values()[offset];
}

const Tensor& Trace::stream_before(int block) const { return block == 0 ? at(Slot::embed_pos) : at(Slot::out, block - 1); }

TensorRef Trace::entering_ref(int block) const {
  if (config().tnt && block < config().depth) return {Slot::tnt_outer_in, block};
  if (config().places_in_blocks() && block < config().depth) return {Slot::placed, block};
  return block == 0 ? TensorRef{Slot::embed_pos} : TensorRef{Slot::out, block - 1};
}

const Tensor& Trace::entering(int block) const { return at(entering_ref(block)); }

int Trace::finished_blocks() const {
  int count = 0;
  while (index(count) < blocks_.size() && blocks_[index(count)] && blocks_[index(count)]->finished) ++count;
  return count;
}

void Trace::set(TensorRef ref, Tensor tensor) {
  if (info(ref.slot).scope == Scope::model) {
    tensors_[index(ref.slot)] = std::move(tensor);
    return;
  }
  std::shared_ptr<const BlockTrace>& slot = blocks_[index(ref.block)];
  auto block = slot ? std::make_shared<BlockTrace>(*slot) : std::make_shared<BlockTrace>();
  if (ref.slot == Slot::out && !tensor.empty()) block->finished = true;
  block->tensors[index(ref.slot)] = std::move(tensor);
  slot = std::move(block);
}

Tensor Trace::take(TensorRef ref) {
  Tensor tensor = at(ref);
  set(ref, {});
  return tensor;
}

}  // namespace vitscope
