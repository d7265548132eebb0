#include "app/figures/parts_token.h"

#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/kept.h"
#include "app/figures/parts_picture.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures::inside {

using draw::Canvas;
using draw::Rect;

namespace {

constexpr int kLargestMap = 1024;  ///< windows whose pairs are drawn as one matrix

Slot of(int n, Slot first, Slot second) { return n == 0 ? first : second; }
const SoftSplit& split_of(const FigureInput& in, int n) { return in.config().t2t->splits[static_cast<std::size_t>(n)]; }

/// Shares that one window gives to all, first head.
std::span<const float> shares_of(const FigureInput& in, int n, int window) {
  const Tensor& attn = in.trace.at(of(n, Slot::t2t1_attn, Slot::t2t2_attn));
  const auto windows = static_cast<std::size_t>(attn.dim(2));
  return attn.values().subspan(static_cast<std::size_t>(window) * windows, windows);
}

void draw_place(Canvas& c, Rect r, const FigureInput& in, int n, int window) {
  const SoftSplit& s = split_of(in, n);
  const Slot slot = of(n, Slot::t2t1_attn, Slot::t2t2_attn);
  stream::heading(c, r, stream::phrase(c, "Where {0} looks", {window_name(c, n, window)}), c.tr("one cell for each window"));
  r = r.inset(2, 2);
  const Rect bar = r.cut_bottom(stream::lying_bar_height(c));
  r.cut_bottom(c.u());
  const Rect cells = draw::fit({r.x0, r.y0, r.x1, r.y1}, static_cast<float>(in.config().image_width) / static_cast<float>(in.config().image_height));
  const Rect at = cells.moved({r.x0 - cells.x0, r.y0 - cells.y0});
  embed::model_part(c, at, in, {0, 0, static_cast<double>(in.config().image_width), static_cast<double>(in.config().image_height)});
  const draw::Matrix row(in.trace.at(slot), static_cast<std::int64_t>(window) * s.windows(), s.rows, s.columns, s.columns);
  draw::HeatStyle heat;
  heat.span = {0, std::max(draw::range_of(row).hi, 1e-9f)};
  heat.overlay = true;
  c.heat(at, row, heat);
  for (int y = 0; y < s.rows; ++y) c.tag_cells(embed::cell_at(at, y, 0, s.rows, 1), {{{slot}, 0, window, y * s.columns}, 1, s.columns, -1, 2});
  c.pinned(embed::cell_at(at, window / s.columns, window % s.columns, s.rows, s.columns));
  heat.overlay = false;
  stream::lying_bar(c, bar.moved({0, at.y1 + c.u() - bar.y0}), heat, c.tr("share of the attention"), true);
}

void draw_largest(Canvas& c, Rect r, const FigureInput& in, int n, int window) {
  const SoftSplit& s = split_of(in, n);
  const std::span<const float> row = shares_of(in, n, window);
  stream::heading(c, r, c.tr("The largest shares"), stream::phrase(c, "all alike: {0}", {draw::percent(1.0 / s.windows())}));
  const int count = std::clamp(static_cast<int>(r.height() / stream::bar_row_height(c)), 0, std::min(12, s.windows()));
  std::vector<stream::Bar> bars;
  for (const int other : stream::largest(row, count, true)) {
    stream::Bar bar;
    bar.label = window_name(c, n, other);
    bar.value = static_cast<double>(row[static_cast<std::size_t>(other)]);
    bar.text = draw::percent(bar.value);
    bar.color = c.theme().patch_token;
    bar.pinned = other == window;
    bar.target = draw::CellTarget{{{of(n, Slot::t2t1_attn, Slot::t2t2_attn)}, 0, window, other}};
    bars.push_back(std::move(bar));
  }
  stream::bars(c, r, bars, {.ground = true});
}

/// The values [H, n, d] with their heads side by side.
Tensor joined_values(const Tensor& v) {
  static Kept<std::uint64_t, Tensor, 16> kept;
  return kept.get(v.id(), [&] {
    Tensor joined({v.dim(1), v.dim(0) * v.dim(2)});
    float* next = joined.edit();
    for (int token = 0; token < v.dim(1); ++token) {
      for (int head = 0; head < v.dim(0); ++head) {
        for (int j = 0; j < v.dim(2); ++j) *next++ = v.at(head, token, j);
      }
    }
    return joined;
  });
}

}  // namespace

bool token_ready(const FigureInput& in, int n, Slot slot1, Slot slot2) {
  return in.config().t2t && in.trace.has(of(n, slot1, slot2)) && in.trace.has(Slot::pixels);
}

void draw_token_attention(Canvas& c, Rect r, const FigureInput& in, int n, const Option& slider) {
  const int window = chosen_window(in, n, slider), windows = split_of(in, n).windows();
  const float u = c.u();
  Rect right = r.cut_right(0.46f * r.width());
  r.cut_right(4 * u);
  draw_place(c, r, in, n, window);
  if (windows > kLargestMap) return draw_largest(c, right, in, n, window);
  Rect list = right.cut_bottom(std::min(0.4f * right.height(), stream::heading_height(c) + 6 * stream::bar_row_height(c)));
  right.cut_bottom(2 * u);
  View pairs = view_of(c, in, {of(n, Slot::t2t1_attn, Slot::t2t2_attn)}, "All pairs", 0);
  pairs.hint = c.tr("rows query, columns key");
  draw::MapStyle style;
  style.title = pairs.title;
  style.hint = pairs.hint;
  style.row_name = pairs.row_name;
  style.column_name = pairs.column_name;
  style.heat.span = {0, std::max(draw::range_of(pairs.matrix).hi, 1e-9f)};
  style.bar_percent = true;
  style.cells = pairs.cells;
  style.pinned_row = window;
  style.square_cells = true;
  style.numbers = false;
  if (!in.paper) style.hovered = in.selection.hovered_cell();
  draw::map(c, right, pairs.matrix, style);
  draw_largest(c, list, in, n, window);
}

void draw_token_gather(Canvas& c, Rect r, const FigureInput& in, int n, const Option& slider) {
  const Slot values = of(n, Slot::t2t1_v, Slot::t2t2_v);
  View v;
  v.title = c.tr("Its own value");
  v.matrix = draw::Matrix(joined_values(in.trace.at(values)));
  const View gathered = view_of(c, in, {of(n, Slot::t2t1_attn_proj, Slot::t2t2_attn_proj)}, "Gathered");
  v.row_name = gathered.row_name;
  v.column_name = gathered.column_name;
  if (in.trace.at(values).dim(0) == 1) v.cells = draw::CellGrid{{{values}}, v.matrix.rows, v.matrix.columns, 1, 2};
  View list[] = {v, gathered, view_of(c, in, {of(n, Slot::t2t1_attn_out, Slot::t2t2_attn_out)}, "Narrow token")};
  list[0].sign = "+";
  list[1].sign = "=";
  row_of_maps(c, r, in, list, chosen_window(in, n, slider), c.tr("one scale for all three; 1 % of the values lie beyond"));
}

void draw_token_mlp(Canvas& c, Rect r, const FigureInput& in, int n, const Option& slider) {
  View list[] = {view_of(c, in, {of(n, Slot::t2t1_attn_out, Slot::t2t2_attn_out)}, "Narrow token"),
                 view_of(c, in, {of(n, Slot::t2t1_fc2, Slot::t2t2_fc2)}, "MLP output"), view_of(c, in, {of(n, Slot::t2t1_out, Slot::t2t2_out)}, "Token")};
  list[0].sign = "+";
  list[1].sign = "=";
  row_of_maps(c, r, in, list, chosen_window(in, n, slider), c.tr("one scale for all three; 1 % of the values lie beyond"));
}

void draw_restructure(Canvas& c, Rect r, const FigureInput& in, int n, const Option& slider) {
  const SoftSplit& s = split_of(in, n);
  const Slot slot = of(n, Slot::t2t1_image, Slot::t2t2_image);
  const Tensor& image = in.trace.at(slot);
  const int window = chosen_window(in, n, slider), channels = image.dim(0);
  const float u = c.u(), gap = 0.6f * u;
  Rect rows = r.cut_left(0.36f * r.width());
  r.cut_left(3 * u);
  View tokens = view_of(c, in, {of(n, Slot::t2t1_out, Slot::t2t2_out)}, "Rows of tokens");
  maps_apart(c, rows, in, {&tokens, 1}, window);
  stream::heading(c, r, stream::phrase(c, "{0} images of {1} × {2}", {std::to_string(channels), std::to_string(s.rows), std::to_string(s.columns)}),
                  c.tr("one for each number of a token"));
  r = r.inset(2, 2);
  const float aspect = static_cast<float>(s.columns) / static_cast<float>(s.rows);
  int across = 1;
  float width = 0;
  for (int columns = 1; columns <= channels; ++columns) {
    const int down = (channels + columns - 1) / columns;
    const float wide = (r.width() - gap * static_cast<float>(columns - 1)) / static_cast<float>(columns),
                high = (r.height() - gap * static_cast<float>(down - 1)) / static_cast<float>(down);
    if (const float fits = std::min(wide, high * aspect); fits > width) width = fits, across = columns;
  }
  if (width < 2) return;
  const float height = width / aspect;
  const draw::HeatStyle heat = stream::signed_heat(stream::signed_span(draw::Matrix(in.trace.at(of(n, Slot::t2t1_out, Slot::t2t2_out)))));
  for (int channel = 0; channel < channels; ++channel) {
    const Rect tile = draw::rect_at({r.x0 + static_cast<float>(channel % across) * (width + gap), r.y0 + static_cast<float>(channel / across) * (height + gap)},
                                    width, height);
    c.heat(tile, draw::Matrix(image, channel), heat);
    c.tag_cells(tile, {{{slot}, channel, 0, 0}, s.rows, s.columns, 1, 2}, stream::phrase(c, "channel {0}", {std::to_string(channel)}));
    const Rect cell = embed::cell_at(tile, window / s.columns, window % s.columns, s.rows, s.columns);
    if (cell.width() >= 2) c.outline(cell, c.theme().mark, 1);
  }
}

std::string token_subject(const Canvas& c, const FigureInput& in, int n, const Option& slider) {
  return window_name(c, n, chosen_window(in, n, slider)) + ", " + stream::phrase(c, "{0} windows", {std::to_string(split_of(in, n).windows())});
}

Table token_attention_data(const FigureInput& in, int n, const Option& slider) {
  Table table;
  TableColumn window{"key_window", {}}, share{"share", {}};
  const std::span<const float> row = shares_of(in, n, chosen_window(in, n, slider));
  for (std::size_t i = 0; i < row.size(); ++i) {
    window.values.push_back(static_cast<double>(i));
    share.values.push_back(static_cast<double>(row[i]));
  }
  table.columns = {window, share};
  return table;
}

Table token_tensors(const FigureInput& in, std::initializer_list<std::pair<const char*, Slot>> tensors) {
  Table table;
  for (const auto& [name, slot] : tensors) table.tensors.emplace_back(name, in.trace.at(slot));
  return table;
}

}  // namespace vitscope::figures::inside
