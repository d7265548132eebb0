#include "core/edits/edits.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <iterator>

#include "core/step.h"

namespace vitscope {

std::string_view title_of(EditGroup group) {
  constexpr std::string_view titles[kEditGroups] = {"Picture", "Tokens", "Position", "Class token", "Components", "Softmax"};
  return titles[static_cast<std::size_t>(group)];
}

std::span<const EditKindInfo> edit_kinds() {
  static constexpr std::array<EditKindInfo, kEditKinds> table{{
#define EDIT(id, slug, group, fields, title, words) {EditKind::id, slug, EditGroup::group, fields, title, words},
#include "core/edits/edits.def"
#undef EDIT
  }};
  return table;
}

const EditKindInfo& info(EditKind kind) { return edit_kinds()[static_cast<std::size_t>(kind)]; }

bool any_on(const EditsPtr& edits) {
  return edits && std::any_of(edits->begin(), edits->end(), [](const Edit& edit) { return edit.on; });
}

TensorRef first_affected(const Edit& edit) {
  const int block = std::max(0, edit.block);
  const bool mlp = edit.part == Part::mlp;
  switch (edit.kind) {
    case EditKind::mask:
      if (edit.fill == Fill::zero) return {Slot::embed_patch};
      if (edit.fill == Fill::drop) return {Slot::attn, 0};
      return {Slot::pixels};
    case EditKind::paint: case EditKind::move_crop: case EditKind::swap: case EditKind::shuffle: case EditKind::duplicate: return {Slot::pixels};
    case EditKind::channel_last: case EditKind::column_order: return {Slot::patches};
    case EditKind::class_zero: return {Slot::embed_cls};
    case EditKind::position_off: case EditKind::position_shuffled: case EditKind::position_1d: case EditKind::position_2d: case EditKind::position_resampled:
    case EditKind::position_axes: case EditKind::position_relative: case EditKind::position_every_block:
      return {Slot::embed_pos};
    case EditKind::class_from: return {Slot::out, edit.block - 1};
    case EditKind::class_removed: return {Slot::attn, 0};
    case EditKind::head_off: return {Slot::weighted, block};
    case EditKind::branch: return {mlp ? Slot::fc2 : Slot::attn_out, block};
    case EditKind::residual_off: return {mlp ? Slot::out : Slot::resid1, block};
    case EditKind::block_off: return {Slot::out, block};
    case EditKind::norm_off:
      if (edit.part == Part::answer) return {Slot::norm};
      return {mlp ? Slot::norm2 : Slot::norm1, block};
    case EditKind::temperature: return {Slot::attn, block};
    case EditKind::no_scale: case EditKind::score: return {Slot::scores, block};
    case EditKind::logit_temperature: break;
  }
  return {Slot::probs};
}

std::size_t places_shared(const EditsPtr& a, const EditsPtr& b, const VitConfig& config) {
  const auto on = [](const EditsPtr& edits) {
    std::vector<const Edit*> list;
    if (edits)
      for (const Edit& edit : *edits)
        if (edit.on) list.push_back(&edit);
    return list;
  };
  const auto equal = [](const Edit* x, const Edit* y) { return *x == *y; };
  std::vector<const Edit*> left = on(a), right = on(b);
  // What both lists begin or end with is made in both runs, in the same order.
  const auto [l, r] = std::mismatch(left.begin(), left.end(), right.begin(), right.end(), equal);
  left.erase(left.begin(), l);
  right.erase(right.begin(), r);
  while (!left.empty() && !right.empty() && equal(left.back(), right.back())) left.pop_back(), right.pop_back();

  const std::vector<Place> places = walk(config);
  std::size_t shared = places.size();
  for (const auto* side : {&left, &right}) {
    for (const Edit* edit : *side) {
      const TensorRef first = first_affected(*edit);
      const Place place{&writer_of(first.slot, config), info(first.slot).scope == Scope::block ? first.block : -1};
      shared = std::min(shared, static_cast<std::size_t>(std::find(places.begin(), places.end(), place) - places.begin()));
    }
  }
  return shared;
}

EditsPtr tensor_edits(const EditsPtr& edits) {
  Edits list;
  if (edits) {
    std::copy_if(edits->begin(), edits->end(), std::back_inserter(list), [](const Edit& edit) {
      return edit.on && first_affected(edit).slot != Slot::pixels && info(edit.kind).group != EditGroup::position;
    });
  }
  return list.empty() ? nullptr : std::make_shared<const Edits>(std::move(list));
}

EditsPtr fitting(const EditsPtr& edits, const Model& model, const ModelInput& input) {
  if (!edits) return edits;
  const auto misfit = [&](const Edit& edit) { return edit.on && (refusal(edit, model) || refusal(edit, input)); };
  if (std::none_of(edits->begin(), edits->end(), misfit)) return edits;
  auto fit = std::make_shared<Edits>(*edits);
  for (Edit& edit : *fit) edit.on = edit.on && !misfit(edit);
  return fit;
}

}  // namespace vitscope
