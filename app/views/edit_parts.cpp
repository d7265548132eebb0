#include "app/views/edit_parts.h"

#include <cmath>
#include <limits>

namespace vitscope::views {

using draw::Align;
using draw::Rect;

namespace {

constexpr float kSliderLine = 2.75f;  // height of a slider, units

/// A number of an edit that a slider moves.
struct Handle {
  std::string_view label;
  float at, lo, hi;
  void (*set)(Edit&, float at);
};

float rounded(float value, float step) { return std::round(value / step) * step; }

/// Temperatures from 0 to infinity on a slider from 0 to 1: 1/32 to 32 between the ends, 1 in the middle.
float place_of(double temperature) {
  if (!(temperature > 0)) return 0;
  return std::isinf(temperature) ? 1.0f : std::clamp(static_cast<float>((std::log2(temperature) + 5) / 10), 0.02f, 0.98f);
}

double temperature_at(float place) {
  if (place < 0.02f) return 0;
  if (place > 0.98f) return std::numeric_limits<double>::infinity();
  const double value = std::exp2(static_cast<double>(10 * place - 5)), step = value < 1 ? 0.01 : 0.1;
  return std::abs(value - 1) < 0.04 ? 1 : std::round(value / step) * step;
}

std::vector<Handle> handles(const Edit& edit, const Frame& frame) {
  const std::uint32_t fields = info(edit.kind).fields;
  const auto value = static_cast<float>(edit.value);
  if (fields & kFactor) return {{"factor", value, std::min(0.0f, value), std::max(3.0f, value), [](Edit& e, float at) { e.value = static_cast<double>(rounded(at, 0.05f)); }}};
  if (fields & kTemperature) return {{"temperature", place_of(edit.value), 0, 1, [](Edit& e, float at) { e.value = temperature_at(at); }}};
  if (fields & kNumber) return {{"value", value, std::min(-30.0f, value), std::max(30.0f, value), [](Edit& e, float at) { e.value = static_cast<double>(rounded(at, 0.1f)); }}};
  if ((fields & kShift) && frame.picture) {
    const auto width = static_cast<float>(frame.picture->image.width()), height = static_cast<float>(frame.picture->image.height());
    return {{"to the right", static_cast<float>(edit.x), -width, width, [](Edit& e, float at) { e.x = static_cast<double>(std::round(at)); }},
            {"downwards", static_cast<float>(edit.y), -height, height, [](Edit& e, float at) { e.y = static_cast<double>(std::round(at)); }}};
  }
  return {};
}

}  // namespace

float edit_sliders_height(const draw::Canvas& c, const Edit& edit, const Frame& frame) { return kSliderLine * c.u() * static_cast<float>(handles(edit, frame).size()); }

void edit_sliders(ui::Ui& ui, Rect r, const std::string& key, std::size_t index, const Edit& edit, const Frame& frame, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const std::vector<Handle> list = handles(edit, frame);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Rect line = r.cut_top(kSliderLine * u);
    const float label = 11 * u;
    c.text({line.x0 + 5 * u, line.centre().y - c.text_height(small) / 2}, c.tr(list[i].label), small, c.theme().text3, Align::left, label - u);
    const float at = ui.slider(key + ".slider." + std::to_string(i), {line.x0 + 5 * u + label, line.y0, line.x1, line.y1}, list[i].at, list[i].lo, list[i].hi);
    if (at == list[i].at) continue;
    Edit changed = edit;
    list[i].set(changed, at);
    if (!(changed == edit)) out.push_back(ChangeEdit{index, changed});
  }
}

void brush_row(ui::Ui& ui, Rect r, const Frame& frame, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u(), side = r.height();
  Brush brush = frame.brush;
  for (int i = -1; i < static_cast<int>(std::size(kBrushColours)); ++i) {
    const Rect box = draw::rect_at({r.x0, r.y0}, side, side), swatch = box.inset(0.4f * u);
    r.x0 += side + 0.25f * u;
    if (i < 0) {
      c.outline(swatch, theme.tick, 1, 3);
      c.line({swatch.x0, swatch.y1}, {swatch.x1, swatch.y0}, theme.tick, 1);
    } else {
      const auto part = [](float value) { return static_cast<std::uint8_t>(std::lround(value * 255)); };
      const auto& rgb = kBrushColours[i].rgb;
      c.fill(swatch, {part(rgb[0]), part(rgb[1]), part(rgb[2]), 255}, 3);
      c.outline(swatch, theme.tick, 1, 3);
    }
    if (brush.colour == i) c.outline(box, theme.selection, 2, 4);
    else if (ui.hovering(box)) c.outline(box, theme.text3, 1, 4);
    if (ui.clicked("edits.brush." + std::string(i < 0 ? "nothing" : kBrushColours[i].name), box)) brush.colour = i;
  }
  r.x0 += u;
  brush.size = ui.slider("edits.brush.size", r, brush.size, 0.005f, 0.2f);
  if (!(brush == frame.brush)) out.push_back(SetBrush{brush});
}

}  // namespace vitscope::views
