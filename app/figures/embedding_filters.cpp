// What the patch projection looks for: principal components of its filters, or the filters themselves.
#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/parts_filters.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures {

namespace {

using namespace embed;
using draw::Align;
using draw::Canvas;
using draw::Rect;

const Option kOptions[] = {{Option::Kind::choice, "embedding-filters.kind", "Filters", 0, 1, 0, {"principal components", "raw filters"}}};
constexpr int kRawColumns = 16, kRawRows = 8;

bool ready(const FigureInput&) { return true; }
bool raw(const FigureInput& in) { return choice(in.selection, kOptions[0]) == 1; }
std::vector<Study> studies(const FigureInput& in) { return raw(in) ? std::vector<Study>() : component_studies(in); }

/// As many tiles as there are, in the rows and columns that make them largest.
struct Tiling {
  int rows = 1, columns = 1;
  float tile = 0, pitch_x = 0, pitch_y = 0;
};
Tiling tile(Rect r, int count, float label, float gap) {
  Tiling best;
  for (int columns = 1; columns <= count; ++columns) {
    const int rows = (count + columns - 1) / columns;
    const float size = std::min((r.width() + gap) / static_cast<float>(columns) - gap, (r.height() + gap) / static_cast<float>(rows) - gap - label);
    if (size > best.tile) best = {rows, columns, size, size + gap, size + gap + label};
  }
  return best;
}

void draw_components(Canvas& c, Rect r, const FigureInput& in) {
  const auto components = principal_components(in);
  if (!components) return draw_missing(c, r);
  const FilterPictures& pictures = *components;
  const float u = c.u(), lh = stream::line_height(c);
  const auto small = c.metrics().small_style();
  if (pictures.count == 0) {
    c.text({r.x0, r.y0}, c.tr("All filters are the same: there is nothing to tell apart."), c.metrics().body_style(), c.theme().text2, Align::left, r.width());
    return;
  }
  Rect scree = r.cut_right(std::clamp(r.width() * 0.25f, 22 * u, 34 * u));
  r.cut_right(5 * u);
  stream::heading(c, r, stream::phrase(c, "Principal components of {0} filters", {std::to_string(in.config().dim)}), c.tr("by falling share of the variance"));
  Rect scale = r.cut_bottom(stream::lying_bar_height(c));
  r.cut_bottom(u);
  Tiling tiling = tile(r, pictures.count, lh + 0.25f * u, 1.25f * u);
  const float aspect = static_cast<float>(pictures.width) / static_cast<float>(pictures.height);
  if (tiling.tile >= static_cast<float>(pictures.width) * 2) {
    const float whole = std::floor(tiling.tile / static_cast<float>(pictures.width)) * static_cast<float>(pictures.width);
    tiling.pitch_x -= tiling.tile - whole;
    tiling.pitch_y -= tiling.tile - whole;
    tiling.tile = whole;
  }
  for (int i = 0; i < pictures.count; ++i) {
    const auto row = static_cast<float>(i / tiling.columns), column = static_cast<float>(i % tiling.columns);
    const Rect place = draw::rect_at({r.x0 + column * tiling.pitch_x, r.y0 + row * tiling.pitch_y}, tiling.tile, tiling.tile);
    const std::string number = std::to_string(i + 1), share = draw::percent(pictures.explained[static_cast<std::size_t>(i)], 2);
    c.text({place.x0, place.y0}, number, small, c.theme().text3);
    line_if_fits(c, {place.x0 + c.text_width(number, small) + 0.5f * u, place.y0, place.x1, place.y0 + lh}, share, small, c.theme().text2, Align::right);
    filter_tile(c, draw::fit(place.moved({0, lh + 0.25f * u}), aspect), pictures, i);
  }
  scale.x1 = scree.x0 - 2 * u;
  scale.y0 = std::min(scale.y0, r.y0 + static_cast<float>(tiling.rows) * tiling.pitch_y);
  filter_scale(c, scale, pictures, c.tr("each component has its own largest weight, the same for all channels"), c.tr("each component on its own scale"));

  double sum = 0;
  for (const double share : pictures.explained) sum += share;
  stream::heading(c, scree, c.tr("Share of the variance"), stream::phrase(c, "together {0}", {draw::percent(sum)}));
  std::vector<stream::Bar> bars;
  for (int i = 0; i < pictures.count; ++i) {
    stream::Bar bar;
    bar.label = std::to_string(i + 1);
    bar.value = pictures.explained[static_cast<std::size_t>(i)];
    bar.text = draw::percent(bar.value, 2);
    bar.color = c.theme().weights;
    bars.push_back(std::move(bar));
  }
  stream::BarsStyle style;
  style.row_height = std::clamp(scree.height() / static_cast<float>(pictures.count), lh, 2.5f * u);
  stream::bars(c, scree, bars, style);
}

void draw_raw(Canvas& c, Rect r, const FigureInput& in) {
  const float u = c.u();
  const int wanted = std::min(in.config().dim, kRawColumns * kRawRows);
  const auto pictures = learned_filters(in.trace.model(), 0, wanted, false);
  stream::heading(c, r, stream::phrase(c, "The first {0} of {1} learned filters", {std::to_string(wanted), std::to_string(in.config().dim)}),
                  c.tr("the number on the left is that of the first filter in the row"));
  const Rect scale = r.cut_bottom(stream::lying_bar_height(c));
  r.cut_bottom(u);
  r.cut_left(c.text_width("888", c.metrics().small_style()) + u);
  const int columns = std::min(wanted, r.width() > r.height() ? kRawColumns : kRawRows), rows = (wanted + columns - 1) / columns;
  const float gap = 0.75f * u;
  const float pitch = std::min((r.width() + gap) / static_cast<float>(columns), (r.height() + gap) / static_cast<float>(rows));
  const float aspect = static_cast<float>(pictures.width) / static_cast<float>(pictures.height);
  for (int i = 0; i < wanted; ++i) {
    const Rect place = draw::rect_at({r.x0 + static_cast<float>(i % columns) * pitch, r.y0 + static_cast<float>(i / columns) * pitch}, pitch - gap, pitch - gap);
    filter_tile(c, draw::fit(place, aspect), pictures, i);
    c.tag(place, {}, stream::phrase(c, "filter {0}", {std::to_string(i)}));
  }
  CellAxis axis{rows};
  axis.factor = columns;
  axis.vertical = true;
  cell_axis(c, {r.x0, r.y0, r.x1, r.y0 + pitch * static_cast<float>(rows) - gap}, axis);
  filter_scale(c, {r.x0, scale.y0, r.x1, scale.y1}, pictures, c.tr("each filter from its smallest to its largest weight, the same for all channels"), c.tr("each filter on its own scale"));
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  if (raw(in)) draw_raw(c, r, in);
  else draw_components(c, r, in);
}

std::string caption(const Canvas& c, const FigureInput& in) {
  const auto& config = in.config();
  const std::string size = std::to_string(config.channels) + " × " + std::to_string(config.patch_height) + " × " + std::to_string(config.patch_width);
  std::string text =
      raw(in) ? stream::phrase(c, "The learned filters of the patch projection, {0} weights each, in their order. ", {size})
              : stream::phrase(c,
                               "Principal components of the {0} filters of the patch projection, {1} weights each: every filter is one sample, the mean filter is subtracted (Dosovitskiy et al. 2021, "
                               "figure 7, left). The sign is fixed by the largest weight. ",
                               {std::to_string(config.dim), size});
  text += raw(in) ? c.tr("Every tile is drawn from its own smallest to its own largest weight over all channels (Keras), so that 0 has another tone in each.")
                  : c.tr("0 is drawn as the middle of the scale; every tile is scaled by its own largest weight over all channels.");
  if (config.channels != 1 && config.channels != 3) text += " " + std::string(c.tr("The channels are no colours: the first one is drawn."));
  if (in.trace.model().random_weights) text += " " + std::string(c.tr("Weights are random: no structure is to be expected."));
  return text;
}

Table data(const FigureInput& in) {
  Table table;
  if (raw(in)) {
    table.tensors = {{"filters", in.trace.model().weights.patch.weight()}};
    return table;
  }
  const auto components = principal_components(in);
  if (!components) return table;
  const FilterPictures& pictures = *components;
  TableColumn number{"component", {}}, share{"explained_variance", {}};
  for (int i = 0; i < pictures.count; ++i) {
    number.values.push_back(i + 1);
    share.values.push_back(pictures.explained[static_cast<std::size_t>(i)]);
  }
  table.columns = {number, share};
  if (pictures.count > 0) table.tensors = {{"components", pictures.values}};
  return table;
}

}  // namespace

const Figure& embedding_filters() {
  static const Figure figure{"embedding-filters", "Filters of the patch embedding", "project", {1340, 680}, ready, draw_figure, nullptr, caption, data, kOptions, studies};
  return figure;
}

}  // namespace vitscope::figures
