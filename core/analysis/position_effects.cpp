#include "core/analysis/position_effects.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <utility>

#include "core/forward.h"

namespace vitscope {

namespace {

constexpr std::uint64_t kOrderSeed = 1;

std::optional<Edit> edit_of(PositionVariant variant) {
  Edit edit;
  switch (variant) {
    case PositionVariant::as_is: return std::nullopt;
    case PositionVariant::none: edit.kind = EditKind::position_off; break;
    case PositionVariant::shuffled: edit.kind = EditKind::position_shuffled; break;
    case PositionVariant::sinusoid: edit.kind = EditKind::position_1d; break;
    case PositionVariant::sinusoid_2d: edit.kind = EditKind::position_2d; break;
    case PositionVariant::axes: edit.kind = EditKind::position_axes; break;
    case PositionVariant::relative: edit.kind = EditKind::position_relative; break;
    case PositionVariant::every_block: edit.kind = EditKind::position_every_block; break;
  }
  edit.seed = kOrderSeed;
  return edit;
}

double largest_change(const Tensor& a, const Tensor& b) {
  double most = 0;
  for (std::size_t i = 0; i < a.values().size(); ++i) most = std::max(most, std::fabs(static_cast<double>(a.values()[i]) - static_cast<double>(b.values()[i])));
  return most;
}

}  // namespace

std::span<const PositionVariantInfo> position_variants() {
  static constexpr std::array<PositionVariantInfo, 8> table{{
      {PositionVariant::as_is, "as it is", 0.64206},
      {PositionVariant::none, "none", 0.61382},
      {PositionVariant::shuffled, "its rows shuffled", std::nullopt},
      {PositionVariant::sinusoid, "1-D sinusoids", std::nullopt},
      {PositionVariant::sinusoid_2d, "2-D sinusoids", std::nullopt},
      {PositionVariant::axes, "half column, half row", 0.64001},
      {PositionVariant::relative, "relative", 0.64032},
      {PositionVariant::every_block, "in front of every block", std::nullopt},
  }};
  return table;
}

std::optional<Edits> edits_with(const Trace& trace, PositionVariant variant) {
  Edits edits = trace.edits() ? *trace.edits() : Edits{};
  const std::optional<Edit> edit = edit_of(variant);
  if (!edit) return edits;
  if (refusal(*edit, trace.model())) return std::nullopt;
  edits.push_back(*edit);
  return edits;
}

std::optional<std::vector<PositionEffect>> position_effects(const Trace& trace, StudyContext& context) {
  assert(trace.complete());
  std::vector<std::pair<PositionVariant, Edits>> runs;
  for (const PositionVariantInfo& info : position_variants())
    if (auto edits = edits_with(trace, info.variant)) runs.emplace_back(info.variant, std::move(*edits));
  Edit shuffle;
  shuffle.kind = EditKind::shuffle;
  shuffle.seed = kOrderSeed;
  const bool shuffles = !refusal(shuffle, trace.model());
  const int passes = static_cast<int>(runs.size()) * (shuffles ? 2 : 1);
  int done = 0;
  const auto answer = [&](const Edits& edits) -> TracePtr {
    if (!context.go_on(done++, passes)) return nullptr;
    ForwardOptions options;
    options.record = Record::attention_only;
    options.stop = context.stop;
    options.edits = std::make_shared<const Edits>(edits);
    TracePtr run = forward(trace.origin().model, trace.origin().input, context.pool, options);
    return run->complete() ? run : nullptr;
  };
  std::vector<PositionEffect> effects;
  for (auto& [variant, edits] : runs) {
    const TracePtr run = answer(edits);
    if (!run) return std::nullopt;
    const Tensor& logits = run->at(Slot::logits);
    PositionEffect effect{variant, logits, run->has(Slot::probs) ? run->at(Slot::probs) : Tensor{}, largest_change(logits, trace.at(Slot::logits)), {}};
    if (shuffles) {
      edits.push_back(shuffle);
      const TracePtr other = answer(edits);
      if (!other) return std::nullopt;
      effect.shuffled = largest_change(other->at(Slot::logits), logits);
    }
    effects.push_back(std::move(effect));
  }
  context.go_on(passes, passes);
  return effects;
}

}  // namespace vitscope
