// Mean attention distance: one dot per head, over the depth of the network, by one definition or by all beside each other.
#include <algorithm>
#include <array>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/attention_draw.h"
#include "app/figures/parts_distance.h"
#include "app/figures/prefix_words.h"

namespace vitscope::figures {

namespace {

using namespace attention;
using draw::Align;
using draw::Canvas;
using draw::Rect;
using draw::Vec;

constexpr std::array kDefinitions{DistanceDefinition::renormalised, DistanceDefinition::paper, DistanceDefinition::keras};

bool ready(const FigureInput& input) { return input.trace.has(Slot::attn, 0) && input.config().patches() > 1; }

DistanceContent content_of(const FigureInput& input) {
  const DistanceChoice choice = distance_choice(input.selection);
  return distance_content(input, choice.definition, choice.unit);
}

/// What may be checked: heads of the first blocks that look everywhere, and growth with depth.
std::vector<std::string> facts_text(const Canvas& c, const DistanceContent& content) {
  const DistanceFacts facts = distance_facts(content);
  std::vector<std::string> list;
  list.push_back(facts.first_blocks == 1 ? filled(c.tr("Block 1: **{0} of {1}** heads look farther than uniform."), {std::to_string(facts.farther), std::to_string(facts.heads)})
                                         : filled(c.tr("Blocks 1 to {0}: **{1} of {2}** heads look farther than uniform."),
                                                  {std::to_string(facts.first_blocks), std::to_string(facts.farther), std::to_string(facts.heads)}));
  if (!facts.complete || content.blocks.size() < 2) return list;
  const std::string suffix = unit_suffix(content.unit);
  list.push_back(filled(c.tr("Mean of block 1: **{0}**, of block {1}: **{2}**."),
                        {draw::number(facts.first_mean, 3) + suffix, std::to_string(content.blocks.size()), draw::number(facts.last_mean, 3) + suffix}));
  if (content.blocks.size() >= 3) list.push_back(filled(c.tr("Rank correlation of distance and depth **{0}**."), {draw::number(facts.depth_correlation, 2)}));
  return list;
}

/// Explains dot, line and dashes; returns without drawing what does not fit.
void legend(Canvas& c, Rect r, const FigureInput& input, const DistanceContent& content, const DistanceChart& chart) {
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
  const std::string uniform = filled(c.tr("uniform attention, **{0}**"), {draw::number(content.uniform, 4) + unit_suffix(content.unit)});
  entry(uniform, [&](Vec at) { c.dashes({at.x - 1.6f * u, at.y}, {at.x + 1.6f * u, at.y}, theme.text1, 1.5f); });
  r.cut_top(u);
  const std::string_view reading = c.tr("Below the dashed line a head looks nearer than chance, above it farther.");
  if (c.paragraph_height(r.width(), reading, small) <= r.height()) r.cut_top(c.paragraph(r, reading, small, theme.text2) + u);
  for (const std::string& fact : facts_text(c, content)) {
    const float height = c.paragraph_height(r.width(), fact, small);
    if (height > r.height()) break;
    r.cut_top(c.paragraph(r, fact, small, theme.text1) + 0.75f * u);
  }
  const int selected = input.selection.head, block = input.block();
  if (input.paper || selected < 0 || !content.blocks[static_cast<std::size_t>(block)] || r.height() < 3 * line) return;
  const HeadDistance& head = (*content.blocks[static_cast<std::size_t>(block)])[static_cast<std::size_t>(selected)];
  r.cut_top(u);
  c.text({r.x0, r.y0}, block_and_head(c, input), c.metrics().small_medium(), theme.selection, Align::left, r.width());
  r.cut_top(line + 0.25f * u);
  c.text({r.x0, r.y0}, draw::number(shown_distance(head.distance, content.unit)) + unit_suffix(content.unit), small, theme.text1);
  if (input.grid().prefix() > 0) c.text({r.x0, r.y0 + line}, filled(c.tr(!input.grid().only_class_token() ? "prefix tokens {0}" : "class token {0}"), {draw::percent(head.prefix_share, 2)}), small, draw::prefix_color(theme, 0, input.grid().prefix_tokens()), Align::left, r.width());
}

/// Room for the name of the line of shares, left of it.
float shares_room(const Canvas& c, const FigureInput& input) {
  if (input.grid().prefix() == 0) return 0;
  const std::string_view name = !input.grid().only_class_token() ? c.tr("to prefix tokens") : c.tr("to class token");
  return std::min(c.text_width(name, c.metrics().small_style()) + 1.25f * c.u(), 16 * c.u());
}

void draw_one(Canvas& c, Rect r, const FigureInput& input) {
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const float line = Canvas::text_height(small);
  const bool beside = r.width() > 80 * u;
  Rect words = beside ? r.cut_right(std::clamp(0.18f * r.width(), 21 * u, 27 * u)) : r.cut_bottom(std::min(13 * u, 0.3f * r.height()));
  if (beside) r.cut_right(4 * u);
  const DistanceContent content = content_of(input);
  const DistanceMargins margins = distance_margins(c, input, content, true);
  const float left = std::max(margins.left, shares_room(c, input));
  const DistanceChart chart = distance_chart(c, {r.x0 + left, r.y0 + line / 2, r.x1 - std::max(margins.right, u), r.y1 - margins.bottom}, input, content.most);
  draw_distance_chart(c, r, input, content, chart, {});
  legend(c, words, input, content, chart);
}

std::string_view name_of_definition(const Canvas& c, DistanceDefinition definition) {
  if (definition == DistanceDefinition::paper) return c.tr("ViT paper");
  return definition == DistanceDefinition::keras ? c.tr("Keras, probing-vits") : c.tr("renormalised (ours)");
}

std::string_view sentence_of(const Canvas& c, DistanceDefinition definition) {
  if (definition == DistanceDefinition::paper) return c.tr("Distance on the token grid times image width / grid width, rows renormalised.");
  return definition == DistanceDefinition::keras ? c.tr("Prefix tokens dropped, the other weights kept as they are; red: what that takes from ours.") : c.tr("Prefix tokens dropped, rows renormalised to sum to 1.");
}

/// How the definitions hang together, with the numbers of the chosen head and of the head that is off most.
std::string relation(const Canvas& c, const FigureInput& input, DistanceUnit unit) {
  if (input.grid().prefix() == 0) return std::string(c.tr("There are no prefix tokens: f = 0, and all definitions agree where patches are square."));
  const int block = input.block(), head = real_head(input);
  double most = 0;
  for (int b = 0; b < input.config().depth; ++b) {
    if (!input.trace.has(Slot::attn, b)) continue;
    const auto ours = distances(input, b, DistanceDefinition::renormalised, unit), keras = distances(input, b, DistanceDefinition::keras, unit);
    for (std::size_t h = 0; h < ours->size(); ++h) most = std::max(most, std::abs((1 - (*ours)[h].prefix_share) * (*ours)[h].distance - (*keras)[h].distance));
  }
  std::string text(c.tr("With a share f to the prefix tokens a query's Keras value is **(1 − f)** times ours."));
  if (!input.trace.has(Slot::attn, block)) return text;
  const HeadDistance ours = (*distances(input, block, DistanceDefinition::renormalised, unit))[static_cast<std::size_t>(head)];
  const HeadDistance keras = (*distances(input, block, DistanceDefinition::keras, unit))[static_cast<std::size_t>(head)];
  const std::string suffix = unit_suffix(unit);
  const auto written = [&](double value) { return draw::number(shown_distance(value, unit), 4) + suffix; };
  text += " " + filled(c.tr("Block {0}, head {1}: f = {2}, (1 − f) × {3} = {4}, Keras **{5}**."),
                       {std::to_string(block + 1), std::to_string(head + 1), draw::percent(ours.prefix_share, 3), written(ours.distance), written((1 - ours.prefix_share) * ours.distance),
                        written(keras.distance)});
  text += " " + filled(c.tr("As f differs from query to query the means differ a little, by {0} at most."), {draw::number(shown_distance(most, unit), 2) + suffix});
  if (input.grid().patch_height() == input.grid().patch_width()) text += " " + std::string(c.tr("Patches are square, so the paper's value is ours."));
  return text;
}

/// From where a dot stands by our definition to where it stands by another.
void draw_shifts(Canvas& c, const DistanceContent& from, const DistanceContent& to, const DistanceChart& chart) {
  for (std::size_t block = 0; block < to.blocks.size(); ++block) {
    if (!to.blocks[block] || !from.blocks[block]) continue;
    const int heads = static_cast<int>(to.blocks[block]->size());
    for (int head = 0; head < heads; ++head) {
      const auto at = [&](const DistanceContent& content) {
        return chart.dot_at(static_cast<int>(block), head, heads, shown_distance((*content.blocks[block])[static_cast<std::size_t>(head)].distance, content.unit));
      };
      c.line(at(from), at(to), c.theme().class_token, 1.5f);
    }
  }
}

void draw_side_by_side(Canvas& c, Rect r, const FigureInput& input) {
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const float line = Canvas::text_height(small);
  const DistanceUnit unit = distance_choice(input.selection).unit;
  const std::string words = relation(c, input, unit);
  const float words_height = c.paragraph_height(r.width(), words, small);
  if (words_height < 0.3f * r.height()) {
    const Rect below = r.cut_bottom(words_height + u);
    c.paragraph({below.x0, below.y0 + u, below.x1, below.y1 + 1}, words, small, c.theme().text1);
  }
  std::vector<DistanceContent> contents;
  double most = 0;
  for (const DistanceDefinition definition : kDefinitions) {
    contents.push_back(distance_content(input, definition, unit));
    most = std::max(most, contents.back().most);
  }
  const bool stacked = r.height() > 1.3f * r.width();
  const auto count = static_cast<float>(contents.size());
  const float gap = 2 * u, width = stacked ? r.width() : (r.width() - (count - 1) * gap) / count, height = stacked ? (r.height() - (count - 1) * gap) / count : r.height();
  float sentences = 0;
  for (const DistanceContent& content : contents) sentences = std::max(sentences, c.paragraph_height(width, sentence_of(c, content.definition), small));
  const bool room = height > 26 * u + sentences;
  for (std::size_t i = 0; i < contents.size(); ++i) {
    const auto at = static_cast<float>(i) * ((stacked ? height : width) + gap);
    Rect part = draw::rect_at({r.x0 + (stacked ? 0 : at), r.y0 + (stacked ? at : 0)}, width, height);
    c.text({part.x0, part.y0}, name_of_definition(c, contents[i].definition), c.metrics().small_medium(), c.theme().text1, Align::left, part.width());
    part.cut_top(line + 0.5f * u);
    if (room) {
      c.paragraph({part.x0, part.y0, part.x1, part.y0 + sentences + 1}, sentence_of(c, contents[i].definition), small, c.theme().text2);
      part.cut_top(sentences + u);
    }
    const DistanceMargins margins = distance_margins(c, input, contents[i], false);
    const bool first = i == 0 || stacked;
    const float left = first && width > 40 * u ? std::max(margins.left, shares_room(c, input)) : 5 * u;
    const DistanceChart chart = distance_chart(c, {part.x0 + left, part.y0 + line / 2, part.x1 - u, part.y1 - margins.bottom}, input, most);
    if (contents[i].definition == DistanceDefinition::keras) draw_shifts(c, contents.front(), contents[i], chart);
    draw_distance_chart(c, part, input, contents[i], chart, {first && left > 5 * u, false, true});
  }
}

void draw_figure(Canvas& c, Rect r, const FigureInput& input) {
  if (distance_choice(input.selection).side_by_side) draw_side_by_side(c, r, input);
  else draw_one(c, r, input);
}

std::string subject(const Canvas& c, const FigureInput& input) {
  return filled(c.tr("{0} blocks × {1} heads, one picture"), {std::to_string(input.config().depth), std::to_string(input.config().heads)});
}

std::string caption(const Canvas& c, const FigureInput& input) {
  std::string text(c.tr("Distance between the centres of query and key patch, weighted with the attention and averaged over the queries of one picture."));
  text += " ";
  const DistanceChoice choice = distance_choice(input.selection);
  if (choice.side_by_side) {
    text += c.tr("They differ in what becomes of the attention that goes to prefix tokens (class, distillation, registers), and in how cells become pixels.");
  } else {
    text += distance_words(c, input.config(), choice.definition, true);
  }
  text += " ";
  text += c.tr("The dashed line is what uniform attention over the patches would give.");
  if (input.trace.model().random_weights) text += " " + std::string(c.tr("Weights are random: that distance grows with depth, or that single low heads look everywhere, is not to be expected."));
  return text;
}

Table data(const FigureInput& input) {
  TableColumn block_column{"block", {}}, head_column{"head", {}}, prefix{"prefix_share", {}}, uniform{"uniform", {}};
  std::vector<TableColumn> values;
  const DistanceChoice choice = distance_choice(input.selection);
  std::vector<DistanceDefinition> definitions{choice.definition};
  if (choice.side_by_side) definitions.assign(kDefinitions.begin(), kDefinitions.end());
  for (const DistanceDefinition definition : definitions) values.push_back({choice.side_by_side ? "distance_" + std::string(name_of(definition)) : "distance", {}});
  const double chance = uniform_distance(input.grid(), choice.definition, choice.unit);
  for (int block = 0; block < input.config().depth; ++block) {
    if (!input.trace.has(Slot::attn, block)) continue;
    for (int head = 0; head < input.config().heads; ++head) {
      block_column.values.push_back(block);
      head_column.values.push_back(head);
      const auto at = static_cast<std::size_t>(head);
      for (std::size_t i = 0; i < definitions.size(); ++i) values[i].values.push_back((*distances(input, block, definitions[i], choice.unit))[at].distance);
      prefix.values.push_back((*distances(input, block, choice.definition, choice.unit))[at].prefix_share);
      uniform.values.push_back(chance);
    }
  }
  Table table;
  table.columns = {block_column, head_column};
  table.columns.insert(table.columns.end(), values.begin(), values.end());
  table.columns.insert(table.columns.end(), {prefix, uniform});
  return table;
}

}  // namespace

const Figure& attention_distance() {
  static const Figure figure{"attention-distance", "Mean attention distance", "softmax", {1340, 680}, ready, draw_figure, subject, caption, data, distance_options()};
  return figure;
}

}  // namespace vitscope::figures
