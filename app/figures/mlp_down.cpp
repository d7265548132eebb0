// The hidden units are mixed by a learned matrix back into the stream's width.
#include "app/figures/parts_linear.h"

namespace vitscope::figures {

namespace {

stream::LinearPage page_of(const draw::Canvas* c, const FigureInput& in) {
  stream::LinearPage page;
  page.in = {Slot::gelu, in.block()};
  page.out = {Slot::fc2, in.block()};
  page.weights = &in.trace.model().weights.blocks[static_cast<std::size_t>(in.block())].fc2;
  page.in_title = c ? c->tr("Hidden units after GELU") : "";
  page.weights_title = c ? c->tr("Weights of the second layer") : "";
  page.out_title = c ? c->tr("Result") : "";
  page.in_word = "unit {0}";
  return page;
}

bool ready(const FigureInput& in) { return in.trace.has(Slot::gelu, in.block()) && in.trace.has(Slot::fc2, in.block()); }
void draw_figure(draw::Canvas& c, draw::Rect r, const FigureInput& in) { stream::draw_linear(c, r, in, page_of(&c, in)); }
Table data(const FigureInput& in) { return stream::linear_data(in, page_of(nullptr, in)); }

std::string caption(const draw::Canvas& c, const FigureInput& in) {
  return stream::phrase(c,
                        "The {0} hidden units of each token times the learned matrix of the second layer plus its bias give {1} numbers again. "
                        "One element of the result is the sum of the products of the hidden row with one row of weights; values have no unit, 1 % lie beyond each span.",
                        {std::to_string(in.config().mlp_dim), std::to_string(in.config().dim)});
}

}  // namespace

const Figure& mlp_down() {
  static const Figure figure{"mlp-down", "MLP down", "fc2", {1340, 720}, ready, draw_figure, stream::block_subject, caption, data, {}};
  return figure;
}

}  // namespace vitscope::figures
