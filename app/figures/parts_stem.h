// Parts shared by the figures of a hybrid's stem: the chosen channel, its maps, all maps in small.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "app/draw/parts.h"
#include "app/figures/figure.h"

namespace vitscope::figures::stem {

/// The channel that the figures of the stem are about: that of the pinned cell, else where the slider stands.
int chosen_channel(const FigureInput& in, const Option& slider);

/// One map of the chosen channel: of numbers of either sign about 0, or, where there are no negative ones, from 0 up.
struct OneMap {
  Slot slot;
  std::string_view title;
};
/// The maps of one channel side by side, each on its own scale with a bar; numbers, tags and marks as draw::map does them.
void one_channel(draw::Canvas& c, draw::Rect r, const FigureInput& in, std::span<const OneMap> maps, int channel);
/// All channels of a tensor [S, rows, columns] in small, on one scale with a bar; the chosen one is marked, and a click on a cell chooses its channel.
void all_channels(draw::Canvas& c, draw::Rect r, const FigureInput& in, Slot slot, int channel, std::string_view title);
/// The maps of one channel above, all channels of the last of them below.
void draw_maps(draw::Canvas& c, draw::Rect r, const FigureInput& in, std::span<const OneMap> maps, const Option& slider);

/// "channel 12 of 64"
std::string channel_subject(const draw::Canvas& c, const FigureInput& in, const Option& slider);

}  // namespace vitscope::figures::stem
