// What the edits changed: the answer, every tensor of the walk, the selected row of the attention.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "app/draw/number.h"
#include "app/figures/attention_draw.h"
#include "app/figures/parts_answer.h"
#include "app/figures/parts_compared.h"

namespace vitscope::figures {

namespace {

using namespace stream;
using namespace edits;
using draw::Align;
using draw::Canvas;
using draw::Rect;

/// Classes with a large probability before or after, the largest first.
std::vector<int> shown_classes(const FigureInput& in, int count) {
  const Tensor &a = unedited(in)->at(Slot::probs), &b = in.trace.at(Slot::probs);
  std::vector<int> order(static_cast<std::size_t>(in.config().classes));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int x, int y) { return std::max(a.at(x), b.at(x)) > std::max(a.at(y), b.at(y)); });
  order.resize(std::min(order.size(), static_cast<std::size_t>(count)));
  return order;
}

void answers(Canvas& c, Rect r, const FigureInput& in) {
  const auto& theme = c.theme();
  const float u = c.u(), lh = line_height(c);
  const auto small = c.metrics().small_style();
  const Tensor &before = unedited(in)->at(Slot::probs), &after = in.trace.at(Slot::probs);
  heading(c, r, c.tr("Answer"), c.tr("thin: without the edits"));
  const int rows = std::max(1, std::min(8, static_cast<int>(r.height() / (2.2f * lh))));
  const std::vector<int> order = shown_classes(in, rows);
  const float row = std::min(r.height() / static_cast<float>(order.size()), 3.2f * lh);
  float label = 0;
  for (int k : order) label = std::max(label, c.text_width(in.trace.model().label(k), small));
  label = std::min(label, 0.3f * r.width());
  const float room = c.text_width("0.999 % → 0.999 %", small) + 2 * u;
  const auto best = static_cast<int>(std::max_element(after.values().begin(), after.values().end()) - after.values().begin());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const int k = order[i];
    const Rect line{r.x0, r.y0 + row * static_cast<float>(i), r.x1, r.y0 + row * static_cast<float>(i + 1)};
    const float y = line.centre().y - lh / 2;
    const auto a = std::clamp(static_cast<double>(before.at(k)), 0.0, 1.0), b = std::clamp(static_cast<double>(after.at(k)), 0.0, 1.0);
    c.text({line.x0, y}, in.trace.model().label(k), k == best ? c.metrics().small_medium() : small, k == best ? theme.text1 : theme.text2, Align::left, label + 0.5f);
    const Rect track{line.x0 + label + 1.5f * u, line.centre().y - 0.28f * row, line.x1 - room, line.centre().y + 0.28f * row};
    c.fill(track, theme.raised);
    const float split = track.y0 + 0.3f * track.height();
    c.fill({track.x0, track.y0, track.x0 + track.width() * static_cast<float>(a), split}, theme.text3);
    c.fill({track.x0, split, track.x0 + track.width() * static_cast<float>(b), track.y1}, theme.class_token.faded(k == best ? 1.0f : 0.6f));
    c.text({line.x1, y}, draw::percent(a) + " → " + draw::percent(b), small, k == best ? theme.text1 : theme.text2, Align::right);
    c.tag(line, draw::CellTarget{{{Slot::probs}, k}});
  }
}

/// One output has no probabilities.
void single(Canvas& c, Rect r, const FigureInput& in) {
  heading(c, r, c.tr("Answer"), c.tr("one logit"));
  const std::string text = draw::number(static_cast<double>(unedited(in)->at(Slot::logits).at(0)), 4) + " → " + draw::number(static_cast<double>(in.trace.at(Slot::logits).at(0)), 4);
  const Rect box = c.text({r.x0, r.y0 + c.u()}, text, c.metrics().title_style(), c.theme().class_token, Align::left, r.width());
  c.tag(box, draw::CellTarget{{{Slot::logits}, 0}});
}

/// The selected row of the attention, after minus before, on the grid of patches.
void attention_change(Canvas& c, Rect r, const FigureInput& in) {
  const auto& theme = c.theme();
  const float u = c.u(), lh = line_height(c);
  const Trace& before = *unedited(in);
  const attention::Chosen now = attention::chosen(in);
  if (!before.has(Slot::attn, now.block) || !in.trace.has(Slot::attn, now.block)) return;
  const PatchGrid& grid = in.grid();
  const draw::Matrix a = attention::shares(before, now.block, now.head), b = attention::shares(in.trace, now.block, now.head);
  Tensor change({grid.rows(), grid.columns()});
  double moved = 0;
  for (int token = 0; token < grid.tokens(); ++token) moved += 0.5 * std::fabs(static_cast<double>(b.at(now.query, token)) - static_cast<double>(a.at(now.query, token)));
  for (int patch = 0; patch < grid.patches(); ++patch) change.edit()[patch] = b.at(now.query, grid.token_of(patch)) - a.at(now.query, grid.token_of(patch));
  const draw::Matrix matrix{change};
  draw::Span span = draw::symmetric_range(matrix);
  if (span.hi <= 0) span = {-1e-6f, 1e-6f};
  heading(c, r, phrase(c, "Where {0} looks: after − before", {draw::token_name(c, now.query, grid)}), attention::block_and_head(c, in));
  const float bar = lying_bar_height(c);
  const Rect foot = r.cut_bottom(bar + lh + 1.25f * u);
  const Rect cells = draw::fit(r, static_cast<float>(grid.columns()) / static_cast<float>(grid.rows())).moved({0, 0});
  const Rect placed = cells.moved({r.x0 - cells.x0, r.y0 - cells.y0});
  const draw::HeatStyle heat = signed_heat(span);
  c.heat(placed, matrix, heat);
  for (int patch = 0; patch < grid.patches(); ++patch) {
    const float w = placed.width() / static_cast<float>(grid.columns()), h = placed.height() / static_cast<float>(grid.rows());
    const Rect cell = draw::rect_at({placed.x0 + w * static_cast<float>(grid.column(patch)), placed.y0 + h * static_cast<float>(grid.row(patch))}, w, h);
    c.tag(cell, draw::TokenTarget{grid.token_of(patch)}, draw::percent(static_cast<double>(change.values()[static_cast<std::size_t>(patch)])));
  }
  lying_bar(c, {foot.x0, foot.y0 + 0.75f * u, foot.x1, foot.y0 + 0.75f * u + bar}, heat, c.tr("change of the share"), true);
  c.text({foot.x0, foot.y1 - lh}, phrase(c, "{0} of the row's attention moved elsewhere", {draw::percent(moved)}), c.metrics().small_style(), theme.text3, Align::left, foot.width());
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  if (!unedited(in)) return invitation_to_edit(c, r);
  const float u = c.u();
  const bool upright = r.height() > 1.1f * r.width();
  Rect chart = r.cut_bottom(std::clamp(0.42f * r.height(), 15 * u, 34 * u));
  r.cut_bottom(2.5f * u);
  Rect left = r;
  if (!upright) {
    left = r.cut_left(0.56f * r.width());
    r.cut_left(5 * u);
  } else {
    left = r.cut_top(0.4f * r.height());
    r.cut_top(2 * u);
  }
  if (!in.trace.has(Slot::probs)) single(c, left, in);
  else answers(c, left, in);
  attention_change(c, r, in);
  difference_chart(c, chart, in, {});
}

std::string subject(const Canvas& c, const FigureInput& in) {
  return in.trace.edits() ? words(*in.trace.edits(), [&](std::string_view english) { return c.tr(english); }) : std::string();
}

std::string caption(const Canvas& c, const FigureInput&) {
  return std::string(c.tr("The run under edits against the same run without them. Chart: largest absolute difference of each tensor divided by the largest magnitude that it has without edits, "
                          "logarithmic, in the order of the walk; numbers below are blocks. Where no bar stands the numbers are equal to the last bit. Map: change of the attention shares of one row."));
}

Table data(const FigureInput& in) {
  Table table;
  if (!unedited(in)) {
    table.columns = {{"difference", {0}}};
    return table;
  }
  TableColumn block{"block", {}}, largest{"largest_difference", {}}, size{"largest_before", {}}, relative{"relative_difference", {}};
  for (const TensorDifference& d : *compared_runs(in)) {
    block.values.push_back(d.tensor.block);
    largest.values.push_back(d.largest);
    size.values.push_back(d.size);
    relative.values.push_back(d.relative());
  }
  table.columns = {block, largest, size, relative};
  table.tensors = {{"logits_before", unedited(in)->at(Slot::logits)}, {"logits_after", in.trace.at(Slot::logits)}};
  return table;
}

}  // namespace

const Figure& before_after() {
  static const Figure figure{"before-after", "Before and after", "prediction", {1340, 800}, ready_to_compare, draw_figure, subject, caption, data, {}};
  return figure;
}

}  // namespace vitscope::figures
