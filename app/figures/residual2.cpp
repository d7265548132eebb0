// The MLP output joins the stream.
#include "app/figures/parts_residual.h"
#include "core/variants.h"

namespace vitscope::figures {

namespace {

stream::ResidualPage page_of(const FigureInput& in) {
  return {{Slot::resid1, in.block()}, {variants::second_addition(in.config()), in.block()}, {Slot::out, in.block()}, "MLP output"};
}

bool ready(const FigureInput& in) { return stream::residual_ready(in, page_of(in)); }
void draw_figure(draw::Canvas& c, draw::Rect r, const FigureInput& in) { stream::draw_residual(c, r, in, page_of(in)); }
Table data(const FigureInput& in) { return stream::residual_data(in, page_of(in)); }

}  // namespace

const Figure& residual2() {
  static const Figure figure{"residual2", "Add MLP", "residual2", {1340, 720}, ready, draw_figure, stream::block_subject, stream::residual_caption, data, {}};
  return figure;
}

}  // namespace vitscope::figures
