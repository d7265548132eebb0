// Read the sum 2.
#include "app/figures/parts_performer.h"

namespace vitscope::figures {

namespace {

constexpr Option kOptions[] = {{Option::Kind::slider, "token-read-2.window", "Window", 0, 1, 0.4f, {}}};

bool ready(const FigureInput& in) { return inside::performer_ready(in, 1, Slot::t2t1_context, Slot::t2t2_context); }
void draw_figure(draw::Canvas& c, draw::Rect r, const FigureInput& in) { inside::draw_read(c, r, in, 1, kOptions[0]); }
std::string subject(const draw::Canvas& c, const FigureInput& in) { return inside::performer_subject(c, in, 1, kOptions[0]); }
std::string caption(const draw::Canvas& c, const FigureInput&) {
  return std::string(
      c.tr("The features of a query times S, divided by D + 10⁻⁸: a mean of the values of all windows, and nearly nothing where D is no larger than 10⁻⁸. D, the features of the query times s, is what the weights of all values add up to; the weight "
           "of a single window is never computed. Values have no unit."));
}
Table data(const FigureInput& in) { return inside::token_tensors(in, {{"normaliser", Slot::t2t2_normaliser}, {"numerator", Slot::t2t2_numerator}, {"context", Slot::t2t2_context}}); }

}  // namespace

const Figure& token_read2() {
  static const Figure figure{"token-read-2", "Read the sum 2", "t2t-read2", {1340, 700}, ready, draw_figure, subject, caption, data, kOptions};
  return figure;
}

}  // namespace vitscope::figures
