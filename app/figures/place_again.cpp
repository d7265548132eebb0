// The table of positions joins the tokens in front of a block.
#include "app/figures/parts_panels.h"

namespace vitscope::figures {

namespace {

using namespace stream;

TensorRef before(const FigureInput& in) { return in.block() == 0 ? TensorRef{Slot::embed_pos} : TensorRef{Slot::out, in.block() - 1}; }

bool ready(const FigureInput& in) { return in.trace.has(before(in)) && in.trace.has(Slot::placed, in.block()); }

void draw_figure(draw::Canvas& c, draw::Rect r, const FigureInput& in) {
  std::vector<Panel> panels{recorded(in, before(in), std::string(c.tr("Tokens before")))};
  if (in.block() > 0) {
    Panel table;
    table.title = c.tr("Position table");
    table.sign = "+";
    table.values = in.trace.model().position_of(in.block());
    table.columns = Dim::dim;
    table.rows = Dim::tokens;
    table.color = c.theme().weights;
    panels.push_back(table);
  }
  panels.push_back(recorded(in, {Slot::placed, in.block()}, std::string(c.tr("Tokens with position")), "="));
  draw_panels(c, r, in, panels);
}

std::string caption(const draw::Canvas& c, const FigureInput& in) {
  if (in.block() == 0)
    return std::string(c.tr("The table of positions has been added in front of the first block already: its tokens go on unchanged. Rows are tokens, columns the numbers of a token, no unit; white is 0."));
  return phrase(c, "Positions are added to the tokens that enter block {0}, cell by cell, no unit. Rows are tokens, columns the {1} numbers of a token; colours are cut at 99 % of the magnitudes of each map, white is 0.",
                {std::to_string(in.block() + 1), std::to_string(in.config().dim)});
}

Table data(const FigureInput& in) {
  return panels_data({{"before", in.trace.at(before(in))}, {"position", in.trace.model().position_of(in.block())}, {"placed", in.trace.at(Slot::placed, in.block())}});
}

}  // namespace

const Figure& place_again() {
  static const Figure figure{"place-again", "Positions in front of a block", "place-again", {1340, 680}, ready, draw_figure, block_subject, caption, data, {}};
  return figure;
}

}  // namespace vitscope::figures
