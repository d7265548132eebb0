// Every patch row times the learned filters: one number of the product worked out.
#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/kept.h"
#include "app/figures/parts_filters.h"
#include "app/figures/parts_stream.h"
#include "core/variants.h"

namespace vitscope::figures {

namespace {

using namespace embed;
using draw::Align;
using draw::Canvas;
using draw::Color;
using draw::Rect;

Slot input_slot(const FigureInput& in) { return variants::projection_input(in.config()); }
Slot output_slot(const FigureInput& in) { return variants::projected(in.config()); }

bool ready(const FigureInput& in) { return in.trace.has(input_slot(in)) && in.trace.has(output_slot(in)); }

const Tensor& weight_of(const FigureInput& in) { return in.trace.model().weights.patch.weight(); }

/// The filters as columns, as the formula multiplies them.
draw::Matrix filters_as_columns(const FigureInput& in) {
  static Kept<std::uint64_t, Tensor, 2> kept;
  const Tensor& weight = weight_of(in);
  return draw::Matrix(kept.get(weight.id(), [&] {
    const int filters = in.config().dim, length = in.config().patch_length();
    Tensor turned({length, filters});
    for (int f = 0; f < filters; ++f)
      for (int e = 0; e < length; ++e) turned.edit()[static_cast<std::int64_t>(e) * filters + f] = weight.data()[static_cast<std::int64_t>(f) * length + e];
    return turned;
  }));
}

/// The output element that is worked out: under the pointer, pinned, or the largest of the chosen row.
CellRef chosen_output(const FigureInput& in) {
  const TensorRef output{output_slot(in)};
  if (const auto cell = stream::hovered_in(in, output)) return *cell;
  if (const auto cell = stream::pinned_in(in, output)) return *cell;
  const int patch = chosen_patch(in);
  return {output, patch, stream::largest_magnitude(in.trace.at(output_slot(in)).row(patch))};
}

struct Maps {
  Rect x_row, z_row, filter;
};

/// X × E = Z with the rows and the column that meet in the chosen element.
void draw_maps(Canvas& c, Rect r, const FigureInput& in, const CellRef& chosen) {
  const auto& config = in.config();
  const float u = c.u(), lh = stream::line_height(c), axis = c.text_width("888", c.metrics().small_medium()) + u;
  const auto& theme = c.theme();
  const int patches = config.patches(), length = config.patch_length(), width = config.dim, grown = chosen_patch(in), hovered = hovered_patch(in);
  Rect bars = r.cut_bottom(stream::lying_bar_height(c));
  r.cut_bottom(lh + 1.25f * u);
  const float sign = 4 * u, room = r.width() - 2 * axis - 2 * sign;
  Rect xs = r.cut_left(axis + room * 0.30f);
  Rect times = r.cut_left(sign);
  Rect es = r.cut_left(room * 0.35f);
  Rect equals = r.cut_left(sign);
  Rect zs = r;
  const auto x_heat = input_heat(in);
  const Tensor& z = in.trace.at(output_slot(in));
  const auto z_heat = stream::signed_heat(stream::signed_span(draw::Matrix(z)));
  const auto filters = filters_as_columns(in);
  const auto w_heat = stream::signed_heat(stream::signed_span(filters));

  const auto rows_map = [&](Rect area, std::string_view title, const std::string& hint, const draw::Matrix& m, const draw::HeatStyle& heat, Slot slot) {
    Rect head = area;
    head.x0 += axis;
    stream::heading(c, head, title, hint);
    const Rect cells{head.x0, head.y0, area.x1, area.y1};
    const GrownRows rows(c, cells, patches, grown, 3 * u);
    rows.heat(c, m, heat, CellRef{{slot}});
    rows.labels(c, {});
    c.pinned(rows.row(grown));
    if (hovered >= 0 && hovered != grown) c.hovered(rows.row(hovered));
    return rows;
  };
  const auto x_rows = rows_map(xs, c.tr("Patch rows x"), stream::phrase(c, "{0} × {1}", {std::to_string(patches), std::to_string(length)}),
                               draw::Matrix(in.trace.at(input_slot(in))), x_heat, input_slot(in));
  const auto z_rows = rows_map(zs, c.tr("Tokens"), stream::phrase(c, "{0} × {1}", {std::to_string(patches), std::to_string(width)}), draw::Matrix(z), z_heat,
                               output_slot(in));
  stream::column_axis(c, x_rows.all(), length, stream::phrase(c, "pixel values P²C = {0}", {std::to_string(length)}), theme.text3);
  stream::column_axis(c, z_rows.all(), width, stream::dim_name(c, Dim::dim, config), theme.width);
  const auto narrow = [&](Rect column) { return column.inset(-std::max(0.0f, (0.5f * u - column.width()) / 2), 0); };
  const Rect cell = narrow(stream::column_of(z_rows.row(chosen.i), chosen.j, width));
  const bool pointed = stream::hovered_in(in, {output_slot(in)}).has_value();
  chosen_mark(c, cell, pointed);

  stream::heading(c, es, c.tr("Filters E"), c.tr("learned, one per column"), theme.weights);
  c.heat(es, filters, w_heat);
  c.tag_cells(es, {{{output_slot(in)}, grown, 0}, 1, width, -1, 1});
  chosen_mark(c, narrow(stream::column_of(es, chosen.j, width)), pointed);
  stream::column_axis(c, es, width, stream::dim_name(c, Dim::dim, config), theme.width);
  const float top = xs.y0 + stream::heading_height(c);
  stream::sign(c, {times.x0, top, times.x1, xs.y1}, "×");
  stream::sign(c, {equals.x0, top, equals.x1 + axis * 0.25f, xs.y1}, "=");

  stream::lying_bar(c, {x_rows.all().x0, bars.y0, xs.x1, bars.y1}, x_heat, {});
  stream::lying_bar(c, {es.x0, bars.y0, es.x1, bars.y1}, w_heat, c.tr("1 % lies beyond"), false, true);
  stream::lying_bar(c, {z_rows.all().x0, bars.y0, zs.x1, bars.y1}, z_heat, c.tr("1 % lies beyond"), false, true);
}

/// Products of the two strips, one bar per element.
void product_bars(Canvas& c, Rect r, std::span<const float> x, std::span<const float> w) {
  float most = 0;
  for (std::size_t i = 0; i < x.size(); ++i) most = std::max(most, std::abs(x[i] * w[i]));
  const float zero = r.centre().y, width = r.width() / static_cast<float>(x.size());
  for (std::size_t i = 0; i < x.size() && most > 0; ++i) {
    const float product = x[i] * w[i], tip = zero - product / most * r.height() / 2, left = r.x0 + width * static_cast<float>(i);
    c.fill({left, std::min(zero, tip), left + std::max(width * 0.85f, c.pixel()), std::max(zero, tip)}, stream::sign_color(product));
  }
  c.line({r.x0, zero}, {r.x1, zero}, c.theme().tick, c.pixel());
}

void draw_sum(Canvas& c, Rect r, const FigureInput& in, const CellRef& chosen) {
  const auto& config = in.config();
  const float u = c.u(), lh = stream::line_height(c);
  const int length = config.patch_length();
  const auto x = in.trace.at(input_slot(in)).row(chosen.i);
  const auto w = weight_of(in).values().subspan(static_cast<std::size_t>(chosen.j) * static_cast<std::size_t>(length), static_cast<std::size_t>(length));
  const auto small = c.metrics().small_style();
  stream::heading(c, r, stream::phrase(c, "Number {0} of patch {1}", {std::to_string(chosen.j), std::to_string(chosen.i)}),
                  stream::phrase(c, "{0} products and a bias make it {1}", {std::to_string(length), draw::number(in.trace.value(chosen))}));
  Rect list = r.cut_right(std::min(38 * u, r.width() * 0.46f));
  r.cut_right(3 * u);
  const float label = std::min(c.text_width(c.tr("products"), small) + u, 10 * u);
  const auto pixel = hovered_pixel(in);
  const int hot = pixel && patch_of(*pixel, in.grid()) == chosen.i ? element_of(*pixel, config) : -1;
  const auto name = [&](Rect strip, std::string_view text, Color color) {
    c.text({r.x0, strip.centre().y - lh / 2}, text, small, color, Align::left, label);
  };
  const float height = std::clamp((r.height() - lh - stream::heading_height(c)) / 4.2f, 1.5f * u, 4 * u);
  Rect area = r;
  area.cut_left(label + 0.5f * u);
  const Rect xs = area.cut_top(height);
  area.cut_top(u);
  const Rect ws = area.cut_top(height);
  area.cut_top(u);
  const Rect products = area.cut_top(std::min(area.height() - lh - 0.5f * u, height * 2.2f));
  const draw::Matrix x_row(in.trace.at(input_slot(in)), static_cast<std::int64_t>(chosen.i) * length, 1, length, length);
  const draw::Matrix w_row(weight_of(in), static_cast<std::int64_t>(chosen.j) * length, 1, length, length);
  stream::strip(c, xs, {x_row, input_heat(in), CellRef{{input_slot(in)}, chosen.i, 0}, 1, -1, hot});
  stream::strip(c, ws, {w_row, stream::signed_heat(stream::signed_span(filters_as_columns(in))), std::nullopt, 1, -1, hot});
  name(xs, c.tr("patch"), c.theme().text2);
  name(ws, c.tr("filter"), c.theme().weights);
  if (products.height() >= 2 * u) {
    product_bars(c, products, x, w);
    name(products, c.tr("products"), c.theme().text2);
    const Rect over{products.x0, xs.y0, products.x1, products.y1};
    for (int channel = 1; channel < config.channels && over.width() >= 2 * u * static_cast<float>(config.channels); ++channel) {
      const float at = over.x0 + over.width() * static_cast<float>(channel) / static_cast<float>(config.channels);
      c.line({at, over.y0}, {at, over.y1}, c.theme().tick, c.pixel());
    }
    for (int channel = 0; channel < config.channels; ++channel)
      line_if_fits(c, stream::column_of({over.x0, over.y1 + 0.25f * u, over.x1, over.y1 + lh + 0.25f * u}, channel, config.channels), channel_name(c, channel, config.channels), small,
                   c.theme().text3, Align::centre);
  }
  stream::ContributionStyle style;
  style.label = "pixel value {0}";
  style.input = CellRef{{input_slot(in)}, chosen.i, 0};
  style.hovered = hot;
  stream::contribution_bars(c, list, stream::contributions(x, w, in.trace.model().weights.patch.bias(), chosen.j, stream::contribution_rows(c, list.height())), style);
}

/// A page of the learned filters with the chosen one marked.
void draw_tiles(Canvas& c, Rect r, const FigureInput& in, const CellRef& chosen) {
  const auto& config = in.config();
  const float u = c.u(), gap = 0.5f * u;
  Rect head = r;
  stream::heading(c, head, stream::phrase(c, "Filter {0}", {std::to_string(chosen.j)}), c.tr("and its neighbours"));
  r.y0 = head.y0;
  const float aspect = static_cast<float>(config.patch_width) / static_cast<float>(config.patch_height);
  const float wanted = std::clamp(static_cast<float>(config.patch_height) * 2, 4 * u, 6 * u);
  const int columns = std::max(1, static_cast<int>((r.width() + gap) / (wanted * aspect + gap)));
  const int rows = std::max(1, static_cast<int>((r.height() + gap) / (wanted + gap)));
  const float tile_width = std::min((r.width() + gap) / static_cast<float>(columns) - gap, wanted * aspect * 1.3f);
  const int page = columns * rows, first = chosen.j / page * page;
  const auto pictures = learned_filters(in.trace.model(), first, page);
  for (int i = 0; i < pictures.count; ++i) {
    const Rect place = draw::rect_at({r.x0 + static_cast<float>(i % columns) * (tile_width + gap), r.y0 + static_cast<float>(i / columns) * (wanted + gap)}, tile_width, wanted);
    const Rect tile = draw::fit(place, aspect);
    filter_tile(c, tile, pictures, i);
    c.tag(tile, draw::CellTarget{{{output_slot(in)}, chosen_patch(in), first + i}}, stream::phrase(c, "filter {0}", {std::to_string(first + i)}));
    if (first + i == chosen.j) chosen_mark(c, tile, stream::hovered_in(in, {output_slot(in)}).has_value());
  }
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const float u = c.u();
  const CellRef chosen = chosen_output(in);
  Rect below = r.cut_bottom(std::max(r.height() * 0.44f, 18 * u));
  r.cut_bottom(3 * u);
  draw_maps(c, r, in, chosen);
  if (below.width() > 80 * u || below.width() < below.height() * 2.2f) {
    Rect tiles = below.cut_right(std::clamp(below.width() * 0.2f, 16 * u, 26 * u));
    below.cut_right(4 * u);
    draw_tiles(c, tiles, in, chosen);
  }
  draw_sum(c, below, in, chosen);
}

std::string caption(const Canvas& c, const FigureInput& in) {
  const auto& config = in.config();
  std::string text = stream::phrase(c,
                        "Every row of {0} pixel values is multiplied with the same {1} learned filters and a bias is added: {2} × {0} times {0} × {1} gives {2} × {1}. White is 0. Below, one element of the "
                        "product: patch row and filter, their products, and the largest of them.",
                        {std::to_string(config.patch_length()), std::to_string(config.dim), std::to_string(config.patches())});
  if (config.patch_length() == config.dim) text += " " + stream::phrase(c, "That a patch and a token both have {0} numbers is chance.", {std::to_string(config.dim)});
  return text;
}

std::string subject(const Canvas& c, const FigureInput& in) { return patch_subject(c, in); }

Table data(const FigureInput& in) {
  const CellRef chosen = chosen_output(in);
  const int length = in.config().patch_length();
  const auto x = in.trace.at(input_slot(in)).row(chosen.i);
  const float* w = weight_of(in).data() + static_cast<std::int64_t>(chosen.j) * length;
  Table table;
  table.columns = {{"element", {}}, {"x", {}}, {"weight", {}}, {"product", {}}};
  for (int e = 0; e < length; ++e) {
    const double a = x[static_cast<std::size_t>(e)], b = w[e];
    table.columns[0].values.push_back(e);
    table.columns[1].values.push_back(a);
    table.columns[2].values.push_back(b);
    table.columns[3].values.push_back(a * b);
  }
  table.tensors = {{"embed.patch", in.trace.at(output_slot(in))}, {"filters", weight_of(in)}};
  return table;
}

}  // namespace

const Figure& project() {
  static const Figure figure{"project", "Project", "project", {1340, 760}, ready, draw_figure, subject, caption, data, {}};
  return figure;
}

}  // namespace vitscope::figures
