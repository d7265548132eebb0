// Charts over the depth of the network: one place for the embedding and one for each encoder block, from left to right.
#pragma once
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "app/figures/parts_stream.h"

namespace vitscope::figures::depth {

/// Position 0 is what enters the first block, position p what block p has put out (counted from 1); without an embedding position 0 is the first block.
struct ChartStyle {
  int positions = 1;
  bool embedding = true;
  double lo = 0, hi = 1;
  bool percent = false;       ///< values are shares
  bool logarithmic = false;   ///< decades instead of even ticks; lo and hi are positive
  bool downwards = false;     ///< lo at the top
  std::string_view title;     ///< turned, left of the numbers
  std::string_view short_title;  ///< where the title is too long
  bool numbers = true;        ///< the positions below the plot
  bool named = true;          ///< "encoder block" below them
  int chosen = -1;            ///< a position in the accent
  float left = 0;             ///< room for title and numbers; 0: measured
};

struct Chart {
  draw::Rect plot;
  ChartStyle style;
  float x_of(int position) const { return band(position).centre().x; }
  draw::Rect band(int position) const;
  /// Clamped to the plot.
  float y_of(double value) const;
};

/// Room at the left that title and numbers of a chart of this height take.
float left_room(const draw::Canvas& c, const ChartStyle& style, float height);
/// Room below the plot.
float below_room(const draw::Canvas& c, const ChartStyle& style);
/// Frame, ticks, lines and names; `r` is all of it.
Chart chart(draw::Canvas& c, draw::Rect r, const ChartStyle& style);

/// "embedding", "block 3"
std::string position_name(const draw::Canvas& c, int position, bool embedding = true);

struct LineStyle {
  draw::Color color{};
  float width = 2;
  bool dashed = false;
  float dot = 0;  ///< radius of a dot at each position, 0 for none
};
/// One value per position, as many as there are; values that are not finite break the line.
void line(draw::Canvas& c, const Chart& chart, std::span<const double> values, const LineStyle& style);
/// The area between two lines.
void area(draw::Canvas& c, const Chart& chart, std::span<const double> low, std::span<const double> high, draw::Color color);
/// The frame of the chosen position, and a place to point at for each: a click opens what the position shows.
void tag_positions(draw::Canvas& c, const Chart& chart, const FigureInput& in, int count, const std::function<std::string(int)>& tooltip);
/// Where a click on a position leads: the page `slug` of its block, or the last step before the encoder.
draw::Target target_of(const VitConfig& config, int position, bool embedding, std::string_view slug = "residual2");

/// One entry of a legend in one line: a stroke and its name. Returns how far it reached, or `at.x` where it does not fit before `end`.
float legend_entry(draw::Canvas& c, draw::Vec at, float end, std::string_view text, const LineStyle& style);

}  // namespace vitscope::figures::depth
