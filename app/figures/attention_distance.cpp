// Mean attention distance: one dot per head, over the depth of the network.
#include <algorithm>
#include <array>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/attention_draw.h"

namespace vitscope::figures {

namespace {

using namespace attention;
using draw::Align;
using draw::Canvas;
using draw::Color;
using draw::Rect;
using draw::Vec;

bool ready(const FigureInput& input) { return input.trace.has(Slot::attn, 0) && input.config().patches() > 1; }

std::string unit_suffix(DistanceUnit unit) {
  if (unit == DistanceUnit::pixels) return "\u00a0px";
  return unit == DistanceUnit::diagonal_share ? "\u00a0%" : "";
}

/// Values are drawn and written in per cent where the unit is a share.
double shown(double value, DistanceUnit unit) { return unit == DistanceUnit::diagonal_share ? 100 * value : value; }

/// How many of the right axis' unit one of the left axis is; 0 where there is no such factor.
double right_factor(const FigureInput& input) {
  const PatchGrid& grid = input.grid();
  if (grid.patch_height() != grid.patch_width()) return 0;
  const double here = shown(uniform_distance(grid, input.selection.unit), input.selection.unit);
  const double other = uniform_distance(grid, input.selection.unit == DistanceUnit::pixels ? DistanceUnit::cells : DistanceUnit::pixels);
  return here > 0 ? other / here : 0;
}

struct Content {
  std::vector<std::shared_ptr<const std::vector<HeadDistance>>> blocks;  ///< null where not computed
  double uniform = 0, top = 1, step = 1;
};

Content content_of(const FigureInput& input, float height, float line) {
  Content content;
  const DistanceUnit unit = input.selection.unit;
  content.uniform = shown(uniform_distance(input.grid(), unit), unit);
  double most = content.uniform;
  for (int block = 0; block < input.config().depth; ++block) {
    content.blocks.push_back(input.trace.has(Slot::attn, block) ? distances(input, block) : nullptr);
    if (content.blocks.back())
      for (const HeadDistance& head : *content.blocks.back()) most = std::max(most, shown(head.distance, unit));
  }
  content.step = draw::tick_step(most * 1.05, std::max(2, static_cast<int>(height / (2.5f * line))));
  content.top = content.step * std::ceil(most * 1.04 / content.step);
  return content;
}

double mean_distance(const std::vector<HeadDistance>& heads, DistanceUnit unit) {
  double sum = 0;
  for (const HeadDistance& head : heads) sum += shown(head.distance, unit);
  return sum / static_cast<double>(heads.size());
}

double mean_prefix(const std::vector<HeadDistance>& heads) {
  double sum = 0;
  for (const HeadDistance& head : heads) sum += head.prefix_share;
  return sum / static_cast<double>(heads.size());
}

std::string left_title(const Canvas& c, const FigureInput& input) {
  const VitConfig& config = input.config();
  if (input.selection.unit == DistanceUnit::cells) return std::string(c.tr("mean distance from query to key (patches)"));
  if (input.selection.unit == DistanceUnit::diagonal_share) return std::string(c.tr("mean distance from query to key (% of the diagonal)"));
  return filled(c.tr("mean distance from query to key (pixels of the {0} × {1} input)"), {std::to_string(config.image_height), std::to_string(config.image_width)});
}

struct Chart {
  Rect plot;
  double top;
  float band, dot;   ///< width of a block, radius of a dot
  bool numbered;
  float y_of(double value) const { return plot.y1 - static_cast<float>(value / top) * plot.height(); }
  float band_at(int block) const { return plot.x0 + static_cast<float>(block) * band; }
};

void axes(Canvas& c, const FigureInput& input, const Content& content, const Chart& chart, float right_room) {
  const auto& theme = c.theme();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style(), body = c.metrics().body_style();
  const float line = Canvas::text_height(small);
  const Rect& plot = chart.plot;
  for (int block = 0; block < input.config().depth; block += 2) c.fill({chart.band_at(block), plot.y0, chart.band_at(block) + chart.band, plot.y1}, theme.panel);
  for (int i = 0; static_cast<double>(i) * content.step <= content.top * 1.0001; ++i) {
    const float y = chart.y_of(static_cast<double>(i) * content.step);
    c.line({plot.x0, y}, {plot.x1, y}, i == 0 ? theme.tick : theme.hairline, i == 0 ? 1 : c.pixel());
    c.line({plot.x0 - 0.6f * u, y}, {plot.x0, y}, theme.tick, c.pixel());
    c.text({plot.x0 - u, y - line / 2}, draw::tick_number(static_cast<double>(i) * content.step, content.step), small, theme.text2, Align::right);
  }
  c.line({plot.x0, plot.y0}, {plot.x0, plot.y1}, theme.tick, c.pixel());
  const double factor = right_factor(input);
  if (factor > 0 && right_room > 0) {
    c.line({plot.x1, plot.y0}, {plot.x1, plot.y1}, theme.tick, c.pixel());
    const double step = draw::tick_step(content.top * factor, std::max(2, static_cast<int>(plot.height() / (3.5f * line))));
    for (int i = 0; static_cast<double>(i) * step <= content.top * factor * 1.0001; ++i) {
      const float y = chart.y_of(static_cast<double>(i) * step / factor);
      c.line({plot.x1, y}, {plot.x1 + 0.6f * u, y}, theme.tick, c.pixel());
      c.text({plot.x1 + u, y - line / 2}, draw::tick_number(static_cast<double>(i) * step, step), small, theme.text2);
    }
    const std::string_view name = input.selection.unit == DistanceUnit::pixels ? c.tr("the same in patches") : c.tr("the same in pixels");
    if (c.text_width(name, small) < plot.height()) c.text_up({plot.x1 + right_room - line / 2, plot.centre().y}, name, small, theme.text2);
  }
  const std::string title = left_title(c, input);
  const draw::Style title_style = c.text_width(title, body) < plot.height() && input.paper ? body : small;
  const std::string_view brief = c.tr("mean distance");
  const bool fits = c.text_width(title, title_style) < plot.height() + 3 * u;
  c.text_up({plot.x0 - 5.5f * u - line / 2, plot.centre().y}, fits ? std::string_view(title) : brief, title_style, theme.text1);
}

/// Block numbers and, in red, what goes to the class token.
void below(Canvas& c, Rect r, const FigureInput& input, const Content& content, const Chart& chart, float left_room) {
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
  if (input.grid().prefix() == 0 || y + line > r.y1 + 0.5f) return;
  const std::string_view label = bare ? c.tr("% to class") : c.tr("to class token");
  c.text({chart.plot.x0 - u, y}, label, small, theme.class_token, Align::right, left_room - u);
  for (std::size_t block = 0; block < parts.size(); ++block) {
    if (parts[block].empty() || block % static_cast<std::size_t>(share_step) != 0) continue;
    const float x = chart.band_at(static_cast<int>(block)) + chart.band / 2;
    c.text({x, y}, parts[block], small, theme.class_token, Align::centre);
  }
}

void dots(Canvas& c, const FigureInput& input, const Content& content, const Chart& chart) {
  const auto& theme = c.theme();
  const DistanceUnit unit = input.selection.unit;
  const draw::Style tiny{std::min(c.metrics().small, chart.dot * 1.35f), draw::Face::medium};
  const auto* hovered = input.paper ? nullptr : std::get_if<draw::HeadTarget>(&input.selection.hovered);
  for (std::size_t b = 0; b < content.blocks.size(); ++b) {
    if (!content.blocks[b]) continue;
    const std::vector<HeadDistance>& heads = *content.blocks[b];
    const int block = static_cast<int>(b);
    const float inner = chart.band * 0.84f, x0 = chart.band_at(block) + (chart.band - inner) / 2;
    const float mean = chart.y_of(mean_distance(heads, unit));
    const float thick = std::max(2.0f, 0.35f * c.u());
    c.fill({x0, mean - thick / 2, x0 + inner, mean + thick / 2}, theme.heads.faded(chart.numbered ? 1.0f : 0.55f));
    const float pitch = (inner - 2 * chart.dot) / static_cast<float>(std::max<std::size_t>(heads.size() - 1, 1));
    for (std::size_t h = 0; h < heads.size(); ++h) {
      const int head = static_cast<int>(h);
      const Vec at{heads.size() == 1 ? x0 + inner / 2 : x0 + chart.dot + static_cast<float>(head) * pitch, chart.y_of(shown(heads[h].distance, unit))};
      c.circle(at, chart.dot + 1.5f * c.pixel(), theme.ground);
      c.circle(at, chart.dot, theme.heads);
      if (chart.numbered) c.text({at.x, at.y - Canvas::text_height(tiny) / 2}, std::to_string(head + 1), tiny, theme.ground, Align::centre);
      const Rect box{at.x - chart.dot, at.y - chart.dot, at.x + chart.dot, at.y + chart.dot};
      const std::string tooltip = filled(c.tr("block {0}, head {1}: {2}, class token {3}"), {std::to_string(block + 1), std::to_string(head + 1),
                                         draw::number(shown(heads[h].distance, unit)) + unit_suffix(unit), draw::percent(heads[h].prefix_share, 2)});
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

/// Explains dot, line and dashes; returns without drawing what does not fit.
void legend(Canvas& c, Rect r, const FigureInput& input, const Content& content, const Chart& chart) {
  const auto& theme = c.theme();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style(), heading_style = input.paper ? c.metrics().heading_style() : c.metrics().small_medium();
  const float line = Canvas::text_height(small);
  c.text({r.x0, r.y0}, c.tr("One dot per head"), heading_style, theme.text1, Align::left, r.width());
  r.cut_top(Canvas::text_height(heading_style) + 1.5f * u);
  const float left = r.x0 + 4.5f * u;
  const auto entry = [&](std::string_view text, auto&& symbol) {
    const float height = c.paragraph_height(r.x1 - left, text, small);
    if (height > r.height()) return;
    symbol(Vec{r.x0 + 1.75f * u, r.y0 + line / 2 + 0.2f * u});
    c.paragraph({left, r.y0, r.x1, r.y0 + height + 1}, text, small, theme.text1);
    r.cut_top(height + u);
  };
  entry(chart.numbered ? c.tr("distance, with the number of the head") : c.tr("distance of one head"), [&](Vec at) {
    const float dot = chart.numbered ? std::min(chart.dot, 1.2f * u) : std::max(chart.dot, 0.5f * u);
    c.circle(at, dot, theme.heads);
    if (chart.numbered) {
      const draw::Style tiny{std::min(c.metrics().small, dot * 1.35f), draw::Face::medium};
      c.text({at.x, at.y - Canvas::text_height(tiny) / 2}, "3", tiny, theme.ground, Align::centre);
    }
  });
  entry(c.tr("mean of the block"), [&](Vec at) { c.fill({at.x - 1.6f * u, at.y - 0.2f * u, at.x + 1.6f * u, at.y + 0.2f * u}, theme.heads); });
  const std::string uniform = filled(c.tr("uniform attention, **{0}**"), {draw::number(content.uniform, 4) + unit_suffix(input.selection.unit)});
  entry(uniform, [&](Vec at) { c.dashes({at.x - 1.6f * u, at.y}, {at.x + 1.6f * u, at.y}, theme.text1, 1.5f); });
  r.cut_top(u);
  const std::string_view reading = c.tr("Below the dashed line a head looks nearer than chance, above it farther.");
  if (c.paragraph_height(r.width(), reading, small) <= r.height()) r.cut_top(c.paragraph(r, reading, small, theme.text2) + u);
  const int selected = input.selection.head, block = input.block();
  if (input.paper || selected < 0 || !content.blocks[static_cast<std::size_t>(block)] || r.height() < 3 * line) return;
  const HeadDistance& head = (*content.blocks[static_cast<std::size_t>(block)])[static_cast<std::size_t>(selected)];
  r.cut_top(u);
  c.text({r.x0, r.y0}, block_and_head(c, input), c.metrics().small_medium(), theme.selection, Align::left, r.width());
  r.cut_top(line + 0.25f * u);
  c.text({r.x0, r.y0}, draw::number(shown(head.distance, input.selection.unit)) + unit_suffix(input.selection.unit), small, theme.text1);
  c.text({r.x0, r.y0 + line}, filled(c.tr("class token {0}"), {draw::percent(head.prefix_share, 2)}), small, theme.class_token, Align::left, r.width());
}

void draw_figure(Canvas& c, Rect r, const FigureInput& input) {
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const float line = Canvas::text_height(small);
  const bool beside = r.width() > 80 * u;
  Rect words = beside ? r.cut_right(std::clamp(0.18f * r.width(), 21 * u, 27 * u)) : r.cut_bottom(std::min(13 * u, 0.3f * r.height()));
  if (beside) r.cut_right(4 * u);
  const float left_room = std::max(7 * u + line, std::min(c.text_width(c.tr("to class token"), small) + 1.25f * u, 14 * u));
  const float right_room = right_factor(input) > 0 ? 5 * u + line : 0;
  const float bottom = 2 * line + Canvas::text_height(input.paper ? c.metrics().body_style() : small) + 1.85f * u;
  Chart chart{{r.x0 + left_room, r.y0 + line / 2, r.x1 - std::max(right_room, u), r.y1 - bottom}, 1, 0, 0, false};
  const Content content = content_of(input, chart.plot.height(), line);
  chart.top = content.top;
  chart.band = chart.plot.width() / static_cast<float>(input.config().depth);
  const float pitch = 0.84f * chart.band / static_cast<float>(input.config().heads);
  chart.dot = std::clamp(0.55f * pitch, 0.3f * u, 1.15f * u);
  chart.numbered = chart.dot > 0.75f * u;
  if (!chart.numbered) chart.dot = std::min(chart.dot, 0.5f * u);
  axes(c, input, content, chart, right_room);
  const float uniform = chart.y_of(content.uniform);
  c.dashes({chart.plot.x0, uniform}, {chart.plot.x1, uniform}, c.theme().text1, 1.5f, 8, 5);
  dots(c, input, content, chart);
  below(c, r, input, content, chart, left_room);
  legend(c, words, input, content, chart);
}

std::string subject(const Canvas& c, const FigureInput& input) {
  return filled(c.tr("{0} blocks × {1} heads, one picture"), {std::to_string(input.config().depth), std::to_string(input.config().heads)});
}

std::string caption(const Canvas& c, const FigureInput& input) {
  std::string text(c.tr("Distance between the centres of query and key patch, weighted with the attention and averaged over the queries of one picture."));
  text += " ";
  switch (input.selection.distance) {
    case DistanceDefinition::paper:
      text += c.tr("Definition of Dosovitskiy et al. 2021 (figure 7): distance on the token grid; the class token is left out and the rows are renormalised.");
      break;
    case DistanceDefinition::keras:
      text += c.tr("The class token is dropped as query and key and the remaining weights are not renormalised (Keras, probing-vits): what goes to the class token shortens the distance.");
      break;
    case DistanceDefinition::renormalised:
      text += c.tr("The class token is dropped as query and key and the rows are renormalised to sum to 1; the share that went to it is printed below the axis in red.");
      break;
  }
  text += " ";
  text += c.tr("The dashed line is what uniform attention over the patches would give.");
  return text;
}

Table data(const FigureInput& input) {
  TableColumn block_column{"block", {}}, head_column{"head", {}}, distance{"distance", {}}, prefix{"class_token_share", {}}, uniform{"uniform", {}};
  const double chance = uniform_distance(input.grid(), input.selection.unit);
  for (int block = 0; block < input.config().depth; ++block) {
    if (!input.trace.has(Slot::attn, block)) continue;
    const auto heads = distances(input, block);
    for (std::size_t head = 0; head < heads->size(); ++head) {
      block_column.values.push_back(block);
      head_column.values.push_back(static_cast<double>(head));
      distance.values.push_back((*heads)[head].distance);
      prefix.values.push_back((*heads)[head].prefix_share);
      uniform.values.push_back(chance);
    }
  }
  Table table;
  table.columns = {block_column, head_column, distance, prefix, uniform};
  return table;
}

}  // namespace

const Figure& attention_distance() {
  static const Figure figure{"attention-distance", "Mean attention distance", "softmax", {1340, 680}, ready, draw_figure, subject, caption, data};
  return figure;
}

}  // namespace vitscope::figures
