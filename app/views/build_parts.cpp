// Picture, shapes and refusals of a wished architecture.
#include "app/views/build_parts.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "app/draw/number.h"

namespace vitscope::views {

using draw::Align;
using draw::Canvas;
using draw::Rect;

namespace {

constexpr float kLeastCell = 3;  // points; a denser grid is drawn as a tone

std::string phrase(const Canvas& c, const Phrase& phrase) { return Phrase{c.tr(phrase.pattern), phrase.values}.text(); }

/// The middle of an image at the aspect of the wish: what the model would see when the picture is cropped.
Box cropped(const Image& image, const ArchitectureWish& wish) {
  const double aspect = static_cast<double>(wish.width) / wish.height, w = image.width(), h = image.height();
  const double width = std::min(w, h * aspect), height = std::min(h, w / aspect);
  return {(w - width) / 2, (h - height) / 2, (w + width) / 2, (h + height) / 2};
}

/// One station of the walk: what it is, and its size in the colour of what it is made of.
struct Station {
  std::string name, size;
  draw::Color color;
};

std::vector<Station> stations(const Canvas& c, const ArchitectureWish& wish, const VitConfig& config) {
  const draw::Theme& theme = c.theme();
  const std::string d = std::to_string(wish.dim), t = std::to_string(config.tokens()), p = std::to_string(wish.patch);
  return {
      {std::string(c.tr("picture")), std::to_string(wish.channels) + " × " + sides(wish.height, wish.width), theme.text1},
      {std::string(c.tr("patches")), sides(config.grid.rows(), config.grid.columns()) + " = " + draw::count(config.patches()), theme.patch_token},
      {std::string(c.tr("numbers in a patch")), p + " × " + p + " × " + std::to_string(wish.channels) + " = " + draw::count(config.patch_length()), theme.weights},
      {std::string(wish.pooling == Pooling::class_token ? c.tr("tokens with the class token") : c.tr("tokens")), t + " × " + d, theme.width},
      {std::string(c.tr("scores of a head")), t + " × " + t, theme.heads},
      {std::string(c.tr("heads of width")), sides(wish.heads, config.head_width), theme.heads},
      {std::string(c.tr("hidden rows")), t + " × " + std::to_string(wish.hidden), theme.hidden},
      {std::string(c.tr("logits")), std::to_string(wish.classes), theme.text1},
  };
}

/// The number under the next or previous multiple of the step, inside the range.
int stepped(int value, const NumberField& field, int direction) {
  const int multiple = direction > 0 ? value / field.step * field.step + field.step : (value - 1) / field.step * field.step;
  return std::clamp(multiple, field.least, field.most);
}

}  // namespace

std::string sides(int a, int b) { return std::to_string(a) + " × " + std::to_string(b); }

void number_field(ui::Ui& ui, Rect row, const NumberField& number, int& value) {
  Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u(), height = 3.25f * u;
  const std::string& key = number.key;
  row = {row.x0, row.centre().y - height / 2, row.x1, row.centre().y + height / 2};
  Rect control = row.cut_right(19 * u);
  const draw::Style small = c.metrics().small_style();
  c.text({row.x0, row.centre().y - c.text_height(small) / 2}, number.label, small, number.refused ? theme.warning : theme.text2, Align::left, row.width() - u);
  const Rect less = control.cut_left(height), more = control.cut_right(height), field = control.inset(0.5f * u, 0);
  std::string& text = ui.state().texts[key];
  const bool was_focused = ui.state().focus == key;
  if (!was_focused) text = std::to_string(value);
  const bool enter = ui.text_field(key, field, text, std::to_string(value));
  const bool focused = ui.state().focus == key;
  if (focused && !was_focused) text.clear();
  if (was_focused) {
    std::erase_if(text, [](char letter) { return letter < '0' || letter > '9'; });
    if (text.size() > 6) text.resize(6);
    std::from_chars(text.data(), text.data() + text.size(), value);
    if (enter) ui.state().focus.clear();
  }
  if (number.refused) c.outline(field, theme.warning, 1.5f, 4);
  for (const int direction : {-1, 1}) {
    if (!ui.button(key + (direction < 0 ? ".less" : ".more"), direction < 0 ? less : more, direction < 0 ? "−" : "+")) continue;
    value = stepped(value, number, direction);
    ui.state().focus.clear();
  }
}

void draw_wished_grid(Canvas& c, Rect r, const ArchitectureWish& wish, const std::shared_ptr<const Image>& picture) {
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  if (wish.height < 1 || wish.width < 1 || wish.patch < 1) return;
  Rect room = r;
  const Rect left = room.cut_left(6 * u), below = room.cut_bottom(3 * u);
  // Very long pictures keep a visible side.
  const float aspect = std::clamp(static_cast<float>(wish.width) / static_cast<float>(wish.height), 0.04f, 25.0f);
  const Rect box = draw::fit(room, aspect);
  const float sx = box.width() / static_cast<float>(wish.width), sy = box.height() / static_cast<float>(wish.height), p = static_cast<float>(wish.patch);
  const int columns = wish.width / wish.patch, rows = wish.height / wish.patch;
  const int columns_left = wish.width % wish.patch, rows_left = wish.height % wish.patch;
  const Rect cut{box.x0, box.y0, box.x0 + sx * p * static_cast<float>(columns), box.y0 + sy * p * static_cast<float>(rows)};

  c.fill(box, theme.raised);
  if (wish.channels == 3 && picture) c.image(box, picture, cropped(*picture, wish));
  const draw::Color line = wish.channels == 3 ? draw::kWhite.faded(0.75f) : theme.patch_token;
  if (wish.channels != 3) c.fill(cut, theme.patch_token.faded(0.16f));
  if (p * sx >= kLeastCell && p * sy >= kLeastCell) {
    for (int i = 1; i <= columns; ++i) {
      const float x = box.x0 + sx * p * static_cast<float>(i);
      if (i < columns || columns_left) c.line({x, cut.y0}, {x, cut.y1}, line);
    }
    for (int i = 1; i <= rows; ++i) {
      const float y = box.y0 + sy * p * static_cast<float>(i);
      if (i < rows || rows_left) c.line({cut.x0, y}, {cut.x1, y}, line);
    }
  } else {
    c.fill(cut, theme.patch_token.faded(0.35f));
  }
  const draw::Color red = draw::hex(theme.dark ? 0xFF6B63 : 0xBD2F33);  // what no patch covers
  const auto left_over = [&](Rect strip) {
    c.fill(strip, red.faded(0.55f));
    c.push_clip(strip);
    c.hatch(strip, theme.dark ? draw::kBlack.faded(0.45f) : draw::kWhite.faded(0.65f));
    c.pop_clip();
    c.outline(strip, red, 1.5f);
  };
  if (rows_left) left_over({box.x0, cut.y1, box.x1, box.y1});
  if (columns_left) left_over({cut.x1, box.y0, box.x1, cut.y1});
  c.outline(box, rows_left || columns_left ? red : theme.tick);

  // Sides: how often the patch fits, and what is left.
  const auto side = [&](int count, int rest) { return std::to_string(count) + " × " + std::to_string(wish.patch) + (rest ? " + " + std::to_string(rest) : ""); };
  c.text({box.centre().x, std::min(box.y1 + 0.5f * u, below.y0 + 0.5f * u)}, side(columns, columns_left) + " = " + std::to_string(wish.width), small, columns_left ? red : theme.text2, Align::centre);
  c.text_up({std::max(box.x0 - 1.75f * u, left.x0 + u), box.centre().y}, side(rows, rows_left) + " = " + std::to_string(wish.height), small, rows_left ? red : theme.text2);
}

void shape_walk(Canvas& c, Rect r, const ArchitectureWish& wish) {
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style(), medium = c.metrics().small_medium();
  const auto config = config_of(wish);
  std::vector<Station> list;
  if (config) list = stations(c, wish, *config);
  const std::string none = "–";
  const WishCosts costs = config ? costs_of(wish, *config) : WishCosts{};
  // Costs first, large.
  Rect top = r.cut_top(6.5f * u);
  const std::pair<std::string_view, std::string> facts[] = {
      {"N", config ? draw::count(config->patches()) : none},
      {"T", config ? draw::count(config->tokens()) : none},
      {c.tr("parameters"), config ? draw::count(costs.parameters) : none},
      {c.tr("multiply-adds"), config ? draw::count(costs.multiply_adds) : none},
      {c.tr("memory"), config ? draw::number(static_cast<double>(costs.bytes) / (1 << 20), 3) + " MiB" : none},
  };
  const float shares[] = {0.11f, 0.11f, 0.25f, 0.34f, 0.19f};
  for (std::size_t i = 0; i < std::size(facts); ++i) {
    const Rect cell = top.cut_left(r.width() * shares[i]);
    c.text({cell.x0, cell.y0}, facts[i].first, small, theme.text3, Align::left, cell.width() - u);
    c.text({cell.x0, cell.y0 + 2.1f * u}, facts[i].second, c.metrics().heading_style(), config ? theme.text1 : theme.text3, Align::left, cell.width() - u);
  }
  if (list.empty()) {
    c.text({r.x0, r.y0}, c.tr("The shapes follow once the sizes fit."), small, theme.text3, Align::left, r.width());
    return;
  }
  const std::size_t half = (list.size() + 1) / 2;
  const float column = r.width() / 2;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Rect row = draw::rect_at({r.x0 + (i < half ? 0 : column), r.y0 + 2.5f * u * static_cast<float>(i % half)}, column - 2 * u, 2.5f * u);
    const float size = c.text_width(list[i].size, medium);
    c.text({row.x0, row.y0}, list[i].name, small, theme.text2, Align::left, row.width() - size - u);
    c.text({row.x1, row.y0}, list[i].size, medium, list[i].color, Align::right, row.width());
    c.fill({row.x0, row.y1 - 0.5f * u, row.x1, row.y1 - 0.5f * u + c.pixel()}, theme.hairline);
  }
}

void wish_refusals(ui::Ui& ui, Rect r, std::span<const WishRefusal> refusals, ArchitectureWish& wish) {
  Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u(), inner = r.width() - 5 * u;
  const draw::Style small = c.metrics().small_medium();
  const auto lines_of = [&](const WishRefusal& refusal) {
    float x = 0;
    int lines = refusal.fixes.empty() ? 0 : 1;
    for (const WishRefusal::Fix& fix : refusal.fixes) {
      const float width = ui.button_width(phrase(c, fix.label)) + u;
      if (x > 0 && x + width > inner) x = 0, ++lines;
      x += width;
    }
    return static_cast<float>(lines);
  };
  const auto height_of = [&](const WishRefusal& refusal) { return 2 * u + c.paragraph_height(inner, phrase(c, refusal.reason), small) + 0.5f * u + 3.75f * u * lines_of(refusal); };
  float needed = 0;
  for (const WishRefusal& refusal : refusals) needed += height_of(refusal) + u;
  float y = r.y0 + ui.begin_scroll("build.refusals", r, needed);
  const ArchitectureWish before = wish;
  for (const WishRefusal& refusal : refusals) {
    const Rect card{r.x0, y, r.x1 - 1.5f * u, y + height_of(refusal)};
    c.fill(card, theme.warning_tint, 4);
    c.fill({card.x0, card.y0, card.x0 + 3, card.y1}, theme.warning);
    const std::string reason = phrase(c, refusal.reason);
    const float text = c.paragraph({card.x0 + 1.5f * u, card.y0 + u, card.x0 + 1.5f * u + inner, card.y1}, reason, small, theme.warning);
    float x = card.x0 + 1.5f * u, top = card.y0 + u + text + 0.5f * u;
    for (std::size_t i = 0; i < refusal.fixes.size(); ++i) {
      const std::string label = phrase(c, refusal.fixes[i].label);
      const float width = ui.button_width(label);
      if (x > card.x0 + 1.5f * u && x + width > card.x0 + 1.5f * u + inner) x = card.x0 + 1.5f * u, top += 3.75f * u;
      if (ui.button("build.fix." + std::string(refusal.field) + "." + std::to_string(i), {x, top, x + width, top + 3.25f * u}, label)) wish = refusal.fixes[i].wish;
      x += width + u;
    }
    y = card.y1 + u;
    if (!(wish == before)) break;
  }
  ui.end_scroll();
}

}  // namespace vitscope::views
