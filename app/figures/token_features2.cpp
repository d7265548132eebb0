// Random features 2.
#include "app/figures/parts_performer.h"

namespace vitscope::figures {

namespace {

std::span<const Option> options() {
  static const Option list[] = {{Option::Kind::slider, "random-features-2.window", "Window", 0, 1, 0.4f, {}},
                                {Option::Kind::choice, "random-features-2.maps", "Maps of", 0, 1, 1, {"queries", "keys"}}};
  return list;
}

bool ready(const FigureInput& in) { return inside::performer_ready(in, 1, Slot::t2t1_features_k, Slot::t2t2_features_k); }
void draw_figure(draw::Canvas& c, draw::Rect r, const FigureInput& in) { inside::draw_features(c, r, in, 1, options()[0], options()[1]); }
std::string subject(const draw::Canvas& c, const FigureInput& in) { return inside::performer_subject(c, in, 1, options()[0]); }
std::string caption(const draw::Canvas& c, const FigureInput&) {
  return std::string(
      c.tr("A performer computes no matrix of attention, so there is no map of who looks at whom. Each query and each key u becomes features e^(W u − |u|² / 2) / √m, with directions W "
           "that were drawn once; the product of two rows of features stands in for the exponential of query times key. Features have no unit."));
}
Table data(const FigureInput& in) { return inside::token_tensors(in, {{"features_q", Slot::t2t2_features_q}, {"features_k", Slot::t2t2_features_k}}); }

}  // namespace

const Figure& token_features2() {
  static const Figure figure{"random-features-2", "Random features 2", "t2t-features2", {1340, 700}, ready, draw_figure, subject, caption, data, options()};
  return figure;
}

}  // namespace vitscope::figures
