#include "app/views/figure_controls.h"

#include <cmath>

#include "app/draw/number.h"

namespace vitscope::views {

using draw::Rect;

namespace {

constexpr float kControl = 3.25f, kControlGap = 0.75f;  // of u: height of a row of controls, and between two

/// The last value of an option for this architecture.
float end_of(const figures::Option& option, const VitConfig& config) { return option.blocks ? std::min(option.hi, static_cast<float>(config.depth - 1)) : option.hi; }

/// Position 0..1 of a slider for its value, and back. The left twentieth of a logarithmic one is 0.
float slider_position(const figures::Option& option, float end, float value) {
  if (!option.logarithmic) return end > option.lo ? (value - option.lo) / (end - option.lo) : 0;
  return value <= 0 ? 0 : std::clamp(1 + 0.95f * std::log10(value / option.hi) / 3, 0.05f, 1.0f);
}
float slider_value(const figures::Option& option, float end, float position) {
  if (!option.logarithmic) return option.blocks ? std::round(option.lo + position * (end - option.lo)) : option.lo + position * (end - option.lo);
  return position < 0.05f ? 0 : option.hi * std::pow(10.0f, 3 * (position - 1) / 0.95f);
}

std::string slider_text(const draw::Canvas& c, const figures::Option& option, float value) {
  if (option.blocks) return std::to_string(std::lround(value) + 1);
  if (!option.logarithmic) return {};
  return value <= 0 ? std::string(c.tr("automatic")) : draw::percent(static_cast<double>(value), 2);
}

std::vector<std::string> choice_labels(const draw::Canvas& c, const figures::Option& option) {
  std::vector<std::string> labels;
  for (std::string_view choice : option.choices) labels.emplace_back(c.tr(choice));
  return labels;
}

float option_width(const ui::Ui& ui, const draw::Canvas& c, const figures::Option& option) {
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const float label = c.text_width(c.tr(option.label), small);
  switch (option.kind) {
    case figures::Option::Kind::number: return 0;
    case figures::Option::Kind::toggle: return label + 5 * u;
    case figures::Option::Kind::slider: return label + 15 * u + (option.blocks ? c.text_width("00", small) + u : option.logarithmic ? std::max(c.text_width(c.tr("automatic"), small), c.text_width("00.0 %", small)) + u : 0);
    default: return label + u + ui.segments_width(choice_labels(c, option));
  }
}

void option_control(ui::Ui& ui, Rect r, const figures::Option& option, const Frame& frame, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const float u = c.u(), end = end_of(option, frame.trace->config()), value = std::min(figures::option(frame.selection, option), end);
  const draw::Style small = c.metrics().small_style();
  const float ty = r.centre().y - c.text_height(small) / 2;
  const std::string key = "option." + std::string(option.key);
  float changed = value;
  if (option.kind == figures::Option::Kind::toggle) {
    changed = ui.toggle(key, r, c.tr(option.label), value > 0.5f) ? 1.0f : 0.0f;
  } else {
    const float x = c.text({r.x0, ty}, c.tr(option.label), small, c.theme().text3).x1 + u;
    if (option.kind == figures::Option::Kind::slider) {
      const float before = slider_position(option, end, value), after = ui.slider(key, {x, r.y0, x + 14 * u, r.y1}, before, 0, 1);
      if (after != before) changed = slider_value(option, end, after);
      c.text({x + 15 * u, ty}, slider_text(c, option, value), small, value > 0 ? c.theme().text1 : c.theme().text3);
    } else {
      changed = static_cast<float>(ui.segments(key, {x, r.y0, r.x1, r.y1}, choice_labels(c, option), static_cast<int>(std::lround(value))));
    }
  }
  if (changed != value) out.push_back(SetOption{std::string(option.key), changed});
}

/// Tabs of the step's figures and options of the shown one flow over as many rows as they need; one row where both fit.
class Controls {
 public:
  Controls(ui::Ui& ui, const Frame& frame, float width) : ui_(ui), frame_(frame) {
    draw::Canvas& c = ui.canvas();
    const float u = c.u();
    const auto list = figures::figures_of(*frame.selection.place.step, frame.input());
    if (list.size() > 1)
      for (const figures::Figure* figure : list) tab(figure, width);
    float x = 0, line = 0;
    for (const figures::Option& option : frame.figure->options) {
      if (option.shown && !option.shown(frame.selection)) continue;
      const float wide = option_width(ui, c, option);
      if (wide <= 0) continue;
      if (x > 0 && x + wide > width) x = 0, ++line;
      options_.push_back({&option, {x, line * (kControl + kControlGap) * u, x + wide, (line * (kControl + kControlGap) + kControl) * u}});
      x += wide + 2.5f * u;
    }
    option_rows_ = options_.empty() ? 0 : static_cast<int>(line) + 1;
    beside_ = tabs_.size() == 1 && option_rows_ == 1 && x + ui.segments_width(tabs_.front().labels) <= width;
  }

  float height() const {
    const int rows = beside_ ? 1 : static_cast<int>(tabs_.size()) + option_rows_;
    return rows == 0 ? 0 : (static_cast<float>(rows) * (kControl + kControlGap) - kControlGap) * ui_.canvas().u();
  }

  void draw(Rect r, Commands& out) {
    const float u = ui_.canvas().u(), pitch = (kControl + kControlGap) * u;
    float y = r.y0;
    for (std::size_t row = 0; row < tabs_.size(); ++row) {
      const TabRow& tabs = tabs_[row];
      const float width = ui_.segments_width(tabs.labels), x = beside_ ? r.x1 - width : r.x0;
      const int now = ui_.segments(row == 0 ? "page.figure" : "page.figure" + std::to_string(row), {x, y, x + width, y + kControl * u}, tabs.labels, tabs.chosen);
      if (now != tabs.chosen) out.push_back(ShowFigure{std::string(tabs.figures[static_cast<std::size_t>(now)]->slug)});
      if (!beside_) y += pitch;
    }
    for (const Placed& option : options_) option_control(ui_, option.where.moved({r.x0, y}), *option.option, frame_, out);
  }

 private:
  struct TabRow {
    std::vector<std::string> labels;
    std::vector<const figures::Figure*> figures;
    int chosen = -1;
  };
  struct Placed {
    const figures::Option* option;
    Rect where;
  };

  void tab(const figures::Figure* figure, float width) {
    const std::string label(ui_.canvas().tr(figure->title));
    if (tabs_.empty()) tabs_.emplace_back();
    std::vector<std::string> longer = tabs_.back().labels;
    longer.push_back(label);
    if (!tabs_.back().labels.empty() && ui_.segments_width(longer) > width) tabs_.emplace_back();
    if (figure == frame_.figure) tabs_.back().chosen = static_cast<int>(tabs_.back().labels.size());
    tabs_.back().labels.push_back(label);
    tabs_.back().figures.push_back(figure);
  }

  ui::Ui& ui_;
  const Frame& frame_;
  std::vector<TabRow> tabs_;
  std::vector<Placed> options_;
  int option_rows_ = 0;
  bool beside_ = false;
};

}  // namespace

float figure_controls(ui::Ui& ui, Rect r, const Frame& frame, Commands& out) {
  Controls controls(ui, frame, r.width());
  if (controls.height() <= 0) return 0;
  const float above = 0.5f * ui.canvas().u();
  controls.draw({r.x0, r.y0 + above, r.x1, r.y1}, out);
  return above + controls.height();
}

}  // namespace vitscope::views
