#include "app/figures/selection.h"

#include <algorithm>

namespace vitscope::figures {

std::optional<CellRef> Selection::hovered_cell() const {
  if (const auto* cell = std::get_if<draw::CellTarget>(&hovered)) return cell->cell;
  return std::nullopt;
}

int Selection::hovered_token() const {
  if (const auto* token = std::get_if<draw::TokenTarget>(&hovered)) return token->token;
  return -1;
}

void Selection::clamp_to(const VitConfig& config) {
  block = std::clamp(block, 0, config.depth - 1);
  head = std::clamp(head, kMaxHead, config.heads - 1);
  query = std::clamp(query, 0, config.tokens() - 1);
  patch = std::clamp(patch, 0, config.patches() - 1);
  if (place.step == nullptr) place = {&steps().front(), -1};
  if (!applies(*place.step, config)) {
    const std::vector<const Step*> legal = steps_of(place.step->stage, config);
    const auto after = std::find_if(legal.begin(), legal.end(), [&](const Step* step) { return step > place.step; });
    place.step = after == legal.begin() ? legal.front() : *std::prev(after);
  }
  if (place.block >= config.depth) place.block = config.depth - 1;
  const auto inside = [&](const CellRef& cell) {
    const Shape shape = shape_of(cell.tensor.slot, config);
    const int index[4] = {cell.i, cell.j, cell.k, cell.l};
    bool legal = cell.tensor.block < config.depth && records(config, cell.tensor.slot);
    for (int axis = 0; axis < shape.rank(); ++axis) legal = legal && index[axis] >= 0 && index[axis] < shape[axis];
    return legal;
  };
  if (pinned && !inside(*pinned)) pinned.reset();
  if (!pinned || !std::all_of(trail.begin(), trail.end(), inside)) trail.clear();
  hovered = {};
}

Selection Selection::initial(const VitConfig& config) {
  Selection s;
  s.place = {&steps().front(), -1};
  s.block = config.depth - 1;
  s.patch = config.grid.patch_at((config.grid.rows() - 1) / 2, (config.grid.columns() - 1) / 2);
  return s;
}

}  // namespace vitscope::figures
