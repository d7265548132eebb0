#include "core/analysis/head_importance.h"

#include <algorithm>
#include <cassert>

#include "core/analysis/parts.h"
#include "core/edits/apply.h"
#include "core/step.h"
#include "core/steps/workspace.h"

namespace vitscope {

namespace {
/// The context [T, H * d] of a block with the columns of one head at zero.
Tensor silenced(const Tensor& context, int head, int head_width) {
  Tensor copy(context.shape(), context.values());
  const int rows = copy.dim(0), columns = copy.dim(1);
  for (int row = 0; row < rows; ++row) std::fill_n(copy.edit() + static_cast<std::ptrdiff_t>(row) * columns + head * head_width, head_width, 0.0f);
  return copy;
}

/// Takes out what a block has made once the block behind it, which may read it, is finished.
void clear(Trace& trace, int block, Workspace& workspace) {
  for (const SlotInfo& slot : slots()) {
    if (slot.scope == Scope::block && trace.has(slot.slot, block)) workspace.give_back(slot.slot, trace.take({slot.slot, block}));
  }
}

}  // namespace

std::optional<TracePtr> without_head(const Trace& trace, int block, int head, ThreadPool& pool, std::stop_token stop) {
  const std::vector<Place> places = walk(trace.config());
  auto changed = std::make_shared<Trace>(trace);
  changed->set({Slot::context, block}, silenced(trace.at(Slot::context, block), head, trace.config().head_width));
  Workspace workspace;
  std::size_t next = 0;
  while (places[next].block != block || std::ranges::find(places[next].step->writes, Slot::context) == places[next].step->writes.end()) ++next;
  for (++next; next < places.size(); ++next) {
    if (stop.stop_requested()) return std::nullopt;
    const Place& place = places[next];
    StepContext context{*changed, pool, place.block, &workspace};
    place.step->run(context);
    if (trace.edits()) apply_edits(*changed, pool, place, *trace.edits());
    // Tensors of the changed block and of those before it may be shared with the trace.
    const bool leaves_block = next + 1 == places.size() || places[next + 1].block != place.block;
    if (leaves_block && place.block - 1 > block) clear(*changed, place.block - 1, workspace);
  }
  return changed;
}

std::optional<HeadImportance> head_importance(const Trace& trace, StudyContext& context) {
  assert(trace.complete());
  const VitConfig& config = trace.config();
  HeadImportance found;
  found.blocks = config.depth;
  found.heads = config.heads;
  found.plain_logits = copy_of(trace.at(Slot::logits));
  found.plain_probs = probabilities(trace);
  const int passes = config.depth * config.heads, classes = static_cast<int>(found.plain_logits.size());
  found.logits = Tensor({passes, classes});
  found.probs = Tensor({passes, classes});
  for (int pass = 0; pass < passes; ++pass) {
    if (!context.go_on(pass, passes)) return std::nullopt;
    const auto silent = without_head(trace, pass / config.heads, pass % config.heads, context.pool, context.stop);
    if (!silent) return std::nullopt;
    const auto at = static_cast<std::ptrdiff_t>(pass) * classes;
    std::copy_n((*silent)->at(Slot::logits).data(), classes, found.logits.edit() + at);
    std::ranges::copy(probabilities(**silent), found.probs.edit() + at);
  }
  context.go_on(passes, passes);
  return found;
}

Tensor head_drop(const HeadImportance& importance, int class_index, bool probability) {
  const Tensor& silent = probability ? importance.probs : importance.logits;
  const float plain = (probability ? importance.plain_probs : importance.plain_logits)[index(class_index)];
  Tensor drop({importance.blocks, importance.heads});
  for (int i = 0; i < importance.blocks * importance.heads; ++i) drop.edit()[i] = plain - silent.at(i, class_index);
  return drop;
}

}  // namespace vitscope
