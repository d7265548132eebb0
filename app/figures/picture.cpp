// From the picture in the file to the numbers that the model sees.
#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/parts_picture.h"
#include "app/figures/parts_stream.h"
#include "core/image/channels.h"

namespace vitscope::figures {

namespace {

using namespace embed;
using draw::Align;
using draw::Canvas;
using draw::Rect;

bool ready(const FigureInput& in) { return in.trace.has(Slot::pixels) && in.trace.has(Slot::input); }

std::string size_text(int width, int height) { return draw::count(width) + " × " + draw::count(height); }

/// One pixel as the picture shows it and as numbers: under the pointer, pinned, or in the middle of the chosen patch.
void pixel_readout(Canvas& c, Rect r, const FigureInput& in) {
  const auto& config = in.config();
  const PixelRef pixel = shown_pixel(in);
  const float u = c.u();
  const auto small = c.metrics().small_style();
  stream::heading(c, r, stream::phrase(c, "Pixel ({0}, {1})", {std::to_string(pixel.row), std::to_string(pixel.column)}), c.tr("row, column"));
  const Rect swatch = draw::rect_at({r.x0, r.y0}, 4 * u, 4 * u);
  model_part(c, swatch, in, {static_cast<double>(pixel.column), static_cast<double>(pixel.row), pixel.column + 1.0, pixel.row + 1.0});
  r.cut_left(5.5f * u);
  float y = r.y0, names = 0;
  for (int channel = 0; channel < shown_channels(config.channels); ++channel) names = std::max(names, c.text_width(channel_name(c, channel, config.channels), small));
  for (int channel = 0; channel < shown_channels(config.channels) && y + stream::line_height(c) <= r.y1; ++channel, y += fact_height(c)) {
    const float name = names + u, number = 6 * u;
    c.text({r.x0, y}, channel_name(c, channel, config.channels), small, c.theme().text3, Align::left, name);
    c.text({r.x0 + name + number, y}, draw::number(in.trace.at(Slot::pixels).at(channel, pixel.row, pixel.column)), small, c.theme().text1, Align::right);
    if (r.x0 + name + 2 * number + 4 * u > r.x1) continue;
    c.text({r.x0 + name + number + 2 * u, y}, "→", small, c.theme().text3, Align::centre);
    c.text({r.x0 + name + 2 * number + 3 * u, y}, draw::number(in.trace.at(Slot::input).at(channel, pixel.row, pixel.column)), small, c.theme().text1, Align::right);
  }
}

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
  r.y0 = place.y1 + 2 * c.u();
  r.y0 += facts(c, r, list) + 2 * c.u();
  if (r.height() >= stream::heading_height(c) + 2 * fact_height(c)) pixel_readout(c, r, in);
  return view.seen;
}

/// What the model sees, with pixel numbers at its edges. Returns the cells.
Rect model_view(Canvas& c, Rect r, const FigureInput& in) {
  const auto& config = in.config();
  stream::heading(c, r, c.tr("What the model sees"), stream::phrase(c, "{0} pixels", {size_text(config.image_width, config.image_height)}));
  r.cut_left(4 * c.u());
  r.cut_right(c.text_width(std::to_string(config.image_width), c.metrics().small_style()) / 2);
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
  const float u = c.u(), gap = 4.5f * u, heading = stream::heading_height(c), lh = stream::line_height(c);
  const bool with_picture = in.trace.input().picture != nullptr;
  const float aspect = static_cast<float>(config.image_width) / static_cast<float>(config.image_height);
  const auto n = static_cast<float>(shown_channels(config.channels));
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
      model = r.cut_right(std::min(wanted, (r.width() - gap) * 0.62f));
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

/// How often the tones of a one-channel picture occur.
void draw_tones(Canvas& c, Rect r, const FigureInput& in) {
  const Tensor& pixels = in.trace.at(Slot::pixels);
  const auto list = tones(pixels);
  if (!list.empty()) {
    r.x1 = std::min(r.x1, r.x0 + std::max(tone_pitch(c) * static_cast<float>(list.size()), 36 * c.u()));
    stream::heading(c, r, stream::phrase(c, "{0} tones make this picture", {std::to_string(list.size())}), c.tr("pixels per tone"));
    tone_bars(c, r, list);
    return;
  }
  draw::HeatStyle grey;
  grey.map = ColorMap::grey;
  grey.span = draw::drawable(in.trace.input().picture ? draw::Span{0, 1} : draw::range_of(draw::Matrix(pixels, 0)), ColorMap::grey);
  stream::heading(c, r, c.tr("How often each tone occurs"));
  histogram_bars(c, r, histogram(pixels.values(), grey.span, 48), grey, std::nan(""));
}

void draw_grey(Canvas& c, Rect r, const FigureInput& in) {
  const auto& config = in.config();
  const float u = c.u(), lh = stream::line_height(c), axis = 3.5f * u + lh, bar_room = 8 * u;
  const float aspect = static_cast<float>(config.image_width) / static_cast<float>(config.image_height);
  Rect below = r.cut_bottom(std::clamp(r.height() * 0.22f, 9 * u, 18 * u));
  r.cut_bottom(1.5f * u);
  Rect area{r.x0 + axis, r.y0 + lh / 2, r.x1 - bar_room, r.y1 - 2 * lh - 0.5f * u};
  // What is known of the picture stands on the right, or below where the picture needs the width.
  const bool side = area.width() - area.height() * aspect >= 26 * u;
  Rect facts_area = side ? Rect{area.x0 + area.height() * aspect + bar_room + 3 * u, r.y0, r.x1, r.y1} : below;
  if (!side) {
    below = facts_area.cut_left(facts_area.width() * 0.55f);
    facts_area.cut_left(4 * u);
  }
  const Rect cells = whole_cells(c, area, config.image_height, config.image_width);
  if (side) facts_area.x0 = cells.x1 + bar_room + 3 * u;
  model_picture(c, cells, in);
  const auto green = draw::dark_theme().patch_token;  // on the picture, whatever the page
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
  bar.heat.span = in.trace.input().picture ? draw::Span{0, 1} : draw::range_of(draw::Matrix(in.trace.at(Slot::pixels), 0));
  draw::color_bar(c, {cells.x1 + 2 * u, cells.y0, cells.x1 + 3.25f * u, cells.y1}, bar);
  pixel_marks(c, cells, in, -1);
  draw_tones(c, below, in);

  const bool photo = in.trace.input().picture != nullptr && !pixel_for_pixel(in);
  if (photo && side) {
    Rect view = facts_area.cut_top(facts_area.height() * 0.45f);
    stream::heading(c, view, c.tr("Picture"));
    view.y1 = std::min(view.y1, view.y0 + draw::photo_layout(view, in.trace).picture.height());
    draw::photo(c, view, in.trace);
    facts_area.cut_top(2 * u);
  } else {
    stream::heading(c, facts_area, c.tr("Picture"));
  }
  facts_area.y0 += facts(c, facts_area, picture_facts(c, in)) + 2 * u;
  if (facts_area.height() >= stream::heading_height(c) + 4 * u) pixel_readout(c, facts_area, in);
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  if (in.config().channels == 1) draw_grey(c, r, in);
  else draw_colour(c, r, in);
}

std::string caption(const Canvas& c, const FigureInput& in) {
  const auto& spec = in.trace.input().spec;
  if (!in.trace.input().picture)
    return stream::phrase(c, "The numbers of the file {0} are fed to the model as they are; nothing was resized or normalised.", {in.trace.input().name});
  const std::string turn = colours_in_turn(in.config().channels) && in.trace.input().picture->image.channels() > 1 ? " " + stream::phrase(c, "Its colours become the {0} channels in turn: red, green, blue, red and so on.", {std::to_string(in.config().channels)}) : "";
  if (pixel_for_pixel(in))
    return std::string(c.tr("The picture has the size of the model input and is taken pixel for pixel. Every channel is then normalised, (pixel − mean) / deviation, pixels from 0 (black) to 1 (white).")) + turn;
  return stream::phrase(c,
                        "The picture is resized with an antialiased bicubic kernel ({0}) to the {1} × {2} pixels of the model input; what is hatched is never seen. Every channel is then "
                        "normalised, (pixel − mean) / deviation, pixels from 0 to 1; white is 0 in the normalised channels, one scale for all.",
                        {std::string(c.tr(name_of(spec.mode))), std::to_string(in.config().image_width), std::to_string(in.config().image_height)}) + turn;
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
