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

bool scale_mode(figures::Selection& s, std::string_view value) {
  using figures::ScaleMode;
  return set_field<ScaleMode, 3>(s.scale, value, {{{"map", ScaleMode::map}, {"block", ScaleMode::block}, {"all", ScaleMode::all}}});
}

}  // namespace

std::span<const Alias> aliases() {
  static const std::vector<Alias> all{
      {"--scale-mode", "map|block|all", "span of attention maps: each its own, one for a block, one for all", {}, {}, scale_mode},
      {"--definition", "renormalised|paper|keras|all", "attention distance: what happens to the class token", {"attention-distance.definition"}, {{"keras", "Keras"}, {"all", "side by side"}}, nullptr},
      {"--unit", "pixels|cells|diagonal", "attention distance: its unit", {"attention-distance.unit"}, {}, nullptr},
      {"--rollout", "own|paper|keras|vit-explain|vit-explain-code|chefer", "rollout: a published way to compute and draw it", {"rollout.variant"},
       {{"own", "own settings"}, {"paper", "ViT paper"}, {"keras", "Keras"}, {"vit-explain-code", "vit-explain code"}, {"chefer", "Chefer"}}, nullptr},
      {"--fusion", "mean|max|min", "rollout: how heads are taken together", {"rollout.heads"}, {{"max", "largest"}, {"min", "smallest"}}, nullptr},
      {"--residual", "on|off", "rollout: whether the residual connection is added", {"rollout.residual"}, {}, nullptr},
      {"--discard", "0..0.95", "rollout: share of the smallest weights that is set to 0", {"rollout.discard"}, {}, nullptr},
      {"--start-block", "i", "rollout: the first block that counts, from 0", {"rollout.start"}, {}, nullptr},
      {"--similarity", "cosine|dot", "position similarity: its measure", {"position-similarity.kind"}, {{"dot", "dot product"}}, nullptr},
      {"--filters", "principal|raw", "embedding filters: principal components or as they are", {"embedding-filters.kind"}, {{"principal", "principal components"}, {"raw", "raw filters"}}, nullptr},
      {"--lens", "with|without", "logit lens: the final norm", {"logit-lens.norm"}, {}, nullptr},
      {"--reading", "row|column", "attention: where the query looks, or who looks at it", {"attention.reading"}, {{"row", "where it looks"}, {"column", "who looks at it"}}, nullptr},
  };
  return all;
}

}  // namespace vitscope::cli
