// Keys and values 1.
#include "app/figures/parts_performer.h"

namespace vitscope::figures {

namespace {

constexpr Option kOptions[] = {{Option::Kind::slider, "keys-and-values-1.window", "Window", 0, 1, 0.4f, {}}};

bool ready(const FigureInput& in) { return inside::performer_ready(in, 0, Slot::t2t1_kv, Slot::t2t2_kv); }
void draw_figure(draw::Canvas& c, draw::Rect r, const FigureInput& in) { inside::draw_summary(c, r, in, 0, kOptions[0]); }
std::string subject(const draw::Canvas& c, const FigureInput& in) { return inside::performer_subject(c, in, 0, kOptions[0]); }
std::string caption(const draw::Canvas& c, const FigureInput&) {
  return std::string(
      c.tr("Column j of S adds up the values of all windows, each times feature j of its key; s adds up the features alone. All that a query will ever read of the windows stands in these few "
           "numbers. Rows of the left maps are windows; values have no unit."));
}
Table data(const FigureInput& in) { return inside::token_tensors(in, {{"kv", Slot::t2t1_kv}, {"k_sum", Slot::t2t1_k_sum}}); }

}  // namespace

const Figure& token_summary1() {
  static const Figure figure{"keys-and-values-1", "Keys and values 1", "t2t-summary1", {1340, 700}, ready, draw_figure, subject, caption, data, kOptions};
  return figure;
}

}  // namespace vitscope::figures
