#include "core/forward.h"

#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

#include "core/steps/workspace.h"

namespace vitscope {

namespace {
/// What the next block reads of a block.
constexpr Slot kHandedOn[] = {Slot::out, Slot::tnt_out};

/// Takes everything but the attention out of a finished block and the tokens that had entered it.
void keep_attention_only(Trace& trace, int block, Workspace& workspace) {
  for (const SlotInfo& slot : slots()) {
    if (slot.scope != Scope::block || slot.slot == Slot::attn) continue;
    const int from = std::ranges::count(kHandedOn, slot.slot) ? block - 1 : block;
    if (trace.has(slot.slot, from)) workspace.give_back(slot.slot, trace.take({slot.slot, from}));
  }
}

/// The tensors that one block makes, in the order of making.
std::vector<Slot> slots_of_block(const VitConfig& config) {
  std::vector<Slot> slots;
  for (const Step* step : steps_of(Stage::block, config)) slots.insert(slots.end(), step->writes.begin(), step->writes.end());
  return slots;
}

/// A copy of the trace that stays as it is while the run goes on; in runs that keep only the attention without the tokens that the next
/// block reads.
TracePtr snapshot(const Trace& trace, const ForwardOptions& options) {
  auto copy = std::make_shared<Trace>(trace);
  const int last = trace.finished_blocks() - 1;
  if (options.record != Record::attention_only) return copy;
  for (const Slot slot : kHandedOn) {
    if (copy->has(slot, last)) copy->take({slot, last});
  }
  return copy;
}
}  // namespace

TracePtr forward(const ModelPtr& model, const InputPtr& input, ThreadPool& pool, const ForwardOptions& options) {
  assert(input->values.shape() == shape_of(Slot::input, model->config));
  Trace trace(model, input);
  Workspace workspace;
  if (options.record == Record::attention_only) {
    workspace.prepare(std::vector<Slot>(static_cast<std::size_t>(model->config.depth), Slot::attn), model->config);
  }
  const std::vector<Place> places = walk(model->config);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto [step, block] = places[i];
    if (options.stop.stop_requested()) break;
    if (options.on_step) options.on_step(places[i]);
    const bool enters_block = block >= 0 && places[i - 1].block != block;
    if (enters_block && options.record == Record::everything) workspace.prepare(slots_of_block(model->config), model->config);

    StepContext context{trace, pool, block, &workspace};
    step->run(context);

    const bool last = i + 1 == places.size();
    const bool leaves_block = block >= 0 && places[i + 1].block != block;
    if (leaves_block && options.record == Record::attention_only) keep_attention_only(trace, block, workspace);
    const bool leaves_embedding = step->stage == Stage::embed && places[i + 1].step->stage != Stage::embed;
    if (options.on_progress && !last && (leaves_embedding || leaves_block)) options.on_progress(snapshot(trace, options));
  }
  TracePtr result = snapshot(trace, options);
  if (options.on_progress && result->complete()) options.on_progress(result);
  return result;
}

}  // namespace vitscope
