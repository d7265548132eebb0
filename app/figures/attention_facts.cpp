#include "app/figures/attention_facts.h"

#include <algorithm>
#include <cmath>

#include "app/draw/axis.h"
#include "app/draw/number.h"

namespace vitscope::figures::attention {

using draw::Align;
using draw::Canvas;
using draw::Rect;

namespace {

/// "x 80 to 96, y 48 to 64"
std::string box_text(const Canvas& c, const Box& box, double step) {
  const auto side = [&](double from, double to) { return filled(c.tr("{0} to {1}"), {draw::tick_number(from, step), draw::tick_number(to, step)}); };
  return "x " + side(box.x0, box.x1) + ", y " + side(box.y0, box.y1);
}

float line_height(const Canvas& c) { return Canvas::text_height(c.metrics().small_style()) + 0.25f * c.u(); }

/// Calls `place` with every fact that fits and where it stands; returns the height.
template <class Place>
float flow(const Canvas& c, float width, std::span<const Fact> facts, Place&& place) {
  const float gap = 0.5f * c.u(), between = 2.25f * c.u();
  float x = 0, y = 0;
  for (const Fact& fact : facts) {
    const float wide = c.text_width(fact.label, c.metrics().small_style()) + gap + c.text_width(fact.value, c.metrics().small_medium());
    if (x > 0 && x + wide > width) x = 0, y += line_height(c);
    place(fact, x, y);
    x += wide + between;
  }
  return facts.empty() ? 0 : y + line_height(c);
}

}  // namespace

std::vector<Fact> map_fact_list(const Canvas& c, const FigureInput& input, const Chosen& chosen, std::span<const float> values, bool beside_chips) {
  const auto& theme = c.theme();
  const PatchGrid& grid = input.grid();
  const MapFacts facts = map_facts(values, grid.prefix());
  std::vector<Fact> list;
  list.push_back({std::string(c.tr("smallest")), draw::percent(facts.min), theme.text1});
  list.push_back({std::string(c.tr("largest")), draw::percent(facts.max), theme.text1});
  const bool whole = is_distribution(chosen), largest = chosen.head == kMaxHead;
  list.push_back({std::string(c.tr(chosen.column ? "sum of the column" : "sum of the row")), draw::number(facts.sum) + (largest ? " (" + std::string(c.tr("not a distribution")) + ")" : ""),
                  largest ? theme.warning : theme.text1});
  if (grid.prefix() > (beside_chips ? 1 : 0))
    list.push_back({std::string(c.tr(grid.only_class_token() ? (chosen.column ? "from the class token" : "to the class token") : (chosen.column ? "from prefix tokens" : "to prefix tokens"))),
                    draw::percent(facts.prefix_share), draw::prefix_color(theme, 0, grid.prefix_tokens())});
  list.push_back({std::string(c.tr(whole ? "entropy" : "entropy, normalised")),
                  filled(c.tr("{0} of {1} bits"), {draw::number(facts.entropy_bits), draw::number(std::log2(static_cast<double>(values.size())))}), theme.text1});
  list.push_back({std::string(c.tr("uniform")), draw::percent(facts.uniform), theme.text1});
  return list;
}

std::vector<Fact> token_fact_list(const Canvas& c, const FigureInput& input, std::span<const float> values, int token) {
  const auto& theme = c.theme();
  const PatchGrid& grid = input.grid();
  const MapFacts facts = map_facts(values, grid.prefix());
  const double own = static_cast<double>(values[static_cast<std::size_t>(token)]);
  const int patch = grid.patch_of(token);
  std::vector<Fact> list;
  if (patch >= 0) {
    const Box model = grid.pixels(patch);
    list.push_back({std::string(c.tr("cell")), draw::token_place(c, token, grid), theme.text1});
    list.push_back({std::string(c.tr("model pixels")), box_text(c, model, 1), theme.text1});
    if (input.trace.input().picture) {
      const Box original = input.trace.input().map.to_original(model);
      list.push_back({std::string(c.tr("picture pixels")), box_text(c, original, original.width() < 20 ? 0.1 : 1), theme.text1});
    }
  }
  list.push_back({std::string(c.tr("share")), draw::percent(own), theme.text1});
  if (patch >= 0 && facts.patch_mass() > 0) list.push_back({std::string(c.tr("of the patches' share")), draw::percent(own / facts.patch_mass()), theme.text1});
  list.push_back({std::string(c.tr("rank")), filled(c.tr("{0} of {1}"), {std::to_string(rank_of(values, token)), std::to_string(values.size())}), theme.text1});
  return list;
}

std::string token_tooltip(const Canvas& c, const FigureInput& input, std::span<const float> values, int token) {
  std::string lines;
  for (const Fact& fact : token_fact_list(c, input, values, token)) {
    if (fact.label == c.tr("cell")) continue;  // the tooltip of a token begins with its place
    lines += (lines.empty() ? "" : "\n") + fact.label + " " + fact.value;
  }
  return lines;
}

float fact_column(Canvas& c, Rect r, std::span<const Fact> facts) {
  const float top = r.y0;
  for (const Fact& one : facts) {
    const draw::Style small = c.metrics().small_style();
    const bool one_line = c.text_width(one.label, small) + c.u() + c.text_width(one.value, c.metrics().small_medium()) <= r.width();
    if (r.y0 + (one_line ? 1 : 2) * Canvas::text_height(small) > r.y1) break;
    r.cut_top(fact(c, r, one.label, one.value, one.color));
  }
  return r.y0 - top;
}

float fact_flow(Canvas& c, Rect r, std::span<const Fact> facts) {
  const draw::Style small = c.metrics().small_style(), medium = c.metrics().small_medium();
  const float text = Canvas::text_height(small);
  return std::min(r.height(), flow(c, r.width(), facts, [&](const Fact& one, float x, float y) {
                    if (r.y0 + y + text > r.y1 + 0.5f) return;
                    const float left = c.text_width(one.label, small) + 0.5f * c.u();
                    c.text({r.x0 + x, r.y0 + y}, one.label, small, c.theme().text3, Align::left, r.width() - x);
                    if (r.width() - x - left > 2 * c.u()) c.text({r.x0 + x + left, r.y0 + y}, one.value, medium, one.color, Align::left, r.width() - x - left);
                  }));
}

float fact_flow_height(const Canvas& c, float width, std::span<const Fact> facts) {
  return flow(c, width, facts, [](const Fact&, float, float) {});
}

float prefix_chips_height(const Canvas& c, const PatchGrid& grid) {
  return grid.prefix() > 0 ? Canvas::text_height(c.metrics().small_style()) + 0.75f * c.u() : 0;
}

float prefix_chips(Canvas& c, Rect r, const FigureInput& input, std::span<const float> values, const draw::HeatStyle& heat, int pinned, bool tagged) {
  const PatchGrid& grid = input.grid();
  if (grid.prefix() < 1) return 0;
  const float u = c.u(), height = prefix_chips_height(c, grid), side = height - 0.75f * u;
  const draw::Style small = c.metrics().small_style();
  const auto name = [&](int token, int brief) {
    if (brief == 0) return draw::token_name(c, token, grid);
    return brief == 1 ? std::string(c.tr(draw::axis_label(token, grid.prefix_tokens()))) : std::string();
  };
  const bool diverging = heat.map == ColorMap::diverging;
  const auto number = [&](int token) {
    const auto value = static_cast<double>(values[static_cast<std::size_t>(token)]);
    return (diverging && value > 0 ? "+" : "") + draw::percent(value, 2);
  };
  const auto width = [&](int token, int brief) {
    const std::string text = name(token, brief);
    return side + (brief < 3 ? 0.75f * u + (text.empty() ? 0 : c.text_width(text, small) + 0.5f * u) + c.text_width(number(token), small) : 0);
  };
  int brief = 0;
  for (; brief < 3; ++brief) {
    float all = -2 * u;
    for (int token = 0; token < grid.prefix(); ++token) all += width(token, brief) + 2 * u;
    if (all <= r.width()) break;
  }
  float x = r.x0;
  const int hovered = tagged ? hovered_other(input) : -1;
  for (int token = 0; token < grid.prefix(); ++token) {
    const float wide = width(token, brief);
    if (x + wide > r.x1 + 0.5f) break;
    const float value = values[static_cast<std::size_t>(token)];
    const Rect swatch = draw::rect_at({x, r.y0 + 0.25f * u}, side, side);
    draw::HeatStyle style = heat;
    c.fill(swatch, draw::heat_color(value, style));
    if (token != pinned && token != hovered) c.outline(swatch, c.theme().tick, c.pixel());
    const draw::Color ink = draw::prefix_color(c.theme(), token, grid.prefix_tokens());
    float at = swatch.x1 + 0.75f * u;
    if (const std::string text = name(token, brief); !text.empty()) at = c.text({at, swatch.y0}, text, token == pinned ? c.metrics().small_medium() : small, ink).x1 + 0.5f * u;
    if (brief < 3) c.text({at, swatch.y0}, number(token), small, c.theme().text1);
    if (token == pinned) c.pinned(swatch.inset(2));
    if (token == hovered) c.hovered(swatch.inset(1));
    if (tagged) c.tag({x, r.y0, x + wide, r.y0 + height}, draw::TokenTarget{token}, token == hovered && !diverging ? token_tooltip(c, input, values, token) : std::string());
    x += wide + (brief < 3 ? 2 : 0.75f) * u;
  }
  return height;
}

}  // namespace vitscope::figures::attention
