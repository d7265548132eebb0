// The colour bar with its numbers.
#include <cmath>
#include <vector>

#include "app/draw/number.h"
#include "app/draw/parts.h"

namespace vitscope::draw {

namespace {
struct BarTick {
  double share;  ///< place in the span, 0..1
  double value;  ///< in the unit that is written
  const char* sign;
  bool end;
  std::string text;
  float width;
};

/// 256 numbers from 0 to 1, as a row or as a column whose first row is 1.
const Tensor& ramp(bool vertical) {
  const auto make = [](bool upright) {
    Tensor t(upright ? Shape{256, 1} : Shape{1, 256});
    for (int i = 0; i < 256; ++i) t.edit()[upright ? 255 - i : i] = (static_cast<float>(i) + 0.5f) / 256;
    return t;
  };
  static const Tensor rows = make(true), columns = make(false);
  return vertical ? rows : columns;
}

class Bar {
 public:
  Bar(const Canvas& c, float length, const BarStyle& style) : c_(c), s_(style), length_(length), type_(c.metrics().small_style()) {
    const Span drawn = drawable(style.heat.span, style.heat.map);
    lo_ = static_cast<double>(drawn.lo), hi_ = static_cast<double>(drawn.hi);
    const float line = Canvas::text_height(type_);
    const int wanted = std::max(1, static_cast<int>(length / (style.vertical ? 3.5f * line : 6 * line)));
    unit_ = style.as_percent ? 100 : 1;
    range_ = (hi_ - lo_) * unit_;
    const double step = tick_step(range_, wanted);
    std::vector<BarTick> candidates;  // the more important ones first
    const auto add = [&](double value, const char* sign, bool end) {
      candidates.push_back({(value - lo_) / (hi_ - lo_), value * unit_, sign, end, {}, 0});
    };
    if (!(style.heat.span.lo < style.heat.span.hi) && std::isfinite(style.heat.span.lo)) {
      add(static_cast<double>(style.heat.span.lo), "", true);  // one value only: say it where its colour is
    } else {
      add(lo_, style.cut_lo ? "≤ " : "", true);
      add(hi_, style.cut_hi ? "≥ " : "", true);
      if (style.heat.map == ColorMap::diverging && lo_ < 0 && hi_ > 0) add(0, "", false);
      if (!style.vertical && wanted < 4) {
        add((lo_ + hi_) / 2, "", false);
      } else {
        for (double k = std::ceil(lo_ * unit_ / step); k * step < hi_ * unit_; ++k) add(k * step / unit_, "", false);
      }
    }
    int inner = 0;
    for (const BarTick& tick : candidates)
      if (!tick.end) inner = std::max(inner, decimals_for(tick.value));
    for (BarTick& tick : candidates) keep(std::move(tick), inner, line);
  }

  const std::vector<BarTick>& ticks() const { return ticks_; }
  float widest() const {
    float width = 0;
    for (const BarTick& tick : ticks_) width = std::max(width, tick.width);
    return width;
  }
  /// Room for the label below a vertical bar: as wide as its longest word needs.
  float label_width(float at_least) const {
    float width = at_least;
    for (std::size_t i = 0; i < s_.label.size();) {
      const std::size_t end = std::min(s_.label.find(' ', i), s_.label.size());
      width = std::max(width, c_.text_width(std::string_view(s_.label).substr(i, end - i), type_) + 0.5f);
      i = end + 1;
    }
    return std::min(width, 14 * c_.u());
  }
  Style type() const { return type_; }

 private:
  /// The fewest decimals that show a value well enough for this bar.
  int decimals_for(double value) const {
    int decimals = 0;
    for (double unit = 1; decimals < 9 && std::abs(std::round(value / unit) * unit - value) > 0.004 * range_; unit /= 10) ++decimals;
    return decimals;
  }
  /// Keeps the tick unless it stands on another one.
  void keep(BarTick tick, int decimals, float line) {
    if (tick.end) decimals = std::max(decimals, decimals_for(tick.value));
    // In a row of numbers the last one's sign serves them all.
    const bool percent = s_.as_percent && (s_.vertical || tick.share >= 1 || !(s_.heat.span.lo < s_.heat.span.hi));
    const bool extreme = range_ < 1e-4 || std::max(std::abs(lo_), std::abs(hi_)) * unit_ >= 1e6;
    tick.text = tick.sign + (extreme ? number(tick.value, 2) : tick_number(tick.value, std::pow(10.0, -decimals))) + (percent ? " %" : "");
    tick.width = c_.text_width(tick.text, type_);
    for (const BarTick& other : ticks_) {
      const auto [a0, a1] = extent(tick, line);
      const auto [b0, b1] = extent(other, line);
      if (a0 < b1 && b0 < a1) return;
    }
    ticks_.push_back(std::move(tick));
  }
  /// From where to where the number stands along the bar, with the distance to its neighbours.
  std::pair<float, float> extent(const BarTick& tick, float line) const {
    const float at = static_cast<float>(tick.share) * length_;
    if (s_.vertical) return {at - 0.65f * line, at + 0.65f * line};
    const float x = std::clamp(at - tick.width / 2, 0.0f, std::max(0.0f, length_ - tick.width));
    return {x - 0.5f * c_.u(), x + tick.width + 0.5f * c_.u()};
  }

  const Canvas& c_;
  const BarStyle& s_;
  float length_;
  Style type_;
  double lo_ = 0, hi_ = 1, unit_ = 1, range_ = 1;
  std::vector<BarTick> ticks_;
};

constexpr float kTick = 0.6f;    // of u
constexpr float kNumber = 1.0f;  // of u, from the bar to the number

void draw_bar(Canvas& c, Rect r, const BarStyle& style) {
  HeatStyle heat = style.heat;
  heat.span = {0, 1};
  heat.smooth = true;
  // An overlay has no colours of its own: the bar shows it over a middle grey, like a photograph.
  if (heat.overlay) c.fill(r, hex(0x9A9AA2));
  c.heat(r, Matrix(ramp(style.vertical)), heat);
  if (!c.theme().dark && !heat.overlay) c.outline(r.inset(-c.pixel()), c.theme().tick.faded(0.6f), c.pixel());
}
}  // namespace

float color_bar_room(const Canvas& c, float length, const BarStyle& style) {
  const Bar bar(c, length, style);
  if (!style.vertical) return kNumber * c.u() + Canvas::text_height(bar.type());
  const float numbers = kNumber * c.u() + bar.widest();
  return style.label.empty() ? numbers : std::max(numbers, bar.label_width(numbers) - 1.5f * c.u());
}

Rect color_bar(Canvas& c, Rect r, const BarStyle& style) {
  if (r.width() <= 0 || r.height() <= 0) return r;
  const Theme& theme = c.theme();
  const float u = c.u(), length = style.vertical ? r.height() : r.width();
  const Bar bar(c, length, style);
  const Style type = bar.type();
  const float line = Canvas::text_height(type);
  draw_bar(c, r, style);
  Rect all = r;
  const auto include = [&all](Rect b) {
    all = {std::min(all.x0, b.x0), std::min(all.y0, b.y0), std::max(all.x1, b.x1), std::max(all.y1, b.y1)};
  };
  for (const BarTick& tick : bar.ticks()) {
    const float at = static_cast<float>(tick.share) * length;
    if (style.vertical) {
      const float y = r.y1 - at;
      const float edge = std::clamp(y, r.y0 + c.pixel() / 2, r.y1 - c.pixel() / 2);
      c.line({r.x1, edge}, {r.x1 + kTick * u, edge}, theme.tick, c.pixel());
      include(c.text({r.x1 + kNumber * u, y - line / 2}, tick.text, type, theme.text2));
    } else {
      const float x = r.x0 + at, edge = std::clamp(x, r.x0 + c.pixel() / 2, r.x1 - c.pixel() / 2);
      const float left = std::clamp(x - tick.width / 2, r.x0, std::max(r.x0, r.x1 - tick.width));
      c.line({edge, r.y1}, {edge, r.y1 + kTick * u}, theme.tick, c.pixel());
      include(c.text({left, r.y1 + kTick * u}, tick.text, type, theme.text2));
    }
  }
  if (style.label.empty()) return all;
  if (style.vertical) {
    const float width = bar.label_width(kNumber * u + bar.widest() + r.width());
    const Rect place{r.x0, all.y1 + 0.25f * u, r.x0 + width, all.y1 + 1000};
    const float height = c.paragraph(place, style.label, type, theme.text3);
    include({place.x0, place.y0, place.x1, place.y0 + height});
  } else {
    include(c.text({all.x1 + 1.5f * u, (r.y0 + all.y1 - line) / 2}, style.label, type, theme.text3));
  }
  return all;
}

}  // namespace vitscope::draw
