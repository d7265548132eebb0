#include "app/views/view.h"

namespace vitscope::views {

using draw::Rect;

Layout layout(draw::Vec window) {
  constexpr float u = draw::kScreenMetrics.u;
  Layout l;
  l.narrow = window.x < 1440 || window.y < 860;
  Rect rest{0, 0, window.x, window.y};
  l.top = rest.cut_top(5 * u);
  if (!l.narrow) rest.y0 = l.top.y1 = 5.5f * u;
  const float wide = std::clamp(window.x / 1600, 1.0f, 1.25f);
  l.rail = rest.cut_left(l.narrow ? 26.5f * u : 33 * u * wide);
  Rect right = rest.cut_right(l.narrow ? 34 * u : 41 * u * wide);
  const float strip = l.narrow ? 16 * u : 20.5f * u * std::clamp(window.y / 1000, 1.0f, 1.4f);
  l.prediction = right.cut_bottom(strip);
  l.inspector = right;
  l.strip = rest.cut_bottom(strip);
  l.page = rest;
  return l;
}

void window(ui::Ui& ui, const Frame& frame, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const Layout l = layout(frame.size);
  const Rect all{0, 0, frame.size.x, frame.size.y};
  c.fill(all, theme.ground);
  for (const Rect& r : {l.top, l.rail, l.inspector, l.strip, l.prediction}) c.fill(r, theme.panel);

  const bool over = frame.panel != Panel::none;
  ui.block(over);
  rail(ui, l.rail, frame, out);
  draw::Rect body = l.page;
  if (has_edit_strip(frame)) edit_strip(ui, body.cut_top(4.25f * c.u()), frame, out);
  page(ui, body, frame, out);
  inspector(ui, l.inspector, frame, out);
  head_strip(ui, l.strip, frame, out);
  prediction_panel(ui, l.prediction, frame, out);
  top_bar(ui, l.top, frame, out);
  const float hair = c.pixel();
  c.fill({0, l.top.y1 - hair, all.x1, l.top.y1}, theme.hairline);
  c.fill({l.rail.x1 - hair, l.rail.y0, l.rail.x1, l.rail.y1}, theme.hairline);
  c.fill({l.inspector.x0, l.inspector.y0, l.inspector.x0 + hair, l.prediction.y1}, theme.hairline);
  c.fill({l.strip.x0, l.strip.y0, l.prediction.x1, l.strip.y0 + hair}, theme.hairline);

  if (!over) return;
  ui.block(false);
  c.tag(all, std::monostate{});
  c.fill(all, draw::kBlack.faded(theme.dark ? 0.5f : 0.28f));
  switch (frame.panel) {
    case Panel::pictures: open_picture_panel(ui, all, frame, out); break;
    case Panel::models: open_model_panel(ui, all, frame, out); break;
    case Panel::building: build_panel(ui, all, frame, out); break;
    case Panel::exporting: export_panel(ui, all, frame, out); break;
    case Panel::keys: keys_panel(ui, all, frame, out); break;
    case Panel::edits: edits_panel(ui, all, frame, out); break;
    case Panel::settings: settings_panel(ui, all, frame, out); break;
    case Panel::none: break;
  }
}

}  // namespace vitscope::views
