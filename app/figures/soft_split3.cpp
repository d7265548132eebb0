// Soft split 3.
#include "app/figures/parts_split.h"

namespace vitscope::figures {

namespace {

constexpr Option kOptions[] = {{Option::Kind::slider, "soft-split-3.window", "Move the window", 0, 1, 0.4f, {}}};

bool ready(const FigureInput& in) { return inside::split_ready(in, 2); }
void draw_figure(draw::Canvas& c, draw::Rect r, const FigureInput& in) { inside::draw_split(c, r, in, 2, kOptions[0]); }
std::string subject(const draw::Canvas& c, const FigureInput& in) { return inside::split_subject(c, in, 2, kOptions[0]); }
std::string caption(const draw::Canvas& c, const FigureInput& in) { return inside::split_caption(c, in, 2); }
Table data(const FigureInput& in) { return inside::split_data(in, 2); }

}  // namespace

const Figure& soft_split3() {
  static const Figure figure{"soft-split-3", "Soft split 3", "t2t-split3", {1340, 760}, ready, draw_figure, subject, caption, data, kOptions};
  return figure;
}

}  // namespace vitscope::figures
