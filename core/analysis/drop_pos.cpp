#include "core/analysis/drop_pos.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "core/analysis/parts.h"
#include "core/analysis/tokens.h"
#include "core/edits/permutation.h"
#include "core/forward.h"
#include "core/model/random.h"
#include "core/variants.h"

namespace vitscope {

namespace {

constexpr float kDeviation = 0.02f;
constexpr double kLossTemperature = 0.1;

/// How many of `count` are left when a share is taken away. The small addend keeps shares such as 0.9, which have no exact form, from losing a whole patch.
int left_of(int count, double share) { return static_cast<int>(std::floor(count * (1 - std::clamp(share, 0.0, 1.0)) + 1e-9)); }

bool is_drop(const Edit& edit) { return edit.kind == EditKind::mask && edit.fill == Fill::drop; }

bool drops_patches(const Trace& trace) {
  const EditsPtr edits = tensor_edits(trace.edits());
  return edits && std::any_of(edits->begin(), edits->end(), is_drop);
}

/// The run's edits of tensors, those that drop patches off, and one that drops what the masks drop.
EditsPtr edits_of(const Trace& trace, std::span<const DropPosState> states) {
  auto edits = std::make_shared<Edits>();
  if (const EditsPtr others = tensor_edits(trace.edits())) *edits = *others;
  std::erase_if(*edits, is_drop);
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

Tensor drop_pos_positions(const Tensor& position, const PatchGrid& grid, std::span<const DropPosState> states, const Tensor& shared) {
  Tensor changed(position.shape(), position.values());
  for (int patch = 0; patch < grid.patches(); ++patch)
    if (states[index(patch)] == DropPosState::unplaced) std::ranges::copy(shared.values(), changed.edit() + static_cast<std::ptrdiff_t>(grid.token_of(patch)) * position.dim(1));
  return changed;
}

Tensor drop_pos_shared(int dim, std::uint64_t seed) {
  Tensor shared({dim});
  Random random(seed, 1);
  std::generate_n(shared.edit(), shared.size(), [&] { return kDeviation * random.bell(); });
  return shared;
}

Tensor drop_pos_rows(const Tensor& tokens, const PatchGrid& grid, std::span<const DropPosState> states) {
  const int seen = grid.patches() - count_of(states, DropPosState::dropped);
  Tensor rows({grid.prefix() + seen, tokens.dim(1)});
  float* next = std::copy_n(tokens.data(), static_cast<std::ptrdiff_t>(grid.prefix()) * tokens.dim(1), rows.edit());
  for (int patch = 0; patch < grid.patches(); ++patch)
    if (states[index(patch)] != DropPosState::dropped) next = std::ranges::copy(tokens.row(grid.token_of(patch)), next).out;
  return rows;
}

std::optional<double> DropPosGuesses::accuracy() const {
  if (asked == 0) return std::nullopt;
  return static_cast<double>(right) / asked;
}

DropPosGuesses drop_pos_guesses(const Tensor& logits, std::span<const DropPosState> states) {
  DropPosGuesses guesses;
  guesses.cells.assign(states.size(), -1);
  int row = logits.dim(0) - (static_cast<int>(states.size()) - count_of(states, DropPosState::dropped));
  for (std::size_t patch = 0; patch < states.size(); ++patch) {
    if (states[patch] == DropPosState::dropped) continue;
    const std::span<const float> of_patch = logits.row(row++);
    guesses.cells[patch] = static_cast<int>(std::ranges::max_element(of_patch) - of_patch.begin());
    if (states[patch] != DropPosState::unplaced) continue;
    ++guesses.asked;
    guesses.right += guesses.cells[patch] == static_cast<int>(patch);
  }
  return guesses;
}

std::vector<double> drop_pos_loss_weights(const Trace& trace, std::span<const DropPosState> states) {
  const PatchGrid& grid = trace.grid();
  if (!trace.config().class_token || grid.prefix() == 0 || count_of(states, DropPosState::unplaced) == 0 || drops_patches(trace)) return {};
  const Tensor& tokens = trace.at(variants::pooling_input(trace.config()));
  std::vector<double> weights(states.size());
  double sum = 0;
  for (int patch = 0; patch < grid.patches(); ++patch) {
    if (states[index(patch)] != DropPosState::unplaced) continue;
    // The softmax's own sum falls out when the weights are brought to the sum 1. A cosine is at most 1: nothing overflows.
    weights[index(patch)] = std::exp(cosine(tokens.row(0), tokens.row(grid.token_of(patch))) / kLossTemperature);
    sum += weights[index(patch)];
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

int drop_pos_decoders(int blocks) { return blocks == 0 ? 100 : std::max(4, 32 / blocks); }

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
  const DropPosWeights& own = trace.model().weights.drop_pos;
  found.own_decoder = has_drop_pos_decoder(trace.model());
  const int dim = model->config.dim;
  const bool learned = found.own_decoder && !own.mask_position.empty();
  model->weights.position = drop_pos_positions(model->weights.position, grid, found.states, learned ? own.mask_position : drop_pos_shared(dim, options.seed));
  const bool norm = records(model->config, Slot::norm);
  ForwardOptions forward_options;
  forward_options.record = norm ? Record::attention_only : Record::everything;
  forward_options.stop = context.stop;
  forward_options.edits = edits_of(trace, found.states);
  if (!context.go_on(0, 1)) return std::nullopt;
  const TracePtr run = forward(model, trace.input_ptr(), context.pool, forward_options);
  if (!run->complete()) return std::nullopt;
  found.tokens = norm ? run->at(Slot::norm) : run->stream_before(model->config.depth);
  found.loss_weights = drop_pos_loss_weights(trace, found.states);
  const Tensor rows = drop_pos_rows(found.tokens, grid, found.states);
  const auto untrained = [&](std::uint64_t seed) { return drop_pos_decoder(context.pool, dim, grid.patches(), options.blocks, seed); };
  {
    const DropPosWeights decoder = found.own_decoder ? own : untrained(options.seed);
    found.width = decoder.embed.out();
    found.blocks = static_cast<int>(decoder.blocks.size());
    found.heads = decoder.heads;
    const Tensor logits = drop_pos_logits(context.pool, rows, decoder);
    found.guesses = drop_pos_guesses(logits, found.states);
    const int seen = rows.dim(0) - grid.prefix();
    found.logits = Tensor({seen, grid.patches()}, logits.values().last(index(seen) * index(grid.patches())));
  }
  if (found.own_decoder || found.guesses.asked == 0) return found;
  // One decoder on few patches may be lucky; many are at chance.
  const int others = drop_pos_decoders(options.blocks);
  int right = 0;
  for (int i = 1; i <= others; ++i) {
    if (!context.go_on(i, others + 1)) return std::nullopt;
    right += drop_pos_guesses(drop_pos_logits(context.pool, rows, untrained(options.seed + static_cast<std::uint64_t>(i))), found.states).right;
  }
  found.decoders = others;
  found.mean_accuracy = right / (static_cast<double>(found.guesses.asked) * others);
  context.go_on(1, 1);
  return found;
}

}  // namespace vitscope
