// Max pooling of a hybrid's stem: the map of one channel before and after.
#include "app/figures/parts_stem.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures {

namespace {

constexpr Option kOptions[] = {{Option::Kind::slider, "stem-pool.channel", "Channel", 0, 1, 0, {}}};

bool ready(const FigureInput& in) { return in.config().stem && in.trace.has(Slot::stem_relu) && in.trace.has(Slot::stem_pool); }

void draw_figure(draw::Canvas& c, draw::Rect r, const FigureInput& in) {
  constexpr stem::OneMap kMaps[] = {{Slot::stem_relu, "Before"}, {Slot::stem_pool, "Largest of each window"}};
  stem::draw_maps(c, r, in, kMaps, kOptions[0]);
}

std::string subject(const draw::Canvas& c, const FigureInput& in) { return stem::channel_subject(c, in, kOptions[0]); }

std::string caption(const draw::Canvas& c, const FigureInput& in) {
  const StemConfig& s = *in.config().stem;
  return stream::phrase(c,
                        "A window of {0} × {0} stops at every second place; the largest of its numbers stays. Windows at the lower and right edge reach over the map, where nothing "
                        "counts. {1} × {2} numbers become {3} × {4}: one cell stands for {5} × {5} pixels.",
                        {std::to_string(s.pool.kernel), std::to_string(s.pool.height), std::to_string(s.pool.width), std::to_string(s.map_height()), std::to_string(s.map_width()),
                         std::to_string(StemConfig::kCell)});
}

Table data(const FigureInput& in) {
  Table table;
  table.tensors = {{"before", in.trace.at(Slot::stem_relu)}, {"after", in.trace.at(Slot::stem_pool)}};
  return table;
}

}  // namespace

const Figure& stem_pool() {
  static const Figure figure{"stem-pool", "Max pooling", "stem-pool", {1340, 480}, ready, draw_figure, subject, caption, data, kOptions};
  return figure;
}

}  // namespace vitscope::figures
