// Patches of a hybrid's map: on the picture, on the map of one channel, and as rows.
#include <algorithm>

#include "app/figures/parts_inside.h"
#include "app/figures/parts_picture.h"
#include "app/figures/parts_stem.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures {

namespace {

using draw::Canvas;
using draw::Rect;

constexpr Option kOptions[] = {{Option::Kind::slider, "stem-patches.channel", "Channel", 0, 1, 0, {}}};

bool ready(const FigureInput& in) { return in.config().stem && in.trace.has(Slot::stem_pool) && in.trace.has(Slot::stem_patches) && in.trace.has(Slot::pixels); }

Rect part_of(Rect all, Box box, double width, double height) {
  const auto x = [&](double at) { return all.x0 + static_cast<float>(at / width) * all.width(); };
  const auto y = [&](double at) { return all.y0 + static_cast<float>(at / height) * all.height(); };
  return {x(box.x0), y(box.y0), x(box.x1), y(box.y1)};
}

/// The largest rectangle of an aspect in the upper left corner.
Rect fitted(Rect r, double aspect) {
  const float width = std::min(r.width(), r.height() * static_cast<float>(aspect));
  return draw::rect_at({r.x0, r.y0}, width, width / static_cast<float>(aspect));
}

void draw_on_picture(Canvas& c, Rect r, const FigureInput& in, int patch) {
  const PatchGrid& grid = in.grid();
  const double width = in.config().image_width, height = in.config().image_height;
  const Box seen = in.config().stem->seen_by(grid.row(patch), grid.column(patch));
  stream::heading(c, r, c.tr("On the picture"),
                  stream::phrase(c, "dashed: the {0} × {1} pixels it has seen", {std::to_string(static_cast<int>(seen.height())), std::to_string(static_cast<int>(seen.width()))}));
  const Rect at = fitted(r.inset(2, 2), width / height);
  embed::model_part(c, at, in, {0, 0, width, height});
  embed::cell_lines(c, at, grid.rows(), grid.columns(), draw::kWhite.faded(0.6f));
  embed::tag_patches(c, in, [&](int n) { return part_of(at, grid.pixels(n), width, height); });
  c.pinned(part_of(at, grid.pixels(patch), width, height));
  const Rect frame = part_of(at, seen, width, height);
  const draw::Vec corners[] = {{frame.x0, frame.y0}, {frame.x1, frame.y0}, {frame.x1, frame.y1}, {frame.x0, frame.y1}};
  for (std::size_t i = 0; i < 4; ++i) c.dashes(corners[i], corners[(i + 1) % 4], c.theme().mark, 1.5f);
  if (const int hovered = embed::hovered_patch(in); hovered >= 0) c.hovered(part_of(at, grid.pixels(hovered), width, height));
}

void draw_on_map(Canvas& c, Rect r, const FigureInput& in, int patch, int channel) {
  const PatchGrid& grid = in.grid();
  const StemConfig& s = *in.config().stem;
  const draw::Matrix map(in.trace.at(Slot::stem_pool), channel);
  draw::HeatStyle heat;
  heat.span = {0, std::max(draw::range_of(map).hi, 1e-9f)};
  const Rect bar = r.cut_bottom(stream::lying_bar_height(c));
  r.cut_bottom(c.u());
  stream::heading(c, r, stream::phrase(c, "On the map of channel {0}", {std::to_string(channel)}), stream::phrase(c, "{0} × {0} cells a patch", {std::to_string(s.patch)}));
  const Rect at = fitted(r.inset(2, 2), static_cast<double>(s.map_width()) / s.map_height());
  c.heat(at, map, heat);
  c.tag_cells(at, {{{Slot::stem_pool}, channel, 0, 0}, s.map_height(), s.map_width(), 1, 2});
  embed::cell_lines(c, at, grid.rows(), grid.columns(), draw::kWhite.faded(0.6f));
  c.pinned(embed::cell_at(at, grid.row(patch), grid.column(patch), grid.rows(), grid.columns()));
  stream::lying_bar(c, bar, heat, c.tr("value"), false, false);
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const int patch = inside::chosen_patch(in), channel = stem::chosen_channel(in, kOptions[0]);
  const float u = c.u();
  Rect below = r.cut_bottom(std::clamp(0.4f * r.height(), 15 * u, 34 * u));
  r.cut_bottom(2 * u);
  const Rect left = r.cut_left((r.width() - 4 * u) / 2);
  r.cut_left(4 * u);
  draw_on_picture(c, left, in, patch);
  draw_on_map(c, r, in, patch, channel);
  const inside::View rows[] = {inside::view_of(c, in, {Slot::stem_patches}, "Patches as rows")};
  inside::maps_apart(c, below, in, rows, patch);
}

std::string subject(const Canvas& c, const FigureInput& in) {
  if (!in.config().stem) return {};
  return stream::phrase(c, "patch {0}, channel {1}", {std::to_string(inside::chosen_patch(in)), std::to_string(stem::chosen_channel(in, kOptions[0]))});
}

std::string caption(const Canvas& c, const FigureInput& in) {
  const StemConfig& s = *in.config().stem;
  const VitConfig& config = in.config();
  return stream::phrase(c,
                        "The map is cut into {0} patches of {1} × {1} cells, all {2} channels together: rows of {3} numbers, channel by channel. On the picture a patch stands for {4} × {5} pixels; "
                        "convolution and pooling let it see a few more around them, and the norm the mean of all.",
                        {std::to_string(config.patches()), std::to_string(s.patch), std::to_string(s.channels), std::to_string(s.patch_length()), std::to_string(config.patch_height),
                         std::to_string(config.patch_width)});
}

Table data(const FigureInput& in) {
  Table table;
  for (const char* name : {"patch", "row", "column", "seen_top", "seen_left", "seen_bottom", "seen_right"}) table.columns.push_back({name, {}});
  for (int patch = 0; patch < in.config().patches(); ++patch) {
    const Box seen = in.config().stem->seen_by(in.grid().row(patch), in.grid().column(patch));
    const double values[] = {static_cast<double>(patch), static_cast<double>(in.grid().row(patch)), static_cast<double>(in.grid().column(patch)), seen.y0, seen.x0, seen.y1, seen.x1};
    for (std::size_t k = 0; k < table.columns.size(); ++k) table.columns[k].values.push_back(values[k]);
  }
  table.tensors = {{"patches", in.trace.at(Slot::stem_patches)}};
  return table;
}

}  // namespace

const Figure& stem_patches() {
  static const Figure figure{"stem-patches", "Patches of the map", "stem-patches", {1340, 760}, ready, draw_figure, subject, caption, data, kOptions};
  return figure;
}

}  // namespace vitscope::figures
