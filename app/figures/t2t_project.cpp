// The windows of the last soft split become tokens.
#include "app/figures/parts_inside.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures {

namespace {

bool ready(const FigureInput& in) { return in.config().t2t && in.trace.has(Slot::t2t_split2) && in.trace.has(Slot::embed_patch); }

int chosen(const FigureInput& in) { return inside::chosen_patch(in); }

void draw_figure(draw::Canvas& c, draw::Rect r, const FigureInput& in) {
  const inside::View views[] = {inside::view_of(c, in, {Slot::t2t_split2}, "Windows"), inside::view_of(c, in, {Slot::embed_patch}, "Tokens")};
  inside::maps_apart(c, r, in, views, chosen(in));
}

std::string subject(const draw::Canvas& c, const FigureInput& in) { return stream::phrase(c, "patch {0}", {std::to_string(chosen(in))}); }

std::string caption(const draw::Canvas& c, const FigureInput& in) {
  return stream::phrase(c,
                        "Each window of {0} numbers, times a learned matrix, becomes a token of {1} numbers. Rows are the {2} windows of the last soft split, "
                        "which the encoder takes for its patches.",
                        {std::to_string(in.config().patch_length()), std::to_string(in.config().dim), std::to_string(in.config().patches())});
}

Table data(const FigureInput& in) {
  Table table;
  table.tensors = {{"windows", in.trace.at(Slot::t2t_split2)}, {"tokens", in.trace.at(Slot::embed_patch)}};
  return table;
}

}  // namespace

const Figure& t2t_project() {
  static const Figure figure{"t2t-project", "Windows to tokens", "t2t-project", {1340, 640}, ready, draw_figure, subject, caption, data, {}};
  return figure;
}

}  // namespace vitscope::figures
