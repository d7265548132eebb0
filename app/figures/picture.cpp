// From the picture in the file to the numbers that the model sees.
#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/parts_picture.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures {

namespace {

using namespace embed;
using draw::Align;
using draw::Canvas;
using draw::Rect;

bool ready(const FigureInput& in) { return in.trace.has(Slot::pixels) && in.trace.has(Slot::input); }

std::string size_text(int width, int height) { return draw::count(width) + " × " + draw::count(height); }

/// The photograph with its frame in the upper part of `r`, facts below it.
Rect original(Canvas& c, Rect r, const FigureInput& in) {
  const auto& picture = *in.trace.input().picture;
  stream::heading(c, r, c.tr("Picture"), stream::phrase(c, "{0} pixels", {size_text(picture.image.width(), picture.image.height())}));
  const auto list = picture_facts(c, in);
  const float facts_height = std::min(static_cast<float>(list.size()) * fact_height(c) + 2 * c.u(), r.height() * 0.45f);
  Rect place{r.x0, r.y0, r.x1, r.y1 - facts_height};
  const auto layout = draw::photo_layout(place, in.trace);
  place.y1 = std::min(place.y1, place.y0 + layout.picture.height());
  const auto view = draw::photo(c, place, in.trace);
  tag_patches(c, in, [&](int patch) { return view.of_model(in.grid().pixels(patch)); });
  if (const int hovered = hovered_patch(in); hovered >= 0) c.hovered(view.of_model(in.grid().pixels(hovered)));
  facts(c, {r.x0, place.y1 + 2 * c.u(), r.x1, r.y1}, list);
  return view.seen;
}

/// What the model sees, with pixel numbers at its edges. Returns the cells.
Rect model_view(Canvas& c, Rect r, const FigureInput& in) {
  const auto& config = in.config();
  stream::heading(c, r, c.tr("What the model sees"), stream::phrase(c, "{0} pixels", {size_text(config.image_width, config.image_height)}));
  r.cut_left(4 * c.u());
  r.cut_bottom(stream::line_height(c) + c.u());
  r.y0 += 0.5f * c.u();
  const Rect cells = whole_cells(c, r, config.image_height, config.image_width);
  model_picture(c, cells, in);
  edge_axis(c, cells, config.image_width, config.patch_width, false);
  edge_axis(c, cells, config.image_height, config.patch_height, true);
  pixel_marks(c, cells, in, -1);
  return cells;
}

void draw_colour(Canvas& c, Rect r, const FigureInput& in) {
  const auto& config = in.config();
  const float u = c.u(), gap = 4.5f * u, heading = 2.5f * u, lh = stream::line_height(c);
  const bool with_picture = in.trace.input().picture != nullptr;
  const float aspect = static_cast<float>(config.image_width) / static_cast<float>(config.image_height);
  const auto n = static_cast<float>(config.channels);
  const bool portrait = r.width() < 1.1f * r.height();
  Rect channels, model, photo;
  if (portrait) {
    channels = r.cut_bottom(std::min(r.height() * 0.4f, r.width() / n / aspect + heading + lh + u + stream::lying_bar_height(c)));
    r.cut_bottom(2 * u);
    if (with_picture) {
      photo = r.cut_left(r.width() * 0.45f);
      r.cut_left(gap);
    }
    model = r;
  } else {
    const float inner = r.height() - heading - stream::lying_bar_height(c) - u - (n - 1) * u;
    const float width = std::clamp((inner / n - lh - 0.5f * u) * aspect, 12 * u, r.width() * 0.24f);
    channels = r.cut_right(width);
    r.cut_right(gap);
    if (with_picture) {
      const float wanted = (r.height() - heading - lh - 1.5f * u) * aspect + 5 * u;
      model = r.cut_right(std::min(wanted, (r.width() - gap) * 0.57f));
      r.cut_right(gap);
      photo = r;
    } else {
      model = r;
    }
  }
  Rect seen{};
  if (with_picture) seen = original(c, photo, in);
  const Rect cells = model_view(c, model, in);
  stream::heading(c, channels, c.tr("Normalised"), {});
  channel_maps(c, channels, in, !portrait);
  const float y = std::min(cells.centre().y, model.y1);
  if (with_picture) arrow(c, {photo.x1 + 0.75f * u, std::min(seen.centre().y, y)}, {model.x0 + 0.25f * u, std::min(seen.centre().y, y)});
  if (!portrait) arrow(c, {cells.x1 + u, y}, {channels.x0 - u, y});
}

void draw_grey(Canvas& c, Rect r, const FigureInput& in) {
  const auto& config = in.config();
  const float u = c.u(), lh = stream::line_height(c);
  const Tensor& pixels = in.trace.at(Slot::pixels);
  Rect below = r.cut_bottom(std::clamp(r.height() * 0.26f, 9 * u, 18 * u));
  r.cut_bottom(1.5f * u);
  r.y0 += lh / 2;
  r.cut_left(2 * u + lh + 1.5f * u);
  r.cut_bottom(2 * lh + 0.5f * u);
  r.cut_right(8 * u);
  const Rect cells = whole_cells(c, r, config.image_height, config.image_width);
  model_picture(c, cells, in);
  const auto green = c.theme().patch_token;
  const PatchGrid& grid = in.grid();
  for (int row = 1; row < grid.rows(); ++row) {
    const float y = cell_at(cells, row, 0, grid.rows(), 1).y0;
    c.dashes({cells.x0, y}, {cells.x1, y}, green, 1, 5, 4);
  }
  for (int column = 1; column < grid.columns(); ++column) {
    const float x = cell_at(cells, 0, column, 1, grid.columns()).x0;
    c.dashes({x, cells.y0}, {x, cells.y1}, green, 1, 5, 4);
  }
  const auto small = c.metrics().small_style();
  edge_axis(c, cells, config.image_width, config.patch_width, false);
  edge_axis(c, cells, config.image_height, config.patch_height, true);
  c.text({cells.centre().x, cells.y1 + lh + 0.9f * u}, c.tr("column (pixels)"), small, c.theme().text3, Align::centre, cells.width());
  c.text_up({cells.x0 - 2 * u - lh, cells.centre().y}, c.tr("row (pixels)"), small, c.theme().text3);
  draw::BarStyle bar;
  bar.heat.map = ColorMap::grey;
  bar.heat.span = {0, 1};
  draw::color_bar(c, {cells.x1 + 2 * u, cells.y0, cells.x1 + 3.25f * u, cells.y1}, bar);
  pixel_marks(c, cells, in, -1);

  const auto list = tones(pixels);
  Rect left = below.cut_left(below.width() * 0.52f);
  below.cut_left(4 * u);
  stream::heading(c, left, list.empty() ? std::string(c.tr("How often each tone occurs"))
                                        : stream::phrase(c, "{0} tones make this picture", {std::to_string(list.size())}), c.tr("pixels per tone"));
  if (list.empty()) {
    histogram_bars(c, left, histogram(pixels.values(), bar.heat.span, 48), bar.heat, std::nan(""));
  } else {
    tone_bars(c, left, list);
  }
  if (!pixel_for_pixel(in) && below.width() > 24 * u) {
    Rect photo = below.cut_left(below.width() * 0.45f);
    below.cut_left(2 * u);
    stream::heading(c, photo, c.tr("Picture"));
    draw::photo(c, photo, in.trace);
  }
  below.cut_top(2.5f * u);
  facts(c, below, picture_facts(c, in));
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  if (in.config().channels == 1) draw_grey(c, r, in);
  else draw_colour(c, r, in);
}

std::string caption(const Canvas& c, const FigureInput& in) {
  const auto& spec = in.trace.input().spec;
  if (!in.trace.input().picture)
    return stream::phrase(c, "The numbers of the file {0} are fed to the model as they are; nothing was resized or normalised.", {in.trace.input().name});
  return stream::phrase(c,
                        "The picture is resized with an antialiased bicubic kernel ({0}) to the {1} × {2} pixels of the model input; what is hatched is never seen. Every channel is then "
                        "normalised, (pixel − mean) / deviation, pixels from 0 to 1; white is 0 in the normalised channels, one scale for all.",
                        {std::string(c.tr(name_of(spec.mode))), std::to_string(in.config().image_width), std::to_string(in.config().image_height)});
}

Table data(const FigureInput& in) {
  Table table;
  const Tensor& pixels = in.trace.at(Slot::pixels);
  if (in.config().channels == 1) {
    TableColumn value{"tone", {}}, count{"pixels", {}};
    for (const Tone& tone : tones(pixels)) {
      value.values.push_back(tone.value);
      count.values.push_back(tone.pixels);
    }
    if (!value.values.empty()) table.columns = {value, count};
  }
  table.tensors = {{"pixels", pixels}, {"input", in.trace.at(Slot::input)}};
  return table;
}

}  // namespace

const Figure& picture() {
  static const Figure figure{"picture", "Picture", "picture", {1340, 700}, ready, draw_figure, nullptr, caption, data, {}};
  return figure;
}

}  // namespace vitscope::figures
