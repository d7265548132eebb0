#include "app/figures/parts_depth.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "app/draw/number.h"

namespace vitscope::figures::depth {

using draw::Align;
using draw::Canvas;
using draw::Rect;
using draw::Vec;

namespace {

struct Tick {
  double value;
  std::string text;
};

std::vector<Tick> ticks_of(const Canvas& c, const ChartStyle& s, float height) {
  std::vector<Tick> ticks;
  const float line = stream::line_height(c);
  if (s.logarithmic) {
    const double decades = std::log10(s.hi / s.lo);
    const int factor = static_cast<int>(std::ceil(decades * static_cast<double>(1.6f * line) / static_cast<double>(std::max(height, 1.0f))));
    for (double v = s.lo; v <= s.hi * 1.0001; v *= std::pow(10.0, std::max(1, factor))) ticks.push_back({v, draw::count(std::llround(v))});
    return ticks;
  }
  const double unit = s.percent ? 100 : 1;
  const double step = draw::tick_step((s.hi - s.lo) * unit, std::max(2, static_cast<int>(height / (3.2f * line))));
  if (!(step > 0) || !std::isfinite(step)) return ticks;
  for (double k = std::ceil(s.lo * unit / step - 1e-6); k * step <= s.hi * unit * (1 + 1e-6) + 1e-9 * step; ++k)
    ticks.push_back({k * step / unit, draw::tick_number(std::abs(k) < 0.5 ? 0 : k * step, step) + (s.percent ? "\u00a0%" : "")});
  // Ranks begin at 1, where an even step has no tick.
  if (s.downwards && (ticks.empty() || ticks.front().value > s.lo)) ticks.insert(ticks.begin(), {s.lo, draw::count(std::llround(s.lo))});
  return ticks;
}

std::string position_label(const Canvas& c, int position, bool embedding) {
  if (embedding && position == 0) return std::string(c.tr("emb."));
  return std::to_string(embedding ? position : position + 1);
}

}  // namespace

Rect Chart::band(int position) const { return stream::column_of(plot, position, std::max(style.positions, 1)); }

float Chart::y_of(double value) const {
  double share = style.logarithmic ? std::log(std::max(value, 1e-300) / style.lo) / std::log(style.hi / style.lo) : (value - style.lo) / (style.hi - style.lo);
  if (!(style.hi > style.lo)) share = 0.5;
  share = std::clamp(std::isfinite(share) ? share : 0.0, 0.0, 1.0);
  return style.downwards ? plot.y0 + static_cast<float>(share) * plot.height() : plot.y1 - static_cast<float>(share) * plot.height();
}

float left_room(const Canvas& c, const ChartStyle& style, float height) {
  float widest = 0;
  for (const Tick& tick : ticks_of(c, style, height)) widest = std::max(widest, c.text_width(tick.text, c.metrics().small_style()));
  return widest + 1.25f * c.u() + (style.title.empty() ? 0 : stream::line_height(c) + 0.5f * c.u());
}

float below_room(const Canvas& c, const ChartStyle& style) {
  const float line = stream::line_height(c);
  return (style.numbers ? 0.6f * c.u() + line : line / 2) + (style.named ? 0.25f * c.u() + line : 0);
}

Chart chart(Canvas& c, Rect r, const ChartStyle& style) {
  const auto& theme = c.theme();
  const float u = c.u(), line = stream::line_height(c);
  const draw::Style small = c.metrics().small_style();
  Chart chart{r, style};
  Rect& plot = chart.plot;
  plot.y0 += line / 2;
  plot.y1 -= below_room(c, style);
  plot.x0 += style.left > 0 ? style.left : left_room(c, style, plot.height());
  if (plot.width() < u || plot.height() < u) return chart;
  for (int position = 0; position < style.positions; position += 2) c.fill(chart.band(position), theme.panel);
  float written = -1e9f;
  for (const Tick& tick : ticks_of(c, style, plot.height())) {
    const float y = chart.y_of(tick.value);
    if (std::abs(y - written) < 0.9f * line) continue;
    written = y;
    c.line({plot.x0, y}, {plot.x1, y}, std::abs(tick.value) < 1e-12 ? theme.tick : theme.hairline, c.pixel());
    c.line({plot.x0 - 0.5f * u, y}, {plot.x0, y}, theme.tick, c.pixel());
    c.text({plot.x0 - 0.9f * u, y - line / 2}, tick.text, small, theme.text2, Align::right);
  }
  c.line({plot.x0, plot.y0}, {plot.x0, plot.y1}, theme.tick, c.pixel());
  if (!style.title.empty()) {
    const auto fits = [&](std::string_view text) { return c.text_width(text, small) <= plot.height() + line; };
    const std::string_view text = fits(style.title) ? style.title : style.short_title;
    // Turned text stays within the chart although it may be longer than the plot.
    const float half = c.text_width(text, small) / 2, lowest = r.y1 - half, highest = r.y0 + half;
    if (!text.empty() && fits(text)) c.text_up({r.x0 + line / 2, std::clamp(plot.centre().y, std::min(highest, lowest), std::max(highest, lowest))}, text, small, theme.text2);
  }
  if (style.numbers) {
    float widest = 0;
    for (int position = 0; position < style.positions; ++position) widest = std::max(widest, c.text_width(position_label(c, position, style.embedding), c.metrics().small_medium()));
    const float pitch = plot.width() / static_cast<float>(style.positions), need = widest + 0.75f * u;
    const int step = std::max(1, static_cast<int>(std::ceil(need / pitch)));
    const float first_right = style.embedding && style.positions > 1 ? chart.x_of(0) + c.text_width(position_label(c, 0, true), small) / 2 + 0.5f * u : -1e9f;
    const auto write = [&](int position) {
      const bool open = position == style.chosen;
      const std::string text = position_label(c, position, style.embedding);
      const float half = c.text_width(text, open ? c.metrics().small_medium() : small) / 2;
      const float x = std::clamp(chart.x_of(position), r.x0 + half, std::max(r.x0 + half, r.x1 - half));
      if (position > 0 && x - half < first_right) return;
      c.text({x, plot.y1 + 0.6f * u}, text, open ? c.metrics().small_medium() : small, open ? theme.selection : theme.text2, Align::centre);
    };
    for (int position = 0; position < style.positions; ++position) {
      c.line({chart.x_of(position), plot.y1}, {chart.x_of(position), plot.y1 + 0.4f * u}, theme.tick, c.pixel());
      const bool open = position == style.chosen;
      const bool due = position % step == 0 && (style.chosen < 0 || std::abs(position - style.chosen) >= step || open);
      if (due || open) write(position);
    }
  }
  if (style.named) c.text({plot.centre().x, r.y1 - line}, c.tr("encoder block"), small, theme.text1, Align::centre, plot.width());
  return chart;
}

std::string position_name(const Canvas& c, int position, bool embedding) {
  if (embedding && position == 0) return std::string(c.tr("embedding"));
  return stream::phrase(c, "block {0}", {std::to_string(embedding ? position : position + 1)});
}

void line(Canvas& c, const Chart& chart, std::span<const double> values, const LineStyle& style) {
  std::vector<Vec> run;
  const auto flush = [&] {
    if (run.size() > 1) {
      if (!style.dashed) c.polyline(run, style.color, style.width);
      else
        for (std::size_t i = 1; i < run.size(); ++i) c.dashes(run[i - 1], run[i], style.color, style.width, 5, 4);
    }
    if (style.dot > 0 || run.size() == 1)
      for (const Vec at : run) c.circle(at, std::max(style.dot, style.width), style.color);
    run.clear();
  };
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) flush();
    else run.push_back({chart.x_of(static_cast<int>(i)), chart.y_of(values[i])});
  }
  flush();
}

void area(Canvas& c, const Chart& chart, std::span<const double> low, std::span<const double> high, draw::Color color) {
  for (std::size_t i = 1; i < std::min(low.size(), high.size()); ++i) {
    const int a = static_cast<int>(i) - 1, b = static_cast<int>(i);
    const Vec corners[] = {{chart.x_of(a), chart.y_of(high[i - 1])}, {chart.x_of(b), chart.y_of(high[i])}, {chart.x_of(b), chart.y_of(low[i])}, {chart.x_of(a), chart.y_of(low[i - 1])}};
    c.polygon(corners, color);
  }
}

draw::Target target_of(const VitConfig& config, int position, bool embedding, std::string_view slug) {
  const int block = embedding ? position - 1 : position;
  const Step* step = find_step(block < 0 ? "position" : slug);
  if (!step || !applies(*step, config)) return {};
  return draw::PlaceTarget{{step, block}};
}

void tag_positions(Canvas& c, const Chart& chart, const FigureInput& in, int count, const std::function<std::string(int)>& tooltip) {
  for (int position = 0; position < count; ++position) {
    const draw::Target target = target_of(in.config(), position, chart.style.embedding);
    const Rect band = chart.band(position);
    c.tag(band, target, tooltip(position));
    if (!in.paper && !std::holds_alternative<std::monostate>(target) && target == in.selection.hovered) c.outline(band, c.theme().text3, c.pixel());
  }
  if (!in.paper && chart.style.chosen >= 0) c.line({chart.x_of(chart.style.chosen), chart.plot.y0}, {chart.x_of(chart.style.chosen), chart.plot.y1}, c.theme().selection.faded(0.6f), 1);
}

float legend_entry(Canvas& c, Vec at, float end, std::string_view text, const LineStyle& style) {
  const draw::Style small = c.metrics().small_style();
  const float stroke = 2.75f * c.u(), gap = 0.75f * c.u(), width = c.text_width(text, small);
  if (at.x + stroke + gap + width > end) return at.x;
  const float y = at.y + stream::line_height(c) / 2;
  if (style.dashed) c.dashes({at.x, y}, {at.x + stroke, y}, style.color, style.width, 5, 4);
  else c.line({at.x, y}, {at.x + stroke, y}, style.color, style.width);
  if (style.dot > 0) c.circle({at.x + stroke / 2, y}, style.dot, style.color);
  c.text({at.x + stroke + gap, at.y}, text, small, c.theme().text2);
  return at.x + stroke + gap + width + 2 * c.u();
}

}  // namespace vitscope::figures::depth
