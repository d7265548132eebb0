// Gather 2.
#include "app/figures/parts_token.h"

namespace vitscope::figures {

namespace {

constexpr Option kOptions[] = {{Option::Kind::slider, "token-gather-2.window", "Window", 0, 1, 0.4f, {}}};

bool ready(const FigureInput& in) { return inside::token_ready(in, 1, Slot::t2t1_attn_out, Slot::t2t2_attn_out); }
void draw_figure(draw::Canvas& c, draw::Rect r, const FigureInput& in) { inside::draw_token_gather(c, r, in, 1, kOptions[0]); }
std::string subject(const draw::Canvas& c, const FigureInput& in) { return inside::token_subject(c, in, 1, kOptions[0]); }
std::string caption(const draw::Canvas& c, const FigureInput& in) {
  if (in.config().t2t->performer()) {
    return std::string(
        c.tr("What the window reads of the sum of keys and values is mixed by a learned map and added to the value of the window itself, because the window is too wide to be added. Rows are "
             "windows, columns the numbers that are left of them."));
  }
  return std::string(
      c.tr("What attention gathers is mixed by a learned map and added to the value of the window itself, because the window is too wide to be added. Rows are "
           "windows, columns the numbers that are left of them."));
}
Table data(const FigureInput& in) { return inside::token_tensors(in, {{"gathered", Slot::t2t2_attn_proj}, {"narrow", Slot::t2t2_attn_out}}); }

}  // namespace

const Figure& token_gather2() {
  static const Figure figure{"token-gather-2", "Gather 2", "t2t-gather2", {1340, 700}, ready, draw_figure, subject, caption, data, kOptions};
  return figure;
}

}  // namespace vitscope::figures
