// Figure 7 of the ViT paper: filters, position similarity and attention distance in one row.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "app/draw/number.h"
#include "app/figures/attention_words.h"
#include "app/figures/kept.h"
#include "app/figures/parts_filters.h"
#include "app/figures/parts_position.h"
#include "app/figures/parts_stream.h"
#include "app/figures/prefix_words.h"
#include "core/analysis/attention.h"

namespace vitscope::figures {

namespace {

using namespace embed;
using attention::filled;
using draw::Align;
using draw::Canvas;
using draw::Rect;
using draw::Vec;

constexpr int kFilters = 28, kFilterColumns = 4;

bool ready(const FigureInput& input) {
  for (int block = 0; block < input.config().depth; ++block)
    if (!input.trace.has(Slot::attn, block)) return false;
  return input.config().patches() > 1;
}

/// Mean distances in pixels of the model input as the paper defines them: [block][head], and what uniform attention would give.
struct Distances {
  std::vector<std::vector<double>> heads;
  double uniform = 0, top = 1;
};
std::shared_ptr<const Distances> distances_of(const FigureInput& input) {
  static Kept<std::vector<std::uint64_t>, std::shared_ptr<const Distances>, 4> kept;
  std::vector<std::uint64_t> key;
  for (int block = 0; block < input.config().depth; ++block) key.push_back(input.trace.at(Slot::attn, block).id());
  return kept.get(key, [&] {
    auto all = std::make_shared<Distances>();
    all->uniform = uniform_attention_distance(input.grid());
    double largest = all->uniform;
    for (int block = 0; block < input.config().depth; ++block) {
      std::vector<double>& row = all->heads.emplace_back();
      for (const HeadDistance& head : attention_distance(input.trace.at(Slot::attn, block), input.grid(), DistanceDefinition::paper)) row.push_back(head.distance);
      for (const double distance : row) largest = std::max(largest, distance);
    }
    const double step = draw::tick_step(largest, 4);
    all->top = std::ceil(largest / step + 0.15) * step;
    return all;
  });
}

/// The panel's title over two lines at most; returns what is left for the panel.
Rect titled(Canvas& c, Rect r, std::string_view title) {
  const draw::Style style = c.metrics().heading_style();
  c.text({r.x0, r.y0}, title, style, c.theme().text1, Align::left, r.width());
  r.cut_top(Canvas::text_height(style) + 1.25f * c.u());
  return r;
}

void filters(Canvas& c, Rect r, const FigureInput& input) {
  const auto components = principal_components(input);
  if (!components) return draw_missing(c, r);
  const FilterPictures& pictures = *components;
  const float u = c.u();
  const int count = std::min(pictures.count, kFilters);
  if (count == 0) {
    c.text({r.x0, r.y0}, input.config().cuts_patches() ? c.tr("all filters are the same") : c.tr("none: patches are not cut from pixels"), c.metrics().small_style(), c.theme().text2, Align::left, r.width());
    return;
  }
  Rect below = r.cut_bottom(2 * stream::line_height(c) + 2.2f * u);
  r.cut_bottom(u);
  const float aspect = static_cast<float>(pictures.width) / static_cast<float>(pictures.height), gap = 0.4f * u;
  // As many columns as make the tiles largest; the paper's four where they fit.
  int columns = kFilterColumns;
  const auto tile_width = [&](int n) {
    const int rows = (count + n - 1) / n;
    return std::min((r.width() + gap) / static_cast<float>(n) - gap, ((r.height() + gap) / static_cast<float>(rows) - gap) * aspect);
  };
  for (int n = 1; n <= count; ++n)
    if (tile_width(n) > tile_width(columns) * 1.1f) columns = n;
  const float width = tile_width(columns), height = width / aspect;
  if (width < 2) return;
  for (int i = 0; i < count; ++i) {
    const Rect place = draw::rect_at({r.x0 + static_cast<float>(i % columns) * (width + gap), r.y0 + static_cast<float>(i / columns) * (height + gap)}, width, height);
    filter_tile(c, place, pictures, i);
    c.tag(place, {}, filled(c.tr("component {0}: {1} of the variance"), {std::to_string(i + 1), draw::percent(pictures.explained[static_cast<std::size_t>(i)], 2)}));
  }
  below = below.moved({0, r.y0 + static_cast<float>((count + columns - 1) / columns) * (height + gap) + 0.6f * u - below.y0});
  filter_scale(c, {below.x0, below.y0, below.x1, below.y0 + stream::lying_bar_height(c)}, pictures, c.tr("each component on its own scale"), {});
}

void similarity(Canvas& c, Rect r, const FigureInput& input) {
  const auto study = position_study(input);
  const float u = c.u(), line = stream::line_height(c);
  const draw::Style small = c.metrics().small_style();
  Rect bar_room = r.cut_right(4.5f * u + c.text_width("−0.5", small) + line);
  r.cut_left(line + 0.25f * u);
  r.cut_bottom(line + 0.5f * u);
  const Rect tiles = similarity_tiles(c, r, input, *study, {}, nullptr);
  // Beside few rows the name is longer than the tiles are high and would run into the title.
  if (c.text_width(c.tr("row of the patch"), small) <= tiles.height()) c.text_up({r.x0 - 0.25f * u - line / 2, tiles.centre().y}, c.tr("row of the patch"), small, c.theme().text2);
  c.text({tiles.centre().x, tiles.y1 + line + 0.75f * u}, c.tr("column of the patch"), small, c.theme().text2, Align::centre, tiles.width());
  draw::BarStyle style;
  style.heat = stream::signed_heat(study->span);
  const float x = std::min(tiles.x1 + 1.5f * u, bar_room.x0 + 1.5f * u);
  const Rect bar{x, tiles.y0, x + 1.5f * u, tiles.y1};
  if (bar.height() < 6 * u) return;
  const Rect used = draw::color_bar(c, bar, style);
  if (used.x1 + 0.25f * u + line <= bar_room.x1 + 0.5f) c.text_up({used.x1 + 0.25f * u + line / 2, bar.centre().y}, c.tr("cosine similarity"), small, c.theme().text2);
}

void distance(Canvas& c, Rect r, const FigureInput& input) {
  const auto all = distances_of(input);
  const float u = c.u(), line = stream::line_height(c);
  const draw::Theme& theme = c.theme();
  const draw::Style small = c.metrics().small_style();
  const double step = draw::tick_step(all->top, 4);
  float numbers = 0;
  for (double value = 0; value <= all->top * 1.001; value += step) numbers = std::max(numbers, c.text_width(draw::tick_number(value, step), small));
  const float left = r.x0;
  r.cut_left(line + 0.5f * u + numbers + 0.75f * u);
  r.cut_bottom(2 * line + 0.75f * u);
  r.cut_top(line / 2);
  const auto y_of = [&](double value) { return r.y1 - static_cast<float>(value / all->top) * r.height(); };
  for (double value = 0; value <= all->top * 1.001; value += step) {
    c.fill({r.x0, y_of(value) - c.pixel() / 2, r.x1, y_of(value) + c.pixel() / 2}, theme.hairline);
    c.text({r.x0 - 0.75f * u, y_of(value) - line / 2}, draw::tick_number(value, step), small, theme.text3, Align::right);
  }
  c.text_up({left + line / 2, r.centre().y}, c.tr("mean attention distance (pixels)"), small, theme.text2);
  const int depth = input.config().depth;
  const float band = r.width() / static_cast<float>(depth), radius = std::clamp(0.18f * band, 0.25f * u, 0.5f * u);
  c.dashes({r.x0, y_of(all->uniform)}, {r.x1, y_of(all->uniform)}, theme.text1, 1.5f, 7, 5);
  float written = r.x0 - 1;
  for (int block = 0; block < depth; ++block) {
    const float x = r.x0 + (static_cast<float>(block) + 0.5f) * band;
    const std::string number = std::to_string(block + 1);
    const float half = c.text_width(number, small) / 2;
    if (x - half > written) c.text({x, r.y1 + 0.4f * u}, number, small, theme.text3, Align::centre), written = x + half + 0.5f * u;
    const auto& heads = all->heads[static_cast<std::size_t>(block)];
    // Heads beside each other, so that equal ones stay countable.
    for (std::size_t head = 0; head < heads.size(); ++head) {
      const float spread = std::max(0.0f, 0.7f * band - 2 * radius);
      const float dx = heads.size() > 1 ? (static_cast<float>(head) / static_cast<float>(heads.size() - 1) - 0.5f) * spread : 0;
      const Vec at{x + dx, y_of(heads[head])};
      c.circle(at, radius, theme.heads);
      c.tag({at.x - radius, at.y - radius, at.x + radius, at.y + radius}, draw::HeadTarget{block, static_cast<int>(head)},
            filled(c.tr("block {0}, head {1}: {2} px"), {number, std::to_string(head + 1), draw::number(heads[head])}));
    }
  }
  c.fill({r.x0, r.y1 - c.pixel(), r.x1, r.y1}, theme.tick);
  c.text({r.centre().x, r.y1 + line + 0.5f * u}, c.tr("encoder block"), small, theme.text2, Align::centre, r.width());
}

void draw_figure(Canvas& c, Rect r, const FigureInput& input) {
  const float u = c.u();
  if (r.width() < 1.1f * r.height()) {
    const float gap = 1.5f * u, height = (r.height() - 2 * gap) / 3;
    for (const auto& [title, panel] : {std::pair{"Filters of the embedding", &filters}, {"Similarity of the positions", &similarity}, {"Mean attention distance", &distance}}) {
      panel(c, titled(c, r.cut_top(height), c.tr(title)), input);
      r.cut_top(gap);
    }
    return;
  }
  const float gap = std::min(5 * u, 0.03f * r.width());
  Rect first = r.cut_left(0.25f * r.width());
  r.cut_left(gap);
  Rect last = r.cut_right(0.42f * r.width());
  r.cut_right(gap);
  filters(c, titled(c, first, c.tr("Filters of the embedding")), input);
  similarity(c, titled(c, r, c.tr("Similarity of the positions")), input);
  distance(c, titled(c, last, c.tr("Mean attention distance")), input);
}

std::string caption(const Canvas& c, const FigureInput& input) {
  std::string text(c.tr("After Dosovitskiy et al. 2021, figure 7. Left: the first principal components of the filters of the patch embedding. Middle: cosine between the position embedding of "
                        "each patch and all others. Right: one dot per head; distance between query and key in pixels of the model input, weighted with the attention; the dashed line is "
                        "uniform attention."));
  text += prefix_left_out(c, input.config());
  if (input.trace.model().random_weights)
    text += " " + std::string(c.tr("Weights are random: smooth filters, near patches that are alike, and distances that grow with depth are not to be expected without training."));
  return text;
}

Table data(const FigureInput& input) {
  const auto all = distances_of(input);
  TableColumn block{"block", {}}, head{"head", {}}, distance_column{"distance_pixels", {}}, uniform{"uniform_pixels", {}};
  for (std::size_t b = 0; b < all->heads.size(); ++b)
    for (std::size_t h = 0; h < all->heads[b].size(); ++h) {
      block.values.push_back(static_cast<double>(b));
      head.values.push_back(static_cast<double>(h));
      distance_column.values.push_back(all->heads[b][h]);
      uniform.values.push_back(all->uniform);
    }
  Table table;
  table.columns = {block, head, distance_column, uniform};
  table.tensors = {{"position_similarity", position_study(input)->similarity}};
  if (const auto pictures = principal_components(input); pictures && pictures->count > 0) table.tensors.emplace_back("filter_components", pictures->values);
  return table;
}

}  // namespace

const Figure& paper_figure7() {
  static const Figure figure{"paper-figure-7", "Embeddings and attention distance (ViT, figure 7)", "prediction", {1480, 520}, ready, draw_figure, nullptr, caption, data, {}, component_studies};
  return figure;
}

}  // namespace vitscope::figures
