#include "app/figures/parts_split.h"

#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/parts_picture.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures::inside {

using draw::Canvas;
using draw::Color;
using draw::Rect;

namespace {

constexpr Slot kRows[] = {Slot::t2t_split0, Slot::t2t_split1, Slot::t2t_split2};
constexpr Slot kImages[] = {Slot::input, Slot::t2t1_image, Slot::t2t2_image};
constexpr int kMostTags = 4096;  ///< windows that can be pointed at one by one

const SoftSplit& split_of(const FigureInput& in, int n) { return in.config().t2t->splits[static_cast<std::size_t>(n)]; }
Slot rows_slot(int n) { return kRows[n]; }

/// Padding zeros at the front of a row.
int leading_zeros(const SoftSplit& s, int window) {
  int count = 0;
  while (count < s.length() && s.place(window, count).padding) ++count;
  return count;
}

/// Where the padded image stands: its place, and how large one of its cells is.
struct Padded {
  Rect whole;   ///< with the border of zeros
  Rect inside;  ///< the image alone
  float cell = 1;
  Rect window(const SoftSplit& s, int w) const {
    const auto size = static_cast<float>(s.kernel) * cell;
    return draw::rect_at({inside.x0 + static_cast<float>(s.left(w)) * cell, inside.y0 + static_cast<float>(s.top(w)) * cell}, size, size);
  }
};

Padded padded_in(Rect r, const SoftSplit& s) {
  const auto p = static_cast<float>(s.padding), width = static_cast<float>(s.width) + 2 * p, height = static_cast<float>(s.height) + 2 * p;
  Padded result;
  result.cell = std::max(0.01f, std::min(r.width() / width, r.height() / height));
  result.whole = draw::rect_at({r.x0, r.y0}, width * result.cell, height * result.cell);
  result.inside = result.whole.inset(p * result.cell);
  return result;
}

void draw_image(Canvas& c, const Padded& at, const FigureInput& in, int n, int channel) {
  const SoftSplit& s = split_of(in, n);
  c.fill(at.whole, c.theme().panel);
  c.hatch(at.whole, c.theme().tick, 5, c.pixel());
  if (n == 0) {
    embed::model_part(c, at.inside, in, {0, 0, static_cast<double>(s.width), static_cast<double>(s.height)});
  } else {
    const draw::Matrix image(in.trace.at(kImages[n]), channel);
    c.heat(at.inside, image, stream::signed_heat(stream::signed_span(image)));
  }
  c.outline(at.whole, c.theme().tick, c.pixel());
}

/// The windows that overlap the chosen one, faint, and the chosen one; every stop of the window as a place to point at.
void draw_windows(Canvas& c, const Padded& at, const FigureInput& in, int n, int chosen) {
  const SoftSplit& s = split_of(in, n);
  const Rect clip = at.whole;
  const auto inside = [&](Rect w) { return Rect{std::max(w.x0, clip.x0), std::max(w.y0, clip.y0), std::min(w.x1, clip.x1), std::min(w.y1, clip.y1)}; };
  const Rect own = at.window(s, chosen);
  for (const int step : {-s.columns - 1, -s.columns, -s.columns + 1, -1, 1, s.columns - 1, s.columns, s.columns + 1}) {
    const int other = chosen + step;
    if (other < 0 || other >= s.windows() || std::abs(other % s.columns - chosen % s.columns) > 1) continue;
    if (at.window(s, other).overlaps(own)) c.outline(inside(at.window(s, other)), draw::kWhite.faded(0.55f), std::max(1.0f, c.pixel()));
  }
  const float pitch = static_cast<float>(s.stride) * at.cell;
  if (s.windows() <= kMostTags) {
    for (int w = 0; w < s.windows(); ++w) {
      const draw::Vec middle = at.window(s, w).centre();
      const Rect stop = inside({middle.x - pitch / 2, middle.y - pitch / 2, middle.x + pitch / 2, middle.y + pitch / 2});
      if (stop.width() <= 0 || stop.height() <= 0) continue;
      if (pitch >= 5) c.circle(middle, std::min(1.5f, pitch / 8), draw::kWhite.faded(0.8f));
      c.tag(stop, draw::CellTarget{{{rows_slot(n)}, w, s.length() / 2}});
    }
  }
  c.pinned(inside(own));
}

/// The numbers of the window, one tile for each channel; what lies beyond the image is hatched.
void draw_tiles(Canvas& c, Rect r, const FigureInput& in, int n, int window) {
  const SoftSplit& s = split_of(in, n);
  const Tensor& rows = in.trace.at(rows_slot(n));
  const int k = s.kernel, area = k * k, length = s.length();
  // As many columns of tiles as make them largest.
  int across = 1;
  float side = 0;
  const float gap = s.channels > 9 ? c.u() * 0.5f : c.u();
  for (int columns = 1; columns <= s.channels; ++columns) {
    const int down = (s.channels + columns - 1) / columns;
    const float fits = std::min((r.width() - gap * static_cast<float>(columns - 1)) / static_cast<float>(columns),
                                (r.height() - gap * static_cast<float>(down - 1)) / static_cast<float>(down));
    if (fits > side) side = fits, across = columns;
  }
  if (side < 2) return;
  const draw::HeatStyle heat = stream::signed_heat(stream::signed_span(draw::Matrix(rows), 1.0));
  const int above = std::clamp(-s.top(window), 0, k), before = std::clamp(-s.left(window), 0, k);
  const int below = std::clamp(s.top(window) + k - s.height, 0, k), behind = std::clamp(s.left(window) + k - s.width, 0, k);
  const float cell = side / static_cast<float>(k);
  for (int channel = 0; channel < s.channels; ++channel) {
    const Rect tile =
        draw::rect_at({r.x0 + static_cast<float>(channel % across) * (side + gap), r.y0 + static_cast<float>(channel / across) * (side + gap)}, side, side);
    const std::int64_t first = static_cast<std::int64_t>(window) * length + channel * area;
    const draw::Matrix numbers(rows, first, k, k, k);
    c.heat(tile, numbers, heat);
    if (s.channels <= 3) embed::cell_numbers(c, tile, numbers, heat);
    const auto hatched = [&](Rect part) {
      if (part.width() > 0.5f && part.height() > 0.5f) c.hatch(part, c.theme().text3, 5, c.pixel());
    };
    hatched({tile.x0, tile.y0, tile.x1, tile.y0 + static_cast<float>(above) * cell});
    hatched({tile.x0, tile.y1 - static_cast<float>(below) * cell, tile.x1, tile.y1});
    const Rect middle{tile.x0, tile.y0 + static_cast<float>(above) * cell, tile.x1, tile.y1 - static_cast<float>(below) * cell};
    hatched({middle.x0, middle.y0, middle.x0 + static_cast<float>(before) * cell, middle.y1});
    hatched({middle.x1 - static_cast<float>(behind) * cell, middle.y0, middle.x1, middle.y1});
    for (int row = 0; row < k; ++row) {
      const Rect line{tile.x0, tile.y0 + static_cast<float>(row) * cell, tile.x1, tile.y0 + static_cast<float>(row + 1) * cell};
      c.tag_cells(line, {{{rows_slot(n)}, window, channel * area + row * k}, 1, k, -1, 1});
    }
  }
}

/// The row of the window with its padding marked, above all rows.
void draw_rows(Canvas& c, Rect r, const FigureInput& in, int n, int window) {
  const SoftSplit& s = split_of(in, n);
  const float u = c.u();
  const Tensor& rows = in.trace.at(rows_slot(n));
  const int length = s.length(), zeros = leading_zeros(s, window);
  Rect strip = r.cut_top(stream::heading_height(c) + 3.5f * u);
  r.cut_top(2 * u);
  std::string hint = stream::phrase(c, "{0} numbers: channel, row, column", {std::to_string(length)});
  if (zeros > 0) hint = stream::phrase(c, "begins with {0} zeros of padding", {std::to_string(zeros)});
  stream::heading(c, strip, stream::phrase(c, "Row of {0}", {window_name(c, n, window)}), hint);
  const Rect cells = strip.cut_top(3 * u);
  const draw::HeatStyle heat = stream::signed_heat(stream::signed_span(draw::Matrix(rows), 1.0));
  stream::strip(c, cells, {draw::Matrix(rows, static_cast<std::int64_t>(window) * length, 1, length, length), heat, CellRef{{rows_slot(n)}, window, 0}, 1});
  // Runs of padding as a line below the strip.
  for (int e = 0; e < length;) {
    const bool padding = s.place(window, e).padding;
    int end = e + 1;
    while (end < length && s.place(window, end).padding == padding) ++end;
    if (padding) {
      const float x0 = cells.x0 + cells.width() * static_cast<float>(e) / static_cast<float>(length),
                  x1 = cells.x0 + cells.width() * static_cast<float>(end) / static_cast<float>(length);
      c.fill({x0, cells.y1 + 2, x1, cells.y1 + 4}, c.theme().text3);
    }
    e = end;
  }
  if (r.height() < 8 * u) return;
  View all = view_of(c, in, {rows_slot(n)}, "All rows");
  all.hint = c.tr("one row for each window");
  maps_apart(c, r, in, {&all, 1}, window);
}

}  // namespace

bool split_ready(const FigureInput& in, int n) {
  return in.config().t2t && in.trace.has(kImages[n]) && in.trace.has(rows_slot(n)) && in.trace.has(Slot::pixels);
}

void draw_split(Canvas& c, Rect r, const FigureInput& in, int n, const Option& slider) {
  const SoftSplit& s = split_of(in, n);
  const float u = c.u();
  const int window = chosen_window(in, n, slider), channel = s.channels > 3 ? s.channels / 2 : 0;
  Rect rows = r.cut_bottom(std::clamp(0.42f * r.height(), 16 * u, 34 * u));
  r.cut_bottom(2 * u);
  Rect tiles = r.cut_right(std::clamp(0.36f * r.width(), 16 * u, r.height()));
  r.cut_right(3 * u);
  stream::heading(c, r,
                  n == 0 ? std::string(c.tr("The window over the picture"))
                         : stream::phrase(c, "The window over the image of tokens, channel {0}", {std::to_string(channel)}),
                  stream::phrase(c, "window {0} × {0}, step {1}, border {2}", {std::to_string(s.kernel), std::to_string(s.stride), std::to_string(s.padding)}));
  r = r.inset(2, 2);
  const Padded at = padded_in(r, s);
  draw_image(c, at, in, n, channel);
  draw_windows(c, at, in, n, window);
  std::string name = window_name(c, n, window);
  stream::heading(c, tiles, stream::capitalised(name),
                  stream::phrase(c, "row {0}, column {1}", {std::to_string(window / s.columns), std::to_string(window % s.columns)}), c.theme().selection);
  draw_tiles(c, tiles, in, n, window);
  draw_rows(c, rows, in, n, window);
}

std::string split_subject(const Canvas& c, const FigureInput& in, int n, const Option& slider) {
  if (!in.config().t2t) return {};
  return window_name(c, n, chosen_window(in, n, slider)) + ", " + stream::phrase(c, "{0} windows", {std::to_string(split_of(in, n).windows())});
}

std::string split_caption(const Canvas& c, const FigureInput& in, int n) {
  const SoftSplit& s = split_of(in, n);
  std::string text =
      stream::phrase(c,
                     "A window of {0} × {0} moves in steps of {1} over {2} × {3} places with a border of {4} zeros: {5} × {6} = {7} windows, counted from 0, "
                     "row by row. Each becomes "
                     "a row of {8} numbers, channel by channel; hatched is what lies beyond the image.",
                     {std::to_string(s.kernel), std::to_string(s.stride), std::to_string(s.height), std::to_string(s.width), std::to_string(s.padding),
                      std::to_string(s.rows), std::to_string(s.columns), std::to_string(s.windows()), std::to_string(s.length())});
  if (n == 2 && !in.grid().whole_pixels()) {
    text += " " + stream::phrase(c, "On the picture each token stands for a cell of {0} × {1} pixels, which are no whole numbers.",
                                 {draw::number(in.grid().cell_height(), 4), draw::number(in.grid().cell_width(), 4)});
  }
  return text;
}

Table split_data(const FigureInput& in, int n) {
  const SoftSplit& s = split_of(in, n);
  Table table;
  for (const char* name : {"window", "row", "column", "top", "left", "leading_zeros"}) table.columns.push_back({name, {}});
  for (int w = 0; w < s.windows(); ++w) {
    const int values[] = {w, w / s.columns, w % s.columns, s.top(w), s.left(w), leading_zeros(s, w)};
    for (std::size_t k = 0; k < table.columns.size(); ++k) table.columns[k].values.push_back(values[k]);
  }
  table.tensors = {{"windows", in.trace.at(rows_slot(n))}};
  return table;
}

}  // namespace vitscope::figures::inside
