// Token MLP 1.
#include "app/figures/parts_token.h"

namespace vitscope::figures {

namespace {

constexpr Option kOptions[] = {{Option::Kind::slider, "token-mlp-1.window", "Window", 0, 1, 0.4f, {}}};

bool ready(const FigureInput& in) { return inside::token_ready(in, 0, Slot::t2t1_out, Slot::t2t2_out); }
void draw_figure(draw::Canvas& c, draw::Rect r, const FigureInput& in) { inside::draw_token_mlp(c, r, in, 0, kOptions[0]); }
std::string subject(const draw::Canvas& c, const FigureInput& in) { return inside::token_subject(c, in, 0, kOptions[0]); }
std::string caption(const draw::Canvas& c, const FigureInput&) {
  return std::string(
      c.tr("The MLP reads the normalised narrow token and adds its result to it. Rows are windows, columns numbers of a token; values have no unit."));
}
Table data(const FigureInput& in) { return inside::token_tensors(in, {{"before", Slot::t2t1_attn_out}, {"mlp", Slot::t2t1_fc2}, {"after", Slot::t2t1_out}}); }

}  // namespace

const Figure& token_mlp1() {
  static const Figure figure{"token-mlp-1", "Token MLP 1", "t2t-mlp1", {1340, 700}, ready, draw_figure, subject, caption, data, kOptions};
  return figure;
}

}  // namespace vitscope::figures
