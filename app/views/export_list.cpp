// The figures that the export panel offers, and the choice among them.
#include <algorithm>
#include <array>

#include "app/views/export_parts.h"

namespace vitscope::views {

using draw::Align;
using draw::Rect;

namespace {

constexpr const char* kSheet = "export.sheet";

std::string box_key(std::string_view slug) { return "export.box." + std::string(slug); }

/// A square with a tick when it is on.
void box(draw::Canvas& c, Rect r, bool on, bool hot) {
  const draw::Theme& theme = c.theme();
  c.fill(r, on ? theme.selection : theme.ground, 3);
  if (!on) c.outline(r, hot ? theme.text3 : theme.tick, 1, 3);
  if (!on) return;
  const std::array<draw::Vec, 3> tick{draw::Vec{r.x0 + 0.22f * r.width(), r.y0 + 0.52f * r.height()}, {r.x0 + 0.43f * r.width(), r.y0 + 0.72f * r.height()},
                                      {r.x0 + 0.78f * r.width(), r.y0 + 0.28f * r.height()}};
  c.polyline(tick, theme.dark ? draw::hex(0x14181D) : draw::kWhite, 2);
}

/// One line with a box: the box chooses, the name shows the preview.
struct Line {
  bool boxed = false, named = false;
};
Line box_line(ui::Ui& ui, Rect r, const std::string& key, std::string_view name, bool on, bool shown, bool enabled, std::string_view why_not) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  if (shown) c.fill(r, theme.selection_tint, 4);
  else if (ui.hovering(r)) c.fill(r, theme.raised, 4);
  if (shown) c.fill({r.x0, r.y0 + 3, r.x0 + 3, r.y1 - 3}, theme.selection, 1.5f);
  const float size = 1.75f * u;
  const Rect square = draw::rect_at({r.x0 + 1.25f * u, r.centre().y - size / 2}, size, size);
  if (enabled) box(c, square, on, ui.hovering({r.x0, r.y0, square.x1 + 0.75f * u, r.y1}));
  else c.line({square.x0 + 4, square.centre().y}, {square.x1 - 4, square.centre().y}, theme.tick, 1.5f);
  const draw::Style style = on && enabled ? c.metrics().small_medium() : c.metrics().small_style();
  const float x = square.x1 + 1.25f * u;
  c.text({x, r.centre().y - c.text_height(style) / 2}, name, style, enabled ? (on || shown ? theme.text1 : theme.text2) : theme.text3, Align::left, r.x1 - x - u);
  if (!enabled) c.tag(r, std::monostate{}, std::string(why_not));
  Line used;
  used.boxed = ui.clicked(key, {r.x0, r.y0, square.x1 + 0.75f * u, r.y1}) && enabled;
  used.named = ui.clicked(key + ".name", {square.x1 + 0.75f * u, r.y0, r.x1, r.y1});
  return used;
}

/// Buttons that choose several figures at once; returns the height used.
float presets(ui::Ui& ui, Rect r, const Frame& frame, ExportChoice& choice) {
  const draw::Canvas& c = ui.canvas();
  const float u = c.u(), height = 3 * u;
  draw::Vec at{r.x0, r.y0};
  const auto pressed = [&](const char* key, std::string_view label) {
    const float width = ui.button_width(label) - u;
    if (at.x + width > r.x1 + 0.5f && at.x > r.x0) at = {r.x0, at.y + height + 0.5f * u};
    const Rect place = draw::rect_at(at, std::min(width, r.width()), height);
    at.x += width + 0.5f * u;
    return ui.button(key, place, label);
  };
  if (pressed("export.only.view", c.tr("in view")) && frame.figure) choice.only({frame.figure->slug}), choice.preview(*frame.figure);
  if (pressed("export.only.all", c.tr("all"))) choice.all();
  if (pressed("export.only.none", c.tr("none"))) choice.only({});
  if (pressed("export.only.sheet", c.tr("Contact sheet"))) choice.only({}), choice.set_contact_sheet(true);
  for (const auto& [slug, label] : {std::pair<std::string_view, std::string_view>{"paper-figure-6", "Figure 6"}, {"paper-figure-7", "Figure 7"}})
    if (const figures::Figure* figure = figures::find_figure(slug))
      if (pressed(slug == "paper-figure-6" ? "export.only.6" : "export.only.7", c.tr(label))) choice.only({slug}), choice.preview(*figure);
  return at.y + height - r.y0;
}

}  // namespace

ExportChoice::ExportChoice(ui::Ui& ui, const Frame& frame) : state_(ui.state()), frame_(frame) {
  // Until somebody chooses, the figure in view is chosen.
  if (value("export.touched") == 0 && frame.figure) {
    const std::string now(frame.figure->slug);
    std::string& before = state_.texts["export.follows"];
    if (before != now) {
      for (const figures::Figure* figure : figures::figures()) value(box_key(figure->slug)) = figure == frame.figure ? 1.0f : 0.0f;
      state_.texts["export.preview"] = before = now;
    }
  }
}

float& ExportChoice::value(const std::string& key, float initial) const { return state_.scroll.try_emplace(key, initial).first->second; }
int& ExportChoice::number(const char* key, int initial) { return state_.numbers.try_emplace(key, initial).first->second; }
bool ExportChoice::has(const figures::Figure& figure) const { return value(box_key(figure.slug)) > 0; }
bool ExportChoice::contact_sheet() const { return value(kSheet) > 0; }

void ExportChoice::set(const figures::Figure& figure, bool on) {
  value("export.touched") = 1;
  value(box_key(figure.slug)) = on ? 1.0f : 0.0f;
}

void ExportChoice::set_contact_sheet(bool on) {
  value("export.touched") = 1;
  value(kSheet) = on ? 1.0f : 0.0f;
}

void ExportChoice::only(const std::vector<std::string_view>& slugs) {
  for (const figures::Figure* figure : figures::figures()) set(*figure, std::find(slugs.begin(), slugs.end(), figure->slug) != slugs.end());
  set_contact_sheet(false);
}

void ExportChoice::all() {
  for (const figures::Figure* figure : figures::figures()) set(*figure, true);
}

std::vector<std::string> ExportChoice::slugs() const {
  std::vector<std::string> found;
  for (const figures::Figure* figure : figures::figures())
    if (has(*figure) && can_be_exported(frame_, *figure)) found.emplace_back(figure->slug);
  return found;
}

const figures::Figure* ExportChoice::previewed() const {
  const figures::Figure* figure = figures::find_figure(state_.texts["export.preview"]);
  return figure ? figure : frame_.figure;
}

void ExportChoice::preview(const figures::Figure& figure) { state_.texts["export.preview"] = figure.slug; }

bool can_be_exported(const Frame& frame, const figures::Figure& figure) { return figures::shows(figure, {*frame.trace, frame.selection, true}); }

namespace {
/// The figures of the step itself that this architecture has; steps that are shown as another one have none.
std::vector<const figures::Figure*> own_figures(const Step& step, const VitConfig& config) {
  std::vector<const figures::Figure*> own;
  for (const figures::Figure* figure : figures::figures())
    if (figure->step == step.slug && figures::step_of(*figure, config)) own.push_back(figure);
  return own;
}
}  // namespace

void export_list(ui::Ui& ui, Rect r, const Frame& frame, ExportChoice& choice) {
  draw::Canvas& c = ui.canvas();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  r.y0 += presets(ui, r, frame, choice) + 1.5f * u;
  c.fill({r.x0, r.y0 - 0.75f * u, r.x1, r.y0 - 0.75f * u + c.pixel()}, c.theme().hairline);

  const float row = 2.75f * u, group = 3 * u;
  float height = row + u;
  for (const Step& step : steps()) {
    const auto of_step = own_figures(step, frame.trace->config());
    if (!of_step.empty()) height += group + row * static_cast<float>(of_step.size());
  }
  const float offset = ui.begin_scroll("export.list", r, height);
  const float right = r.x1 - 1.5f * u;
  float y = r.y0 + offset;
  const auto visible = [&](float h) { return y + h > r.y0 && y < r.y1; };
  if (visible(row)) {
    const Line used = box_line(ui, {r.x0, y, right, y + row}, "export.box.contact-sheet", c.tr("Contact sheet: all on one page"), choice.contact_sheet(), false, true, {});
    if (used.boxed || used.named) choice.set_contact_sheet(!choice.contact_sheet());
  }
  y += row + u;
  const figures::Figure* shown = choice.previewed();
  const std::string_view why_not = c.tr(frame.trace->complete() ? "This model has no such figure" : "Not computed yet");
  for (const Step& step : steps()) {
    const auto of_step = own_figures(step, frame.trace->config());
    if (of_step.empty()) continue;
    if (visible(group)) c.text({r.x0 + 1.25f * u, y + 0.75f * u}, c.tr(step.title), small, c.theme().text3, Align::left, right - r.x0 - 2 * u);
    y += group;
    for (const figures::Figure* figure : of_step) {
      // Widgets outside of the list must not be found there.
      if (y + row / 2 > r.y0 && y + row / 2 < r.y1) {
        const bool on = choice.has(*figure);
        const Line used = box_line(ui, {r.x0, y, right, y + row}, "export.box." + std::string(figure->slug), c.tr(figure->title), on, figure == shown, can_be_exported(frame, *figure), why_not);
        if (used.boxed) choice.set(*figure, !on);
        if (used.named || (used.boxed && !on)) choice.preview(*figure);
      }
      y += row;
    }
  }
  ui.end_scroll();
}

}  // namespace vitscope::views
