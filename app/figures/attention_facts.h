// What stands under and beside a map of attention: its numbers, the prefix tokens, and all that is known of one cell.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "app/figures/attention_draw.h"

namespace vitscope::figures::attention {

struct Fact {
  std::string label, value;
  draw::Color color;
};

/// Smallest and largest share of a patch, sum, share of the prefix tokens, entropy in bits, the uniform value. `values`: one per token.
/// `beside_chips`: the share of a single prefix token is left out, because its chip says it.
std::vector<Fact> map_fact_list(const draw::Canvas& c, const FigureInput& input, const Chosen& chosen, std::span<const float> values, bool beside_chips = false);
/// Cell, pixels of the model, pixels of the original picture, share, share of what the patches have together, rank.
std::vector<Fact> token_fact_list(const draw::Canvas& c, const FigureInput& input, std::span<const float> values, int token);
/// The same as lines of a tooltip.
std::string token_tooltip(const draw::Canvas& c, const FigureInput& input, std::span<const float> values, int token);

/// One fact below the other; returns the height used. Facts that do not fit are left out.
float fact_column(draw::Canvas& c, draw::Rect r, std::span<const Fact> facts);
/// Facts one behind the other in as many lines as they need; returns the height used. Facts that do not fit are left out.
float fact_flow(draw::Canvas& c, draw::Rect r, std::span<const Fact> facts);
/// Height of fact_flow in this width.
float fact_flow_height(const draw::Canvas& c, float width, std::span<const Fact> facts);

/// One chip per prefix token, in the colours of the map: they have no place on the picture, but can be pointed at and clicked like patches.
/// One line; returns its height, 0 without prefix tokens.
float prefix_chips(draw::Canvas& c, draw::Rect r, const FigureInput& input, std::span<const float> values, const draw::HeatStyle& heat, int pinned, bool tagged = true);
float prefix_chips_height(const draw::Canvas& c, const PatchGrid& grid);

}  // namespace vitscope::figures::attention
