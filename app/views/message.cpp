#include "app/views/view.h"

namespace vitscope::views {

float message_box(ui::Ui& ui, draw::Rect r, const Message& message, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const float inner = r.width() - 4 * u;
  const float reason = message.reason.empty() ? 0 : c.paragraph_height(inner, message.reason, small);
  const float buttons = message.ways.empty() ? 0 : 4.5f * u;
  const float height = 4.5f * u + reason + buttons;
  const draw::Color strong = message.warning ? theme.warning : theme.selection;
  r.y1 = r.y0 + height;
  c.fill(r, message.warning ? theme.warning_tint : theme.selection_tint, 4);
  c.fill({r.x0, r.y0, r.x0 + 3, r.y1}, strong);
  draw::Rect body = r.inset(2 * u, 1.25f * u);
  c.text({body.x0, body.y0}, message.title, c.metrics().small_medium(), strong, draw::Align::left, inner);
  c.paragraph({body.x0, body.y0 + 2.25f * u, body.x1, body.y1}, message.reason, small, theme.text2);
  float x = body.x0;
  for (std::size_t i = 0; i < message.ways.size(); ++i) {
    const float width = ui.button_width(message.ways[i].label);
    const draw::Rect button{x, r.y1 - 4.5f * u, x + width, r.y1 - 1.25f * u};
    if (ui.button("message." + std::to_string(i), button, message.ways[i].label, i == 0 ? ui::Ui::Look::filled : ui::Ui::Look::outlined, message.warning))
      out.push_back(message.ways[i].command);
    x += width + u;
  }
  return height;
}

}  // namespace vitscope::views
