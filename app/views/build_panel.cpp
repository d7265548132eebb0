// An architecture of one's own: its sizes, its grid of patches, what it costs, and why it cannot be where it cannot.
#include <algorithm>

#include "app/views/build_parts.h"
#include "app/views/panel.h"

namespace vitscope::views {

using draw::Align;
using draw::Rect;

namespace {

constexpr float kFieldLine = 4;  // height of a line, units

/// What one press of a button changes: sides by whole patches, widths by what is usual.
int step_of(const WishNumber& number, const ArchitectureWish& wish) {
  if (number.key == "height" || number.key == "width") return std::max(1, wish.patch);
  if (number.key == "dim") return wish.dim <= 64 ? 8 : 64;
  if (number.key == "hidden") return wish.hidden <= 64 ? 8 : 64;
  return 1;
}

/// Label and alternatives; returns the chosen one.
int choice(ui::Ui& ui, Rect row, std::string_view key, std::string_view label, const std::vector<std::string>& words, int chosen, bool refused) {
  draw::Canvas& c = ui.canvas();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const Rect control{row.x1 - ui.segments_width(words), row.y0 + 0.35f * u, row.x1, row.y1 - 0.35f * u};
  c.text({row.x0, row.centre().y - c.text_height(small) / 2}, label, small, refused ? c.theme().warning : c.theme().text2, Align::left, control.x0 - row.x0 - u);
  return ui.segments(key, control, words, chosen);
}

void fields(ui::Ui& ui, Rect r, const std::vector<WishRefusal>& refusals, ArchitectureWish& wish) {
  draw::Canvas& c = ui.canvas();
  const float u = c.u();
  const auto refused = [&](std::string_view field) { return std::any_of(refusals.begin(), refusals.end(), [&](const WishRefusal& refusal) { return refusal.field == field; }); };
  const auto heading = [&](std::string_view text) { c.text({r.x0, r.cut_top(3 * u).y0 + 0.25f * u}, text, c.metrics().small_medium(), c.theme().text1, Align::left, r.width()); };
  const std::string_view labels[] = {c.tr("height, pixels"), c.tr("width, pixels"), c.tr("channels"),       c.tr("patch P, pixels"), c.tr("width D of a token"),
                                     c.tr("number of blocks"), c.tr("number of heads"),        c.tr("hidden width M"), c.tr("classes K")};
  for (std::size_t i = 0; i < std::size(kWishNumbers); ++i) {
    if (i == 0) heading(c.tr("Picture and patches"));
    if (i == 4) r.cut_top(0.75f * u), heading(c.tr("Encoder"));
    if (i == 8) r.cut_top(0.75f * u), heading(c.tr("Answer and variants"));
    const WishNumber& number = kWishNumbers[i];
    number_field(ui, r.cut_top(kFieldLine * u), {"build." + std::string(number.key), labels[i], number.least, number.most, step_of(number, wish), refused(number.key)}, wish.*number.value);
  }
  const auto words = [&](std::initializer_list<std::string_view> list) { return std::vector<std::string>(list.begin(), list.end()); };
  wish.pooling = static_cast<Pooling>(choice(ui, r.cut_top(kFieldLine * u), "build.pool", c.tr("pooling"), words({c.tr("class token"), c.tr("mean")}), static_cast<int>(wish.pooling), false));
  wish.position = static_cast<PositionKind>(choice(ui, r.cut_top(kFieldLine * u), "build.position", c.tr("position"), words({c.tr("learned"), c.tr("1-D sin"), c.tr("2-D sin"), c.tr("X + Y"), c.tr("offsets"), c.tr("none")}),
                                                   static_cast<int>(wish.position), refused("position")));
  wish.place = static_cast<PositionPlace>(choice(ui, r.cut_top(kFieldLine * u), "build.place", c.tr("added"), words({c.tr("once"), c.tr("each block"), c.tr("each its own")}), static_cast<int>(wish.place), refused("place")));
  wish.qkv_bias = choice(ui, r.cut_top(kFieldLine * u), "build.bias", c.tr("bias of q, k, v"), words({c.tr("off"), c.tr("on")}), wish.qkv_bias ? 1 : 0, false) == 1;
  wish.value_skip = choice(ui, r.cut_top(kFieldLine * u), "build.skip", c.tr("v added once more"), words({c.tr("off"), c.tr("on")}), wish.value_skip ? 1 : 0, false) == 1;
}

}  // namespace

void build_panel(ui::Ui& ui, Rect window, const Frame& frame, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  std::string& kept = ui.state().texts["build.wish"];
  const auto parsed = parse_wish(kept);
  ArchitectureWish wish = parsed ? *parsed : ArchitectureWish{};
  const std::vector<WishRefusal> refusals = check(wish);
  Rect r = panel_frame(ui, window, 140 * u, 90 * u, c.tr("Build an architecture"), c.tr("every size is free; what does not fit is explained"), out);

  const Rect left = r.cut_left(53 * u);
  r.x0 += 4 * u;
  fields(ui, left, refusals, wish);

  Rect foot = r.cut_bottom(4 * u);
  const std::string_view build = c.tr("Build with random weights");
  const float width = ui.button_width(build);
  const Rect button{foot.x1 - width, foot.y1 - 3.5f * u, foot.x1, foot.y1};
  if (refusals.empty()) {
    if (ui.button("build.build", button, build, ui::Ui::Look::filled)) {
      out.push_back(OpenPreset{preset_text(wish)});
      ui.state().focus.clear();
    }
  } else {
    c.outline(button, theme.hairline, 1, 4);
    c.text({button.centre().x, button.centre().y - c.text_height(small) / 2}, build, c.metrics().small_medium(), theme.text3, Align::centre);
  }
  const Rect line{foot.x0, button.y0, button.x0 - 2 * u, button.y1};
  c.paragraph(line, refusals.empty() ? c.tr("Shapes and steps are real; the numbers mean nothing before training.") : c.tr("It can be built once nothing is refused."), small,
              refusals.empty() ? theme.text3 : theme.warning);

  r.y1 -= 1.5f * u;
  const float walk = 18 * u;
  const Rect lower = r.cut_bottom(walk);
  r.y1 -= u;
  if (!refusals.empty()) {
    Rect reasons = r.cut_bottom(std::min(r.height() * 0.5f, refusals.size() > 1 ? 23 * u : 14 * u));
    wish_refusals(ui, reasons, refusals, wish);
    r.y1 -= 1.5f * u;
  }
  const auto& input = frame.picture;
  draw_wished_grid(c, r, wish, input ? std::shared_ptr<const Image>(input, &input->image) : nullptr);
  shape_walk(c, lower, wish);
  kept = preset_text(wish);
}

}  // namespace vitscope::views
