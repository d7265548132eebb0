// A learned row is added to every token; which places it makes alike.
#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/parts_position.h"
#include "app/figures/parts_stream.h"
#include "app/figures/prefix_words.h"
#include "core/variants.h"

namespace vitscope::figures {

namespace {

using namespace embed;
using draw::Align;
using draw::Canvas;
using draw::Color;
using draw::Rect;

Slot before_slot(const FigureInput& in) { return variants::unplaced_tokens(in.config()); }

bool ready(const FigureInput& in) { return has_positions(in) && in.trace.has(before_slot(in)) && in.trace.has(Slot::embed_pos); }

/// One of the three matrices: dot, name, hint, cells with the grown row, colour bar.
void draw_matrix(Canvas& c, Rect r, const FigureInput& in, const Tensor& tensor, std::optional<TensorRef> ref, std::string_view name, std::string_view hint, Color color, bool labels) {
  const auto& config = in.config();
  const PatchGrid& grid = in.grid();
  const float u = c.u(), lh = stream::line_height(c);
  const auto& theme = c.theme();
  const int token = grid.token_of(chosen_patch(in)), hovered = stream::hovered_token(in);
  c.circle({r.x0 + 0.5f * u, r.y0 + lh / 2}, 0.45f * u, color);
  Rect head = r;
  head.x0 += 1.75f * u;
  stream::heading(c, head, name, hint);
  r.y0 = head.y0;
  const Rect bar = r.cut_bottom(stream::lying_bar_height(c));
  r.cut_bottom(lh + 1.25f * u);
  const GrownRows rows(c, r, config.tokens(), token, 3 * u);
  const draw::Matrix m(tensor);
  const auto heat = stream::signed_heat(stream::signed_span(m));
  rows.heat(c, m, heat, ref ? std::optional<CellRef>(CellRef{*ref}) : std::nullopt);
  if (!ref)
    for (int i = 0; i < config.tokens(); ++i) c.tag(rows.row(i), draw::TokenTarget{i});
  const float below_front = grid.prefix() > 0 ? rows.row(grid.prefix() - 1).y1 : r.y0;
  const Color front = stream::token_color(theme, 0, grid);
  if (grid.prefix() > 0) c.line({r.x0, r.y0 - 1}, {r.x1, r.y0 - 1}, front, 2);
  if (below_front - r.y0 >= 4) c.line({r.x0, below_front}, {r.x1, below_front}, front, c.pixel());
  if (labels)
    rows.labels(c, grid.prefix_tokens());
  stream::column_axis(c, r, config.dim, stream::dim_name(c, Dim::dim, config), theme.width);
  c.pinned(rows.row(token));
  if (hovered >= 0 && hovered != token) c.hovered(rows.row(hovered));
  stream::lying_bar(c, bar, heat, r.width() >= 44 * u ? c.tr("1 % of the values lie beyond") : c.tr("1 % lies beyond"), false, true);
}

void draw_sum(Canvas& c, Rect r, const FigureInput& in) {
  const float u = c.u(), sign = 4 * u, axis = c.text_width("888", c.metrics().small_medium()) + u;
  r.cut_left(axis);
  const float width = (r.width() - 2 * sign) / 3;
  Rect before = r.cut_left(width), plus = r.cut_left(sign), table = r.cut_left(width), equals = r.cut_left(sign), after = r;
  const auto& theme = c.theme();
  draw_matrix(c, before, in, in.trace.at(before_slot(in)), TensorRef{before_slot(in)}, c.tr("Tokens"), c.tr("before"), theme.patch_token, true);
  const auto& model = in.trace.model();
  draw_matrix(c, table, in, model.weights.position, std::nullopt, c.tr("Position table"),
              model.position_resampled() ? c.tr("resampled to this grid") : model.random_weights ? c.tr("same for all pictures") : c.tr("learned, same for all pictures"), theme.weights, false);
  draw_matrix(c, after, in, in.trace.at(Slot::embed_pos), TensorRef{Slot::embed_pos}, c.tr("Tokens with position"), c.tr("the sum"), theme.patch_token, false);
  const float y1 = r.y1 - stream::lying_bar_height(c) - 2.5f * u;
  stream::sign(c, {plus.x0, r.y0 + stream::heading_height(c), plus.x1, y1}, "+");
  stream::sign(c, {equals.x0, r.y0 + stream::heading_height(c), equals.x1, y1}, "=");
}

void draw_scatter(Canvas& c, Rect r, const FigureInput& in, const PositionStudy& study) {
  const PatchGrid& grid = in.grid();
  const int chosen = chosen_patch(in), hovered = hovered_patch(in);
  const float u = c.u(), radius = grid.patches() > 100 ? 0.25f * u : 0.375f * u;
  stream::heading(c, r, c.tr("Alike when near"), c.tr("one dot per patch"));
  r.y1 = std::min(r.y1, r.y0 + r.width());
  double longest = 0;
  for (int patch = 0; patch < grid.patches(); ++patch) longest = std::max(longest, grid.distance_in_cells(chosen, patch));
  const auto plot = distance_plot(c, r, std::ceil(longest), study.span);
  for (int patch = 0; patch < grid.patches(); ++patch) {
    if (patch == chosen || patch == hovered) continue;
    c.circle(plot.at(grid.distance_in_cells(chosen, patch), study.similarity.at(chosen, patch)), radius, c.theme().patch_token.faded(0.75f));
  }
  const auto special = [&](int patch, Color color) {
    const auto at = plot.at(grid.distance_in_cells(chosen, patch), study.similarity.at(chosen, patch));
    c.circle(at, radius * 1.5f, color);
  };
  special(chosen, c.theme().mark);
  if (hovered >= 0 && hovered != chosen) special(hovered, c.theme().text1);
}

void draw_similarity(Canvas& c, Rect r, const FigureInput& in) {
  const float u = c.u(), lh = stream::line_height(c);
  const auto study = position_study(in);
  const int chosen = chosen_patch(in);
  Rect head = r, chosen_tile;
  Rect tiles_area{r.x0, r.y0 + stream::heading_height(c), r.x0 + r.width() * 0.42f, r.y1};
  const Rect tiles = similarity_tiles(c, tiles_area, in, *study, {true}, &chosen_tile);
  head.x1 = std::max(tiles.x1, r.x0 + 24 * u);
  const std::string title(c.tr("How alike are the positions?")), hint(c.tr("cosine, one tile per patch"));
  const bool fits = c.text_width(title, c.metrics().small_medium()) + c.text_width(hint, c.metrics().small_style()) + 2 * u <= head.width();
  stream::heading(c, head, title, fits ? std::string_view(hint) : c.tr("cosine"));

  Rect one{head.x1 + 5 * u, r.y0, r.x1, r.y1};
  const bool scatter = one.width() >= 56 * u;
  Rect dots = scatter ? one.cut_right(std::clamp(one.width() * 0.4f, 24 * u, 40 * u)) : Rect{};
  if (scatter) one.cut_right(3 * u);
  const Rect line{one.x0, one.y0, one.x1, one.y0 + stream::heading_height(c)};
  // Begins on the line of the tiles; the bar with its numbers stands on the right.
  Rect room = one;
  room.y0 = std::min(tiles.y0, one.y0 + stream::heading_height(c) + lh + 0.5f * u);
  room.cut_right(7.5f * u);
  room.cut_bottom(lh / 2);
  const Rect cells = similarity_tile(c, room, in, *study, false);
  Rect name{line.x0, line.y0, std::max(cells.x1, line.x0 + 20 * u), line.y1};
  name.x1 = std::min(name.x1, line.x1);
  stream::heading(c, name, stream::capitalised(patch_name(c, chosen)), c.tr("against every other"), c.theme().selection);
  draw::BarStyle bar;
  bar.heat = stream::signed_heat(study->span);
  draw::color_bar(c, {cells.x1 + 1.5f * u, cells.y0, cells.x1 + 2.75f * u, cells.y1}, bar);
  stream::ribbon_right(c, {tiles.x0, chosen_tile.y0, tiles.x1, chosen_tile.y1}, cells);
  if (scatter) {
    dots.x0 = std::min(dots.x0, cells.x1 + 11 * u);
    dots.x1 = std::min(dots.x1, dots.x0 + 44 * u);
    draw_scatter(c, dots, in, *study);
  }
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const float u = c.u();
  // The tiles of a wide grid need less height; the matrices take what they leave.
  const PatchGrid& grid = in.grid();
  const float tiles = stream::heading_height(c) + stream::line_height(c) + u + 0.42f * r.width() * static_cast<float>(grid.rows()) / static_cast<float>(grid.columns());
  Rect above = r.cut_top(std::clamp(r.height() - 2 * u - std::max(tiles, 24 * u), r.height() * 0.4f, r.height() * 0.58f));
  r.cut_top(2 * u);
  draw_sum(c, above, in);
  draw_similarity(c, r, in);
}

std::string caption(const Canvas& c, const FigureInput& in) {
  const auto& model = in.trace.model();
  std::string text = stream::phrase(c,
                                    "A table of {0} rows of {1} numbers is added, element by element, to the tokens; the row of the marked patch is enlarged. Below: cosine between the rows of the table, "
                                    "from −1 to 1 with white at 0.",
                                    {std::to_string(in.config().tokens()), std::to_string(in.config().dim)});
  text += prefix_left_out(c, in.config());
  text += " " + means_text(c, position_study(in)->means, Similarity::cosine);
  if (model.random_weights) text += " " + std::string(c.tr("Weights are random: no structure is to be expected."));
  if (model.position_resampled()) text += " " + std::string(c.tr("The stored table was made for another grid and has been resampled bicubically."));
  return text;
}

Table data(const FigureInput& in) {
  const PatchGrid& grid = in.grid();
  const auto study = position_study(in);
  const int chosen = chosen_patch(in);
  Table table;
  table.columns = {{"patch", {}}, {"distance_in_patches", {}}, {"cosine", {}}};
  for (int patch = 0; patch < grid.patches(); ++patch) {
    table.columns[0].values.push_back(patch);
    table.columns[1].values.push_back(grid.distance_in_cells(chosen, patch));
    table.columns[2].values.push_back(study->similarity.at(chosen, patch));
  }
  table.tensors = {{"position", in.trace.model().weights.position}, {"before", in.trace.at(before_slot(in))}, {"embed.pos", in.trace.at(Slot::embed_pos)}};
  return table;
}

}  // namespace

const Figure& position() {
  static const Figure figure{"position", "Position", "position", {1340, 760}, ready, draw_figure, patch_subject, caption, data, {}};
  return figure;
}

}  // namespace vitscope::figures
