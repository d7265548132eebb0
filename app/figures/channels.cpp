// The normalised channels, large, with their distribution and the formula in numbers.
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

bool normalised(const FigureInput& in) { return in.trace.input().picture != nullptr; }

/// The pixel whose number is worked out: under the pointer, pinned, or in the middle of the chosen patch.
PixelRef chosen_pixel(const FigureInput& in) {
  if (const auto pixel = hovered_pixel(in)) return *pixel;
  if (const auto pixel = pinned_pixel(in)) return *pixel;
  const Box box = in.grid().pixels(chosen_patch(in));
  return {0, static_cast<int>(box.centre().y), static_cast<int>(box.centre().x)};
}

std::string formula_text(const Canvas& c, const FigureInput& in, int channel) {
  const auto& spec = in.trace.input().spec;
  const auto k = static_cast<std::size_t>(channel);
  return stream::phrase(c, "x = (pixel − {0}) / {1}", {draw::number(spec.mean[k]), draw::number(spec.std[k])});
}

std::string example_text(const FigureInput& in, int channel, const PixelRef& pixel) {
  const auto& spec = in.trace.input().spec;
  const auto k = static_cast<std::size_t>(channel);
  const float value = in.trace.at(Slot::pixels).at(channel, pixel.row, pixel.column);
  return "(" + draw::number(value) + " − " + draw::number(spec.mean[k]) + ") / " + draw::number(spec.std[k]) + " = " +
         draw::number(in.trace.at(Slot::input).at(channel, pixel.row, pixel.column));
}

void draw_channel(Canvas& c, Rect r, const FigureInput& in, int channel, float cells_height, const PixelRef& pixel) {
  const auto& config = in.config();
  const int height = config.image_height, width = config.image_width;
  const Tensor& input = in.trace.at(Slot::input);
  const auto heat = input_heat(in);
  const float u = c.u(), lh = stream::line_height(c);
  const auto small = c.metrics().small_style();
  const auto& theme = c.theme();
  const auto m = moments(input.row(channel));
  const Rect cells = whole_cells(c, {r.x0, r.y0 + 2.5f * u, r.x1, r.y0 + 2.5f * u + cells_height}, height, width);
  Rect head{cells.x0, r.y0, std::max(cells.x1, std::min(r.x1, cells.x0 + 26 * u)), r.y0 + 2.5f * u};
  stream::heading(c, head, channel_name(c, channel, config.channels),
                  stream::phrase(c, "mean {0}, deviation {1}", {draw::number(m.mean), draw::number(m.deviation)}));
  const draw::Matrix matrix(input, channel);
  c.heat(cells, matrix, heat);
  cell_numbers(c, cells, matrix, heat);
  c.tag_cells(cells, {{{Slot::input}, channel, 0, 0}, height, width, 1, 2});
  pixel_marks(c, cells, in, channel);

  Rect rest{cells.x0, cells.y1 + 1.5f * u, r.x1, r.y1};
  if (normalised(in)) {
    if (line_if_fits(c, rest, formula_text(c, in, channel), small, theme.text2)) rest.cut_top(lh + 0.25f * u);
    Rect line = rest;
    const std::string place = stream::phrase(c, "pixel ({0}, {1})", {std::to_string(pixel.row), std::to_string(pixel.column)});
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

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const auto& config = in.config();
  const float u = c.u(), lh = stream::line_height(c);
  const auto n = static_cast<float>(config.channels);
  const float gap = 3 * u;
  Rect bar = r.cut_right(9 * u);
  r.cut_right(u);
  const float width = (r.width() - gap * (n - 1)) / n;
  const float aspect = static_cast<float>(config.image_width) / static_cast<float>(config.image_height);
  const float text = normalised(in) ? 2 * lh + 3.25f * u : 1.5f * u;
  const float below = text + std::clamp(r.height() * 0.2f, 6 * u, 14 * u);
  const float cells_height = std::min(width / aspect, std::max(r.height() - 2.5f * u - below, r.height() * 0.4f));
  const PixelRef pixel = chosen_pixel(in);
  for (int channel = 0; channel < config.channels; ++channel)
    draw_channel(c, draw::rect_at({r.x0 + static_cast<float>(channel) * (width + gap), r.y0}, width, r.height()), in, channel, cells_height, pixel);
  const Rect cells = whole_cells(c, {0, 0, width, cells_height}, config.image_height, config.image_width);
  draw::BarStyle style;
  style.heat = input_heat(in);
  style.label = c.tr(normalised(in) ? "normalised value" : "value");
  const float x = r.x0 + (n - 1) * (width + gap) + cells.width() + 2 * u;
  draw::color_bar(c, {x, r.y0 + 2.5f * u, x + 1.25f * u, r.y0 + 2.5f * u + std::min(cells.height(), 40 * u)}, style);
  (void)bar;
}

std::string caption(const Canvas& c, const FigureInput& in) {
  if (!normalised(in))
    return stream::phrase(c, "The numbers of the file {0}, fed to the model as they are. White is 0, one scale for all channels; dashed: the mean of the channel.",
                          {in.trace.input().name});
  return std::string(c.tr(
      "Every channel of the model input, (pixel − mean) / deviation with the constants of this model; pixels run from 0 to 1. White is 0, one scale for all channels. "
      "Mean and deviation in the titles are those of this picture; below: how many pixels have which value, dashed the mean."));
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
    model_mean.values.push_back(normalised(in) ? spec.mean[static_cast<std::size_t>(k)] : 0);
    model_std.values.push_back(normalised(in) ? spec.std[static_cast<std::size_t>(k)] : 1);
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
