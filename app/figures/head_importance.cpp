// Head importance: what one class loses when one head is switched off.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "app/draw/number.h"
#include "app/figures/attention_words.h"
#include "app/figures/kept.h"
#include "app/figures/parts_answer.h"
#include "app/figures/parts_heads.h"
#include "core/analysis/head_importance.h"

namespace vitscope::figures {

namespace {

using attention::filled;
using draw::Align;
using draw::Canvas;
using draw::Rect;

const std::array<Option, 1>& options() {
  static const std::array<Option, 1> all{{
      {Option::Kind::choice, "head-importance.quantity", "Change of", 0, 1, 0, {"logit", "probability"}},
  }};
  return all;
}

bool of_probability(const FigureInput& input) { return option(input.selection, options()[0]) > 0.5f; }

std::string key_of(const FigureInput& input) { return study_key("head-importance", input.trace.at(Slot::logits).id()); }

bool ready(const FigureInput& input) {
  return input.trace.complete() && input.trace.has(Slot::context, 0) && input.trace.has(Slot::context, input.config().depth - 1);
}

std::vector<Study> studies(const FigureInput& input) {
  return {study_of<HeadImportance>(key_of(input), "Head importance", [trace = std::make_shared<const Trace>(input.trace)](StudyContext& context) -> Result<std::optional<HeadImportance>> {
    return head_importance(*trace, context);
  })};
}

struct Content {
  int class_index = 0;
  bool probability = false;
  Tensor drop;  ///< [blocks, heads]
  std::shared_ptr<const HeadImportance> found;
};

Content content_of(const FigureInput& input, std::shared_ptr<const HeadImportance> found) {
  static Kept<std::pair<std::string, int>, Tensor, 16> kept;
  Content content{stream::chosen_class(input), of_probability(input), {}, std::move(found)};
  content.drop = kept.get({key_of(input), content.class_index * 2 + content.probability}, [&] { return head_drop(*content.found, content.class_index, content.probability); });
  return content;
}

std::string value_text(double value, bool probability) {
  return probability ? (value < 0 ? "−" : "+") + draw::percent(std::abs(value)) : draw::signed_number(value);
}

double drop_of(const Content& content, int i) { return static_cast<double>(content.drop.values()[static_cast<std::size_t>(i)]); }

/// The heads that the class loses most with, and those that it gains most without.
void strongest(Canvas& c, Rect r, const FigureInput& input, const Content& content) {
  const int count = static_cast<int>(content.drop.size()), heads = input.config().heads;
  std::vector<int> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int a, int b) { return drop_of(content, a) > drop_of(content, b); });
  stream::heading(c, r, c.tr("Largest changes"), c.tr("plain minus without"));
  const auto index = static_cast<std::size_t>(content.class_index);
  const float line = Canvas::text_height(c.metrics().small_style());
  const Rect foot = r.cut_bottom(2.25f * line);
  const int rows = static_cast<int>(r.height() / stream::bar_row_height(c)), top = std::min(count, (rows + 1) / 2), bottom = std::min(count - top, rows - top);
  std::vector<stream::Bar> list;
  const auto add = [&](int i) {
    stream::Bar bar;
    bar.label = filled(c.tr("block {0}, head {1}"), {std::to_string(i / heads + 1), std::to_string(i % heads + 1)});
    bar.text = value_text(drop_of(content, i), content.probability);
    bar.value = drop_of(content, i);
    bar.color = stream::sign_color(bar.value);
    bar.target = draw::HeadTarget{i / heads, i % heads};
    bar.hovered = !input.paper && input.selection.hovered == bar.target;
    list.push_back(std::move(bar));
  };
  for (int i = 0; i < top; ++i) add(order[static_cast<std::size_t>(i)]);
  for (int i = count - bottom; i < count; ++i) add(order[static_cast<std::size_t>(i)]);
  const float used = stream::bars(c, r, list);
  const std::string plain = filled(c.tr("all heads: logit {0}, probability {1}"),
                                   {draw::number(static_cast<double>(content.found->plain_logits[index])), draw::percent(static_cast<double>(content.found->plain_probs[index]))});
  c.paragraph({foot.x0, std::min(foot.y0, r.y0 + used) + 0.25f * line, foot.x1, foot.y1}, plain, c.metrics().small_style(), c.theme().text2);
}

void draw_figure(Canvas& c, Rect r, const FigureInput& input) {
  const auto result = found<HeadImportance>(input, key_of(input));
  if (!result) return draw_missing(c, r);
  const Content content = content_of(input, result);
  const float u = c.u();
  const std::string name = input.trace.model().label(content.class_index);
  const std::string title = filled(c.tr(content.probability ? "Probability of {0} lost without a head" : "Logit of {0} lost without a head"), {name});
  heads::HeadMap map;
  map.values = draw::Matrix(content.drop);
  map.heat = stream::signed_heat(draw::symmetric_range(map.values));
  map.title = title;
  map.hint = c.tr("one run for each head");
  map.bar_label = std::string(c.tr("plain minus without; red: speaks for the class"));
  map.tooltip = [&](int block, int head) {
    const int i = block * input.config().heads + head;
    return filled(c.tr("block {0}, head {1}: {2}"), {std::to_string(block + 1), std::to_string(head + 1), value_text(drop_of(content, i), content.probability)});
  };
  if (r.height() > 1.1f * r.width()) {
    heads::head_map(c, r.cut_top(0.58f * r.height()), input, map);
    r.cut_top(2 * u);
    strongest(c, r, input, content);
    return;
  }
  Rect right = r.cut_right(std::clamp(0.32f * r.width(), 24 * u, 46 * u));
  r.cut_right(std::min(5 * u, 0.04f * r.width() + u));
  heads::head_map(c, r, input, map);
  strongest(c, right, input, content);
}

std::string subject(const Canvas& c, const FigureInput& input) {
  return filled(c.tr("{0}, {1} blocks × {2} heads"), {input.trace.complete() ? input.trace.model().label(stream::chosen_class(input)) : "", std::to_string(input.config().depth),
                                                         std::to_string(input.config().heads)});
}

std::string caption(const Canvas& c, const FigureInput&) {
  return std::string(c.tr("One head at a time is switched off: its columns of the joined heads are set to zero for every token, and what comes after is computed anew. Drawn is the class's value with all heads "
                          "minus its value without that head; other heads are not trained to step in, so the numbers need not add up."));
}

Table data(const FigureInput& input) {
  Table table;
  const auto result = found<HeadImportance>(input, key_of(input));
  if (!result) return table;
  const int class_index = stream::chosen_class(input);
  const Tensor logit = head_drop(*result, class_index, false), probability = head_drop(*result, class_index, true);
  TableColumn block{"block", {}}, head{"head", {}}, logits{"logit_lost", {}}, probabilities{"probability_lost", {}};
  for (int i = 0; i < result->blocks * result->heads; ++i) {
    block.values.push_back(i / result->heads);
    head.values.push_back(i % result->heads);
    logits.values.push_back(static_cast<double>(logit.values()[static_cast<std::size_t>(i)]));
    probabilities.values.push_back(static_cast<double>(probability.values()[static_cast<std::size_t>(i)]));
  }
  table.columns = {block, head, logits, probabilities};
  table.tensors = {{"logit_lost", logit}};
  return table;
}

}  // namespace

const Figure& head_importance_map() {
  static const Figure figure{"head-importance", "Head importance", "join-heads", {1340, 700}, ready, draw_figure, subject, caption, data, options(), studies};
  return figure;
}

}  // namespace vitscope::figures
