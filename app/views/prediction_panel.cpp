// What the model answers: always in sight.
#include <algorithm>
#include <numeric>

#include "app/draw/number.h"
#include "app/figures/parts_answer.h"
#include "app/views/view.h"

namespace vitscope::views {

using draw::Align;
using draw::Rect;

void prediction_panel(ui::Ui& ui, Rect r, const Frame& frame, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const bool narrow = layout(frame.size).narrow;
  const Trace& trace = *frame.trace;
  const int classes = trace.config().classes;
  const draw::Style small = c.metrics().small_style(), medium = c.metrics().small_medium();
  r = r.inset((narrow ? 2.5f : 2.5f) * u, 0);
  const Rect head = r.cut_top(narrow ? 4.25f * u : 4.5f * u);
  const Rect title = c.text({head.x0, head.y0 + 1.25f * u}, c.tr("Prediction"), medium, theme.text1);
  const bool there = trace.complete();
  const Trace* const before = there && trace.edits() ? trace.origin().unedited.get() : nullptr;
  const std::string count = std::to_string(classes) + " " + std::string(c.tr(classes == 1 ? "number" : "classes"));
  std::string hint = before && classes > 1 ? std::string(c.tr("line: without the edits")) : there ? count : std::string(c.tr("after block")) + " " + std::to_string(trace.config().depth);
  // The page of the prediction says it as well, where there is no room for it here.
  const std::string assumed = hint + ", " + std::string(c.tr("names assumed"));
  if (hint == count && trace.model().labels_assumed && title.x1 + 2 * u + c.text_width(assumed, small) <= head.x1) hint = assumed;
  c.text({head.x1, head.y0 + 1.25f * u}, hint, small, theme.text3, Align::right);
  const Slot answer = records(trace.config(), Slot::probs) ? Slot::probs : Slot::logits;
  if (ui.clicked("prediction", head)) out.push_back(GoTo{{&writer_of(answer, trace.config()), -1}});

  const float pitch = 3 * u;
  const int rows = std::min(classes, std::max(1, static_cast<int>((r.height() - 0.5f * u) / pitch)));
  std::vector<int> order(static_cast<std::size_t>(classes));
  std::iota(order.begin(), order.end(), 0);
  const auto values = there ? trace.at(classes == 1 ? Slot::logits : Slot::probs).values() : std::span<const float>{};
  if (there)
    std::partial_sort(order.begin(), order.begin() + rows, order.end(),
                      [&](int a, int b) { return values[static_cast<std::size_t>(a)] > values[static_cast<std::size_t>(b)]; });
  // Long names take room from the bars.
  float label_width = r.width() * 0.3f;
  for (int i = 0; there && i < rows; ++i) label_width = std::max(label_width, c.text_width(trace.model().label(order[static_cast<std::size_t>(i)]), i == 0 ? medium : small) + 1);
  label_width = std::min(label_width, r.width() * 0.67f);
  const float value_width = 7 * u;
  const int named = figures::stream::named_class({trace, frame.selection});
  for (int i = 0; i < rows; ++i) {
    const Rect row = r.cut_top(pitch);
    const float ty = row.y0 + (pitch - c.text_height(small)) / 2;
    const Rect bar{row.x0 + label_width + u, row.centre().y - 5, row.x1 - value_width, row.centre().y + 5};
    if (!there) {
      c.fill({row.x0, bar.y0, row.x0 + label_width * (i % 2 ? 0.6f : 0.85f), bar.y1}, theme.raised, 2);
      c.fill(bar, theme.raised, 2);
      continue;
    }
    const int index = order[static_cast<std::size_t>(i)];
    const float value = values[static_cast<std::size_t>(index)];
    // A click names the class that the figures of the answer take apart; another click goes back to the predicted one.
    if (classes > 1 && ui.clicked("prediction.class." + std::to_string(i), row))
      out.push_back(SetOption{std::string(figures::stream::kClassOption), index == named ? -1.0f : static_cast<float>(index)});
    if (classes > 1 && ui.hovering(row)) c.fill(row.inset(-0.5f * u, 0), theme.raised, 3);
    const auto name_color = index == named ? theme.selection : i == 0 ? theme.text1 : theme.text2;
    c.text({row.x0, ty}, trace.model().label(index), i == 0 ? medium : small, name_color, Align::left, label_width);
    if (classes == 1) {
      c.text({row.x1, ty}, draw::number(value, 4), medium, theme.text1, Align::right);
      continue;
    }
    c.fill(bar, theme.raised, 2);
    c.fill({bar.x0, bar.y0, bar.x0 + std::max(1.0f, bar.width() * value), bar.y1}, i == 0 ? theme.class_token : theme.class_token.faded(0.6f), 2);
    if (before) {
      // Where the bar of the unedited run ends.
      const float x = bar.x0 + bar.width() * before->at(Slot::probs).at(index);
      c.fill({x - 1.5f, bar.y0 - 3, x + 1.5f, bar.y1 + 3}, theme.panel);
      c.fill({x - 0.75f, bar.y0 - 3, x + 0.75f, bar.y1 + 3}, theme.text1);
    }
    c.text({row.x1, ty}, draw::percent(value), i == 0 ? medium : small, i == 0 ? theme.text1 : theme.text2, Align::right);
  }
}

}  // namespace vitscope::views
