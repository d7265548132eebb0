// The projected patches normalised once more.
#include "app/draw/number.h"
#include "app/figures/parts_panels.h"

namespace vitscope::figures {

namespace {

using namespace stream;

bool ready(const FigureInput& in) { return in.trace.has(Slot::embed_proj) && in.trace.has(Slot::embed_patch); }

void draw_figure(draw::Canvas& c, draw::Rect r, const FigureInput& in) {
  const NormWeights& norm = in.trace.model().weights.patch_norm_out;
  draw_panels(c, r, in, {recorded(in, {Slot::embed_proj}, std::string(c.tr("Projected patches"))), recorded(in, {Slot::embed_patch}, std::string(c.tr("After the norm")), "→"),
                         learned(c, norm.gain, std::string(c.tr("gain, learned")), "×"), learned(c, norm.shift, std::string(c.tr("shift, learned")), "+")});
}

std::string caption(const draw::Canvas& c, const FigureInput& in) {
  return phrase(c,
                "LayerNorm over the {0} numbers of each projected patch: minus its mean, divided by its standard deviation (divisor {0}, ε = {1}), times a learned gain, plus a learned shift, one pair "
                "per column. Rows are patches; colours are cut at 99 % of the magnitudes, white is 0.",
                {std::to_string(in.config().dim), draw::number(static_cast<double>(in.config().layer_norm_eps))});
}

Table data(const FigureInput& in) {
  const NormWeights& norm = in.trace.model().weights.patch_norm_out;
  return panels_data({{"before", in.trace.at(Slot::embed_proj)}, {"after", in.trace.at(Slot::embed_patch)}, {"gain", norm.gain}, {"shift", norm.shift}});
}

}  // namespace

const Figure& token_norm() {
  static const Figure figure{"token-norm", "Norm of the projected patches", "token-norm", {1340, 680}, ready, draw_figure, nullptr, caption, data, {}};
  return figure;
}

}  // namespace vitscope::figures
