// Token attention 2.
#include "app/figures/parts_token.h"

namespace vitscope::figures {

namespace {

constexpr Option kOptions[] = {{Option::Kind::slider, "token-attention-2.window", "Window", 0, 1, 0.4f, {}}};

bool ready(const FigureInput& in) { return inside::token_ready(in, 1, Slot::t2t1_attn, Slot::t2t2_attn); }
void draw_figure(draw::Canvas& c, draw::Rect r, const FigureInput& in) { inside::draw_token_attention(c, r, in, 1, kOptions[0]); }
std::string subject(const draw::Canvas& c, const FigureInput& in) { return inside::token_subject(c, in, 1, kOptions[0]); }
std::string caption(const draw::Canvas& c, const FigureInput&) {
  return std::string(
      c.tr("Softmax of the scores among the windows of this soft split, first head: every row sums to 1. The cells lie where the windows lie; a window itself "
           "is larger than its cell and overlaps its neighbours."));
}
Table data(const FigureInput& in) { return inside::token_attention_data(in, 1, kOptions[0]); }

}  // namespace

const Figure& token_attention2() {
  static const Figure figure{"token-attention-2", "Token attention 2", "t2t-attention2", {1340, 700}, ready, draw_figure, subject, caption, data, kOptions};
  return figure;
}

}  // namespace vitscope::figures
