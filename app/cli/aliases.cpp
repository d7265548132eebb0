#include <array>

#include "app/cli/export_options.h"

namespace vitscope::cli {

namespace {

template <class Value, std::size_t kCount>
bool set_field(Value& field, std::string_view value, const std::array<std::pair<std::string_view, Value>, kCount>& names) {
  for (const auto& [name, meant] : names)
    if (name == value) {
      field = meant;
      return true;
    }
  return false;
}

bool definition(figures::Selection& s, std::string_view value) {
  return set_field<DistanceDefinition, 3>(
      s.distance, value, {{{"paper", DistanceDefinition::paper}, {"keras", DistanceDefinition::keras}, {"renormalised", DistanceDefinition::renormalised}}});
}

bool unit(figures::Selection& s, std::string_view value) {
  return set_field<DistanceUnit, 3>(s.unit, value, {{{"pixels", DistanceUnit::pixels}, {"cells", DistanceUnit::cells}, {"diagonal", DistanceUnit::diagonal_share}}});
}

bool scale_mode(figures::Selection& s, std::string_view value) {
  using figures::ScaleMode;
  return set_field<ScaleMode, 3>(s.scale, value, {{{"map", ScaleMode::map}, {"block", ScaleMode::block}, {"all", ScaleMode::all}}});
}

}  // namespace

std::span<const Alias> aliases() {
  static const std::vector<Alias> all{
      {"--scale-mode", "map|block|all", "span of attention maps: each its own, one for a block, one for all", {}, {}, scale_mode},
      {"--definition", "paper|keras|renormalised", "attention distance: what happens to the class token", {}, {}, definition},
      {"--unit", "pixels|cells|diagonal", "attention distance: its unit", {}, {}, unit},
      {"--fusion", "mean|max|min", "rollout: how heads are taken together", {"rollout.heads"}, {{"max", "largest"}, {"min", "smallest"}}, nullptr},
      {"--discard", "0..0.95", "rollout: share of the smallest weights that is set to 0", {"rollout.discard"}, {}, nullptr},
      {"--similarity", "cosine|dot", "position similarity: its measure", {"position-similarity.measure"}, {{"dot", "dot product"}}, nullptr},
      {"--filters", "principal|raw", "embedding filters: principal components or as they are", {"embedding-filters.kind"}, {{"principal", "principal components"}, {"raw", "raw filters"}}, nullptr},
      {"--reading", "row|column", "attention overlay: where the query looks, or who looks at it", {"attention-overlay.reading"}, {{"row", "where it looks"}, {"column", "who looks at it"}}, nullptr},
  };
  return all;
}

}  // namespace vitscope::cli
