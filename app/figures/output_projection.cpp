// The joined heads are mixed by a learned matrix into one row of the stream's width.
#include "app/figures/parts_linear.h"
#include "core/variants.h"

namespace vitscope::figures {

namespace {

stream::LinearPage page_of(const draw::Canvas* c, const FigureInput& in) {
  stream::LinearPage page;
  page.in = {Slot::context, in.block()};
  page.out = {variants::attention_projection(in.config()), in.block()};
  page.weights = &in.trace.model().weights.blocks[static_cast<std::size_t>(in.block())].proj;
  page.in_title = c ? c->tr("Joined heads") : "";
  page.weights_title = c ? c->tr("Output weights") : "";
  page.out_title = c ? c->tr("Result") : "";
  page.in_word = "input {0}";
  return page;
}

bool ready(const FigureInput& in) { return in.trace.has(Slot::context, in.block()) && in.trace.has(variants::attention_projection(in.config()), in.block()); }
void draw_figure(draw::Canvas& c, draw::Rect r, const FigureInput& in) { stream::draw_linear(c, r, in, page_of(&c, in)); }
Table data(const FigureInput& in) { return stream::linear_data(in, page_of(nullptr, in)); }

std::string caption(const draw::Canvas& c, const FigureInput& in) {
  return stream::phrase(c,
                        "Each token's joined row of {0} numbers times the learned output matrix plus its bias gives {1} numbers. "
                        "One element of the result is the sum of the products of the input row with one row of weights; values have no unit, 1 % lie beyond each span.",
                        {std::to_string(in.config().heads * in.config().head_width), std::to_string(in.config().dim)});
}

}  // namespace

const Figure& output_projection() {
  static const Figure figure{"output-projection", "Output projection", "attention-output", {1340, 720}, ready, draw_figure, stream::block_subject, caption, data, {}};
  return figure;
}

}  // namespace vitscope::figures
