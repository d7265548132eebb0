// Two heads and what becomes of their answers: logits side by side, the mean of logits against the mean of probabilities.
#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/parts_answer.h"
#include "app/figures/parts_panels.h"

namespace vitscope::figures {

namespace {

using namespace stream;
using draw::Canvas;
using draw::Rect;

std::vector<double> softmax(std::span<const float> logits) {
  const double peak = *std::max_element(logits.begin(), logits.end());
  std::vector<double> shares;
  double total = 0;
  for (const float z : logits) total += shares.emplace_back(std::exp(static_cast<double>(z) - peak));
  for (double& share : shares) share /= total;
  return shares;
}

/// One list of bars, a class a line.
struct Column {
  std::string title, hint;
  std::vector<double> values;  ///< of all classes
  std::optional<Slot> slot;    ///< where a click on a bar leads
  bool percent = false;
};

void draw_columns(Canvas& c, Rect r, const FigureInput& in, const std::vector<int>& order, const std::vector<Column>& columns) {
  const float gap = 4 * c.u(), each = (r.width() - gap * static_cast<float>(columns.size() - 1)) / static_cast<float>(columns.size());
  const int chosen = pinned_class(in), hovered = hovered_class(in);
  for (const Column& column : columns) {
    Rect part = r.cut_left(each);
    r.cut_left(std::min(gap, r.width()));
    heading(c, part, column.title, column.hint);
    std::vector<Bar> list;
    for (const int k : order) {
      const double value = column.values[static_cast<std::size_t>(k)];
      Bar bar;
      bar.label = in.trace.model().label(k);
      bar.value = value;
      bar.text = column.percent ? draw::percent(value) : draw::number(value);
      bar.color = column.percent ? c.theme().class_token : sign_color(value);
      bar.pinned = k == chosen;
      bar.hovered = k == hovered;
      if (column.slot) bar.target = draw::CellTarget{{{*column.slot}, k}};
      list.push_back(std::move(bar));
    }
    BarsStyle style;
    style.ground = column.percent;
    style.row_height = std::clamp(part.height() / static_cast<float>(std::max<std::size_t>(order.size(), 1)), bar_row_height(c), 4.5f * c.u());
    bars(c, part, list, style);
  }
}

std::vector<double> values_of(const FigureInput& in, Slot slot) {
  const auto values = in.trace.at(slot).values();
  return {values.begin(), values.end()};
}

/// As many classes as there is room for, the largest mean first.
std::vector<int> order_for(const Canvas& c, Rect r, const FigureInput& in) {
  const Slot slot = in.trace.has(Slot::logits) ? Slot::logits : Slot::logits_cls;
  return largest(in.trace.at(slot).values(), std::max(1, static_cast<int>((r.height() - heading_height(c)) / bar_row_height(c))), true);
}

bool ready(const FigureInput& in) { return in.trace.has(Slot::logits_cls) && in.trace.has(Slot::logits_dist); }

void draw_heads(Canvas& c, Rect r, const FigureInput& in) {
  draw_columns(c, r, in, order_for(c, r, in),
               {{std::string(c.tr("Head of the class token")), std::string(c.tr("logits")), values_of(in, Slot::logits_cls), Slot::logits_cls},
                {std::string(c.tr("Head of the distillation token")), std::string(c.tr("logits")), values_of(in, Slot::logits_dist), Slot::logits_dist}});
}

std::string heads_caption(const Canvas& c, const FigureInput& in) {
  return phrase(c,
                "Logits (no unit) of the two heads for the same {0} classes, in the order of their mean. Each head is a linear layer of its own: the first reads the class token, the second the distillation "
                "token, which learned from a teacher's answers.",
                {std::to_string(in.config().classes)});
}

Table heads_data(const FigureInput& in) { return panels_data({{"logits_cls", in.trace.at(Slot::logits_cls)}, {"logits_dist", in.trace.at(Slot::logits_dist)}}); }

/// What averaging probabilities instead of logits would give.
std::vector<double> mean_of_probabilities(const FigureInput& in) {
  std::vector<double> a = softmax(in.trace.at(Slot::logits_cls).values());
  const std::vector<double> b = softmax(in.trace.at(Slot::logits_dist).values());
  for (std::size_t k = 0; k < a.size(); ++k) a[k] = (a[k] + b[k]) / 2;
  return a;
}

bool mean_ready(const FigureInput& in) { return ready(in) && in.trace.has(Slot::logits); }

void draw_mean(Canvas& c, Rect r, const FigureInput& in) {
  draw_columns(c, r, in, order_for(c, r, in),
               {{std::string(c.tr("Mean of the logits")), std::string(c.tr("what the model uses")), values_of(in, Slot::logits), Slot::logits},
                {std::string(c.tr("Softmax of the mean")), std::string(c.tr("the answer")), softmax(in.trace.at(Slot::logits).values()), {}, true},
                {std::string(c.tr("Mean of the softmaxes")), std::string(c.tr("for comparison")), mean_of_probabilities(in), {}, true}});
}

std::string mean_caption(const Canvas& c, const FigureInput&) {
  return std::string(c.tr("The model averages the two logit vectors (left, no unit) and takes the softmax of the mean (middle). Averaging the two heads' probabilities instead (right) would give other numbers; it is "
                          "shown for comparison and used nowhere."));
}

Table mean_data(const FigureInput& in) {
  Table table = panels_data({{"logits_cls", in.trace.at(Slot::logits_cls)}, {"logits_dist", in.trace.at(Slot::logits_dist)}, {"logits", in.trace.at(Slot::logits)}});
  table.columns.push_back({"softmax_of_mean", softmax(in.trace.at(Slot::logits).values())});
  table.columns.push_back({"mean_of_softmaxes", mean_of_probabilities(in)});
  return table;
}

}  // namespace

const Figure& two_heads() {
  static const Figure figure{"two-heads", "Two heads", "two-heads", {1340, 680}, ready, draw_heads, nullptr, heads_caption, heads_data, {}};
  return figure;
}

const Figure& mean_logits() {
  static const Figure figure{"mean-logits", "Mean of the logits", "mean-logits", {1340, 680}, mean_ready, draw_mean, nullptr, mean_caption, mean_data, {}};
  return figure;
}

}  // namespace vitscope::figures
