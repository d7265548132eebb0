// What the words of each patch add to its row.
#include "app/figures/parts_inside.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures {

namespace {

TensorRef before(const FigureInput& in) { return in.block() == 0 ? TensorRef{Slot::embed_pos} : TensorRef{Slot::out, in.block() - 1}; }

bool ready(const FigureInput& in) {
  return in.config().tnt && in.trace.has(before(in)) && in.trace.has(Slot::tnt_fold, in.block()) && in.trace.has(Slot::tnt_outer_in, in.block());
}

/// The rows of the patches in a tensor [T, D].
inside::View patches_of(const draw::Canvas& c, const FigureInput& in, TensorRef ref, std::string_view title) {
  inside::View view = inside::view_of(c, in, ref, title);
  const int prefix = in.grid().prefix(), tokens = in.config().tokens();
  view.matrix = view.matrix.part(prefix, tokens, 0, view.matrix.columns);
  view.cells = draw::CellGrid{{ref, prefix, 0}, tokens - prefix, view.matrix.columns, 0, 1};
  view.row_name = stream::dim_name(c, Dim::patches, in.config());
  return view;
}

void draw_figure(draw::Canvas& c, draw::Rect r, const FigureInput& in) {
  inside::View views[] = {patches_of(c, in, before(in), "Patch rows before"), inside::view_of(c, in, {Slot::tnt_fold, in.block()}, "What the words add"),
                          patches_of(c, in, {Slot::tnt_outer_in, in.block()}, "Patch rows after")};
  views[0].sign = "+";
  views[1].sign = "=";
  inside::row_of_maps(c, r, in, views, inside::chosen_patch(in), c.tr("one scale for all three; 1 % of the values lie beyond"));
}

std::string subject(const draw::Canvas& c, const FigureInput& in) {
  return stream::block_subject(c, in) + ", " + stream::phrase(c, "patch {0}", {std::to_string(inside::chosen_patch(in))});
}

std::string caption(const draw::Canvas& c, const FigureInput& in) {
  return stream::phrase(c,
                        "The {0} words of each patch are normalised, laid side by side and projected to {1} numbers, which are added to the row of the patch. "
                        "The class token, which has no words, is not drawn and does not change.",
                        {std::to_string(in.config().tnt->words()), std::to_string(in.config().dim)});
}

Table data(const FigureInput& in) {
  Table table;
  TableColumn patch{"patch", {}}, length_before{"length_before", {}}, length_fold{"length_fold", {}};
  for (int i = 0; i < in.config().patches(); ++i) {
    patch.values.push_back(i);
    length_before.values.push_back(stream::length(in.trace.at(before(in)).row(in.grid().token_of(i))));
    length_fold.values.push_back(stream::length(in.trace.at(Slot::tnt_fold, in.block()).row(i)));
  }
  table.columns = {patch, length_before, length_fold};
  table.tensors = {{"fold", in.trace.at(Slot::tnt_fold, in.block())}, {"after", in.trace.at(Slot::tnt_outer_in, in.block())}};
  return table;
}

}  // namespace

const Figure& tnt_fold() {
  static const Figure figure{"tnt-fold", "Words folded into patches", "tnt-fold", {1340, 640}, ready, draw_figure, subject, caption, data, {}};
  return figure;
}

}  // namespace vitscope::figures
