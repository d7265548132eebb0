#include <cmath>

#include "core/analysis/attention.h"

namespace vitscope {

namespace {
/// distance = factor * PatchGrid::distance_in_cells(), or factor * PatchGrid::distance().
struct Scale {
  bool in_cells;
  double factor;
};

Scale scale_of(const PatchGrid& grid, DistanceDefinition definition, DistanceUnit unit) {
  const double width = grid.columns() * grid.cell_width(), height = grid.rows() * grid.cell_height();
  const bool by_width = definition == DistanceDefinition::paper;
  const double pixels = by_width ? width / grid.columns() : 1;
  switch (unit) {
    case DistanceUnit::pixels: return {by_width, pixels};
    case DistanceUnit::cells: return {true, 1};
    case DistanceUnit::diagonal_share: return {by_width, pixels / std::hypot(width, height)};
  }
  return {true, 1};
}

/// Distances from the top left patch: entry (|rows apart|, |columns apart|) serves every pair.
std::vector<double> distance_table(const PatchGrid& grid, Scale scale) {
  std::vector<double> table;
  for (int patch = 0; patch < grid.patches(); ++patch) {
    table.push_back(scale.factor * (scale.in_cells ? grid.distance_in_cells(0, patch) : grid.distance(0, patch)));
  }
  return table;
}

double between(const PatchGrid& grid, const std::vector<double>& table, int a, int b) {
  const int rows = std::abs(grid.row(a) - grid.row(b)), columns = std::abs(grid.column(a) - grid.column(b));
  return table[static_cast<std::size_t>(grid.patch_at(rows, columns))];
}
}  // namespace

std::string_view name_of(DistanceDefinition definition) {
  switch (definition) {
    case DistanceDefinition::paper: return "paper";
    case DistanceDefinition::keras: return "keras";
    case DistanceDefinition::renormalised: return "renormalised";
  }
  return "";
}

std::vector<HeadDistance> attention_distance(const Tensor& attn, const PatchGrid& grid, DistanceDefinition definition, DistanceUnit unit) {
  const std::vector<double> table = distance_table(grid, scale_of(grid, definition, unit));
  const int patches = grid.patches(), tokens = grid.tokens();
  std::vector<HeadDistance> heads;
  for (int head = 0; head < attn.dim(0); ++head) {
    const std::span<const float> map = attn.row(head);
    HeadDistance sum;
    for (int query = 0; query < patches; ++query) {
      const auto row = map.subspan(static_cast<std::size_t>(grid.token_of(query)) * tokens, static_cast<std::size_t>(tokens));
      double weighted = 0, mass = 0, prefix = 0;
      for (int token = 0; token < grid.prefix(); ++token) prefix += row[static_cast<std::size_t>(token)];
      for (int key = 0; key < patches; ++key) {
        const double weight = row[static_cast<std::size_t>(grid.token_of(key))];
        weighted += weight * between(grid, table, query, key);
        mass += weight;
      }
      if (definition == DistanceDefinition::keras) {
        sum.distance += weighted;
      } else if (mass > 0) {
        sum.distance += weighted / mass;
      }
      sum.prefix_share += prefix;
    }
    heads.push_back({sum.distance / patches, sum.prefix_share / patches});
  }
  return heads;
}

double uniform_attention_distance(const PatchGrid& grid, DistanceUnit unit, DistanceDefinition definition) {
  const std::vector<double> table = distance_table(grid, scale_of(grid, definition, unit));
  double sum = 0;
  for (int a = 0; a < grid.patches(); ++a) {
    for (int b = 0; b < grid.patches(); ++b) sum += between(grid, table, a, b);
  }
  return sum / grid.patches() / grid.patches();
}

}  // namespace vitscope
