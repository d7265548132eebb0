// What attention and MLP add, column by column times a learned gain.
#include "app/figures/parts_panels.h"

namespace vitscope::figures {

namespace {

using namespace stream;

struct Page {
  TensorRef before, after;
  const Tensor& gain;
  std::string_view title;
};

Page page_of(const FigureInput& in, bool first) {
  const BlockWeights& weights = in.trace.model().weights.blocks[static_cast<std::size_t>(in.block())];
  if (first) return {{Slot::attn_out, in.block()}, {Slot::scaled1, in.block()}, weights.scale1, "Attention output"};
  return {{Slot::fc2, in.block()}, {Slot::scaled2, in.block()}, weights.scale2, "MLP output"};
}

template <bool kFirst>
bool ready(const FigureInput& in) {
  const Page page = page_of(in, kFirst);
  return in.trace.has(page.before) && in.trace.has(page.after);
}

template <bool kFirst>
void draw_figure(draw::Canvas& c, draw::Rect r, const FigureInput& in) {
  const Page page = page_of(in, kFirst);
  draw_panels(c, r, in, {recorded(in, page.before, std::string(c.tr(page.title))), recorded(in, page.after, std::string(c.tr("Scaled")), "→"), learned(c, page.gain, std::string(c.tr("gain, learned")), "×")});
}

std::string caption(const draw::Canvas& c, const FigureInput& in) {
  return phrase(c,
                "LayerScale: every column of the {0} numbers is multiplied by one learned gain, the same for all tokens, no unit. Gains near 0 silence a column, negative ones turn its sign. Colours are cut "
                "at 99 % of the magnitudes of each map, white is 0.",
                {std::to_string(in.config().dim)});
}

template <bool kFirst>
Table data(const FigureInput& in) {
  const Page page = page_of(in, kFirst);
  return panels_data({{"before", in.trace.at(page.before)}, {"after", in.trace.at(page.after)}, {"gain", page.gain}});
}

}  // namespace

const Figure& layer_scale1() {
  static const Figure figure{"layer-scale1", "Gains on attention", "layer-scale1", {1340, 680}, ready<true>, draw_figure<true>, block_subject, caption, data<true>, {}};
  return figure;
}

const Figure& layer_scale2() {
  static const Figure figure{"layer-scale2", "Gains on the MLP", "layer-scale2", {1340, 680}, ready<false>, draw_figure<false>, block_subject, caption, data<false>, {}};
  return figure;
}

}  // namespace vitscope::figures
