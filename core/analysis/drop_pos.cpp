#include "core/analysis/drop_pos.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include "core/edits/permutation.h"
#include "core/forward.h"
#include "core/model/random.h"

namespace vitscope {

namespace {

constexpr float kDeviation = 0.02f;

std::size_t index(int i) { return static_cast<std::size_t>(i); }

/// How many of `count` are left when a share is taken away. The small addend keeps shares such as 0.9, which have no exact form, from losing a whole patch.
int left_of(int count, double share) { return static_cast<int>(std::floor(count * (1 - std::clamp(share, 0.0, 1.0)) + 1e-9)); }

/// The run's edits of tensors, those that drop patches off, and one that drops what the masks drop.
EditsPtr edits_of(const Trace& trace, std::span<const DropPosState> states) {
  auto edits = std::make_shared<Edits>();
  if (const EditsPtr others = tensor_edits(trace.edits())) *edits = *others;
  std::erase_if(*edits, [](const Edit& edit) { return edit.kind == EditKind::mask && edit.fill == Fill::drop; });
  Edit drop;
  drop.kind = EditKind::mask;
  drop.fill = Fill::drop;
  for (std::size_t i = 0; i < states.size(); ++i)
    if (states[i] == DropPosState::dropped) drop.patches.push_back(static_cast<int>(i));
  if (!drop.patches.empty()) edits->push_back(std::move(drop));
  if (edits->empty()) return nullptr;
  return edits;
}

}  // namespace

std::vector<DropPosState> drop_pos_masks(int patches, const DropPosOptions& options) {
  std::vector<DropPosState> states(index(patches), DropPosState::dropped);
  const int seen = std::max(1, left_of(patches, options.patch_ratio)), placed = left_of(seen, options.position_ratio);
  // In a random order of the patches the first are placed, the next unplaced: which of the seen keep their position is as random as which are seen.
  const std::vector<int> order = permutation(patches, options.seed);
  for (int i = 0; i < seen; ++i) states[index(order[index(i)])] = i < placed ? DropPosState::placed : DropPosState::unplaced;
  return states;
}

int count_of(std::span<const DropPosState> states, DropPosState state) { return static_cast<int>(std::count(states.begin(), states.end(), state)); }

Tensor drop_pos_positions(const Tensor& position, const PatchGrid& grid, std::span<const DropPosState> states, std::uint64_t seed) {
  Tensor changed(position.shape(), position.values());
  Random random(seed, 1);
  std::vector<float> shared(index(position.dim(1)));
  for (float& x : shared) x = kDeviation * random.bell();
  for (int patch = 0; patch < grid.patches(); ++patch)
    if (states[index(patch)] == DropPosState::unplaced) std::ranges::copy(shared, changed.edit() + static_cast<std::ptrdiff_t>(grid.token_of(patch)) * position.dim(1));
  return changed;
}

Tensor drop_pos_head(int patches, int width, std::uint64_t seed) {
  Tensor head({patches, width});
  Random random(seed, 2);
  std::generate_n(head.edit(), head.size(), [&] { return kDeviation * random.bell(); });
  return head;
}

std::optional<double> DropPosGuesses::accuracy() const {
  if (asked == 0) return std::nullopt;
  return static_cast<double>(right) / asked;
}

DropPosGuesses drop_pos_guesses(const Tensor& tokens, const Tensor& head, const PatchGrid& grid, std::span<const DropPosState> states) {
  DropPosGuesses guesses;
  guesses.cells.assign(states.size(), -1);
  for (int patch = 0; patch < grid.patches(); ++patch) {
    if (states[index(patch)] == DropPosState::dropped) continue;
    const std::span<const float> token = tokens.row(grid.token_of(patch));
    double most = 0;
    for (int cell = 0; cell < head.dim(0); ++cell) {
      const double product = std::inner_product(token.begin(), token.end(), head.row(cell).begin(), 0.0, std::plus<>{}, [](float a, float b) { return static_cast<double>(a) * static_cast<double>(b); });
      if (cell > 0 && !(product > most)) continue;
      most = product;
      guesses.cells[index(patch)] = cell;
    }
    if (states[index(patch)] != DropPosState::unplaced) continue;
    ++guesses.asked;
    guesses.right += guesses.cells[index(patch)] == patch;
  }
  return guesses;
}

bool has_position_table(const Model& model) {
  const Tensor& table = model.weights.position;
  return !table.empty() && table.dim(0) == model.config.tokens() && table.dim(1) == model.config.dim;
}

std::optional<DropPos> drop_pos(const Trace& trace, const DropPosOptions& options, StudyContext& context) {
  assert(has_position_table(trace.model()));
  const PatchGrid& grid = trace.grid();
  DropPos found;
  found.states = drop_pos_masks(grid.patches(), options);
  auto model = std::make_shared<Model>(trace.model());
  model->weights.position = drop_pos_positions(model->weights.position, grid, found.states, options.seed);
  const bool norm = records(model->config, Slot::norm);
  ForwardOptions forward_options;
  forward_options.record = norm ? Record::attention_only : Record::everything;
  forward_options.stop = context.stop;
  forward_options.edits = edits_of(trace, found.states);
  if (!context.go_on(0, 1)) return std::nullopt;
  const TracePtr run = forward(model, trace.input_ptr(), context.pool, forward_options);
  if (!run->complete()) return std::nullopt;
  found.tokens = norm ? run->at(Slot::norm) : run->stream_before(model->config.depth);
  found.guesses = drop_pos_guesses(found.tokens, drop_pos_head(grid.patches(), model->config.dim, options.seed), grid, found.states);
  // One head on few patches may be lucky; many are at chance.
  int right = 0;
  for (int head = 1; head <= kDropPosHeads && found.guesses.asked > 0; ++head) {
    if (!context.go_on(head, kDropPosHeads + 1)) return std::nullopt;
    right += drop_pos_guesses(found.tokens, drop_pos_head(grid.patches(), model->config.dim, options.seed + static_cast<std::uint64_t>(head)), grid, found.states).right;
  }
  if (found.guesses.asked > 0) found.mean_accuracy = right / (static_cast<double>(found.guesses.asked) * kDropPosHeads);
  context.go_on(1, 1);
  return found;
}

}  // namespace vitscope
