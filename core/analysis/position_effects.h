// Kinds of position embedding swapped on one run: what the model then answers, and whether it still knows the order of the patches.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/study.h"
#include "core/trace.h"

namespace vitscope {

/// One way to give patches a place, as an edit of the run; `as_is` changes nothing.
enum class PositionVariant : std::uint8_t { as_is, none, shuffled, sinusoid, sinusoid_2d, axes, relative, every_block };
struct PositionVariantInfo {
  PositionVariant variant;
  std::string_view name;  ///< English
  /// Share of right answers of a ViT-B/16 trained with it: 5-shot linear on ImageNet, first column of Table 8 of Dosovitskiy et al. 2021, D.4.
  std::optional<double> published;
};
std::span<const PositionVariantInfo> position_variants();

struct PositionEffect {
  PositionVariant variant = PositionVariant::as_is;
  Tensor logits;                   ///< [K]
  Tensor probs;                    ///< [K]; empty where the model has one output
  double moved = 0;                ///< largest change of a logit against the run as it is
  std::optional<double> shuffled;  ///< largest change of a logit when the patches of the picture change places (seed 1); nothing where patches do not tile the picture
};
/// Two forward passes for each variant that fits the model, on the run's picture and under its edits. Nothing when it was stopped. Requires a complete trace.
std::optional<std::vector<PositionEffect>> position_effects(const Trace& trace, StudyContext& context);

/// The edits of a run and one more that makes the variant; nothing where it does not fit the model.
std::optional<Edits> edits_with(const Trace& trace, PositionVariant variant);

}  // namespace vitscope
