// Presets of the models that make their tokens in another way than by cutting patches: T2T-ViT and TNT.
#pragma once
#include <span>

#include "core/model/model.h"

namespace vitscope {

std::span<const Preset> presets_inside();
/// Null when no preset of these is called so.
ModelPtr build_preset_inside(std::string_view name, std::uint64_t seed, PresetWeights weights);

}  // namespace vitscope
