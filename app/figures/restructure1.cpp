// Restructurization 1.
#include "app/figures/parts_token.h"

namespace vitscope::figures {

namespace {

constexpr Option kOptions[] = {{Option::Kind::slider, "restructure-1.window", "Window", 0, 1, 0.4f, {}}};

bool ready(const FigureInput& in) { return inside::token_ready(in, 0, Slot::t2t1_image, Slot::t2t2_image); }
void draw_figure(draw::Canvas& c, draw::Rect r, const FigureInput& in) { inside::draw_restructure(c, r, in, 0, kOptions[0]); }
std::string subject(const draw::Canvas& c, const FigureInput& in) { return inside::token_subject(c, in, 0, kOptions[0]); }
std::string caption(const draw::Canvas& c, const FigureInput&) {
  return std::string(
      c.tr("The rows of the tokens are laid out again where their windows lay: one small image for each number of a token. Nothing is computed; the next soft "
           "split slides its window over these images."));
}
Table data(const FigureInput& in) { return inside::token_tensors(in, {{"rows", Slot::t2t1_out}, {"image", Slot::t2t1_image}}); }

}  // namespace

const Figure& restructure1() {
  static const Figure figure{"restructure-1", "Restructurization 1", "t2t-restructure1", {1340, 700}, ready, draw_figure, subject, caption, data, kOptions};
  return figure;
}

}  // namespace vitscope::figures
