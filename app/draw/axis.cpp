#include "app/draw/axis.h"

#include <cmath>

#include "app/draw/number.h"
#include "app/draw/parts.h"

namespace vitscope::draw {

namespace {
/// Steps that divide what they count: powers of two where the count is one or a multiple of sixteen, else 1, 2 and 5 times powers of ten.
int step_for(int count, int most) {
  if (most < 1) return count;
  if (count % 16 == 0 || count == 8) {
    int step = 1;
    while (count / step > most) step *= 2;
    return step;
  }
  int step = 1;
  for (int i = 0; count / step > most; ++i) step = i % 3 == 1 ? step / 2 * 5 : step * 2;
  return step;
}

class Numbers {
 public:
  Numbers(const Canvas& c, const AxisStyle& style, float start, float cell, float lo, float hi)
      : c_(c), s_(style), start_(start), cell_(cell), lo_(lo), hi_(hi) {}

  void add(int index, Color color, Face face) {
    if (index < 0 || index >= s_.count) return;
    AxisNumber n{axis_label(index, s_.prefix), color, {c_.metrics().small, face}, start_ + (static_cast<float>(index) + 0.5f) * cell_, 0};
    n.width = c_.text_width(n.text, n.style);
    const float half = half_of(n);
    if (hi_ - lo_ < 2 * half) return;
    n.at = std::clamp(n.at, lo_ + half, hi_ - half);
    const float gap = s_.upright ? 0 : 0.75f * c_.u();
    for (const AxisNumber& other : numbers_)
      if (std::abs(other.at - n.at) < half + half_of(other) + gap) return;
    numbers_.push_back(std::move(n));
  }
  std::vector<AxisNumber> take() { return std::move(numbers_); }

 private:
  float half_of(const AxisNumber& n) const { return s_.upright ? Canvas::text_height(n.style) / 2 : n.width / 2; }

  const Canvas& c_;
  const AxisStyle& s_;
  float start_, cell_, lo_, hi_;
  std::vector<AxisNumber> numbers_;
};
}  // namespace

std::string axis_label(int index, const PrefixTokens& prefix) {
  return index < prefix.count() ? prefix.short_name(index) : std::to_string(index - prefix.count());
}

std::vector<AxisNumber> axis_numbers(const Canvas& c, const AxisStyle& style, float start, float cell, float lo, float hi) {
  if (style.count < 1 || !(cell > 0)) return {};
  const Theme& theme = c.theme();
  Numbers numbers(c, style, start, cell, lo, hi);
  numbers.add(style.pinned, theme.selection, Face::medium);
  numbers.add(style.hovered, theme.text1, Face::medium);
  for (int i = 0; i < std::min(style.prefix.count(), 8); ++i) numbers.add(i, prefix_color(theme, i, style.prefix), Face::regular);
  numbers.add(style.count - 1, theme.text3, Face::regular);
  const int counted = style.count - style.prefix.count();
  if (counted > 0 && style.ends_only) numbers.add(style.prefix.count(), theme.text3, Face::regular);
  if (counted > 0 && !style.ends_only) {
    const Style type = c.metrics().small_style();
    const float room =
        style.upright ? 2 * Canvas::text_height(type) : c.text_width(axis_label(style.count - 1, style.prefix), type) * 2 + c.u();
    const int most = std::max(1, static_cast<int>(static_cast<float>(counted) * cell / room));
    const int step = counted <= most * 2 && static_cast<float>(counted) * cell / static_cast<float>(counted) >= room * 0.55f
                         ? 1
                         : step_for(counted, most);
    for (int i = 0; i < counted; i += step) numbers.add(style.prefix.count() + i, theme.text3, Face::regular);
  }
  return numbers.take();
}

}  // namespace vitscope::draw
