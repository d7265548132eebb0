// One operation of the walk: what it is called, what it does to the data, how it computes, why a cell of it is what it is.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "core/explanation.h"
#include "core/slots.h"
#include "core/trace.h"

namespace vitscope {

class ThreadPool;
class Workspace;

/// Where a step stands: before the encoder, inside each block, or behind it.
enum class Stage : std::uint8_t { embed, block, answer };

/// What a step may use while it runs. `block` is -1 outside the blocks.
struct StepContext {
  Trace& trace;
  ThreadPool& pool;
  int block = -1;
  Workspace* workspace = nullptr;  ///< null: every tensor gets memory of its own

  const Model& model() const { return trace.model(); }
  const VitConfig& config() const { return trace.config(); }
  const BlockWeights& weights() const { return trace.model().weights.blocks[static_cast<std::size_t>(block)]; }
  const Tensor& in(Slot slot) const { return trace.at(ref(slot)); }
  /// A new tensor of the slot's shape, to be filled and then kept with keep().
  Tensor make(Slot slot) const;
  /// Uninitialised memory that nobody reads after the step.
  Tensor scratch(Shape shape) const;
  void keep(Slot slot, Tensor tensor) { trace.set(ref(slot), std::move(tensor)); }

 private:
  TensorRef ref(Slot slot) const { return {slot, info(slot).scope == Scope::block ? block : -1}; }
};

/// One row of the table of steps.
///
/// Formula markup (`formula`, `sizes`, and the rules of an Explanation): `_x` and `^x` lower or raise the next character, `_{ab}` and
/// `^{ab}` a group; groups do not nest. Single latin letters are typeset italic, words and numbers upright, everything else as it stands.
/// `sentence` and `teaching` are plain sentences without markup.
///
/// Placeholders, in all four texts and never behind _ or ^, stand for the real sizes of the running architecture:
/// {N} patches, {T} tokens, {D} width of a token, {H} heads, {d} width of a head, {M} hidden width of the MLP, {K} classes, {C} channels,
/// {P} side of a patch (its height where it is not square), {P²C} length of a flattened patch, {W} width and {Ht} height of the model
/// input in pixels. find_dim() in slots.h turns what stands between the braces into a Dim.
struct Step {
  std::string_view slug;     ///< "class-token": files, command line
  std::string_view title;    ///< "Class token"
  std::string_view short_title;  ///< for narrow rails, "Class token"
  Stage stage;
  /// What run() needs, of these the ones that the architecture records, and what it makes. `out` among the reads of a step that stands before
  /// its writer means the tokens that enter the block: Trace::entering().
  std::span<const Slot> reads, writes;
  Slot result;               ///< the tensor whose shape the rail shows
  std::string_view formula;  ///< formula markup, symbols only
  std::string_view sizes;    ///< the same with real sizes: "{N} × {P²C} · {P²C} × {D} → {N} × {D}"
  std::string_view sentence; ///< one line: what happens
  std::string_view teaching; ///< two sentences: why, and what to look at
  void (*run)(StepContext&);
  Explanation (*explain)(const Trace&, const CellRef&);  ///< the cell belongs to one of `writes`
  bool (*applies)(const VitConfig&) = nullptr;  ///< whether an architecture has this step; null: every one has
  std::span<const std::string_view> shown_as = {};  ///< slugs of steps whose figures show this one too, for variants that write other slots
};

/// All steps of all architectures in order: embed, block (repeated depth times in a run), answer.
std::span<const Step> steps();
std::span<const Step> steps(Stage stage);
const Step* find_step(std::string_view slug);
bool applies(const Step& step, const VitConfig& config);
/// The steps of a stage that an architecture has, in order.
std::vector<const Step*> steps_of(Stage stage, const VitConfig& config);
/// Whether runs on an architecture hold this tensor.
bool records(const VitConfig& config, Slot slot);
/// The step of an architecture that writes a slot; for slots that it does not record, the first step that writes them elsewhere.
const Step& writer_of(Slot slot, const VitConfig& config);

/// One position of the walk: a step and, inside the encoder, the block.
struct Place {
  const Step* step = nullptr;
  int block = -1;
  bool operator==(const Place&) const = default;
};
/// Every position of the walk on an architecture, in order: embed steps, then all steps of block 0, 1, ..., then the answer; only steps
/// that apply.
std::vector<Place> walk(const VitConfig& config);

}  // namespace vitscope
