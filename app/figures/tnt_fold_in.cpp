// The words of each patch become its first row.
#include "app/figures/parts_inside.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures {

namespace {

bool begins_as_zeros(const FigureInput& in) { return in.config().tnt && in.config().tnt->zero_rows; }

bool ready(const FigureInput& in) { return in.config().tnt && (begins_as_zeros(in) || in.trace.has(Slot::tnt_fold_in_norm)) && in.trace.has(Slot::embed_patch); }

void draw_figure(draw::Canvas& c, draw::Rect r, const FigureInput& in) {
  if (begins_as_zeros(in)) {
    const inside::View rows[] = {inside::view_of(c, in, {Slot::embed_patch}, "Patch rows")};
    return inside::maps_apart(c, r, in, rows, inside::chosen_patch(in));
  }
  const inside::View views[] = {inside::view_of(c, in, {Slot::tnt_fold_in_norm}, "Words side by side, normalised"),
                                inside::view_of(c, in, {Slot::embed_patch}, "Patch rows")};
  inside::maps_apart(c, r, in, views, inside::chosen_patch(in));
}

std::string subject(const draw::Canvas& c, const FigureInput& in) { return stream::phrase(c, "patch {0}", {std::to_string(inside::chosen_patch(in))}); }

std::string caption(const draw::Canvas& c, const FigureInput& in) {
  if (begins_as_zeros(in)) {
    return stream::phrase(c, "In the paper's formula each of the {0} patches begins as {1} zeros; what its {2} words find is added in every block. Rows are patches.",
                          {std::to_string(in.config().patches()), std::to_string(in.config().dim), std::to_string(in.config().tnt->words())});
  }
  return stream::phrase(
      c, "The {0} words of a patch, {1} numbers each, are laid side by side, normalised, projected to {2} numbers and normalised again. Rows are patches.",
      {std::to_string(in.config().tnt->words()), std::to_string(in.config().tnt->width()), std::to_string(in.config().dim)});
}

Table data(const FigureInput& in) {
  Table table;
  if (begins_as_zeros(in)) table.tensors = {{"patches", in.trace.at(Slot::embed_patch)}};
  else table.tensors = {{"words", in.trace.at(Slot::tnt_fold_in_norm)}, {"patches", in.trace.at(Slot::embed_patch)}};
  return table;
}

}  // namespace

const Figure& tnt_fold_in() {
  static const Figure figure{"tnt-fold-in", "Words folded in", "tnt-fold-in", {1340, 640}, ready, draw_figure, subject, caption, data, {}};
  return figure;
}

}  // namespace vitscope::figures
