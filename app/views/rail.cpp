// The pipeline: every step of the walk with the shape it produces, on the line that the data runs along.
#include <array>
#include <cmath>

#include "app/draw/formula.h"
#include "app/draw/parts.h"
#include "app/views/view.h"

namespace vitscope::views {

using draw::Align;
using draw::Color;
using draw::Rect;
using draw::Vec;

namespace {

enum class ItemKind { caption, step, block };
enum class Progress { done, computing, waiting };

struct Item {
  ItemKind kind;
  std::string text, number;
  Place place;           // step: where it leads; block: its first step
  Slot slot = Slot::out; // whose shape stands at the right
  bool changed = true;   // the shape differs from the item before
  bool inside = false;   // a step of the unfolded block
  Progress progress = Progress::done;
};

Progress progress_of(const Frame& frame, Place place) {
  if (frame.trace->has({place.step->result, info(place.step->result).scope == Scope::block ? place.block : -1})) return Progress::done;
  return frame.busy && frame.computing == place ? Progress::computing : Progress::waiting;
}

std::vector<Item> items(const draw::Canvas& c, const Frame& frame, bool narrow) {
  const VitConfig& config = frame.trace->config();
  std::vector<Item> list;
  Shape before;
  const auto add = [&](Item item) {
    const Shape shape = shape_of(item.slot, config);
    item.changed = !(shape == before);
    before = shape;
    list.push_back(std::move(item));
  };
  const auto caption = [&](std::string text) { list.push_back({ItemKind::caption, std::move(text), "", {}}); };
  const auto name = [&](const Step& step) { return std::string(c.tr(narrow ? step.short_title : step.title)); };
  int number = 0;
  caption(std::string(c.tr("from picture to tokens")));
  for (const Step* step : steps_of(Stage::embed, config)) {
    const Place place{step, -1};
    add({ItemKind::step, name(*step), std::to_string(++number), place, step->result, true, false, progress_of(frame, place)});
  }
  caption(std::string(c.tr("encoder")) + ", " + std::to_string(config.depth) + " " + std::string(c.tr(config.depth == 1 ? "block" : "blocks")));
  const std::vector<const Step*> inner = steps_of(Stage::block, config);
  for (int block = 0; block < config.depth; ++block) {
    const Place last{inner.back(), block};
    Progress progress = progress_of(frame, last);
    if (progress == Progress::waiting && frame.busy && frame.computing.block == block) progress = Progress::computing;
    add({ItemKind::block, std::string(c.tr("Block")) + " " + std::to_string(block + 1), "", {inner.front(), block}, Slot::out, true, false, progress});
    if (frame.selection.place.block != block) continue;
    for (const Step* step : inner) {
      const Place place{step, block};
      add({ItemKind::step, name(*step), "", place, step->result, true, true, progress_of(frame, place)});
    }
  }
  caption(std::string(c.tr("answer")));
  for (const Step* step : steps_of(Stage::answer, config)) {
    const Place place{step, -1};
    add({ItemKind::step, name(*step), std::to_string(++number), place, step->result, true, false, progress_of(frame, place)});
  }
  return list;
}

bool is_sum(const Item& item) { return item.kind == ItemKind::step && item.inside && item.place.step->slug.starts_with("residual"); }

/// The branch that leaves the line, passes by, and comes back at the circled plus.
void bypass(draw::Canvas& c, float line_x, float from, float to, Color color) {
  const float x = line_x - 1.6f * c.u(), bend = 0.6f * c.u();
  const std::array<Vec, 5> path{Vec{line_x, from}, {x + bend, from}, {x, from + bend}, {x, to - bend}, {x + bend, to}};
  c.polyline(path, color, 1);
  c.line({x + bend, to}, {line_x - 0.9f * c.u(), to}, color, 1);
  const std::array<Vec, 3> head{Vec{line_x - 0.7f * c.u(), to}, {line_x - 1.1f * c.u(), to - 2.5f}, {line_x - 1.1f * c.u(), to + 2.5f}};
  c.polygon(head, color);
}

}  // namespace

void rail(ui::Ui& ui, Rect r, const Frame& frame, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const bool narrow = layout(frame.size).narrow;
  const VitConfig& config = frame.trace->config();
  const draw::Style small = c.metrics().small_style(), medium = c.metrics().small_medium();

  Rect head = r.cut_top(narrow ? 4.5f * u : 4.75f * u);
  const float left = r.x0 + (narrow ? 1.5f : 2) * u, right = r.x1 - (narrow ? 1.5f : 2) * u;
  c.text({left + 0.5f * u, head.y0 + 1.25f * u}, c.tr("Pipeline"), medium, theme.text1);
  c.text({right, head.y0 + 1.25f * u}, c.tr("shape it makes"), small, theme.text3, Align::right);
  Rect foot = r.cut_bottom(narrow ? 4.5f * u : 5 * u);
  float x = left + 0.5f * u;
  const float fy = foot.centre().y - ui::Ui::kKeyCapHeight / 2;
  for (std::string_view cap : {"←", "→"}) x = ui.key_cap({x, fy}, cap).x1 + 0.5f * u;
  x = c.text({x + 0.5f * u, foot.centre().y - c.text_height(small) / 2}, c.tr("step"), small, theme.text2).x1 + 2 * u;
  const Rect space = ui.key_cap({x, fy}, c.tr("Space"));
  x = c.text({space.x1 + u, foot.centre().y - c.text_height(small) / 2}, frame.playing ? c.tr("stop") : c.tr("play"), small,
             frame.playing ? theme.selection : theme.text2).x1;
  if (ui.clicked("rail.play", {space.x0, foot.y0, x, foot.y1})) out.push_back(TogglePlay{});

  const std::vector<Item> list = items(c, frame, narrow);
  const float wanted = r.height() / static_cast<float>(list.size());
  const float h = std::floor(std::clamp(wanted, 20.0f, 4.25f * u));
  const float total = h * static_cast<float>(list.size());
  // The open step stays in sight when it changes.
  float& scroll = ui.state().scroll["rail"];
  float& seen = ui.state().scroll["rail.place"];
  const auto current = std::find_if(list.begin(), list.end(), [&](const Item& i) { return i.kind == ItemKind::step && i.place == frame.selection.place; });
  const float index = static_cast<float>(current - list.begin());
  if (seen != index + 1) {
    seen = index + 1;
    if (index * h < scroll + h) scroll = (index - 2) * h;
    if ((index + 2) * h > scroll + r.height()) scroll = (index + 3) * h - r.height();
  }
  const float dy = ui.begin_scroll("rail", r, total);
  const float line_x = left + 2 * u, text_x = line_x + (narrow ? 2.4f : 2.75f) * u;

  // Band of the unfolded block, the data's line, and the residual branches.
  float band_top = 0, band_bottom = 0, branch_from = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const float top = r.y0 + dy + static_cast<float>(i) * h;
    if (list[i].kind == ItemKind::block && list[i].place.block == frame.selection.place.block) band_top = top;
    if (list[i].inside) band_bottom = top + h;
  }
  if (band_bottom > 0) {
    c.fill({left - 0.5f * u, band_top, right + u, band_bottom}, theme.block.faded(theme.dark ? 0.10f : 0.09f), 4);
    c.fill({left - u, band_top, left - u + 2, band_bottom}, theme.block);
  }
  for (std::size_t i = 0; i + 1 < list.size(); ++i) {
    if (list[i].kind == ItemKind::caption && i == 0) continue;
    const float y0 = r.y0 + dy + (static_cast<float>(i) + 0.5f) * h;
    if (list[i + 1].progress == Progress::waiting) c.dashes({line_x, y0}, {line_x, y0 + h}, theme.tick, 1, 2, 3);
    else c.line({line_x, y0}, {line_x, y0 + h}, theme.tick, 1);
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    const float middle = r.y0 + dy + (static_cast<float>(i) + 0.5f) * h;
    if (list[i].kind == ItemKind::block) branch_from = middle + h / 2;
    if (is_sum(list[i])) {
      bypass(c, line_x, branch_from, middle, theme.block);
      branch_from = middle + h / 2;
    }
  }

  for (std::size_t i = 0; i < list.size(); ++i) {
    const Item& item = list[i];
    const Rect row{left - u, r.y0 + dy + static_cast<float>(i) * h, right + u, r.y0 + dy + static_cast<float>(i + 1) * h};
    if (row.y1 < r.y0 || row.y0 > r.y1) continue;
    const float cy = row.centre().y, ty = cy - c.text_height(small) / 2;
    if (item.kind == ItemKind::caption) {
      c.text({text_x - u, std::min(ty + 0.15f * h, row.y1 - c.text_height(small))}, item.text, small, theme.text3);
      continue;
    }
    const bool chosen = item.kind == ItemKind::step && item.place == frame.selection.place;
    const bool hot = ui.hovering(row) && r.contains(ui.pointer().at);
    if (chosen) {
      c.fill({row.x0 + 3, row.y0, row.x1 - 0.5f * u, row.y1}, theme.selection_tint, 4);
      c.fill({row.x0, row.y0, row.x0 + 3, row.y1}, theme.selection, 1);
    } else if (hot) {
      c.fill({row.x0 + 3, row.y0, row.x1 - 0.5f * u, row.y1}, theme.raised, 4);
    }
    const bool waiting = item.progress == Progress::waiting;
    if (is_sum(item)) {
      c.circle({line_x, cy}, 0.75f * u, theme.panel);
      c.ring({line_x, cy}, 0.75f * u, theme.text2, 1.25f);
      c.line({line_x - 3.5f, cy}, {line_x + 3.5f, cy}, theme.text2, 1.25f);
      c.line({line_x, cy - 3.5f}, {line_x, cy + 3.5f}, theme.text2, 1.25f);
    } else if (waiting) {
      const Rect box{line_x - 9, cy - 6, line_x + 9, cy + 6};
      c.fill(box, theme.panel);
      c.dashes({box.x0, box.y0}, {box.x1, box.y0}, theme.tick, 1, 2, 2);
      c.dashes({box.x0, box.y1}, {box.x1, box.y1}, theme.tick, 1, 2, 2);
      c.dashes({box.x0, box.y0}, {box.x0, box.y1}, theme.tick, 1, 2, 2);
      c.dashes({box.x1, box.y0}, {box.x1, box.y1}, theme.tick, 1, 2, 2);
    } else {
      draw::tensor_glyph(c, {line_x, cy}, item.slot, config);
    }
    float name_x = text_x;
    if (item.kind == ItemKind::block) {
      const Color color = waiting ? theme.tick : theme.block;
      const bool open = item.place.block == frame.selection.place.block;
      const Vec down[3] = {{name_x, cy - 2.5f}, {name_x + 8, cy - 2.5f}, {name_x + 4, cy + 3}};
      const Vec side[3] = {{name_x + 1, cy - 4}, {name_x + 6.5f, cy}, {name_x + 1, cy + 4}};
      c.polygon(open ? down : side, color);
      name_x += 1.75f * u;
    } else if (item.inside) {
      name_x += 1.25f * u;
    } else {
      c.text({name_x + 0.75f * u, ty}, item.number, small, chosen ? theme.selection : theme.text3, Align::right);
      name_x += 1.75f * u;
    }
    // A name is never cut for the sake of a long shape.
    const bool fits = name_x + c.text_width(item.text, medium) + u + c.text_width(shape_of(item.slot, config).text(), small) < right;
    float name_end = right;
    if (item.progress == Progress::computing) {
      const std::string_view doing = frame.computing.step ? frame.computing.step->short_title : "";
      name_end = c.text({right, ty}, c.tr(doing), small, theme.block, Align::right, 9 * u).x0;
      const auto inner = steps_of(Stage::block, config);
      const auto at = static_cast<float>(std::find(inner.begin(), inner.end(), frame.computing.step) - inner.begin());
      const float share = frame.computing.block >= 0 ? at / static_cast<float>(inner.size()) : 0.5f;
      c.fill({name_x, row.y1 - 3, right, row.y1 - 2}, theme.hairline);
      c.fill({name_x, row.y1 - 3, name_x + (right - name_x) * share, row.y1 - 1}, theme.block);
    } else if (fits && (item.changed || !narrow)) {
      name_end -= draw::shape(c, {right, ty}, item.slot, config, small, Align::right, !item.changed || waiting);
    }
    c.text({name_x, ty}, item.text, chosen || item.kind == ItemKind::block ? medium : small, waiting ? theme.text3 : theme.text1, Align::left,
           std::max(4 * u, name_end - u - name_x));
    if (ui.clicked("rail." + std::to_string(i), row) && r.contains(ui.pointer().at)) out.push_back(GoTo{item.place});
  }
  ui.end_scroll();
}

}  // namespace vitscope::views
