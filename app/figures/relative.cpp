// What offsets add to the scores of one head: all pairs, one query over the grid, and the same against the offset.
#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/attention_draw.h"
#include "app/figures/parts_embed.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures {

namespace {

using namespace attention;
using draw::Align;
using draw::Canvas;
using draw::Rect;

bool ready(const FigureInput& in) { return in.trace.has(Slot::relative, in.block()) && in.grid().patches() > 1; }

struct Content {
  int block, head, query;  ///< query is a token
  draw::Matrix all;
  draw::HeatStyle heat;
};

/// The chosen query where it is a patch, else the chosen patch: tokens in front have no offset.
Content content_of(const FigureInput& in) {
  const Chosen now = chosen(in);
  const PatchGrid& grid = in.grid();
  const int head = std::max(now.head, 0), query = grid.patch_of(now.query) >= 0 ? now.query : grid.token_of(embed::chosen_patch(in));
  Content content{now.block, head, query, draw::Matrix(in.trace.at(Slot::relative, now.block), head), {}};
  content.heat = stream::signed_heat(stream::signed_span(content.all, 0.99));
  return content;
}

/// What each key patch gets, by patch.
Tensor over_grid(const FigureInput& in, const Content& content) {
  const PatchGrid& grid = in.grid();
  Tensor map({grid.rows(), grid.columns()});
  for (int patch = 0; patch < grid.patches(); ++patch) map.edit()[patch] = in.trace.at(Slot::relative, content.block).at(content.head, content.query, grid.token_of(patch));
  return map;
}

void draw_grid(Canvas& c, Rect r, const FigureInput& in, const Content& content) {
  const PatchGrid& grid = in.grid();
  heading(c, r, c.tr("What {0} gets for each place"), {token_piece(c, content.query, grid)}, c.tr("one cell per patch"));
  const Rect cells = stream::whole_cells(c, draw::fit(r, static_cast<float>(grid.columns()) / static_cast<float>(grid.rows())), grid.rows(), grid.columns());
  const Tensor map = over_grid(in, content);
  c.heat(cells, draw::Matrix(map), content.heat);
  for (int patch = 0; patch < grid.patches(); ++patch) {
    const Rect cell = embed::cell_at(cells, grid.row(patch), grid.column(patch), grid.rows(), grid.columns());
    c.tag(cell, draw::CellTarget{{{Slot::relative, content.block}, content.head, content.query, grid.token_of(patch)}});
    if (grid.token_of(patch) == content.query) c.pinned(cell.inset(c.pixel()));
  }
}

/// Keys in the order of their offset: the same order as the raster, with 0 at the query.
void draw_offsets(Canvas& c, Rect r, const FigureInput& in, const Content& content) {
  const PatchGrid& grid = in.grid();
  const float u = c.u(), line = Canvas::text_height(c.metrics().small_style());
  const int own = grid.patch_of(content.query), last = grid.patches() - 1;
  heading(c, r, c.tr("Against the offset"), {}, c.tr("query minus key, along the raster"));
  const Rect plot{r.x0 + 5 * u, r.y0 + 0.25f * u, r.x1, r.y1 - line - 0.5f * u};
  std::vector<float> values;
  for (int patch = last; patch >= 0; --patch) values.push_back(in.trace.at(Slot::relative, content.block).at(content.head, content.query, grid.token_of(patch)));
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const float lo = std::min(*least, 0.0f), hi = std::max({*most, 0.0f, lo + 1e-9f});
  token_bars(c, plot, values, content.heat, lo, hi);
  const float zero = plot.y1 + lo / (hi - lo) * plot.height();
  c.line({plot.x0, zero}, {plot.x1, zero}, c.theme().tick, c.pixel());
  AxisNumbers numbers(c, plot.x0);
  numbers.add(zero, "0");
  if (lo < 0) numbers.add(plot.y1, draw::number(static_cast<double>(lo), 2), -0.25f);
  if (hi > 0) numbers.add(plot.y0, draw::number(static_cast<double>(hi), 2), 0.25f);
  const auto small = c.metrics().small_style();
  const auto offset = [&](int value) { return (value < 0 ? "−" : "") + std::to_string(std::abs(value)); };
  const Rect first = c.text({plot.x0, plot.y1 + 0.5f * u}, offset(own - last), small, c.theme().text3);
  const float end = c.text_width(offset(own), small);
  if (own > 0) c.text({plot.x1, plot.y1 + 0.5f * u}, offset(own), small, c.theme().text3, Align::right);
  const Rect middle = token_place_in(plot, last - own, grid.patches());
  const float half = c.text_width("0", small) / 2 + u;
  if (middle.centre().x - half > first.x1 && (own == 0 || middle.centre().x + half < plot.x1 - end)) c.text({middle.centre().x, plot.y1 + 0.5f * u}, "0", small, c.theme().text1, Align::centre);
  c.pinned(middle.inset(-c.pixel(), -0.25f * u));
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const float u = c.u();
  const Content content = content_of(in);
  const Rect matrix = cut_pairs(c, r, in.config().tokens());
  pairs(c, matrix, in, {content.all, {Slot::relative, content.block}, content.head, content.query, false, content.heat, false});
  const Rect above = r.cut_top(0.55f * r.height());
  r.cut_top(2 * u);
  draw_grid(c, above, in, content);
  draw_offsets(c, r, in, content);
}

std::string subject(const Canvas& c, const FigureInput& in) { return filled(c.tr("block {0}"), {std::to_string(chosen(in).block + 1)}) + ", " + head_name(c, in, std::max(chosen(in).head, 0)); }

std::string caption(const Canvas& c, const FigureInput& in) {
  return filled(c.tr("What the offset of two patches adds to their score before the softmax: the product of the query with the row for this offset, times {0}; no unit. Every offset from {1} to {2} along the raster "
                     "has one row of {3} numbers (Dosovitskiy et al. 2021, D.4). Colours are cut at 99 % of the magnitudes, white is 0."),
                {draw::number(static_cast<double>(in.config().score_scale)), "−" + std::to_string(in.grid().patches() - 1), std::to_string(in.grid().patches() - 1), std::to_string(in.config().head_width)});
}

Table data(const FigureInput& in) {
  const Content content = content_of(in);
  const PatchGrid& grid = in.grid();
  TableColumn key{"key_patch", {}}, offset{"offset", {}}, value{"added_to_score", {}};
  for (int patch = 0; patch < grid.patches(); ++patch) {
    key.values.push_back(patch);
    offset.values.push_back(grid.patch_of(content.query) - patch);
    value.values.push_back(static_cast<double>(in.trace.at(Slot::relative, content.block).at(content.head, content.query, grid.token_of(patch))));
  }
  Table table;
  table.columns = {key, offset, value};
  table.tensors = {{"offsets", in.trace.model().weights.blocks[static_cast<std::size_t>(content.block)].relative.weight()}};
  return table;
}

}  // namespace

const Figure& relative() {
  static const Figure figure{"relative", "Relative positions", "relative", {1340, 700}, ready, draw_figure, subject, caption, data};
  return figure;
}

}  // namespace vitscope::figures
