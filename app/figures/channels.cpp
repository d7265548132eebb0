// The normalised channels, large, with their distribution and the formula in numbers.
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

bool normalised(const FigureInput& in) { return in.trace.input().picture != nullptr; }

std::string formula_text(const Canvas& c, const FigureInput& in, int channel) {
  const auto& spec = in.trace.input().spec;
  const std::size_t k = constants_of(channel, in.config().channels);
  if (spec.mean[k] == 0 && spec.std[k] == 1) return std::string(c.tr("x = pixel: this model leaves the values as they are"));
  return stream::phrase(c, "x = (pixel − {0}) / {1}", {draw::number(spec.mean[k]), draw::number(spec.std[k])});
}

std::string example_text(const FigureInput& in, int channel, const PixelRef& pixel) {
  const auto& spec = in.trace.input().spec;
  const std::size_t k = constants_of(channel, in.config().channels);
  const float value = in.trace.at(Slot::pixels).at(channel, pixel.row, pixel.column);
  return "(" + draw::number(value) + " − " + draw::number(spec.mean[k]) + ") / " + draw::number(spec.std[k]) + " = " +
         draw::number(in.trace.at(Slot::input).at(channel, pixel.row, pixel.column));
}

std::string place_text(const Canvas& c, const PixelRef& pixel) {
  return stream::phrase(c, "pixel ({0}, {1})", {std::to_string(pixel.row), std::to_string(pixel.column)});
}

/// Width of the lines below a channel that is `width` wide: the formula, the example, the pixel before the example where both fit.
float lines_width(const Canvas& c, const FigureInput& in, int channel, const PixelRef& pixel, float width) {
  const auto small = c.metrics().small_style();
  const float example = c.text_width(example_text(in, channel, pixel), small), both = c.text_width(place_text(c, pixel), small) + c.u() + example;
  return std::min(width, std::max(c.text_width(formula_text(c, in, channel), small), both <= width ? both : example));
}

void draw_channel(Canvas& c, Rect r, const FigureInput& in, int channel, float cells_height, const PixelRef& pixel, bool brief) {
  const auto& config = in.config();
  const int height = config.image_height, width = config.image_width;
  const Tensor& input = in.trace.at(Slot::input);
  const auto heat = input_heat(in);
  const float u = c.u(), lh = stream::line_height(c);
  const auto small = c.metrics().small_style();
  const auto& theme = c.theme();
  const auto m = moments(input.row(channel));
  const Rect cells = whole_cells(c, {r.x0, r.y0 + stream::heading_height(c), r.x1, r.y0 + stream::heading_height(c) + cells_height}, height, width);
  Rect head{cells.x0, r.y0, std::max(cells.x1, std::min(r.x1, cells.x0 + 26 * u)), r.y0 + stream::heading_height(c)};
  stream::heading(c, head, channel_name(c, channel, config.channels),
                  brief ? stream::phrase(c, "mean {0}", {draw::number(m.mean)})
                        : stream::phrase(c, "mean {0}, deviation {1}", {draw::number(m.mean), draw::number(m.deviation)}));
  const draw::Matrix matrix(input, channel);
  c.heat(cells, matrix, heat);
  cell_numbers(c, cells, matrix, heat);
  c.tag_cells(cells, {{{Slot::input}, channel, 0, 0}, height, width, 1, 2});
  pixel_marks(c, cells, in, channel);

  Rect rest{cells.x0, cells.y1 + 1.5f * u, r.x1, r.y1};
  if (normalised(in)) {
    if (line_if_fits(c, rest, formula_text(c, in, channel), small, theme.text2)) rest.cut_top(lh + 0.25f * u);
    Rect line = rest;
    const std::string place = place_text(c, pixel);
    const std::string example = example_text(in, channel, pixel);
    const float place_width = c.text_width(place, small) + u;
    if (place_width + c.text_width(example, small) <= rest.width() && line_if_fits(c, line, place, small, theme.text3)) {
      line.x0 += place_width;
      line_if_fits(c, line, example, small, theme.text1);
      rest.cut_top(lh);
    } else if (line_if_fits(c, line, example, small, theme.text1)) {
      rest.cut_top(lh);
    }
    rest.cut_top(1.5f * u);
  }
  rest.x1 = std::max(cells.x1, std::min(r.x1, cells.x0 + 26 * u));
  if (rest.height() >= 5 * u) histogram_bars(c, rest, histogram(input.row(channel), heat.span, 64), heat, m.mean);
}

/// The numbers around the pixel that is worked out, for pictures that leave room beside them.
void draw_neighbourhood(Canvas& c, Rect r, const FigureInput& in, const PixelRef& pixel) {
  const auto& config = in.config();
  stream::heading(c, r, c.tr("The numbers themselves"), stream::phrase(c, "around pixel ({0}, {1})", {std::to_string(pixel.row), std::to_string(pixel.column)}));
  const int rows = std::min(7, config.image_height), columns = std::min(7, config.image_width);
  const int row = std::clamp(pixel.row - rows / 2, 0, config.image_height - rows), column = std::clamp(pixel.column - columns / 2, 0, config.image_width - columns);
  Rect room = r;
  room.cut_left(3.5f * c.u());
  room.cut_bottom(stream::line_height(c) + c.u());
  const Rect cells = whole_cells(c, room, rows, columns, 6 * c.u());
  const draw::Matrix part = draw::Matrix(in.trace.at(Slot::input), pixel.channel).part(row, row + rows, column, column + columns);
  const auto heat = input_heat(in);
  c.heat(cells, part, heat);
  cell_numbers(c, cells, part, heat);
  c.tag_cells(cells, {{{Slot::input}, pixel.channel, row, column}, rows, columns, 1, 2});
  chosen_mark(c, cell_at(cells, pixel.row - row, pixel.column - column, rows, columns), hovered_pixel(in).has_value());
  const auto small = c.metrics().small_style();
  for (int i = 0; i < rows; ++i) {
    const Rect cell = cell_at(cells, i, 0, rows, columns);
    c.text({cells.x0 - 0.75f * c.u(), cell.centre().y - stream::line_height(c) / 2}, std::to_string(row + i), small, c.theme().text3, Align::right);
  }
  for (int i = 0; i < columns; ++i) {
    const Rect cell = cell_at(cells, 0, i, rows, columns);
    c.text({cell.centre().x, cells.y1 + 0.5f * c.u()}, std::to_string(column + i), small, c.theme().text3, Align::centre);
  }
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const auto& config = in.config();
  const float u = c.u(), lh = stream::line_height(c);
  const int shown = shown_channels(config.channels);
  const auto n = static_cast<float>(shown);
  const float gap = 3 * u;
  draw::BarStyle style;
  style.heat = input_heat(in);
  style.label = c.tr(normalised(in) ? "normalised value" : "value");
  const float bar_room = std::max(10 * u, 3.25f * u + draw::color_bar_room(c, 40 * u, style));
  r.cut_right(bar_room);
  const float width = (r.width() - gap * (n - 1)) / n;
  const float aspect = static_cast<float>(config.image_width) / static_cast<float>(config.image_height);
  const float text = normalised(in) ? 2 * lh + 3.25f * u : 1.5f * u;
  const float below = text + std::clamp(r.height() * 0.2f, 6 * u, 14 * u);
  const float cells_height = std::min(width / aspect, std::max(r.height() - stream::heading_height(c) - below, r.height() * 0.4f));
  const PixelRef pixel = shown_pixel(in);
  // One form of the titles for all channels: the brief one where the longest would not fit.
  const float title = whole_cells(c, {0, 0, width, cells_height}, config.image_height, config.image_width).width();
  const bool brief = c.text_width(c.tr("green"), c.metrics().small_medium()) + c.text_width(stream::phrase(c, "mean {0}, deviation {1}", {"−0.0888", "0.888"}), c.metrics().small_style()) +
                         2 * u > std::max(title, std::min(width, 26 * u));
  for (int channel = 0; channel < shown; ++channel)
    draw_channel(c, draw::rect_at({r.x0 + static_cast<float>(channel) * (width + gap), r.y0}, width, r.height()), in, channel, cells_height, pixel, brief);
  const Rect cells = whole_cells(c, {0, 0, width, cells_height}, config.image_height, config.image_width);
  // The bar stands beside the last channel, clear of the lines below it.
  const float lines = normalised(in) ? lines_width(c, in, shown - 1, pixel, width) : 0;
  const float x = r.x0 + (n - 1) * (width + gap) + std::max(cells.width(), lines) + 2 * u;
  draw::color_bar(c, {x, r.y0 + stream::heading_height(c), x + 1.25f * u, r.y0 + stream::heading_height(c) + std::min(cells.height(), 40 * u)}, style);
  const float free = x + 12 * u, end = r.x1 + bar_room;
  if (end - free >= 26 * u) draw_neighbourhood(c, {free, r.y0, end, r.y1}, in, pixel);
}

std::string caption(const Canvas& c, const FigureInput& in) {
  if (!normalised(in))
    return stream::phrase(c, "The numbers of the file {0}, fed to the model as they are. White is 0, one scale for all channels; dashed: the mean of the channel.",
                          {in.trace.input().name});
  const int channels = in.config().channels;
  std::string turn;
  if (colours_in_turn(channels) && in.trace.input().picture->image.channels() > 1)
    turn += " " + stream::phrase(c, "Its colours become the {0} channels in turn: red, green, blue, red and so on.", {std::to_string(channels)});
  if (channels > 4) turn += " " + stream::phrase(c, "Of the {0} channels {1} are drawn.", {std::to_string(channels), std::to_string(shown_channels(channels))});
  return std::string(c.tr(
      "Every channel of the model input, (pixel − mean) / deviation with the constants of this model; pixels run from 0 to 1. White is 0, one scale for all channels. "
      "Mean and deviation in the titles are those of this picture; below: how many pixels have which value, dashed the mean.")) + turn;
}

Table data(const FigureInput& in) {
  const auto& spec = in.trace.input().spec;
  Table table;
  TableColumn channel{"channel", {}}, mean{"mean", {}}, deviation{"deviation", {}}, model_mean{"model_mean", {}}, model_std{"model_std", {}};
  for (int k = 0; k < in.config().channels; ++k) {
    const auto m = moments(in.trace.at(Slot::input).row(k));
    channel.values.push_back(k);
    mean.values.push_back(m.mean);
    deviation.values.push_back(m.deviation);
    model_mean.values.push_back(normalised(in) ? spec.mean[constants_of(k, in.config().channels)] : 0);
    model_std.values.push_back(normalised(in) ? spec.std[constants_of(k, in.config().channels)] : 1);
  }
  table.columns = {channel, mean, deviation, model_mean, model_std};
  table.tensors = {{"input", in.trace.at(Slot::input)}};
  return table;
}

}  // namespace

const Figure& channels() {
  static const Figure figure{"channels", "Normalised channels", "picture", {1340, 640}, ready, draw_figure, nullptr, caption, data, {}};
  return figure;
}

}  // namespace vitscope::figures
