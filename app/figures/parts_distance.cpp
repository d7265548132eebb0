#include "app/figures/parts_distance.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "app/draw/number.h"
#include "app/figures/attention_draw.h"

namespace vitscope::figures::attention {

using draw::Align;
using draw::Canvas;
using draw::Rect;
using draw::Vec;

namespace {

constexpr float kInner = 0.84f;  // part of a block's width that its dots take

/// How many of the right axis' unit one of the left axis is; 0 where there is no such factor.
double right_factor(const FigureInput& input, DistanceDefinition definition, DistanceUnit unit) {
  const PatchGrid& grid = input.grid();
  if (grid.patch_height() != grid.patch_width()) return 0;
  const double here = shown_distance(uniform_distance(grid, definition, unit), unit);
  const double other = uniform_distance(grid, definition, unit == DistanceUnit::pixels ? DistanceUnit::cells : DistanceUnit::pixels);
  return here > 0 ? other / here : 0;
}

double mean_prefix(const std::vector<HeadDistance>& heads) {
  double sum = 0;
  for (const HeadDistance& head : heads) sum += head.prefix_share;
  return sum / static_cast<double>(heads.size());
}

std::string left_title(const Canvas& c, const FigureInput& input, DistanceUnit unit) {
  const VitConfig& config = input.config();
  if (unit == DistanceUnit::cells) return std::string(c.tr("mean distance from query to key (patches)"));
  if (unit == DistanceUnit::diagonal_share) return std::string(c.tr("mean distance from query to key (% of the diagonal)"));
  return filled(c.tr("mean distance from query to key (pixels of the {0} × {1} input)"), {std::to_string(config.image_height), std::to_string(config.image_width)});
}

void axes(Canvas& c, const FigureInput& input, const DistanceContent& content, const DistanceChart& chart, float right_room, bool titled) {
  const auto& theme = c.theme();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style(), body = c.metrics().body_style();
  const float line = Canvas::text_height(small);
  const Rect& plot = chart.plot;
  for (int block = 0; block < input.config().depth; block += 2) c.fill({chart.band_at(block), plot.y0, chart.band_at(block) + chart.band, plot.y1}, theme.panel);
  for (int i = 0; static_cast<double>(i) * chart.step <= chart.top * 1.0001; ++i) {
    const float y = chart.y_of(static_cast<double>(i) * chart.step);
    c.line({plot.x0, y}, {plot.x1, y}, i == 0 ? theme.tick : theme.hairline, i == 0 ? 1 : c.pixel());
    c.line({plot.x0 - 0.6f * u, y}, {plot.x0, y}, theme.tick, c.pixel());
    c.text({plot.x0 - u, y - line / 2}, draw::tick_number(static_cast<double>(i) * chart.step, chart.step), small, theme.text2, Align::right);
  }
  c.line({plot.x0, plot.y0}, {plot.x0, plot.y1}, theme.tick, c.pixel());
  const double factor = right_factor(input, content.definition, content.unit);
  if (factor > 0 && right_room > 0) {
    c.line({plot.x1, plot.y0}, {plot.x1, plot.y1}, theme.tick, c.pixel());
    const double step = draw::tick_step(chart.top * factor, std::max(2, static_cast<int>(plot.height() / (3.5f * line))));
    for (int i = 0; static_cast<double>(i) * step <= chart.top * factor * 1.0001; ++i) {
      const float y = chart.y_of(static_cast<double>(i) * step / factor);
      c.line({plot.x1, y}, {plot.x1 + 0.6f * u, y}, theme.tick, c.pixel());
      c.text({plot.x1 + u, y - line / 2}, draw::tick_number(static_cast<double>(i) * step, step), small, theme.text2);
    }
    const std::string_view name = content.unit == DistanceUnit::pixels ? c.tr("the same in patches") : c.tr("the same in pixels");
    if (c.text_width(name, small) < plot.height()) c.text_up({plot.x1 + right_room - line / 2, plot.centre().y}, name, small, theme.text2);
  }
  if (!titled) return;
  const std::string title = left_title(c, input, content.unit);
  const draw::Style title_style = c.text_width(title, body) < plot.height() && input.paper ? body : small;
  const std::string_view brief = c.tr("mean distance");
  const bool fits = c.text_width(title, title_style) < plot.height() + 3 * u;
  c.text_up({plot.x0 - 5.5f * u - line / 2, plot.centre().y}, fits ? std::string_view(title) : brief, title_style, theme.text1);
}

/// Block numbers and, in red, what goes to the class token.
void below(Canvas& c, float bottom, bool shares, const FigureInput& input, const DistanceContent& content, const DistanceChart& chart, float left_room) {
  const auto& theme = c.theme();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style(), body = c.metrics().body_style();
  const float line = Canvas::text_height(small);
  float widest = c.text_width("00", small);
  std::vector<std::string> parts(content.blocks.size());
  for (std::size_t block = 0; block < content.blocks.size(); ++block)
    if (content.blocks[block]) parts[block] = draw::percent(mean_prefix(*content.blocks[block]), 2);
  float widest_share = widest;
  for (const std::string& text : parts) widest_share = std::max(widest_share, c.text_width(text, small));
  const bool bare = widest_share + 0.5f * u > chart.band;  // without the sign per block, which the label then carries
  if (bare) {
    widest_share = widest;
    for (std::string& text : parts) {
      text = text.substr(0, text.find(' '));
      widest_share = std::max(widest_share, c.text_width(text, small));
    }
  }
  const int step = std::max(1, static_cast<int>(std::ceil((widest + 0.5f * u) / chart.band)));
  const int share_step = std::max(1, static_cast<int>(std::ceil((widest_share + 0.5f * u) / chart.band)));
  float y = chart.plot.y1 + 0.6f * u;
  for (int block = 0; block < input.config().depth; ++block) {
    const float x = chart.band_at(block) + chart.band / 2;
    const bool open = !input.paper && block == input.block();
    c.line({x, chart.plot.y1}, {x, chart.plot.y1 + 0.5f * u}, theme.tick, c.pixel());
    if (block % step == 0) c.text({x, y}, std::to_string(block + 1), open ? c.metrics().small_medium() : small, open ? theme.text1 : theme.text2, Align::centre);
  }
  y += line + 0.25f * u;
  c.text({chart.plot.centre().x, y}, c.tr("encoder block"), input.paper ? body : small, theme.text1, Align::centre);
  y += Canvas::text_height(input.paper ? body : small) + 0.5f * u;
  if (!shares || input.grid().prefix() == 0 || y + line > bottom + 0.5f) return;
  const bool several = !input.grid().only_class_token();
  const std::string_view label = bare ? (several ? c.tr("% to prefix") : c.tr("% to class")) : several ? c.tr("to prefix tokens") : c.tr("to class token");
  if (c.text_width(label, small) > left_room - u) return;
  c.text({chart.plot.x0 - u, y}, label, small, draw::prefix_color(theme, 0, input.grid().prefix_tokens()), Align::right);
  for (std::size_t block = 0; block < parts.size(); ++block) {
    if (parts[block].empty() || block % static_cast<std::size_t>(share_step) != 0) continue;
    const float x = chart.band_at(static_cast<int>(block)) + chart.band / 2;
    c.text({x, y}, parts[block], small, draw::prefix_color(theme, 0, input.grid().prefix_tokens()), Align::centre);
  }
}

void dots(Canvas& c, const FigureInput& input, const DistanceContent& content, const DistanceChart& chart) {
  const auto& theme = c.theme();
  const DistanceUnit unit = content.unit;
  const draw::Style tiny{std::min(c.metrics().small, chart.dot * 1.35f), draw::Face::medium};
  const auto* hovered = input.paper ? nullptr : std::get_if<draw::HeadTarget>(&input.selection.hovered);
  for (std::size_t b = 0; b < content.blocks.size(); ++b) {
    if (!content.blocks[b]) continue;
    const std::vector<HeadDistance>& heads = *content.blocks[b];
    const int block = static_cast<int>(b);
    const float inner = chart.band * kInner, x0 = chart.band_at(block) + (chart.band - inner) / 2;
    const float mean = chart.y_of(mean_distance(heads, unit));
    const float thick = std::max(2.0f, 0.35f * c.u());
    c.fill({x0, mean - thick / 2, x0 + inner, mean + thick / 2}, theme.heads.faded(chart.numbered ? 1.0f : 0.55f));
    for (std::size_t h = 0; h < heads.size(); ++h) {
      const int head = static_cast<int>(h);
      const Vec at = chart.dot_at(block, head, static_cast<int>(heads.size()), shown_distance(heads[h].distance, unit));
      c.circle(at, chart.dot + 1.5f * c.pixel(), theme.ground);
      c.circle(at, chart.dot, theme.heads);
      if (chart.numbered) c.text({at.x, at.y - Canvas::text_height(tiny) / 2}, std::to_string(head + 1), tiny, theme.ground, Align::centre);
      const Rect box{at.x - chart.dot, at.y - chart.dot, at.x + chart.dot, at.y + chart.dot};
      const std::string tooltip = filled(c.tr(!input.grid().only_class_token() ? "block {0}, head {1}: {2}, prefix tokens {3}" : "block {0}, head {1}: {2}, class token {3}"), {std::to_string(block + 1), std::to_string(head + 1),
                                         draw::number(shown_distance(heads[h].distance, unit)) + unit_suffix(unit), draw::percent(heads[h].prefix_share, 2)});
      c.tag(box, draw::HeadTarget{block, head}, tooltip);
      if (!input.paper && block == input.block() && head == input.selection.head) {
        c.ring(at, chart.dot + 2.5f, draw::kBlack, 1);
        c.ring(at, chart.dot + 1.5f, theme.mark, 2);
      }
      if (hovered && hovered->block == block && hovered->head == head) {
        c.ring(at, chart.dot + 2.5f, draw::kBlack, 1);
        c.ring(at, chart.dot + 1.5f, draw::kWhite, 1.5f);
      }
    }
  }
}

}  // namespace

std::string unit_suffix(DistanceUnit unit) {
  if (unit == DistanceUnit::pixels) return "\u00a0px";
  return unit == DistanceUnit::diagonal_share ? "\u00a0%" : "";
}

double shown_distance(double value, DistanceUnit unit) { return unit == DistanceUnit::diagonal_share ? 100 * value : value; }

double mean_distance(const std::vector<HeadDistance>& heads, DistanceUnit unit) {
  double sum = 0;
  for (const HeadDistance& head : heads) sum += shown_distance(head.distance, unit);
  return sum / static_cast<double>(heads.size());
}

DistanceContent distance_content(const FigureInput& input, DistanceDefinition definition, DistanceUnit unit) {
  DistanceContent content;
  content.definition = definition;
  content.unit = unit;
  content.uniform = shown_distance(uniform_distance(input.grid(), definition, unit), unit);
  content.most = content.uniform;
  for (int block = 0; block < input.config().depth; ++block) {
    content.blocks.push_back(input.trace.has(Slot::attn, block) ? distances(input, block, definition, unit) : nullptr);
    if (content.blocks.back())
      for (const HeadDistance& head : *content.blocks.back()) content.most = std::max(content.most, shown_distance(head.distance, unit));
  }
  return content;
}

DistanceChart distance_chart(const Canvas& c, Rect plot, const FigureInput& input, double most) {
  DistanceChart chart;
  chart.plot = plot;
  const float line = Canvas::text_height(c.metrics().small_style()), u = c.u();
  chart.step = draw::tick_step(most * 1.05, std::max(2, static_cast<int>(plot.height() / (2.5f * line))));
  chart.top = chart.step * std::ceil(most * 1.04 / chart.step);
  chart.band = plot.width() / static_cast<float>(input.config().depth);
  const float pitch = kInner * chart.band / static_cast<float>(input.config().heads);
  chart.dot = std::clamp(0.55f * pitch, 0.3f * u, 1.15f * u);
  chart.numbered = chart.dot > 0.75f * u;
  if (!chart.numbered) chart.dot = std::min(chart.dot, 0.5f * u);
  return chart;
}

DistanceFacts distance_facts(const DistanceContent& content) {
  DistanceFacts facts;
  std::vector<double> means;
  for (const auto& block : content.blocks)
    if (block) means.push_back(mean_distance(*block, content.unit));
  facts.complete = means.size() == content.blocks.size();
  facts.first_blocks = std::max(1, static_cast<int>(content.blocks.size()) / 3);
  for (int block = 0; block < facts.first_blocks; ++block) {
    if (!content.blocks[static_cast<std::size_t>(block)]) continue;
    for (const HeadDistance& head : *content.blocks[static_cast<std::size_t>(block)]) {
      ++facts.heads;
      if (shown_distance(head.distance, content.unit) > content.uniform) ++facts.farther;
    }
  }
  if (means.empty()) return facts;
  facts.first_mean = means.front();
  facts.last_mean = means.back();
  if (means.size() < 3) return facts;
  std::vector<std::size_t> order(means.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return means[a] < means[b]; });
  const auto n = static_cast<double>(means.size());
  double squares = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const double apart = static_cast<double>(rank) - static_cast<double>(order[rank]);
    squares += apart * apart;
  }
  facts.depth_correlation = 1 - 6 * squares / (n * (n * n - 1));
  return facts;
}

Vec DistanceChart::dot_at(int block, int head, int heads, double value) const {
  const float inner = band * kInner, x0 = band_at(block) + (band - inner) / 2;
  const float pitch = (inner - 2 * dot) / static_cast<float>(std::max(heads - 1, 1));
  return {heads == 1 ? x0 + inner / 2 : x0 + dot + static_cast<float>(head) * pitch, y_of(value)};
}

DistanceMargins distance_margins(const Canvas& c, const FigureInput& input, const DistanceContent& content, bool second_axis) {
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const float line = Canvas::text_height(small);
  DistanceMargins margins;
  margins.left = 7 * u + line;
  margins.right = second_axis && right_factor(input, content.definition, content.unit) > 0 ? 5 * u + line : 0;
  margins.bottom = 2 * line + Canvas::text_height(input.paper ? c.metrics().body_style() : small) + 1.85f * u;
  return margins;
}

void draw_distance_chart(Canvas& c, Rect whole, const FigureInput& input, const DistanceContent& content, const DistanceChart& chart, const DistanceStyle& style) {
  axes(c, input, content, chart, style.second_axis ? distance_margins(c, input, content, true).right : 0, style.title);
  const float uniform = chart.y_of(content.uniform);
  c.dashes({chart.plot.x0, uniform}, {chart.plot.x1, uniform}, c.theme().text1, 1.5f, 8, 5);
  dots(c, input, content, chart);
  below(c, whole.y1, style.shares, input, content, chart, chart.plot.x0 - whole.x0);
}

}  // namespace vitscope::figures::attention
