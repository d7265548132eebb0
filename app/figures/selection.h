// What a person has chosen. It outlives every run: values that do not fit a new model are brought into range.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/draw/target.h"
#include "core/step.h"

namespace vitscope::figures {

/// Span of the heat maps of attention: each map its own, one for a block, one for all blocks.
enum class ScaleMode : std::uint8_t { map, block, all };

inline constexpr int kMeanHead = -1, kMaxHead = -2;

struct Selection {
  Place place;            ///< the step that is shown
  int block = 0;          ///< block of attention views, also while the step lies outside the encoder
  int head = 0;           ///< >= 0, kMeanHead or kMaxHead
  int query = 0;          ///< token whose attention is shown; 0 is the class token
  int patch = 0;          ///< the pinned patch, always a legal patch number
  std::optional<CellRef> pinned;  ///< the pinned number
  std::vector<CellRef> trail;     ///< the numbers that were followed to the pinned one, each made from the next; empty without a pinned number
  draw::Target hovered;   ///< what lies under the pointer; never part of an exported figure
  ScaleMode scale = ScaleMode::map;
  std::map<std::string, float, std::less<>> options;  ///< "patches.explode": values of the figures' options; absent: the initial value

  /// The hovered cell, or nothing.
  std::optional<CellRef> hovered_cell() const;
  /// The hovered token, or -1.
  int hovered_token() const;
  /// Brings every index into the range of the architecture.
  void clamp_to(const VitConfig& config);
  /// What a new picture or model starts with: first step, last block, class token as query, the patch in the middle.
  static Selection initial(const VitConfig& config);
};

}  // namespace vitscope::figures
