// Every flattened patch brought to the same scale.
#include "app/draw/number.h"
#include "app/figures/parts_panels.h"

namespace vitscope::figures {

namespace {

using namespace stream;

bool ready(const FigureInput& in) { return in.trace.has(Slot::patch_norm); }

void draw_figure(draw::Canvas& c, draw::Rect r, const FigureInput& in) {
  const NormWeights& norm = in.trace.model().weights.patch_norm_in;
  draw_panels(c, r, in, {recorded(in, {Slot::patches}, std::string(c.tr("Flattened patches"))), recorded(in, {Slot::patch_norm}, std::string(c.tr("After the norm")), "→"),
                         learned(c, norm.gain, std::string(c.tr("gain, learned")), "×", Dim::patch_length), learned(c, norm.shift, std::string(c.tr("shift, learned")), "+", Dim::patch_length)});
}

std::string caption(const draw::Canvas& c, const FigureInput& in) {
  return phrase(c,
                "LayerNorm over the {0} numbers of each patch, before the projection: minus its mean, divided by its standard deviation (divisor {0}, ε = {1}), times a learned gain, plus a learned "
                "shift, one pair per element. Rows are patches; colours are cut at 99 % of the magnitudes, white is 0.",
                {std::to_string(in.config().patch_length()), draw::number(static_cast<double>(in.config().layer_norm_eps))});
}

Table data(const FigureInput& in) {
  const NormWeights& norm = in.trace.model().weights.patch_norm_in;
  return panels_data({{"patches", in.trace.at(Slot::patches)}, {"patch_norm", in.trace.at(Slot::patch_norm)}, {"gain", norm.gain}, {"shift", norm.shift}});
}

}  // namespace

const Figure& patch_norm() {
  static const Figure figure{"patch-norm", "Norm of the patches", "patch-norm", {1340, 680}, ready, draw_figure, nullptr, caption, data, {}};
  return figure;
}

}  // namespace vitscope::figures
