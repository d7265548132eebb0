#include "app/figures/parts_performer.h"

#include <algorithm>

#include "app/figures/kept.h"
#include "app/figures/parts_picture.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures::inside {

using draw::Canvas;
using draw::Rect;

namespace {

/// Features of long queries and keys are very small numbers and are drawn all the same.
constexpr float kLeastSpan = 1e-30f;

Slot either(int n, Slot first, Slot second) { return n == 0 ? first : second; }
const SoftSplit& cut_of(const FigureInput& in, int n) { return in.config().t2t->splits[static_cast<std::size_t>(n)]; }

/// Features [n, m] with one row for each feature: [m, n].
Tensor by_feature(const Tensor& features) {
  static Kept<std::uint64_t, Tensor, 16> kept;
  return kept.get(features.id(), [&] {
    const int windows = features.dim(0), count = features.dim(1);
    Tensor turned({count, windows});
    for (int window = 0; window < windows; ++window)
      for (int i = 0; i < count; ++i) turned.edit()[static_cast<std::ptrdiff_t>(i) * windows + window] = features.at(window, i);
    return turned;
  });
}

draw::HeatStyle magnitudes(const draw::Matrix& m) { return {.span = {0, std::max(stream::signed_span(m).hi, kLeastSpan)}}; }

/// One small map for each feature, its numbers where their windows lie.
void draw_wall(Canvas& c, Rect r, const FigureInput& in, int n, int window, bool keys) {
  const SoftSplit& s = cut_of(in, n);
  const Slot slot = keys ? either(n, Slot::t2t1_features_k, Slot::t2t2_features_k) : either(n, Slot::t2t1_features_q, Slot::t2t2_features_q);
  const Tensor turned = by_feature(in.trace.at(slot));
  const int count = turned.dim(0);
  const float u = c.u(), gap = 0.6f * u, aspect = static_cast<float>(s.columns) / static_cast<float>(s.rows);
  Rect head = r.cut_top(stream::heading_height(c));
  r = r.inset(2, 2);
  const Rect bar = r.cut_bottom(stream::lying_bar_height(c));
  r.cut_bottom(u);
  int across = 1;
  float width = 0;
  for (int columns = 1; columns <= count; ++columns) {
    const int down = (count + columns - 1) / columns;
    const float wide = (r.width() - gap * static_cast<float>(columns - 1)) / static_cast<float>(columns),
                high = (r.height() - gap * static_cast<float>(down - 1)) / static_cast<float>(down);
    if (const float fits = std::min(wide, high * aspect); fits > width) width = fits, across = columns;
  }
  if (width < 2) return;
  const float height = width / aspect;
  head.x0 = r.x0;
  head.x1 = std::max(r.x0 + static_cast<float>(across) * (width + gap) - gap, std::min(head.x1, r.x0 + 36 * u));
  stream::heading(c, head, keys ? c.tr("Features of the keys") : c.tr("Features of the queries"), c.tr("each where its window lies"));
  const draw::HeatStyle heat = magnitudes(draw::Matrix(turned));
  for (int feature = 0; feature < count; ++feature) {
    const Rect tile = draw::rect_at({r.x0 + static_cast<float>(feature % across) * (width + gap), r.y0 + static_cast<float>(feature / across) * (height + gap)}, width, height);
    c.heat(tile, draw::Matrix(turned, static_cast<std::int64_t>(feature) * s.windows(), s.rows, s.columns, s.columns), heat);
    const std::string name = stream::phrase(c, "feature {0}", {std::to_string(feature)});
    for (int y = 0; y < s.rows; ++y) c.tag_cells(embed::cell_at(tile, y, 0, s.rows, 1), {{{slot}, y * s.columns, feature}, 1, s.columns, -1, 0}, name);
    const Rect cell = embed::cell_at(tile, window / s.columns, window % s.columns, s.rows, s.columns);
    if (cell.width() >= 2) c.outline(cell, c.theme().mark, 1);
  }
  const int down = (count + across - 1) / across;
  const float bottom = r.y0 + static_cast<float>(down) * (height + gap) - gap;
  stream::lying_bar(c, bar.moved({0, bottom + u - bar.y0}), heat, c.tr("feature, one scale for all; 1 % of the values lie beyond"), false, true);
}

float query_height(const Canvas& c) { return stream::heading_height(c) + 5 * c.u() + stream::lying_bar_height(c); }

/// The features that the window reads with.
void draw_query(Canvas& c, Rect r, const FigureInput& in, int n, int window) {
  const float u = c.u(), strip_height = 4 * u, bar_height = stream::lying_bar_height(c);
  const Slot slot = either(n, Slot::t2t1_features_q, Slot::t2t2_features_q);
  stream::heading(c, r, stream::phrase(c, "φ(q) of {0}", {window_name(c, n, window)}), c.tr("one number for each feature"));
  stream::Strip strip;
  strip.row = draw::Matrix(in.trace.at(slot), std::int64_t{window} * in.config().t2t->features, 1, in.config().t2t->features, in.config().t2t->features);
  strip.heat = {.span = {0, std::max(draw::range_of(strip.row).hi, kLeastSpan)}};
  strip.first = CellRef{{slot}, window};
  if (const auto pinned = stream::pinned_in(in, {slot}); pinned && pinned->i == window) strip.pinned = pinned->j;
  if (const auto hovered = stream::hovered_in(in, {slot}); hovered && hovered->i == window) strip.hovered = hovered->j;
  r = r.inset(2, 0);
  stream::strip(c, r.cut_top(strip_height), strip);
  r.cut_top(u);
  stream::lying_bar(c, r.cut_top(bar_height), strip.heat, c.tr("feature"));
}

/// The divisor of each window where the window lies; returns where it ends below.
float draw_divisors(Canvas& c, Rect r, const FigureInput& in, int n, int window) {
  const SoftSplit& s = cut_of(in, n);
  const Slot slot = either(n, Slot::t2t1_normaliser, Slot::t2t2_normaliser);
  stream::heading(c, r, c.tr("Divisor D of each window"), c.tr("one cell for each window"));
  r = r.inset(2, 2);
  const Rect bar = r.cut_bottom(stream::lying_bar_height(c));
  r.cut_bottom(c.u());
  const Rect cells = draw::fit(r, static_cast<float>(in.config().image_width) / static_cast<float>(in.config().image_height));
  const Rect at = cells.moved({r.x0 - cells.x0, r.y0 - cells.y0});
  embed::model_part(c, at, in, {0, 0, static_cast<double>(in.config().image_width), static_cast<double>(in.config().image_height)});
  const draw::Matrix map(in.trace.at(slot), 0, s.rows, s.columns, s.columns);
  draw::HeatStyle heat = magnitudes(map);
  heat.overlay = true;
  c.heat(at, map, heat);
  for (int y = 0; y < s.rows; ++y) c.tag_cells(embed::cell_at(at, y, 0, s.rows, 1), {{{slot}, y * s.columns}, 1, s.columns, -1, 0});
  c.pinned(embed::cell_at(at, window / s.columns, window % s.columns, s.rows, s.columns));
  heat.overlay = false;
  const Rect below = bar.moved({0, at.y1 + c.u() - bar.y0});
  stream::lying_bar(c, below, heat, c.tr("sum of all weights; 1 % of the values lie beyond"), false, true);
  return below.y1;
}

}  // namespace

bool performer_ready(const FigureInput& in, int n, Slot slot1, Slot slot2) {
  return in.config().t2t && in.config().t2t->performer() && in.trace.has(either(n, slot1, slot2)) && in.trace.has(Slot::pixels);
}

void draw_features(Canvas& c, Rect r, const FigureInput& in, int n, const Option& slider, const Option& maps) {
  const int window = chosen_window(in, n, slider);
  Rect rows = r.cut_left(0.44f * r.width());
  r.cut_left(4 * c.u());
  const View views[] = {view_of(c, in, {either(n, Slot::t2t1_features_q, Slot::t2t2_features_q)}, "Queries φ(q)"),
                        view_of(c, in, {either(n, Slot::t2t1_features_k, Slot::t2t2_features_k)}, "Keys φ(k)")};
  maps_apart(c, rows, in, views, window);
  draw_wall(c, r, in, n, window, choice(in.selection, maps) == 1);
}

void draw_summary(Canvas& c, Rect r, const FigureInput& in, int n, const Option& slider) {
  const float u = c.u();
  const Slot values = either(n, Slot::t2t1_v, Slot::t2t2_v), k_sum = either(n, Slot::t2t1_k_sum, Slot::t2t2_k_sum), kv = either(n, Slot::t2t1_kv, Slot::t2t2_kv);
  Rect rows = r.cut_left(0.6f * r.width());
  r.cut_left(4 * u);
  const View views[] = {view_of(c, in, {values}, "Values", 0), view_of(c, in, {either(n, Slot::t2t1_features_k, Slot::t2t2_features_k)}, "Keys φ(k)")};
  maps_apart(c, rows, in, views, chosen_window(in, n, slider));
  Rect below = r.cut_bottom(stream::heading_height(c) + 4 * u + stream::lying_bar_height(c));
  r.cut_bottom(2 * u);
  const View sum = view_of(c, in, {kv}, "Summed keys and values S");
  draw::MapStyle style;
  style.title = sum.title;
  style.row_name = sum.row_name;
  style.column_name = sum.column_name;
  style.heat = stream::signed_heat(stream::signed_span(sum.matrix));
  style.cells = sum.cells;
  if (!in.paper) style.hovered = in.selection.hovered_cell();
  style.pinned = in.selection.pinned;
  const Rect cells = draw::map(c, r, sum.matrix, style);
  // One number below each column of S.
  below.x0 = cells.x0;
  stream::heading(c, below, c.tr("Summed keys s"));
  const Rect bar = below.cut_bottom(stream::lying_bar_height(c));
  below.cut_bottom(u);
  below.x1 = cells.x1;
  stream::Strip strip;
  strip.row = draw::Matrix(in.trace.at(k_sum));
  strip.heat = {.span = {0, std::max(draw::range_of(strip.row).hi, kLeastSpan)}};
  strip.first = CellRef{{k_sum}};
  strip.axis = 0;
  if (const auto pinned = stream::pinned_in(in, {k_sum})) strip.pinned = pinned->i;
  if (const auto hovered = stream::hovered_in(in, {k_sum})) strip.hovered = hovered->i;
  stream::strip(c, below, strip);
  stream::lying_bar(c, bar, strip.heat, c.tr("one number for each feature"));
}

void draw_read(Canvas& c, Rect r, const FigureInput& in, int n, const Option& slider) {
  const int window = chosen_window(in, n, slider);
  Rect place = r.cut_left(0.36f * r.width());
  r.cut_left(4 * c.u());
  const float room = query_height(c);
  const bool query = place.height() > 3 * room;
  Rect above = place;
  if (query) above.cut_bottom(room + 3 * c.u());
  place.y0 = draw_divisors(c, above, in, n, window) + 3 * c.u();
  if (query) draw_query(c, place.cut_top(room), in, n, window);
  const View views[] = {view_of(c, in, {either(n, Slot::t2t1_numerator, Slot::t2t2_numerator)}, "What queries read"),
                        view_of(c, in, {either(n, Slot::t2t1_context, Slot::t2t2_context)}, "Divided by D")};
  maps_apart(c, r, in, views, window);
}

std::string performer_subject(const Canvas& c, const FigureInput& in, int n, const Option& slider) {
  const std::string windows = token_subject(c, in, n, slider);
  return windows.empty() ? windows : windows + ", " + stream::phrase(c, "{0} random features", {std::to_string(in.config().t2t->features)});
}

}  // namespace vitscope::figures::inside
