// The page of a step: header, sentence, the figure with its options, formula and teaching text.
#include <cmath>

#include "app/draw/formula.h"
#include "app/views/view.h"

namespace vitscope::views {

using draw::Align;
using draw::Rect;

namespace {

/// Number of the step as the rail counts it, or nothing inside the encoder.
std::string number_of(const Step& step) {
  int number = 0;
  for (const Step& other : steps()) {
    if (other.stage == Stage::block) continue;
    ++number;
    if (&other == &step) return std::to_string(number);
  }
  return {};
}

void header(draw::Canvas& c, Rect r, const Frame& frame) {
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const draw::Style title = c.metrics().title_style();
  const Step& step = *frame.selection.place.step;
  const VitConfig& config = frame.trace->config();
  const figures::FigureInput input{*frame.trace, frame.selection};

  // Shape in -> shape out, at the right.
  const draw::Style shape_style = c.metrics().heading_style();
  float right = r.x1;
  const float shape_y = r.y0 + (c.text_height(title) - c.text_height(shape_style)) / 2;
  right -= draw::shape(c, {right, shape_y}, step.result, config, shape_style, Align::right);
  if (!step.reads.empty()) {
    right -= 2 * u;
    c.text({right, shape_y}, "→", shape_style, theme.text3, Align::right);
    right -= c.text_width("→", shape_style) + 2 * u;
    right -= draw::shape(c, {right, shape_y}, step.reads.front(), config, shape_style, Align::right);
  }
  float x = r.x0;
  const std::string number = number_of(step);
  if (!number.empty()) x = c.text({x, r.y0}, number, {title.size, draw::Face::regular}, theme.text3).x1 + 1.5f * u;
  x = c.text({x, r.y0}, c.tr(step.title), title, theme.text1, Align::left, right - x - 2 * u).x1 + 2 * u;
  std::string subject;
  if (frame.figure && frame.figure->subject) subject = frame.figure->subject(c, input);
  if (subject.empty() && frame.selection.place.block >= 0)
    subject = std::string(c.tr("block")) + " " + std::to_string(frame.selection.place.block + 1);
  const draw::Style subject_style = c.metrics().body_style();
  const float room = right - x - 3 * u;
  if (room > 6 * u)
    c.text({x, r.y0 + (c.text_height(title) - c.text_height(subject_style)) * 0.68f}, subject, subject_style, theme.text3, Align::left, room);
}

/// The last value of an option for this architecture.
float end_of(const figures::Option& option, const VitConfig& config) { return option.blocks ? std::min(option.hi, static_cast<float>(config.depth - 1)) : option.hi; }

std::string slider_text(const figures::Option& option, float value) {
  if (option.blocks) return std::to_string(std::lround(value) + 1);
  return std::to_string(std::lround(100 * value)) + "\u00a0%";
}

/// Where the options of the figure stand, those that matter: one after the other, in as many lines as the width asks for.
struct OptionPlace {
  const figures::Option* option;
  Rect where;
};
constexpr float kOptionLine = 3.25f;  // times u
std::vector<OptionPlace> option_places(const ui::Ui& ui, draw::Canvas& c, Rect r, const Frame& frame) {
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  std::vector<OptionPlace> places;
  float x = r.x0, y = r.y0;
  for (const figures::Option& option : frame.figure->options) {
    if (option.shown && !option.shown(frame.selection)) continue;
    float width = c.text_width(c.tr(option.label), small);
    if (option.kind == figures::Option::Kind::toggle) {
      width += 5 * u;
    } else if (option.kind == figures::Option::Kind::slider) {
      width += u + 14 * u + c.text_width("100 %", small) + u;
    } else {
      std::vector<std::string> labels;
      for (std::string_view choice : option.choices) labels.emplace_back(c.tr(choice));
      width += u + ui.segments_width(labels);
    }
    if (x > r.x0 && x + width > r.x1) {
      x = r.x0;
      y += (kOptionLine + 0.5f) * u;
    }
    places.push_back({&option, draw::rect_at({x, y}, width, kOptionLine * u)});
    x += width + 2.5f * u;
  }
  return places;
}

void options(ui::Ui& ui, Rect r, const Frame& frame, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  for (const auto& [which, where] : option_places(ui, c, r, frame)) {
    const figures::Option& option = *which;
    const float end = end_of(option, frame.trace->config()), value = std::min(figures::option(frame.selection, option), end);
    float changed = value;
    const std::string key = "option." + std::string(option.key);
    if (option.kind == figures::Option::Kind::toggle) {
      changed = ui.toggle(key, where, c.tr(option.label), value > 0.5f) ? 1.0f : 0.0f;
    } else {
      const float x = c.text({where.x0, where.centre().y - c.text_height(small) / 2}, c.tr(option.label), small, c.theme().text3).x1 + u;
      if (option.kind == figures::Option::Kind::slider) {
        const Rect track{x, where.y0, x + 14 * u, where.y1};
        changed = ui.slider(key, track, value, option.lo, end);
        if (option.blocks) changed = std::round(changed);
        c.text({track.x1 + u, where.centre().y - c.text_height(small) / 2}, slider_text(option, changed), small, c.theme().text2);
      } else {
        std::vector<std::string> labels;
        for (std::string_view choice : option.choices) labels.emplace_back(c.tr(choice));
        changed = static_cast<float>(ui.segments(key, {x, where.y0, where.x1, where.y1}, labels, static_cast<int>(std::lround(value))));
      }
    }
    if (changed != value) out.push_back(SetOption{std::string(option.key), changed});
  }
}

/// The other figures of this step; returns the width it took at the right end.
float tabs(ui::Ui& ui, Rect r, const Frame& frame, Commands& out) {
  const auto list = figures::figures_of(frame.selection.place.step->slug);
  if (list.size() < 2) return 0;
  std::vector<std::string> labels;
  int chosen = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    labels.emplace_back(ui.canvas().tr(list[i]->title));
    if (list[i] == frame.figure) chosen = static_cast<int>(i);
  }
  const float width = ui.segments_width(labels);
  const int now = ui.segments("page.figure", {r.x1 - width, r.y0, r.x1, r.y1}, labels, chosen);
  if (now != chosen) out.push_back(ShowFigure{std::string(list[static_cast<std::size_t>(now)]->slug)});
  return width;
}

constexpr draw::Style kTeaching{14};

/// Width that the formula takes at the left of the words.
float formula_room(const draw::Canvas& c, float width, const Step& step, const VitConfig& config) {
  const float wanted = std::max(draw::formula_width(c, step.formula, c.metrics().body, &config), draw::formula_width(c, step.sizes, c.metrics().small, &config));
  return std::clamp(wanted + 5 * c.u(), width * 0.3f, width * 0.55f);
}

float explanation_height(const draw::Canvas& c, float width, const Frame& frame) {
  const Step& step = *frame.selection.place.step;
  const VitConfig& config = frame.trace->config();
  const float words = c.paragraph_height(width - formula_room(c, width, step, config), draw::with_sizes(c.tr(step.teaching), config), kTeaching);
  return std::max(words, 6 * c.u());
}

/// Formula with its real sizes, and the two sentences of teaching.
void explanation(draw::Canvas& c, Rect r, const Frame& frame) {
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const Step& step = *frame.selection.place.step;
  const VitConfig& config = frame.trace->config();
  const float body = c.metrics().body, small = c.metrics().small;
  Rect formulas = r.cut_left(formula_room(c, r.width(), step, config));
  draw::formula(c, {formulas.x0, formulas.y0}, c.tr(step.formula), body, theme.text1, &config);
  draw::formula(c, {formulas.x0, formulas.y0 + 3.25f * u}, c.tr(step.sizes), small, theme.text3, &config);
  c.paragraph(r, draw::with_sizes(c.tr(step.teaching), config), kTeaching, theme.text2);
}

/// While the tensors of this figure are not there yet.
void waiting(draw::Canvas& c, Rect r, const Frame& frame) {
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const Rect box = draw::rect_at({r.centre().x - 24 * u, r.centre().y - 5 * u}, 48 * u, 10 * u);
  const std::string what = frame.busy && frame.computing.step
                               ? std::string(c.tr(frame.computing.step->title)) + (frame.computing.block >= 0 ? ", " + std::string(c.tr("block")) + " " + std::to_string(frame.computing.block + 1) : "")
                               : std::string(c.tr("nothing"));
  c.text({box.centre().x, box.y0 + 2 * u}, c.tr("Not computed yet"), c.metrics().heading_style(), theme.text2, Align::centre, box.width());
  c.text({box.centre().x, box.y0 + 5 * u}, std::string(c.tr("now computing")) + ": " + what, c.metrics().small_style(), theme.block, Align::centre, box.width());
}

/// Zoom about the pointer: the wheel enlarges the figure inside its stage, a double click fits it again.
Rect zoomed(ui::Ui& ui, Rect stage, const Frame& frame) {
  auto& memory = ui.state().scroll;
  float& zoom = memory["page.zoom"];
  float& ox = memory["page.zoom.x"];
  float& oy = memory["page.zoom.y"];
  float& owner = memory["page.zoom.step"];
  const float step = static_cast<float>(frame.selection.place.step - steps().data());
  if (zoom < 1 || owner != step || ui.pointer().double_clicked) zoom = 1, ox = oy = 0, owner = step;
  if (ui.hovering(stage) && ui.pointer().wheel != 0) {
    const float before = zoom;
    zoom = std::clamp(zoom * std::pow(1.2f, ui.pointer().wheel), 1.0f, 16.0f);
    const draw::Vec p = ui.pointer().at - draw::Vec{stage.x0, stage.y0};
    ox = p.x - (p.x - ox) * zoom / before;
    oy = p.y - (p.y - oy) * zoom / before;
  }
  ox = std::clamp(ox, stage.width() * (1 - zoom), 0.0f);
  oy = std::clamp(oy, stage.height() * (1 - zoom), 0.0f);
  return draw::rect_at({stage.x0 + ox, stage.y0 + oy}, stage.width() * zoom, stage.height() * zoom);
}

}  // namespace

void page(ui::Ui& ui, Rect r, const Frame& frame, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const bool narrow = layout(frame.size).narrow;
  const Step& step = *frame.selection.place.step;
  r = r.inset((narrow ? 2.5f : 3.5f) * u, 0);
  r.y0 += narrow ? 1.75f * u : 2.5f * u;

  Rect top = r.cut_top(c.text_height(c.metrics().title_style()) + (narrow ? 0.25f : 0.75f) * u);
  header(c, top, frame);
  const Rect sentence = r.cut_top(3.25f * u);
  c.text({sentence.x0, sentence.y0}, draw::with_sizes(c.tr(step.sentence), frame.trace->config()), c.metrics().body_style(), theme.text2, Align::left, sentence.width());

  if (frame.message) r.y0 += message_box(ui, {r.x0, r.y0 + u, r.x1, r.y1}, *frame.message, out) + u;

  const bool controls = frame.figure && (!frame.figure->options.empty() || figures::figures_of(step.slug).size() > 1);
  if (controls) {
    r.y0 += 0.5f * u;
    Rect row{r.x0, r.y0, r.x1, r.y0 + kOptionLine * u};
    const float taken = tabs(ui, row, frame, out);
    row.x1 -= taken > 0 ? taken + 2 * u : 0;
    // Where the other figures leave no room beside them, the options stand below.
    auto places = option_places(ui, c, row, frame);
    if (taken > 0 && !places.empty() && places.back().where.y0 > row.y0) {
      row = {r.x0, row.y1 + 0.5f * u, r.x1, row.y1 + (kOptionLine + 0.5f) * u};
      places = option_places(ui, c, row, frame);
    }
    options(ui, row, frame, out);
    r.y0 = places.empty() ? row.y1 : places.back().where.y1;
  }
  r.y0 += narrow ? 1 * u : 1.75f * u;
  r.y1 -= narrow ? 1 * u : 1.5f * u;
  Rect words = r.cut_bottom(explanation_height(c, r.width(), frame) + (narrow ? 0 : u));
  r.y1 -= u;
  explanation(c, words, frame);

  if (!frame.figure) return;
  const figures::FigureInput input{*frame.trace, frame.selection};
  if (!frame.figure->ready(input)) return waiting(c, r, frame);
  c.push_clip(r.inset(-u, -0.5f * u));
  frame.figure->draw(c, zoomed(ui, r, frame), input);
  c.pop_clip();
}

}  // namespace vitscope::views
