#include "app/figures/parts_stem.h"

#include <algorithm>
#include <cmath>

#include "app/figures/parts_embed.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures::stem {

using draw::Canvas;
using draw::Rect;

namespace {

draw::HeatStyle heat_of(Slot slot, const draw::Matrix& m) {
  if (info(slot).values == Values::signed_values) return stream::signed_heat(stream::signed_span(m));
  draw::HeatStyle heat;
  heat.span = {0, std::max(stream::signed_span(m).hi, 1e-9f)};
  return heat;
}

draw::Matrix channels_as_rows(const Tensor& maps) { return draw::Matrix(maps.reshaped({maps.dim(0), maps.dim(1) * maps.dim(2)})); }

}  // namespace

int chosen_channel(const FigureInput& in, const Option& slider) {
  const int channels = in.config().stem->channels;
  if (in.selection.pinned) {
    const std::vector<Dim>& dims = info(in.selection.pinned->tensor.slot).dims;
    if (dims.front() == Dim::stem_channels) return std::clamp(in.selection.pinned->i, 0, channels - 1);
    if (dims.back() == Dim::map_patch_length) return std::clamp(in.selection.pinned->j / (in.config().stem->patch * in.config().stem->patch), 0, channels - 1);
  }
  const float at = std::clamp(option(in.selection, slider), 0.0f, 1.0f);
  return static_cast<int>(std::lround(at * static_cast<float>(channels - 1)));
}

void one_channel(Canvas& c, Rect r, const FigureInput& in, std::span<const OneMap> maps, int channel) {
  const float gap = 4 * c.u();
  const auto n = static_cast<float>(maps.size());
  const float width = (r.width() - gap * (n - 1)) / n;
  for (const OneMap& map : maps) {
    const Rect place = r.cut_left(width);
    r.cut_left(gap);
    const draw::Matrix m(in.trace.at(map.slot), channel);
    draw::MapStyle style;
    style.title = c.tr(map.title);
    style.hint = stream::phrase(c, "channel {0}", {std::to_string(channel)});
    const std::vector<Dim>& dims = info(map.slot).dims;
    style.row_name = stream::dim_name(c, dims[1], in.config());
    style.column_name = stream::dim_name(c, dims[2], in.config());
    style.heat = heat_of(map.slot, m);
    style.cells = draw::CellGrid{{{map.slot}, channel, 0, 0}, m.rows, m.columns, 1, 2};
    style.square_cells = true;
    if (!in.paper) style.hovered = in.selection.hovered_cell();
    style.pinned = in.selection.pinned;
    draw::map(c, place, m, style);
  }
}

void all_channels(Canvas& c, Rect r, const FigureInput& in, Slot slot, int channel, std::string_view title) {
  const Tensor& maps = in.trace.at(slot);
  const int channels = maps.dim(0), rows = maps.dim(1), columns = maps.dim(2);
  const draw::HeatStyle heat = heat_of(slot, channels_as_rows(maps));
  Rect bar = r.cut_bottom(stream::lying_bar_height(c));
  r.cut_bottom(1.5f * c.u());
  stream::heading(c, r, c.tr(title), stream::phrase(c, "{0} channels of {1} × {2}, one scale", {std::to_string(channels), std::to_string(rows), std::to_string(columns)}));
  r = r.inset(2, 2);
  const float gap = std::max(2.0f, 0.4f * c.u()), aspect = static_cast<float>(columns) / static_cast<float>(rows);
  int across = 1;
  float width = 0;
  for (int n = 1; n <= channels; ++n) {
    const int down = (channels + n - 1) / n;
    const float wide = (r.width() - gap * static_cast<float>(n - 1)) / static_cast<float>(n), high = (r.height() - gap * static_cast<float>(down - 1)) / static_cast<float>(down);
    if (const float fits = std::min(wide, high * aspect); fits > width) width = fits, across = n;
  }
  if (width >= 2) {
    const float height = width / aspect;
    for (int i = 0; i < channels; ++i) {
      const Rect tile = draw::rect_at({r.x0 + static_cast<float>(i % across) * (width + gap), r.y0 + static_cast<float>(i / across) * (height + gap)}, width, height);
      c.heat(tile, draw::Matrix(maps, i), heat);
      c.tag_cells(tile, {{{slot}, i, 0, 0}, rows, columns, 1, 2}, stream::phrase(c, "channel {0}", {std::to_string(i)}));
      if (i == channel) c.pinned(tile);
    }
  }
  stream::lying_bar(c, bar, heat, c.tr("value; 1 % of the values lie beyond"), false, true);
}

void draw_maps(Canvas& c, Rect r, const FigureInput& in, std::span<const OneMap> maps, const Option& slider) {
  const int channel = chosen_channel(in, slider);
  const float u = c.u();
  Rect all = r.cut_right((maps.size() > 1 ? 0.36f : 0.52f) * r.width());
  r.cut_right(3 * u);
  one_channel(c, r, in, maps, channel);
  all_channels(c, all, in, maps.back().slot, channel, "All channels");
}

std::string channel_subject(const Canvas& c, const FigureInput& in, const Option& slider) {
  if (!in.config().stem) return {};
  return stream::phrase(c, "channel {0} of {1}", {std::to_string(chosen_channel(in, slider)), std::to_string(in.config().stem->channels)});
}

}  // namespace vitscope::figures::stem
