#include "core/forward.h"

#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

#include "core/edits/apply.h"
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
bool needs_all_blocks(const EditsPtr& edits) {
  return edits && std::any_of(edits->begin(), edits->end(), [](const Edit& edit) { return edit.on && edit.kind == EditKind::class_from; });
}

/// How many places of the walk the run `reuse` has made as this one would.
std::size_t places_to_reuse(const Trace::Origin& origin, const TracePtr& reuse, const std::vector<Place>& places, const VitConfig& config) {
  if (!reuse || reuse->origin().model != origin.model || reuse->origin().input != origin.input) return 0;
  const std::size_t shared = places_shared(reuse->edits(), origin.edits, config);
  const auto there = [&](const Place& place) {
    return std::all_of(place.step->writes.begin(), place.step->writes.end(), [&](Slot slot) { return reuse->has(slot, place.block); });
  };
  std::size_t count = 0;
  while (count < shared && there(places[count])) ++count;
  return count;
}

/// The run itself where it has no edits, else the one that it remembers.
TracePtr unedited_run(const TracePtr& run) { return !run || run->edits() ? (run ? run->origin().unedited : nullptr) : run; }

std::size_t index_of(const std::vector<Place>& places, std::string_view slug) {
  return static_cast<std::size_t>(std::find_if(places.begin(), places.end(), [&](const Place& place) { return place.step->slug == slug; }) - places.begin());
}

/// The trace of a run that begins: with the model and the input that the edits make, or those that `reuse` has made already.
Trace begin(const Trace::Origin& origin, const TracePtr& reuse, std::size_t reused, const std::vector<Place>& places) {
  if (!origin.edits) return {origin.model, origin.input};
  const bool same_input = reused > 0, same_model = reused > index_of(places, "position");
  return {same_model ? reuse->model_ptr() : edited_model(origin.model, *origin.edits),
          same_input ? reuse->input_ptr() : edited_input(origin.input, *origin.edits, origin.model->config.grid), origin};
}
}  // namespace

TracePtr forward(const ModelPtr& model, const InputPtr& input, ThreadPool& pool, const ForwardOptions& asked) {
  assert(input->values.shape() == shape_of(Slot::input, model->config));
  ForwardOptions options = asked;
  if (needs_all_blocks(options.edits)) options.record = Record::everything;
  Trace::Origin origin{model, input, any_on(options.edits) ? options.edits : nullptr};
  // Edits of positions may add steps; the sizes of tensors stay.
  const VitConfig config = origin.edits ? edited_config(model->config, *origin.edits) : model->config;
  const std::vector<Place> places = walk(config);
  std::size_t reused = options.record == Record::everything ? places_to_reuse(origin, options.reuse, places, config) : 0;
  if (const TracePtr plain = unedited_run(options.reuse); plain && options.record == Record::everything) {
    const std::size_t of_plain = places_to_reuse(origin, plain, places, config);
    if (of_plain > reused) options.reuse = plain, reused = of_plain;
    if (origin.edits && plain->origin().model == model && plain->origin().input == input) origin.unedited = plain;
  }
  Trace trace = begin(origin, options.reuse, reused, places);
  for (std::size_t i = 0; i < reused; ++i)
    for (Slot slot : places[i].step->writes) trace.set({slot, places[i].block}, options.reuse->at(slot, places[i].block));
  Workspace workspace;
  if (options.record == Record::attention_only) {
    workspace.prepare(std::vector<Slot>(static_cast<std::size_t>(config.depth), Slot::attn), config);
  }
  int prepared = -1;
  for (std::size_t i = reused; i < places.size(); ++i) {
    const auto [step, block] = places[i];
    if (options.stop.stop_requested()) break;
    if (options.on_step) options.on_step(places[i]);
    if (block > prepared && options.record == Record::everything) workspace.prepare(slots_of_block(config), config), prepared = block;

    StepContext context{trace, pool, block, &workspace};
    step->run(context);
    if (origin.edits) apply_edits(trace, pool, places[i], *origin.edits);

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
