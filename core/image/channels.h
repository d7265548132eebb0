// How pictures become the channels of a model.
#pragma once
#include <cstddef>
#include <string>

namespace vitscope {

/// The most channels that a model's input may have.
inline constexpr int kMostChannels = 1024;

/// Whether the channels of a model are neither grey nor red, green and blue: then they are the colours of a picture in turn.
inline bool colours_in_turn(int channels) { return channels != 1 && channels != 3; }
/// The colour of a picture (0 red, 1 green, 2 blue) that becomes a channel where colours are taken in turn.
inline int colour_in_turn(int channel) { return channel % 3; }
/// The same in words; empty where channels are grey or colours.
inline std::string channels_text(int channels) {
  return colours_in_turn(channels) ? "the " + std::to_string(channels) + " channels are red, green and blue of the picture in turn" : "";
}
/// The place of a channel's constants in PreprocessSpec::mean and std: its own for up to four channels, beyond those the one of its colour.
inline std::size_t constants_of(int channel, int channels) { return static_cast<std::size_t>(channels > 4 ? colour_in_turn(channel) : channel); }

}  // namespace vitscope
