// Charts of mean attention distance: one dot per head over the depth of the network.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "app/figures/attention_data.h"
#include "app/draw/canvas.h"

namespace vitscope::figures::attention {

/// "\u00a0px", "\u00a0%" or nothing.
std::string unit_suffix(DistanceUnit unit);
/// Values are drawn and written in per cent where the unit is a share.
double shown_distance(double value, DistanceUnit unit);

/// What one chart shows.
struct DistanceContent {
  DistanceDefinition definition = DistanceDefinition::renormalised;
  DistanceUnit unit = DistanceUnit::pixels;
  std::vector<std::shared_ptr<const std::vector<HeadDistance>>> blocks;  ///< null where not computed
  double uniform = 0, most = 0;  ///< uniform attention over the patches; the largest value with it; as shown
};
DistanceContent distance_content(const FigureInput& input, DistanceDefinition definition, DistanceUnit unit);
/// Mean over the heads of a block, as shown.
double mean_distance(const std::vector<HeadDistance>& heads, DistanceUnit unit);

/// What a reader may check: do low blocks already have heads that look everywhere, and does distance grow with depth?
struct DistanceFacts {
  int first_blocks = 0;        ///< the lowest third of the blocks, at least one
  int heads = 0, farther = 0;  ///< their heads, and how many of them look farther than uniform attention
  double first_mean = 0, last_mean = 0;  ///< of the first and of the last block, as shown
  double depth_correlation = 0;          ///< rank correlation (Spearman) of a block's mean with its number; 0 for fewer than three blocks
  bool complete = false;                 ///< all blocks are there
};
DistanceFacts distance_facts(const DistanceContent& content);

/// Places and sizes of a chart inside its axes.
struct DistanceChart {
  draw::Rect plot;
  double top = 1, step = 1;
  float band = 0, dot = 0;  ///< width of a block, radius of a dot
  bool numbered = false;    ///< dots carry the number of their head
  float y_of(double value) const { return plot.y1 - static_cast<float>(value / top) * plot.height(); }
  float band_at(int block) const { return plot.x0 + static_cast<float>(block) * band; }
  /// Middle of the dot of one of `heads` heads.
  draw::Vec dot_at(int block, int head, int heads, double value) const;
};
DistanceChart distance_chart(const draw::Canvas& c, draw::Rect plot, const FigureInput& input, double most);

/// Room that axes need at the left, at the right (0: no second axis) and below.
struct DistanceMargins {
  float left = 0, right = 0, bottom = 0;
};
DistanceMargins distance_margins(const draw::Canvas& c, const FigureInput& input, const DistanceContent& content, bool second_axis);
/// Axes, uniform line, dots, block numbers and the shares of the prefix tokens.
struct DistanceStyle {
  bool title = true;        ///< name of the left axis
  bool second_axis = true;  ///< the same in the other unit at the right
  bool shares = true;       ///< what goes to prefix tokens, in a line below
};
void draw_distance_chart(draw::Canvas& c, draw::Rect whole, const FigureInput& input, const DistanceContent& content, const DistanceChart& chart, const DistanceStyle& style);

}  // namespace vitscope::figures::attention
