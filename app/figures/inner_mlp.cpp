// Inner MLP of the chosen patch.
#include "app/figures/parts_inside.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures {

namespace {

constexpr Option kOptions[] = {{Option::Kind::slider, "inner-mlp.word", "Word", 0, 1, 0.34f, {}}};

TensorRef before(const FigureInput& in) { return {Slot::tnt_resid1, in.block()}; }

bool ready(const FigureInput& in) {
  return in.config().tnt && in.trace.has(before(in)) && in.trace.has(Slot::tnt_fc2, in.block()) && in.trace.has(Slot::tnt_out, in.block());
}

void draw_figure(draw::Canvas& c, draw::Rect r, const FigureInput& in) {
  const int patch = inside::chosen_patch(in);
  inside::View views[] = {inside::view_of(c, in, before(in), "Words before", patch), inside::view_of(c, in, {Slot::tnt_fc2, in.block()}, "MLP output", patch),
                          inside::view_of(c, in, {Slot::tnt_out, in.block()}, "Words after", patch)};
  views[0].sign = "+";
  views[1].sign = "=";
  inside::row_of_maps(c, r, in, views, inside::chosen_word(in, kOptions[0]), c.tr("one scale for all three; 1 % of the values lie beyond"));
}

std::string subject(const draw::Canvas& c, const FigureInput& in) {
  return stream::block_subject(c, in) + ", " + stream::phrase(c, "patch {0}", {std::to_string(inside::chosen_patch(in))});
}

std::string caption(const draw::Canvas& c, const FigureInput&) {
  return std::string(
      c.tr("The words of the chosen patch before, what the inner MLP adds to each, and their sum. Rows are words, columns their numbers; one colour scale for "
           "all three. Values have no unit."));
}

Table data(const FigureInput& in) {
  Table table;
  table.tensors = {{"before", in.trace.at(before(in))}, {"added", in.trace.at(Slot::tnt_fc2, in.block())}, {"after", in.trace.at(Slot::tnt_out, in.block())}};
  return table;
}

}  // namespace

const Figure& inner_mlp() {
  static const Figure figure{"inner-mlp", "Inner MLP", "tnt-inner-mlp", {1340, 600}, ready, draw_figure, subject, caption, data, kOptions};
  return figure;
}

}  // namespace vitscope::figures
