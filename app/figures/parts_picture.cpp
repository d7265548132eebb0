#include "app/figures/parts_picture.h"

#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures::embed {

using draw::Align;
using draw::Canvas;
using draw::Color;
using draw::Rect;

std::vector<Tone> tones(const Tensor& pixels, int most) {
  std::vector<Tone> list;
  for (const float value : pixels.values()) {
    const auto known = std::find_if(list.begin(), list.end(), [&](const Tone& t) { return t.value == value; });
    if (known != list.end()) ++known->pixels;
    else if (static_cast<int>(list.size()) == most) return {};
    else list.push_back({value, 1});
  }
  std::sort(list.begin(), list.end(), [](const Tone& a, const Tone& b) { return a.value < b.value; });
  return list;
}

void tone_bars(Canvas& c, Rect r, std::span<const Tone> list) {
  if (list.empty()) return;
  const auto small = c.metrics().small_style();
  const float lh = stream::line_height(c), gap = 0.25f * c.u();
  const float pitch = std::min(r.width() / static_cast<float>(list.size()), tone_pitch(c));
  const Rect area{r.x0, r.y0 + lh + gap, r.x0 + pitch * static_cast<float>(list.size()), r.y1 - lh - 2 * gap};
  if (area.height() < c.u()) return;
  int most = 1;
  for (const Tone& tone : list) most = std::max(most, tone.pixels);
  float x = area.x0;
  for (const Tone& tone : list) {
    const float height = std::max(c.pixel(), area.height() * static_cast<float>(tone.pixels) / static_cast<float>(most));
    const Rect bar{x + 0.1f * pitch, area.y1 - height, x + 0.9f * pitch, area.y1};
    c.fill(bar, draw::of(color_of(ColorMap::grey, tone.value, 0, 1)));
    c.outline(bar, c.theme().tick, 1);
    const std::string count = draw::count(tone.pixels), value = draw::cell_number(tone.value);
    if (c.text_width(count, small) <= pitch) c.text({bar.centre().x, bar.y0 - lh - gap}, count, small, c.theme().text2, Align::centre);
    if (c.text_width(value, small) <= pitch) c.text({bar.centre().x, area.y1 + gap}, value, small, c.theme().text3, Align::centre);
    x += pitch;
  }
  c.line({area.x0, area.y1}, {area.x1, area.y1}, c.theme().tick, c.pixel());
}

std::vector<int> histogram(std::span<const float> values, draw::Span span, int bins) {
  std::vector<int> counts(static_cast<std::size_t>(bins));
  const float scale = static_cast<float>(bins) / std::max(span.hi - span.lo, 1e-12f);
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    const int bin = std::clamp(static_cast<int>((std::clamp(value, span.lo, span.hi) - span.lo) * scale), 0, bins - 1);
    ++counts[static_cast<std::size_t>(bin)];
  }
  return counts;
}

void histogram_bars(Canvas& c, Rect r, std::span<const int> counts, const draw::HeatStyle& heat, double mark) {
  const auto small = c.metrics().small_style();
  const float lh = stream::line_height(c), gap = 0.5f * c.u();
  const Rect area{r.x0, r.y0, r.x1, r.y1 - lh - gap};
  if (area.height() < 2 * c.u() || counts.empty()) return;
  const int most = std::max(1, *std::max_element(counts.begin(), counts.end()));
  const auto bins = static_cast<int>(counts.size());
  const float width = area.width() / static_cast<float>(bins), range = heat.span.hi - heat.span.lo;
  const auto x_of = [&](double value) { return area.x0 + area.width() * static_cast<float>((value - heat.span.lo) / range); };
  for (int i = 0; i < bins; ++i) {
    const int count = counts[static_cast<std::size_t>(i)];
    if (count == 0) continue;
    const float middle = heat.span.lo + range * (static_cast<float>(i) + 0.5f) / static_cast<float>(bins), x = area.x0 + width * static_cast<float>(i);
    const float height = std::max(c.pixel(), area.height() * static_cast<float>(count) / static_cast<float>(most));
    c.fill({x, area.y1 - height, x + std::max(width - 1, width * 0.8f), area.y1}, draw::of(color_of(heat.map, middle, heat.span.lo, heat.span.hi)));
  }
  c.line({area.x0, area.y1}, {area.x1, area.y1}, c.theme().tick, c.pixel());
  const double step = draw::tick_step(range, std::max(2, static_cast<int>(area.width() / (7 * c.u()))));
  for (double value = std::ceil(heat.span.lo / step) * step; value <= heat.span.hi + 1e-6; value += step) {
    const float x = x_of(value);
    const std::string text = draw::tick_number(std::abs(value) < 1e-9 ? 0 : value, step);
    const float half = c.text_width(text, small) / 2;
    c.line({x, area.y1}, {x, area.y1 + gap / 2}, c.theme().tick, c.pixel());
    if (x - half >= r.x0 - 0.5f && x + half <= r.x1 + 0.5f) c.text({x, area.y1 + gap}, text, small, c.theme().text3, Align::centre);
  }
  if (std::isfinite(mark)) c.dashes({x_of(mark), area.y0}, {x_of(mark), area.y1}, c.theme().text1, 1, 3, 3);
}

Moments moments(std::span<const float> values) {
  double sum = 0, squares = 0;
  for (const float value : values) {
    sum += value;
    squares += static_cast<double>(value) * value;
  }
  const double n = std::max<double>(1, static_cast<double>(values.size())), mean = sum / n;
  return {mean, std::sqrt(std::max(0.0, squares / n - mean * mean))};
}

PixelRef shown_pixel(const FigureInput& in) {
  if (const auto pixel = hovered_pixel(in)) return *pixel;
  if (const auto pixel = pinned_pixel(in)) return *pixel;
  const Box box = in.grid().pixels(chosen_patch(in));
  return {0, static_cast<int>(box.centre().y), static_cast<int>(box.centre().x)};
}

bool pixel_for_pixel(const FigureInput& in) {
  const ModelInput& input = in.trace.input();
  return !input.picture || (input.picture->image.width() == in.config().image_width && input.picture->image.height() == in.config().image_height &&
                            input.picture->image.channels() == in.config().channels);
}

std::vector<Fact> picture_facts(const Canvas& c, const FigureInput& in) {
  const ModelInput& input = in.trace.input();
  const auto& config = in.config();
  std::vector<Fact> list;
  const auto whole = [](double x) { return std::abs(x - std::round(x)) < 1e-9 ? draw::count(std::llround(x)) : draw::number(x); };
  const auto times = [&](double a, double b) { return whole(a) + " × " + whole(b); };
  if (input.picture) {
    const Image& image = input.picture->image;
    list.push_back({std::string(c.tr("Picture")), draw::count(image.width()) + " × " + draw::count(image.height())});
    const Box seen = input.map.seen();
    const double share = seen.width() * seen.height() / (static_cast<double>(image.width()) * image.height());
    list.push_back({std::string(c.tr("Seen by the model")), share > 0.9995 ? std::string(c.tr("all of it")) : draw::percent(share, 2)});
    const Box pixel = input.map.to_original(Box{0, 0, 1, 1});
    if (!pixel_for_pixel(in)) list.push_back({std::string(c.tr("One model pixel")), stream::phrase(c, "{0} pixels of it", {times(pixel.width(), pixel.height())})});
  } else {
    list.push_back({std::string(c.tr("Numbers from")), input.name});
  }
  list.push_back({std::string(c.tr("Model input")), std::to_string(config.channels) + " × " + std::to_string(config.image_height) + " × " +
                                                        std::to_string(config.image_width)});
  list.push_back({std::string(c.tr("Numbers")), draw::count(static_cast<std::int64_t>(config.channels) * config.image_height * config.image_width)});
  for (const std::string& note : input.notes) list.push_back({std::string(c.tr("Note")), note});
  return list;
}

int shown_channels(int channels) { return channels > 4 ? 3 : channels; }

void channel_maps(Canvas& c, Rect r, const FigureInput& in, bool below) {
  const auto& config = in.config();
  const int channels = config.channels, height = config.image_height, width = config.image_width;
  const auto heat = input_heat(in);
  const float lh = stream::line_height(c), u = c.u(), label = lh + 0.5f * u, gap = u;
  Rect bar = r.cut_bottom(stream::lying_bar_height(c));
  r.cut_bottom(u);
  const int shown = shown_channels(channels);
  const auto n = static_cast<float>(shown);
  const Rect slot = below ? Rect{r.x0, r.y0, r.x1, r.y0 + (r.height() - gap * (n - 1)) / n} : Rect{r.x0, r.y0, r.x0 + (r.width() - gap * (n - 1)) / n, r.y1};
  for (int channel = 0; channel < shown; ++channel) {
    const auto k = static_cast<float>(channel);
    Rect place = slot.moved(below ? draw::Vec{0, k * (slot.height() + gap)} : draw::Vec{k * (slot.width() + gap), 0});
    const Rect head = place.cut_top(label);
    const Rect cells = whole_cells(c, place, height, width);
    c.text({head.x0, head.y0}, channel_name(c, channel, channels), c.metrics().small_style(), c.theme().text2, Align::left, place.width());
    c.heat(cells, draw::Matrix(in.trace.at(Slot::input), channel), heat);
    c.tag_cells(cells, {{{Slot::input}, channel, 0, 0}, height, width, 1, 2});
    pixel_marks(c, cells, in, channel);
  }
  stream::lying_bar(c, bar, heat, {});
}

void model_part(Canvas& c, Rect r, const FigureInput& in, Box part) {
  const Tensor& pixels = in.trace.at(Slot::pixels);
  if (in.config().channels == 3) return c.planes(r, pixels, part);
  draw::HeatStyle grey;
  grey.map = ColorMap::grey;
  grey.span = in.trace.input().picture ? draw::Span{0, 1} : draw::range_of(draw::Matrix(pixels, 0));
  c.heat(r, draw::Matrix(pixels, 0).part(static_cast<int>(part.y0), static_cast<int>(part.y1), static_cast<int>(part.x0), static_cast<int>(part.x1)), grey);
}

void model_picture(Canvas& c, Rect cells, const FigureInput& in) {
  const auto& config = in.config();
  const Box all{0, 0, static_cast<double>(config.image_width), static_cast<double>(config.image_height)};
  model_part(c, cells, in, all);
  if (in.trace.input().picture) c.tag_picture(cells, in.trace.input().map.to_original(all));
  c.tag_cells(cells, {{{Slot::pixels}, 0, 0, 0}, config.image_height, config.image_width, 1, 2});
}

}  // namespace vitscope::figures::embed
