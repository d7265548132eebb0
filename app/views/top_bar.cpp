// Name, menus, what is open, and the four commands with their keys.
#include "app/draw/number.h"
#include "app/views/view.h"

namespace vitscope::views {

using draw::Align;
using draw::Rect;

namespace {

/// A word with a small triangle; opens a panel.
bool menu(ui::Ui& ui, float& x, const Rect& bar, std::string_view key, std::string_view label) {
  draw::Canvas& c = ui.canvas();
  const float u = c.u();
  const draw::Style style = c.metrics().small_medium();
  const float width = c.text_width(label, style) + 2 * u;
  const Rect r{x - u, bar.y0 + u, x + width + u, bar.y1 - u};
  if (ui.hovering(r)) c.fill(r, c.theme().raised, 4);
  const float y = bar.centre().y - c.text_height(style) / 2;
  c.text({x, y}, label, style, c.theme().text1);
  const float tx = x + width - u, ty = bar.centre().y;
  const draw::Vec triangle[3] = {{tx, ty - 2}, {tx + 8, ty - 2}, {tx + 4, ty + 3}};
  c.polygon(triangle, c.theme().text3);
  x += width + 2.5f * u;
  return ui.clicked(key, r);
}

/// A command at the right end with its key cap; moves `right` to its left end.
bool command(ui::Ui& ui, float& right, const Rect& bar, std::string_view key, std::string_view label, std::string_view cap) {
  draw::Canvas& c = ui.canvas();
  const float u = c.u();
  const draw::Style style = c.metrics().small_style();
  const float cap_width = ui.key_cap_width(cap), label_width = c.text_width(label, style);
  const Rect r{right - cap_width - label_width - 2 * u, bar.y0 + u, right + 0.5f * u, bar.y1 - u};
  if (ui.hovering(r)) c.fill(r, c.theme().raised, 4);
  ui.key_cap({right - cap_width, bar.centre().y - ui::Ui::kKeyCapHeight / 2}, cap);
  c.text({right - cap_width - u - label_width, bar.centre().y - c.text_height(style) / 2}, label, style, c.theme().text2);
  right = r.x0 - 1.5f * u;
  return ui.clicked(key, r);
}

std::string input_size(const Model& model) {
  const VitConfig& config = model.config;
  return std::to_string(config.channels) + " × " + std::to_string(config.image_height) + " × " + std::to_string(config.image_width);
}

}  // namespace

void top_bar(ui::Ui& ui, Rect r, const Frame& frame, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const Layout l = layout(frame.size);
  const draw::Style small = c.metrics().small_style(), medium = c.metrics().small_medium();
  const float y = r.centre().y - c.text_height(small) / 2;
  c.text({2.5f * u, r.centre().y - c.text_height({15}) / 2}, "vitscope", {c.metrics().body, draw::Face::medium}, theme.text1);

  float right = r.x1 - 2.5f * u;
  if (command(ui, right, r, "top.keys", c.tr("Keys"), "?")) out.push_back(ShowPanel{Panel::keys});
  if (command(ui, right, r, "top.settings", c.tr("Settings"), ",")) out.push_back(ShowPanel{Panel::settings});
  if (!l.narrow && command(ui, right, r, "top.theme", c.tr("Theme"), "T")) out.push_back(ToggleTheme{});
  if (!l.narrow && command(ui, right, r, "top.language", c.language().code() == "zh" ? "English" : "中文", "L")) out.push_back(ToggleLanguage{});
  if (command(ui, right, r, "top.export", c.tr("Export"), "E")) out.push_back(ShowPanel{Panel::exporting});

  float x = l.page.x0 + (l.narrow ? 2.5f : 3.5f) * u;
  if (menu(ui, x, r, "top.picture", c.tr("Picture"))) out.push_back(ShowPanel{Panel::pictures});
  if (menu(ui, x, r, "top.model", c.tr("Model"))) out.push_back(ShowPanel{Panel::models});
  if (menu(ui, x, r, "top.edits", c.tr("What if"))) out.push_back(ShowPanel{Panel::edits});
  c.fill({x - u, r.y0 + 1.5f * u, x - u + c.pixel(), r.y1 - 1.5f * u}, theme.hairline);
  x += u;

  // Facts as text; the names give way first when room is short.
  const Model& model = *frame.model;
  const Image& image = frame.picture->image;
  const std::string sizes = std::to_string(image.width()) + " × " + std::to_string(image.height()) + " → " + input_size(model);
  std::string facts = draw::count(model.parameters, true) + " " + std::string(c.tr("parameters"));
  const std::string_view pill = c.tr("random weights");
  const float pill_width = model.random_weights ? c.text_width(pill, medium) + 3.5f * u : 0;
  const float room = right - x - pill_width;
  const float fixed = c.text_width(sizes, small) + c.text_width(facts, small) + 6 * u;
  const bool brief = room - fixed < 18 * u;
  const float names = std::max(8 * u, brief ? room - c.text_width(sizes, small) - 4 * u : room - fixed);
  const float name1 = std::min(c.text_width(frame.picture->name, medium), names * 0.55f);
  c.text({x, y}, frame.picture->name, medium, theme.text1, Align::left, name1 + 1);
  x += name1 + u;
  c.text({x, y}, sizes, small, theme.text2);
  x += c.text_width(sizes, small) + 3 * u;
  const float name2 = std::min(c.text_width(model.name, medium), names - name1);
  c.text({x, y}, model.name, medium, theme.text1, Align::left, name2 + 1);
  x += name2 + u;
  if (!brief) {
    c.text({x, y}, facts, small, theme.text2);
    x += c.text_width(facts, small) + u;
  }
  if (model.random_weights) {
    const Rect box{x + 0.5f * u, r.centre().y - 1.4f * u, x + pill_width - u, r.centre().y + 1.4f * u};
    c.fill(box, theme.warning_tint, 1.4f * u);
    c.text({box.centre().x, y}, pill, medium, theme.warning, Align::centre);
  }
}

}  // namespace vitscope::views
