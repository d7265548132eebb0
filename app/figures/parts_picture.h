// Parts of the two figures about the picture: its channels, its facts, the distribution of its values.
#pragma once
#include "app/figures/parts_embed.h"

namespace vitscope::figures::embed {

/// A tone of a one-channel picture and how many pixels have it.
struct Tone {
  float value = 0;
  int pixels = 0;
};
/// The distinct values of the model's pixels, rising; empty when there are more than `most`.
std::vector<Tone> tones(const Tensor& pixels, int most = 16);
/// Width of one bar with its gap.
inline float tone_pitch(const draw::Canvas& c) { return 5.75f * c.u(); }
/// Bars, one per tone in its own grey, counts above and values below.
void tone_bars(draw::Canvas& c, draw::Rect r, std::span<const Tone> list);

/// Counts of values in `bins` equal parts of the span.
std::vector<int> histogram(std::span<const float> values, draw::Span span, int bins);
/// Bars in the colours of the map over a value axis; a line at `mark` when it is a number.
void histogram_bars(draw::Canvas& c, draw::Rect r, std::span<const int> counts, const draw::HeatStyle& heat, double mark);

struct Moments {
  double mean = 0, deviation = 0;
};
Moments moments(std::span<const float> values);

/// Where the picture comes from and what the model gets of it.
std::vector<Fact> picture_facts(const draw::Canvas& c, const FigureInput& in);
/// The pixel that is worked out: under the pointer, pinned, or in the middle of the chosen patch.
PixelRef shown_pixel(const FigureInput& in);
/// True when the model gets the picture pixel by pixel, so that showing both says nothing.
bool pixel_for_pixel(const FigureInput& in);
/// How many channels are drawn beside each other: all up to four; beyond, the three that the others repeat.
int shown_channels(int channels);
/// The normalised channels with names and colour bar, below or beside each other.
void channel_maps(draw::Canvas& c, draw::Rect r, const FigureInput& in, bool below);
/// A part of what the model sees, in pixels of the input; colours where there are three channels, else the first channel.
void model_part(draw::Canvas& c, draw::Rect r, const FigureInput& in, Box part);
/// All of it, cells tagged.
void model_picture(draw::Canvas& c, draw::Rect cells, const FigureInput& in);

}  // namespace vitscope::figures::embed
