#include "app/figures/prefix_words.h"

namespace vitscope::figures {

std::string_view by_prefix(const draw::Canvas& c, const VitConfig& config, std::string_view none, std::string_view class_token, std::string_view others) {
  return c.tr(config.prefix_tokens == 0 ? none : config.prefix_tokens == 1 && config.class_token ? class_token : others);
}

std::string prefix_left_out(const draw::Canvas& c, const VitConfig& config) {
  if (config.prefix_tokens == 0) return {};
  return " " + std::string(by_prefix(c, config, {}, "The class token is left out.", "The prefix tokens are left out."));
}

std::string_view distance_words(const draw::Canvas& c, const VitConfig& config, DistanceDefinition definition, bool printed) {
  if (definition == DistanceDefinition::paper)
    return by_prefix(c, config, "Definition of Dosovitskiy et al. 2021 (figure 7): distance on the token grid.",
                     "Definition of Dosovitskiy et al. 2021 (figure 7): distance on the token grid; the class token is left out and the rows are renormalised.",
                     "Definition of Dosovitskiy et al. 2021 (figure 7): distance on the token grid; the prefix tokens are left out and the rows are renormalised.");
  if (definition == DistanceDefinition::keras)
    return by_prefix(c, config, "Definition of Keras (probing-vits); this model has no class token, so the weights sum to 1 as they are.",
                     "The class token is dropped as query and key and the remaining weights are not renormalised (Keras, probing-vits): what goes to the class token shortens the distance.",
                     "The prefix tokens are dropped as queries and keys and the remaining weights are not renormalised (after Keras, probing-vits): what goes to them shortens the distance.");
  if (printed)
    return by_prefix(c, config, "This model has no class token: the rows sum to 1 as they are.",
                     "The class token is dropped as query and key and the rows are renormalised to sum to 1; the share that went to it is printed below the axis in red.",
                     "The prefix tokens are dropped as queries and keys and the rows are renormalised to sum to 1; the share that went to them is printed below the axis in red.");
  return by_prefix(c, config, "This model has no class token: the rows sum to 1 as they are.", "The class token is dropped as query and key and the rows are renormalised to sum to 1.",
                   "The prefix tokens are dropped as queries and keys and the rows are renormalised to sum to 1.");
}

}  // namespace vitscope::figures
