// The record of one run: every number that a figure can show.
#pragma once
#include <array>
#include <memory>
#include <vector>

#include "core/edits/edits.h"
#include "core/image/preprocess.h"
#include "core/model/model.h"
#include "core/slots.h"

namespace vitscope {

/// The tensors of one encoder block; slots of the model's scope stay empty.
struct BlockTrace {
  std::array<Tensor, kSlotCount> tensors;
  bool finished = false;  ///< `out` has been computed; stays true when `out` itself is not kept
};

/// A run, possibly unfinished: what has been computed so far. A trace that has been handed on is never written again; a longer one
/// replaces it and shares its tensors.
class Trace {
 public:
  Trace(ModelPtr model, InputPtr input);
  /// What an edited run was asked for; the trace's own model and input are what the edits made of them.
  struct Origin {
    ModelPtr model;
    InputPtr input;
    EditsPtr edits;                            ///< null: none is on
    std::shared_ptr<const Trace> unedited{};   ///< the same without edits, where it was there when this run began
  };
  Trace(ModelPtr model, InputPtr input, Origin origin);

  const Model& model() const { return *model_; }
  const ModelPtr& model_ptr() const { return model_; }
  const VitConfig& config() const { return model_->config; }
  const PatchGrid& grid() const { return model_->config.grid; }
  const ModelInput& input() const { return *input_; }
  const InputPtr& input_ptr() const { return input_; }

  /// Without edits the trace's own model and input, and no edits.
  const Origin& origin() const { return origin_; }
  const EditsPtr& edits() const { return origin_.edits; }

  /// False until the step that writes it is done.
  bool has(TensorRef ref) const;
  bool has(Slot slot, int block = -1) const { return has(TensorRef{slot, block}); }
  /// Requires has(ref).
  const Tensor& at(TensorRef ref) const;
  const Tensor& at(Slot slot, int block = -1) const { return at(TensorRef{slot, block}); }
  float value(const CellRef& cell) const;
  /// The tokens [T, D] that enter a block: embed.pos for block 0, else `out` of the block before. With block = depth: what the final
  /// norm reads.
  const Tensor& stream_before(int block) const;
  /// What the first norm and the first sum of a block read: the tokens that enter it, in TNT after the block has folded its words in, and with their
  /// positions where every block adds them.
  TensorRef entering_ref(int block) const;
  const Tensor& entering(int block) const;
  /// Blocks that are finished, from the first.
  int finished_blocks() const;
  bool complete() const { return has(Slot::logits); }

  /// For forward() and tests. Copies of this trace made earlier do not change: a block's record is replaced, never written.
  void set(TensorRef ref, Tensor tensor);
  /// Takes a tensor out again, for runs that do not keep everything.
  Tensor take(TensorRef ref);

 private:
  ModelPtr model_;
  InputPtr input_;
  Origin origin_;
  std::array<Tensor, kSlotCount> tensors_;
  std::vector<std::shared_ptr<const BlockTrace>> blocks_;
};
using TracePtr = std::shared_ptr<const Trace>;

}  // namespace vitscope
