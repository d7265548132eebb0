// The bend in the MLP: negative numbers are pushed towards 0, positive ones pass.
#include <algorithm>
#include <array>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures {

namespace {

using namespace stream;
using draw::Align;
using draw::Canvas;
using draw::Rect;

constexpr double kAlmostZero = 0.05;  ///< what counts as pushed to almost 0

TensorRef before_of(const FigureInput& in) { return {Slot::fc1, in.block()}; }
TensorRef after_of(const FigureInput& in) { return {Slot::gelu, in.block()}; }
int token_of(const FigureInput& in) { return chosen_token(in, {before_of(in), after_of(in)}); }
double curve(double x) { return x / 2 * (1 + std::erf(x / std::sqrt(2.0))); }

bool ready(const FigureInput& in) { return in.trace.has(before_of(in)) && in.trace.has(after_of(in)); }

/// A number before or after the bend; both sides share their indices.
std::optional<CellRef> either(std::optional<CellRef> a, std::optional<CellRef> b) { return a ? a : b; }

double share_almost_zero(std::span<const float> after) {
  const auto n = std::count_if(after.begin(), after.end(), [](float y) { return std::abs(y) < kAlmostZero; });
  return after.empty() ? 0 : static_cast<double>(n) / static_cast<double>(after.size());
}

struct Axes {
  Rect plot;
  double lo, hi, bottom, top;
  float x(double v) const { return plot.x0 + static_cast<float>((v - lo) / (hi - lo)) * plot.width(); }
  float y(double v) const { return plot.y1 - static_cast<float>((v - bottom) / (top - bottom)) * plot.height(); }
};

void histogram(Canvas& c, Rect r, const Axes& axes, std::span<const float> before) {
  constexpr std::size_t kBins = 48;
  std::array<int, kBins> bins{};
  for (const float v : before) {
    const double at = (v - axes.lo) / (axes.hi - axes.lo) * static_cast<double>(kBins);
    if (std::isfinite(at)) ++bins[static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(kBins) - 1))];
  }
  const int most = std::max(1, *std::max_element(bins.begin(), bins.end()));
  for (std::size_t i = 0; i < kBins; ++i) {
    if (bins[i] == 0) continue;
    const Rect column = column_of(r, static_cast<int>(i), static_cast<int>(kBins));
    const float h = std::max(c.pixel(), r.height() * static_cast<float>(bins[i]) / static_cast<float>(most));
    c.fill({column.x0, r.y1 - h, column.x1 - c.pixel(), r.y1}, c.theme().hidden.faded(0.55f));
  }
  c.line({r.x0, r.y1}, {r.x1, r.y1}, c.theme().tick, c.pixel());
  c.text({r.x0 - c.u(), r.y0 - 0.3f * line_height(c)}, draw::count(most), c.metrics().small_style(), c.theme().text3, Align::right);
}

/// Every number as a dot on the curve. Numbers that share a point of width share a dot, the denser the more solid.
void dots(Canvas& c, const Axes& axes, std::span<const float> before) {
  std::vector<int> counts(static_cast<std::size_t>(std::max(1.0f, axes.plot.width())) + 1);
  for (const float v : before)
    if (std::isfinite(v)) ++counts[static_cast<std::size_t>(std::clamp(axes.x(v) - axes.plot.x0, 0.0f, static_cast<float>(counts.size() - 1)))];
  const float radius = before.size() > 1500 ? 1.8f : 2.4f;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    const float x = std::min(axes.plot.x0 + static_cast<float>(i) + 0.5f, axes.plot.x1);
    const double value = axes.lo + (axes.hi - axes.lo) * static_cast<double>((x - axes.plot.x0) / axes.plot.width());
    c.circle({x, axes.y(curve(value))}, radius, c.theme().hidden.faded(1 - std::pow(0.55f, static_cast<float>(counts[i]))));
  }
}

/// One number on the curve with lines to both axes.
void mark_value(Canvas& c, const Axes& axes, double x, bool pinned) {
  const draw::Vec at{axes.x(x), axes.y(curve(x))};
  const auto color = pinned ? c.theme().mark : c.theme().text1;
  c.dashes({at.x, axes.y(0)}, at, color, 1);
  c.dashes({axes.x(0), at.y}, at, color, 1);
  c.circle(at, 5, draw::kBlack);
  c.circle(at, 4, pinned ? c.theme().mark : draw::kWhite);
}

void draw_curve(Canvas& c, Rect r, const FigureInput& in, int token) {
  const auto before = in.trace.at(before_of(in)).row(token);
  const auto& theme = c.theme();
  const auto small = c.metrics().small_style();
  const float u = c.u(), lh = line_height(c);
  const std::string who = draw::token_name(c, token, in.grid());
  heading(c, r, phrase(c, "The {0} hidden numbers of {1}", {draw::count(static_cast<std::int64_t>(before.size())), who}), c.tr("each a dot on the curve"));
  const auto [low, high] = std::minmax_element(before.begin(), before.end());
  const auto pinned = either(pinned_in(in, before_of(in)), pinned_in(in, after_of(in)));
  const auto hovered = either(hovered_in(in, before_of(in)), hovered_in(in, after_of(in)));
  Axes axes{r, std::min(-3.0, static_cast<double>(*low)), std::max(2.0, static_cast<double>(*high)), -0.4, 2};
  if (!std::isfinite(axes.lo) || !std::isfinite(axes.hi)) axes.lo = -3, axes.hi = 3;
  for (const auto& cell : {pinned, hovered})
    if (cell) {
      const double v = in.trace.at(before_of(in)).at(cell->i, cell->j);
      if (std::isfinite(v)) axes.lo = std::min(axes.lo, v), axes.hi = std::max(axes.hi, v);
    }
  const double pad = (axes.hi - axes.lo) * 0.03;
  axes.lo -= pad;
  axes.hi += pad;
  axes.top = std::max(1.0, axes.hi);
  axes.bottom = -0.12 * axes.top - 0.17;

  r.y0 += 0.5f * lh;
  r.x0 += c.text_width("−0.25", small) + 1.5f * u;
  r.x1 -= 1.5f * u;
  Rect counts = r.cut_bottom(std::clamp(r.height() * 0.26f, 8 * u, 16 * u));
  Rect numbers = counts.cut_bottom(2 * lh + u);
  r.cut_bottom(1.5f * u);
  counts.y0 += 0.3f * lh;
  axes.plot = r;

  // What lies below this band comes out as almost nothing.
  const double step_x = draw::tick_step(axes.hi - axes.lo, static_cast<int>(std::max(3.0f, r.width() / (9 * u))));
  const double step_y = draw::tick_step(axes.top - axes.bottom, static_cast<int>(std::max(2.0f, r.height() / (6 * u))));
  c.fill({r.x0, axes.y(kAlmostZero), r.x1, axes.y(-kAlmostZero)}, theme.hidden.faded(0.10f));
  for (double v = std::ceil(axes.lo / step_x) * step_x; v <= axes.hi; v += step_x) {
    c.line({axes.x(v), r.y0}, {axes.x(v), r.y1}, theme.hairline, c.pixel());
    c.text({axes.x(v), counts.y1 + 0.4f * u}, tick_text(v, step_x), small, theme.text3, Align::centre);
  }
  for (double v = std::ceil(axes.bottom / step_y) * step_y; v <= axes.top; v += step_y) {
    const double value = std::abs(v) < step_y / 2 ? 0 : v;
    c.line({r.x0, axes.y(v)}, {r.x1, axes.y(v)}, value == 0 ? theme.tick : theme.hairline, c.pixel());
    c.text({r.x0 - u, axes.y(v) - lh / 2}, tick_text(v, step_y), small, theme.text3, Align::right);
  }
  c.text({r.centre().x, numbers.y0 + lh + 0.5f * u}, c.tr("before: x"), small, theme.text2, Align::centre, r.width());
  c.line({axes.x(std::max(axes.lo, axes.bottom)), axes.y(std::max(axes.lo, axes.bottom))}, {axes.x(axes.top < axes.hi ? axes.top : axes.hi), axes.y(std::min(axes.top, axes.hi))},
         theme.hairline, 1);
  std::vector<draw::Vec> points;
  const int steps = std::max(64, static_cast<int>(r.width() / 3));
  for (int i = 0; i <= steps; ++i) {
    const double x = axes.lo + (axes.hi - axes.lo) * i / steps;
    points.push_back({axes.x(x), axes.y(curve(x))});
  }
  c.polyline(points, theme.text2, 1.5f);
  dots(c, axes, before);
  histogram(c, counts, axes, before);
  c.text({r.x0 + u, r.y0 + 0.25f * u}, c.tr("after: GELU(x)"), small, theme.text2, Align::left, r.width() * 0.5f);
  if (pinned) mark_value(c, axes, in.trace.at(before_of(in)).at(pinned->i, pinned->j), true);
  if (hovered) mark_value(c, axes, in.trace.at(before_of(in)).at(hovered->i, hovered->j), false);

  // In words, in the empty upper left part of the plot.
  const auto after = in.trace.at(after_of(in)).row(token);
  const Rect words{r.x0 + u, r.y0 + 0.25f * u + 1.5f * lh, std::min(axes.x(0) - u, r.x0 + 34 * u), axes.y(kAlmostZero) - u};
  if (words.width() > 16 * u) {
    std::string text = phrase(c, "**{0}** of them come out as almost 0 (within ±{1}); the largest becomes **{2}**.",
                              {draw::percent(share_almost_zero(after)), draw::number(kAlmostZero, 1), draw::number(*std::max_element(after.begin(), after.end()))});
    if (const auto cell = either(hovered, pinned))
      text += " " + phrase(c, "Unit {0} of {1}: {2} becomes {3}.",
                           {std::to_string(cell->j), draw::token_name(c, cell->i, in.grid()), draw::number(in.trace.at(before_of(in)).at(cell->i, cell->j)),
                            draw::number(in.trace.at(after_of(in)).at(cell->i, cell->j))});
    const float height = c.paragraph_height(words.width(), text, small);
    if (height <= words.height()) {
      c.fill({words.x0 - 0.5f * u, words.y0, words.x1, words.y0 + height}, theme.ground.faded(0.85f));
      c.paragraph(words, text, small, theme.text2);
    }
  }
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const float u = c.u();
  const int token = token_of(in);
  Rect left = r.cut_left(r.width() * 0.56f);
  r.cut_left(4 * u);
  draw_curve(c, left, in, token);
  const auto span = signed_span(draw::Matrix(in.trace.at(before_of(in))));
  Rect bar = r.cut_bottom(lying_bar_height(c));
  r.cut_bottom(u);
  const auto hovered = either(hovered_in(in, before_of(in)), hovered_in(in, after_of(in)));
  Rect upper = r.cut_top((r.height() - 2 * u) / 2);
  r.cut_top(2 * u);
  Rect cells{};
  for (const bool after : {false, true}) {
    TokenMap map;
    map.tensor = after ? after_of(in) : before_of(in);
    map.title = after ? c.tr("After") : c.tr("Before");
    map.hint = after ? c.tr("same scale") : c.tr("all tokens");
    map.span = span;
    map.token = token;
    if (hovered) map.hovered = CellRef{map.tensor, hovered->i, hovered->j};
    cells = token_map(c, after ? r : upper, in, map);
  }
  lying_bar(c, {r.x0, bar.y0, r.x1, bar.y1}, signed_heat(span), c.tr("one scale for both; 1 % lies beyond"), false, true);
}

std::string caption(const Canvas& c, const FigureInput&) {
  return phrase(c,
                "GELU(x) = x Φ(x), Φ the distribution function of the standard normal distribution (exact form with erf), applied to each number by itself; GELU(1) is 0.84134, by the approximation with tanh it would be 0.84119. Dots and histogram: the "
                "hidden numbers of one token; almost 0 means an output within ±{0}. Values have no unit.",
                {draw::number(kAlmostZero, 1)});
}

Table data(const FigureInput& in) {
  const int token = token_of(in);
  const auto before = in.trace.at(before_of(in)).row(token), after = in.trace.at(after_of(in)).row(token);
  Table table;
  TableColumn unit{"unit", {}}, x{"before", {}}, y{"after", {}};
  for (std::size_t i = 0; i < before.size(); ++i) {
    unit.values.push_back(static_cast<double>(i));
    x.values.push_back(before[i]);
    y.values.push_back(after[i]);
  }
  table.columns = {unit, x, y};
  table.tensors = {{"before", in.trace.at(before_of(in))}, {"after", in.trace.at(after_of(in))}};
  return table;
}

}  // namespace

const Figure& gelu() {
  static const Figure figure{"gelu", "GELU", "gelu", {1340, 680}, ready, draw_figure, block_subject, caption, data, {}};
  return figure;
}

}  // namespace vitscope::figures
