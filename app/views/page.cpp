// The page of a step: header, sentence, the figure with its options, formula and teaching text.
#include <cmath>

#include "app/draw/formula.h"
#include "app/views/figure_controls.h"
#include "app/views/view.h"

namespace vitscope::views {

using draw::Align;
using draw::Rect;

namespace {

/// Number of the step as the rail counts it, or nothing inside the encoder.
std::string number_of(const Step& step, const VitConfig& config) {
  int number = 0;
  for (const Step& other : steps()) {
    if (other.stage == Stage::block || !applies(other, config)) continue;
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
  const figures::FigureInput input = frame.input();

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
  const std::string number = number_of(step, config);
  if (!number.empty()) x = c.text({x, r.y0}, number, {title.size, draw::Face::regular}, theme.text3).x1 + 1.5f * u;
  x = c.text({x, r.y0}, c.tr(step.title), title, theme.text1, Align::left, right - x - 2 * u).x1 + 2 * u;
  std::string subject;
  if (frame.figure && frame.figure->subject && figures::shows(*frame.figure, input)) subject = frame.figure->subject(c, input);
  if (subject.empty() && frame.selection.place.block >= 0)
    subject = std::string(c.tr("block")) + " " + std::to_string(frame.selection.place.block + 1);
  const draw::Style subject_style = c.metrics().body_style();
  const float room = right - x - 3 * u;
  if (room > 6 * u)
    c.text({x, r.y0 + (c.text_height(title) - c.text_height(subject_style)) * 0.68f}, subject, subject_style, theme.text3, Align::left, room);
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

  if (frame.figure) r.y0 += figure_controls(ui, r, frame, out);
  r.y0 += narrow ? 1 * u : 1.75f * u;
  r.y1 -= narrow ? 1 * u : 1.5f * u;
  Rect words = r.cut_bottom(explanation_height(c, r.width(), frame) + (narrow ? 0 : u));
  r.y1 -= u;
  explanation(c, words, frame);

  if (!frame.figure) return;
  const figures::FigureInput input = frame.input();
  if (!figures::shows(*frame.figure, input)) return waiting(c, r, frame);
  if (const std::vector<Study> missing = figures::missing_studies(*frame.figure, input); !missing.empty() && frame.studies)
    return studying(ui, r, missing, *frame.studies, out);
  c.push_clip(r.inset(-u, -0.5f * u));
  frame.figure->draw(c, frame.figure->zoom ? r : zoomed(ui, r, frame), input);
  if (frame.figure->zoom && ui.hovering(r) && (ui.pointer().wheel != 0 || ui.pointer().double_clicked))
    for (const auto& [key, value] : frame.figure->zoom(c, r, input, ui.pointer().at, ui.pointer().double_clicked ? 0 : ui.pointer().wheel)) out.push_back(SetOption{std::string(key), value});
  c.pop_clip();
}

}  // namespace vitscope::views
