// GroupNorm and ReLU of a hybrid's stem: the map of one channel before and after.
#include "app/figures/parts_stem.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures {

namespace {

constexpr Option kOptions[] = {{Option::Kind::slider, "stem-norm.channel", "Channel", 0, 1, 0, {}}};

bool ready(const FigureInput& in) { return in.config().stem && in.trace.has(Slot::stem_norm) && in.trace.has(Slot::stem_relu); }

void draw_figure(draw::Canvas& c, draw::Rect r, const FigureInput& in) {
  constexpr stem::OneMap kMaps[] = {{Slot::stem_norm, "Behind the norm"}, {Slot::stem_relu, "Behind ReLU"}};
  stem::draw_maps(c, r, in, kMaps, kOptions[0]);
}

std::string subject(const draw::Canvas& c, const FigureInput& in) { return stem::channel_subject(c, in, kOptions[0]); }

std::string caption(const draw::Canvas& c, const FigureInput& in) {
  const StemConfig& s = *in.config().stem;
  return stream::phrase(c,
                        "The {0} channels form {1} groups of {2}. All numbers of a group share one mean and one deviation, over the whole map; gain and shift were learned for each channel. "
                        "Then ReLU makes 0 of every negative number.",
                        {std::to_string(s.channels), std::to_string(s.groups), std::to_string(s.group_size())});
}

Table data(const FigureInput& in) {
  Table table;
  table.tensors = {{"norm", in.trace.at(Slot::stem_norm)}, {"relu", in.trace.at(Slot::stem_relu)}};
  return table;
}

}  // namespace

const Figure& stem_norm() {
  static const Figure figure{"stem-norm", "GroupNorm and ReLU", "stem-norm", {1340, 480}, ready, draw_figure, subject, caption, data, kOptions};
  return figure;
}

}  // namespace vitscope::figures
