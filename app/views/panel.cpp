#include "app/views/panel.h"

namespace vitscope::views {

using draw::Rect;

Rect panel_frame(ui::Ui& ui, Rect window, float width, float height, std::string_view title, std::string_view hint, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  width = std::min(width, window.width() - 6 * u);
  height = std::min(height, window.height() - 6 * u);
  const Rect r = draw::rect_at({window.centre().x - width / 2, window.centre().y - height / 2}, width, height);
  for (float spread : {12.0f, 6.0f, 2.0f}) c.fill(r.inset(-spread), draw::kBlack.faded(theme.dark ? 0.12f : 0.05f), 8 + spread);
  c.fill(r, theme.panel, 8);
  c.outline(r, theme.hairline, 1, 8);
  Rect body = r.inset(3 * u, 2.5f * u);
  const Rect head = body.cut_top(5 * u);
  c.text({head.x0, head.y0}, title, c.metrics().title_style(), theme.text1);
  const Rect cap = ui.key_cap({head.x1 - ui.key_cap_width("Esc"), head.y0 + 0.75f * u}, "Esc");
  const draw::Style small = c.metrics().small_style();
  c.text({cap.x0 - u, head.y0 + 0.75f * u + 1}, hint.empty() ? c.tr("closes") : hint, small, theme.text3, draw::Align::right, head.width() / 2);
  if (ui.clicked("panel.close", cap.inset(-0.5f * u))) out.push_back(ShowPanel{Panel::none});
  const draw::Vec at = ui.pointer().at;
  if (ui.pointer().pressed && window.contains(at) && !r.contains(at)) out.push_back(Release{});
  return body;
}

}  // namespace vitscope::views
