// Keys and settings.
#include <array>

#include "app/views/panel.h"

namespace vitscope::views {

using draw::Align;
using draw::Rect;

namespace {

struct KeyLine {
  std::string_view keys, action;
};
constexpr std::array kKeys{
    KeyLine{"← →", "previous and next step"},
    KeyLine{"↑ ↓", "previous and next block"},
    KeyLine{"[ ]", "head; before the first: mean and maximum over heads"},
    KeyLine{"W A X D", "move the selected patch over the grid"},
    KeyLine{"C", "select the class token; again: the next prefix token"},
    KeyLine{"R", "attention: where a token looks, or who looks at it"},
    KeyLine{"B", "keep this map of attention, or this t-SNE, and compare; Shift B lets it go"},
    KeyLine{"Home End", "first and last step"},
    KeyLine{"Tab", "next figure of this step"},
    KeyLine{"Space", "play the walk, and stop"},
    KeyLine{"Esc", "close, stop computing, release what is pinned"},
    KeyLine{"S", "span of the maps: per map, per block, all"},
    KeyLine{"O", "open a picture"},
    KeyLine{"M", "open a model"},
    KeyLine{"N", "build an architecture of one's own"},
    KeyLine{"E", "export figures"},
    KeyLine{"I", "what if: edits of the run"},
    KeyLine{"Ctrl Z", "undo an edit"},
    KeyLine{"Ctrl Y", "make it again"},
    KeyLine{"T", "dark and light"},
    KeyLine{"L", "English and Chinese"},
    KeyLine{",", "settings"},
    KeyLine{"?", "this list"},
    KeyLine{"Ctrl Q", "quit"},
};

}  // namespace

void keys_panel(ui::Ui& ui, Rect window, const Frame&, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const std::size_t half = (kKeys.size() + 1) / 2;
  Rect r = panel_frame(ui, window, 112 * u, (14 + 3.5f * static_cast<float>(half) + 7) * u, c.tr("Keys"), "", out);
  const float column = r.width() / 2;
  for (std::size_t i = 0; i < kKeys.size(); ++i) {
    const Rect row = draw::rect_at({r.x0 + (i < half ? 0 : column), r.y0 + 3.5f * u * static_cast<float>(i % half)}, column - 2 * u, 3.5f * u);
    float x = row.x0;
    std::string_view rest = kKeys[i].keys;
    while (!rest.empty()) {
      const std::size_t space = rest.find(' ');
      x = ui.key_cap({x, row.y0}, c.tr(rest.substr(0, space))).x1 + 0.5f * u;
      rest = space == std::string_view::npos ? std::string_view{} : rest.substr(space + 1);
    }
    const float text_x = std::max(row.x0 + 13 * u, x + u);
    c.text({text_x, row.y0 + 1}, c.tr(kKeys[i].action), small, theme.text2, Align::left, row.x1 - text_x);
  }
  r.y0 += 3.5f * u * static_cast<float>(half) + u;
  c.paragraph(r, c.tr("Point at anything to see where its number comes from; click to pin it. The mouse wheel zooms the figure about the pointer, a double click fits it again."), small, theme.text3);
}

void settings_panel(ui::Ui& ui, Rect window, const Frame& frame, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  Rect r = panel_frame(ui, window, 84 * u, 44 * u, c.tr("Settings"), "", out);
  const auto choose = [&](std::string_view label, std::string_view key, const std::vector<std::string>& labels, int chosen) {
    Rect line = r.cut_top(4.75f * u);
    line.y1 -= 1.5f * u;
    c.text({line.x0, line.centre().y - c.text_height(small) / 2}, label, small, c.theme().text3, Align::left, 19 * u);
    line.x0 += 20 * u;
    return ui.segments(key, {line.x0, line.y0, line.x0 + ui.segments_width(labels), line.y1}, labels, chosen);
  };
  const int dark = c.theme().dark ? 1 : 0;
  if (choose(c.tr("Theme"), "settings.theme", {std::string(c.tr("light")), std::string(c.tr("dark"))}, dark) != dark) out.push_back(ToggleTheme{});
  const int language = c.language().code() == "zh" ? 1 : 0;
  if (choose(c.tr("Language"), "settings.language", {"English", "中文"}, language) != language) out.push_back(ToggleLanguage{});
  constexpr std::array<float, 6> scales{0, 1, 1.5f, 2, 2.5f, 3};
  int scale = 0;
  for (std::size_t i = 0; i < scales.size(); ++i)
    if (scales[i] == frame.ui_scale) scale = static_cast<int>(i);
  const int chosen = choose(c.tr("Size of the interface"), "settings.scale", {std::string(c.tr("as the display")), "1×", "1.5×", "2×", "2.5×", "3×"}, scale);
  if (chosen != scale) out.push_back(SetUiScale{scales[static_cast<std::size_t>(chosen)]});
  const int motion = frame.motion ? 1 : 0;
  if (choose(c.tr("Motion"), "settings.motion", {std::string(c.tr("off")), std::string(c.tr("on"))}, motion) != motion) out.push_back(ToggleMotion{});
  const int mode = static_cast<int>(frame.resize_mode);
  const int fitted = choose(c.tr("Fit pictures by"), "settings.mode", {std::string(c.tr("crop")), std::string(c.tr("stretch")), std::string(c.tr("pad"))}, mode);
  if (fitted != mode) out.push_back(SetResizeMode{static_cast<ResizeMode>(fitted)});
}

}  // namespace vitscope::views
