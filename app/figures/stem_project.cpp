// The patches of a hybrid's map become tokens.
#include "app/figures/parts_inside.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures {

namespace {

bool ready(const FigureInput& in) { return in.config().stem && in.trace.has(Slot::stem_patches) && in.trace.has(Slot::embed_patch); }

void draw_figure(draw::Canvas& c, draw::Rect r, const FigureInput& in) {
  const inside::View views[] = {inside::view_of(c, in, {Slot::stem_patches}, "Patches as rows"), inside::view_of(c, in, {Slot::embed_patch}, "Tokens")};
  inside::maps_apart(c, r, in, views, inside::chosen_patch(in));
}

std::string subject(const draw::Canvas& c, const FigureInput& in) { return stream::phrase(c, "patch {0}", {std::to_string(inside::chosen_patch(in))}); }

std::string caption(const draw::Canvas& c, const FigureInput& in) {
  return stream::phrase(c, "Each patch of {0} numbers, times a learned matrix, becomes a token of {1} numbers. Rows are the {2} patches of the map, counted from 0, row by row.",
                        {std::to_string(in.config().patch_length()), std::to_string(in.config().dim), std::to_string(in.config().patches())});
}

Table data(const FigureInput& in) {
  Table table;
  table.tensors = {{"patches", in.trace.at(Slot::stem_patches)}, {"tokens", in.trace.at(Slot::embed_patch)}};
  return table;
}

}  // namespace

const Figure& stem_project() {
  static const Figure figure{"stem-project", "Patches of the map to tokens", "stem-project", {1340, 640}, ready, draw_figure, subject, caption, data, {}};
  return figure;
}

}  // namespace vitscope::figures
