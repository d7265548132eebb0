// The convolution of a hybrid's stem: a filter as it is used, what it makes of the picture, and the maps of all filters.
#include <algorithm>

#include "app/draw/number.h"
#include "app/figures/parts_picture.h"
#include "app/figures/parts_stem.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures {

namespace {

using draw::Canvas;
using draw::Rect;

constexpr Option kOptions[] = {{Option::Kind::slider, "stem-conv.channel", "Channel", 0, 1, 0, {}}};

bool ready(const FigureInput& in) { return in.config().stem && in.trace.has(Slot::stem_conv) && in.trace.has(Slot::pixels); }

/// The weights of one filter after their standardisation, one tile for each channel of the picture.
void draw_filter(Canvas& c, Rect r, const FigureInput& in, int filter) {
  const StemConfig& s = *in.config().stem;
  const Tensor& weights = in.trace.model().weights.stem.conv.weight();
  const int k = s.conv.kernel, shown = std::min(s.picture_channels, 4);
  stream::heading(c, r, stream::phrase(c, "Filter {0}", {std::to_string(filter)}), c.tr("standardised"));
  const draw::HeatStyle heat = stream::signed_heat(stream::signed_span(draw::Matrix(weights.reshaped({s.channels, s.window_length()})), 1.0));
  Rect bar = r.cut_bottom(stream::lying_bar_height(c));
  r.cut_bottom(c.u());
  const float name = stream::line_height(c), gap = c.u();
  const auto n = static_cast<float>(shown);
  const float side = std::min(r.width(), (r.height() - (n - 1) * gap) / n - name);
  if (side >= 8) {
    for (int channel = 0; channel < shown; ++channel) {
      c.text({r.x0, r.y0}, embed::channel_name(c, channel, s.picture_channels), c.metrics().small_style(), c.theme().text2, draw::Align::left, r.width());
      r.cut_top(name);
      const Rect tile = draw::rect_at({r.x0, r.y0}, side, side);
      const draw::Matrix numbers(weights, static_cast<std::int64_t>(filter) * s.window_length() + channel * k * k, k, k, k);
      c.heat(tile, numbers, heat);
      embed::cell_numbers(c, tile, numbers, heat);
      r.cut_top(side + gap);
    }
  }
  stream::lying_bar(c, bar, heat, c.tr("weight"), false, false);
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const int channel = stem::chosen_channel(in, kOptions[0]);
  const float u = c.u();
  const Rect filter = r.cut_left(std::clamp(0.17f * r.width(), 12 * u, 0.3f * r.height()));
  r.cut_left(3 * u);
  draw_filter(c, filter, in, channel);
  constexpr stem::OneMap kMaps[] = {{Slot::stem_conv, "What the filter answers"}};
  stem::draw_maps(c, r, in, kMaps, kOptions[0]);
}

std::string subject(const Canvas& c, const FigureInput& in) { return stem::channel_subject(c, in, kOptions[0]); }

std::string caption(const Canvas& c, const FigureInput& in) {
  const StemConfig& s = *in.config().stem;
  return stream::phrase(c,
                        "Each of the {0} filters of {1} × {1} pixels stops at every second pixel of the {2} × {3} pixels of the input and makes a map of {4} × {5}. Its weights are "
                        "standardised first: minus their mean, divided by their deviation. Beyond the picture are zeros: {6} rows above, {7} below.",
                        {std::to_string(s.channels), std::to_string(s.conv.kernel), std::to_string(s.conv.height), std::to_string(s.conv.width), std::to_string(s.conv.rows),
                         std::to_string(s.conv.columns), std::to_string(s.conv.above), std::to_string(s.conv.below())});
}

Table data(const FigureInput& in) {
  Table table;
  table.tensors = {{"maps", in.trace.at(Slot::stem_conv)}, {"filters_stored", in.trace.model().weights.stem.kernel}, {"filters_used", in.trace.model().weights.stem.conv.weight()}};
  return table;
}

}  // namespace

const Figure& stem_conv() {
  static const Figure figure{"stem-conv", "Convolution of the stem", "stem-conv", {1340, 640}, ready, draw_figure, subject, caption, data, kOptions};
  return figure;
}

}  // namespace vitscope::figures
