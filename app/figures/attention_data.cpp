#include "app/figures/attention_data.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <tuple>

#include "app/figures/kept.h"

namespace vitscope::figures::attention {

using draw::Matrix;

namespace {

bool is_pair(const CellRef& cell, int block) {
  return (cell.tensor.slot == Slot::attn || cell.tensor.slot == Slot::scores) && cell.tensor.block == block;
}

std::optional<CellRef> hovered_pair(const FigureInput& input) {
  if (input.paper) return std::nullopt;
  const std::optional<CellRef> cell = input.selection.hovered_cell();
  return cell && is_pair(*cell, input.block()) ? cell : std::nullopt;
}

/// The smallest of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten that is not below `value`.
float rounded_up(float value) {
  if (!(value > 0)) return 1;
  const float power = std::pow(10.0f, std::floor(std::log10(value)));
  for (const float step : {1.0f, 1.5f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f, 8.0f})
    if (step * power >= value) return step * power;
  return 10 * power;
}

/// Value that `covered` of the numbers do not exceed, and the largest; of many numbers only every n-th is asked for the first.
std::pair<float, float> quantile(std::span<const float> values, double covered) {
  constexpr std::size_t kSamples = 1 << 17;
  const std::size_t stride = values.size() / kSamples + 1;
  std::vector<float> some;
  for (std::size_t i = 0; i < values.size(); i += stride) some.push_back(values[i]);
  if (some.empty()) return {0.0f, 0.0f};
  const auto at = static_cast<std::ptrdiff_t>(covered * static_cast<double>(some.size() - 1));
  std::nth_element(some.begin(), some.begin() + at, some.end());
  return {some[static_cast<std::size_t>(at)], *std::max_element(values.begin(), values.end())};
}

/// Largest share of one token among the patches, over all heads of a block.
float largest_of_heads(const Tensor& attn, const Chosen& chosen, const PatchGrid& grid) {
  static Kept<std::tuple<std::uint64_t, int, bool>, float, 128> kept;
  return kept.get({attn.id(), chosen.query, chosen.column}, [&] {
    float most = 0;
    for (int head = 0; head < attn.dim(0); ++head) {
      const Matrix all(attn, head);
      for (int token = grid.prefix(); token < grid.tokens(); ++token)
        most = std::max(most, chosen.column ? all.at(token, chosen.query) : all.at(chosen.query, token));
    }
    return most;
  });
}

/// A block can take the place of the shown one when it holds all that the shown one holds.
bool can_stand_for(const FigureInput& input, int block) {
  if (block < 0 || block >= input.config().depth || !input.trace.has(Slot::attn, block)) return false;
  constexpr Slot kSlots[] = {Slot::q, Slot::k, Slot::v, Slot::scores};
  return std::all_of(std::begin(kSlots), std::end(kSlots), [&](Slot slot) { return input.trace.has(slot, block) || !input.trace.has(slot, input.block()); });
}

}  // namespace

Chosen pinned_choice(const FigureInput& input) {
  return {input.block(), input.selection.head, std::clamp(input.selection.query, 0, input.config().tokens() - 1), reads_column(input.selection)};
}

Chosen chosen(const FigureInput& input) {
  Chosen now = pinned_choice(input);
  if (input.paper) return now;
  if (const auto* head = std::get_if<draw::HeadTarget>(&input.selection.hovered); head && can_stand_for(input, head->block) && head->head < input.config().heads)
    return {head->block, std::max(head->head, kMaxHead), now.query, now.column};
  if (const std::optional<CellRef> pair = hovered_pair(input); pair && pair->i == std::max(now.head, 0)) now.query = now.column ? pair->k : pair->j;
  return now;
}

int real_head(const FigureInput& input) { return std::max(input.selection.head, 0); }

int hovered_query(const FigureInput& input) {
  const std::optional<CellRef> pair = hovered_pair(input);
  return pair ? pair->j : -1;
}

int hovered_key(const FigureInput& input) {
  if (input.paper) return -1;
  const std::optional<CellRef> pair = hovered_pair(input);
  return pair ? pair->k : input.selection.hovered_token();
}

int hovered_other(const FigureInput& input) {
  if (input.paper) return -1;
  const std::optional<CellRef> pair = hovered_pair(input);
  if (!pair) return input.selection.hovered_token();
  return reads_column(input.selection) ? pair->j : pair->k;
}

int pinned_other(const FigureInput& input) {
  const std::optional<CellRef>& cell = input.selection.pinned;
  const Chosen now = chosen(input);
  if (!cell || !is_pair(*cell, now.block) || cell->i != now.head) return -1;
  if (now.column) return cell->k == now.query ? cell->j : -1;
  return cell->j == now.query ? cell->k : -1;
}

int pinned_key(const FigureInput& input) {
  const std::optional<CellRef>& cell = input.selection.pinned;
  const bool here = cell && is_pair(*cell, input.block()) && cell->i == input.selection.head && cell->j == input.selection.query;
  return here ? cell->k : -1;
}

Matrix shares(const Trace& trace, int block, int head) {
  const Tensor& attn = trace.at(Slot::attn, block);
  if (head >= 0) return Matrix(attn, head);
  static Kept<std::pair<std::uint64_t, int>, Tensor, 32> kept;
  return Matrix(kept.get({attn.id(), head}, [&] { return head_map(attn, head); }));
}

Matrix on_grid(const Matrix& shares, int query, const PatchGrid& grid) {
  return shares.row_as_grid(query, grid.prefix(), grid.rows(), grid.columns());
}

Matrix column_on_grid(const Matrix& shares, int key, const PatchGrid& grid) {
  static Kept<std::tuple<std::uint64_t, std::int64_t, int>, Tensor, 1024> kept;  // all maps of the wall of heads
  return Matrix(kept.get({shares.tensor.id(), shares.offset, key}, [&] {
    Tensor column(Shape{grid.rows(), grid.columns()});
    for (int patch = 0; patch < grid.patches(); ++patch) column.edit()[patch] = shares.at(grid.token_of(patch), key);
    return column;
  }));
}

Matrix grid_of(const Trace& trace, const Chosen& chosen) {
  const Matrix all = shares(trace, chosen.block, chosen.head);
  return chosen.column ? column_on_grid(all, chosen.query, trace.grid()) : on_grid(all, chosen.query, trace.grid());
}

std::vector<float> values_of(const Trace& trace, const Chosen& chosen) {
  return row_or_column(trace.at(Slot::attn, chosen.block), chosen.head, chosen.query, chosen.column);
}

bool is_distribution(const Chosen& chosen) { return !chosen.column && chosen.head != kMaxHead; }

double prefix_share(const Matrix& shares, int query, const PatchGrid& grid) {
  double sum = 0;
  for (int token = 0; token < grid.prefix(); ++token) sum += static_cast<double>(shares.at(query, token));
  return sum;
}

draw::Span span_of(const FigureInput& input, const Chosen& chosen) {
  if (const float by_hand = option(input.selection, range_option()); by_hand > 0) return {0, by_hand};
  float most = 0;
  if (input.selection.scale == ScaleMode::map) {
    most = draw::range_of(grid_of(input.trace, chosen)).hi;
  } else {
    const bool all = input.selection.scale == ScaleMode::all;
    for (int block = all ? 0 : chosen.block; block <= (all ? input.config().depth - 1 : chosen.block); ++block)
      if (input.trace.has(Slot::attn, block)) most = std::max(most, largest_of_heads(input.trace.at(Slot::attn, block), chosen, input.grid()));
  }
  return {0, most > 0 ? most : 1};
}

CutSpan cut_span(const FigureInput& input, const Chosen& chosen, double covered) {
  static Kept<std::tuple<std::uint64_t, std::int64_t, int>, std::pair<float, float>, 64> kept;
  const auto of = [&](const Tensor& tensor, std::int64_t offset, std::span<const float> values) {
    return kept.get({tensor.id(), offset, static_cast<int>(covered * 10000)}, [&] { return quantile(values, covered); });
  };
  std::pair<float, float> found{0.0f, 0.0f};
  const float by_hand = option(input.selection, range_option());
  if (input.selection.scale == ScaleMode::map) {
    const Matrix m = shares(input.trace, chosen.block, chosen.head);
    found = of(m.tensor, m.offset, m.tensor.values().subspan(static_cast<std::size_t>(m.offset), static_cast<std::size_t>(m.rows) * static_cast<std::size_t>(m.columns)));
  } else {
    const bool all = input.selection.scale == ScaleMode::all;
    for (int block = all ? 0 : chosen.block; block <= (all ? input.config().depth - 1 : chosen.block); ++block) {
      if (!input.trace.has(Slot::attn, block)) continue;
      const Tensor& attn = input.trace.at(Slot::attn, block);
      const std::pair<float, float> one = of(attn, -1, attn.values());
      found = {std::max(found.first, one.first), std::max(found.second, one.second)};
    }
  }
  if (by_hand > 0) return {{0, by_hand}, by_hand < found.second};
  const float end = rounded_up(found.first);
  return end < found.second ? CutSpan{{0, end}, true} : CutSpan{{0, found.second > 0 ? found.second : 1}, false};
}

std::span<const Option> distance_options() {
  static const std::array<Option, 2> options{{
      {Option::Kind::choice, "attention-distance.definition", "Definition", 0, 3, 0, {"renormalised", "paper", "Keras", "side by side"}},
      {Option::Kind::choice, "attention-distance.unit", "Unit", 0, 2, 0, {"pixels", "cells", "diagonal"}},
  }};
  return options;
}

DistanceChoice distance_choice(const Selection& selection) {
  constexpr std::array definitions{DistanceDefinition::renormalised, DistanceDefinition::paper, DistanceDefinition::keras, DistanceDefinition::renormalised};
  constexpr std::array units{DistanceUnit::pixels, DistanceUnit::cells, DistanceUnit::diagonal_share};
  const std::span<const Option> options = distance_options();
  const std::size_t definition = choice(selection, options[0]);
  return {definitions[definition], units[choice(selection, options[1])], definition == 3};
}

std::shared_ptr<const std::vector<HeadDistance>> distances(const FigureInput& input, int block) {
  const DistanceChoice chosen = distance_choice(input.selection);
  return distances(input, block, chosen.definition, chosen.unit);
}

std::shared_ptr<const std::vector<HeadDistance>> distances(const FigureInput& input, int block, DistanceDefinition definition, DistanceUnit unit) {
  static Kept<std::tuple<std::uint64_t, DistanceDefinition, DistanceUnit>, std::shared_ptr<const std::vector<HeadDistance>>, 256> kept;
  const Tensor& attn = input.trace.at(Slot::attn, block);
  return kept.get({attn.id(), definition, unit}, [&] {
    return std::make_shared<const std::vector<HeadDistance>>(attention_distance(attn, input.grid(), definition, unit));
  });
}

double uniform_distance(const PatchGrid& grid, DistanceDefinition definition, DistanceUnit unit) {
  static Kept<std::tuple<int, int, int, int, DistanceDefinition, DistanceUnit>, double, 16> kept;
  return kept.get({grid.rows(), grid.columns(), grid.patch_height(), grid.patch_width(), definition, unit}, [&] { return uniform_attention_distance(grid, unit, definition); });
}

RolloutRows rollout_by_block(const Trace& trace, const RolloutOptions& options) {
  using Settings = std::tuple<HeadFusion, bool, int, bool>;
  static Kept<std::tuple<std::uint64_t, Settings>, Tensor, 96> factors;
  static Kept<std::tuple<std::uint64_t, int, int, Settings>, RolloutRows, 12> kept;
  const int start = std::clamp(options.start_block, 0, trace.config().depth - 1);
  int end = start;
  while (end < trace.config().depth && trace.has(Slot::attn, end)) ++end;
  if (end == start) return {};
  const Settings settings{options.fusion, options.residual, static_cast<int>(std::lround(options.discard * 1000)), options.divide_columns};
  return kept.get({trace.at(Slot::attn, end - 1).id(), start, end, settings}, [&] {
    std::vector<Tensor> list;
    for (int block = start; block < end; ++block) {
      const Tensor& attn = trace.at(Slot::attn, block);
      list.push_back(factors.get({attn.id(), settings}, [&] { return rollout_factor(attn, options); }));
    }
    return RolloutRows{rollout_rows(list, rollout_query(trace.grid()).values()), rollout_row_sums(list)};
  });
}

}  // namespace vitscope::figures::attention
