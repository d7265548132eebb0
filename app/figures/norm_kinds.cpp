// LayerNorm against BatchNorm: on three tokens of four numbers, and on the tokens of this block.
#include <algorithm>
#include <cmath>
#include <memory>

#include "app/draw/number.h"
#include "app/figures/kept.h"
#include "app/figures/parts_numbers.h"
#include "app/figures/parts_stream.h"
#include "core/analysis/norm_kinds.h"

namespace vitscope::figures {

namespace {

using draw::Align;
using draw::Canvas;
using draw::Rect;
using draw::Vec;
using stream::NumberGrid;

const Option kOptions[] = {{Option::Kind::toggle, "norm-kinds.add", "Add a token", 0, 1, 0, {}}};

bool ready(const FigureInput&) { return true; }

Tensor toy(const FigureInput& in) { return option(in.selection, kOptions[0]) >= 0.5f ? with_row(norm_toy(), {4, 3, 2, 1}) : norm_toy(); }

/// The tokens that enter this block, both ways.
struct Own {
  Tensor tokens, layer, batch;
  NormChange change;
};
std::shared_ptr<const Own> own_tokens(const FigureInput& in) {
  const int block = in.block();
  const bool there = block == 0 ? in.trace.has(Slot::embed_pos) : in.trace.has(Slot::out, block - 1);
  if (!there || in.config().tokens() < 2) return nullptr;
  static Kept<std::uint64_t, std::shared_ptr<const Own>, 6> kept;
  const Tensor& tokens = in.trace.entering(block);
  const auto epsilon = static_cast<double>(in.config().layer_norm_eps);
  return kept.get(tokens.id(), [&] { return std::make_shared<const Own>(Own{tokens, layer_normed(tokens, epsilon), batch_normed(tokens, epsilon), change_without_last(tokens, epsilon)}); });
}

NumberGrid grid_of(const Canvas& c, const Tensor& rows, std::string title, int decimals) {
  NumberGrid grid{rows.dim(0), rows.dim(1), [rows](int row, int column) { return static_cast<double>(rows.at(row, column)); }};
  grid.decimals = decimals;
  grid.title = std::move(title);
  for (int row = 0; row < rows.dim(0); ++row) grid.labels.push_back(stream::phrase(c, "token {0}", {std::to_string(row)}));
  return grid;
}

/// The toy: as many of the three grids as fit beside each other, the others below. Returns the height used.
float draw_toy(Canvas& c, Rect r, const FigureInput& in) {
  const float u = c.u(), gap = 4 * u;
  const Tensor rows = toy(in);
  const NumberGrid grids[] = {grid_of(c, rows, std::string(c.tr("tokens")), 0), grid_of(c, layer_normed(rows), std::string(c.tr("LayerNorm: each row")), 4),
                              grid_of(c, batch_normed(rows), std::string(c.tr("BatchNorm: each column")), 4)};
  float x = r.x0, y = r.y0, height = 0;
  for (const NumberGrid& grid : grids) {
    const Vec size = stream::number_grid_size(c, grid);
    if (x > r.x0 && x + size.x > r.x1) {
      x = r.x0;
      y += height + u;
    }
    if (y + size.y > r.y1) break;
    stream::number_grid(c, draw::rect_at({x, y}, std::min(size.x, r.x1 - x), size.y), grid);
    x += size.x + gap;
    height = size.y;
  }
  return y + height - r.y0;
}

void draw_own(Canvas& c, Rect r, const FigureInput& in, const Own& own) {
  const float u = c.u(), lh = stream::line_height(c), gap = 4 * u;
  const float numbers = c.text_width("888", c.metrics().small_style()) + u;
  const std::pair<std::string_view, const Tensor*> maps[] = {{c.tr("tokens that enter the block"), &own.tokens}, {c.tr("LayerNorm"), &own.layer}, {c.tr("BatchNorm over these tokens"), &own.batch}};
  const float width = (r.width() - 2 * gap - 2 * numbers) / 3;
  const Rect bars = r.cut_bottom(stream::lying_bar_height(c));
  r.cut_bottom(lh + 0.75f * u);
  const int token = stream::chosen_token(in);
  float x = r.x0;
  for (const auto& [title, tensor] : maps) {
    Rect place{x, r.y0, x + width, r.y1};
    stream::heading(c, place, title, {});
    const draw::Matrix m(*tensor);
    const auto heat = stream::signed_heat(stream::signed_span(m));
    c.heat(place, m, heat);
    stream::class_line(c, place, in.grid());
    for (int row = 0; row < m.rows; ++row) c.tag(stream::row_of(place, row, m.rows), draw::TokenTarget{row});
    c.pinned(stream::row_of(place, token, m.rows));
    stream::column_axis(c, place, m.columns, stream::dim_name(c, Dim::dim, in.config()), c.theme().width);
    stream::lying_bar(c, {x, bars.y0, x + width, bars.y1}, heat, c.tr("1 % lies beyond"), false, true);
    x += width + gap + numbers;
  }
}

std::vector<std::string> facts_text(const Canvas& c, const FigureInput& in) {
  std::vector<std::string> facts;
  const NormChange change = change_without_last(with_row(norm_toy(), {4, 3, 2, 1}));
  facts.push_back(stream::phrase(c, "LayerNorm: each token by its own mean and deviation, so that the first two tokens, one twice the other, come out the same. A fourth token changes it by **{0}**.",
                                 {draw::number(change.layer, 2)}));
  facts.push_back(stream::phrase(c, "BatchNorm: each feature over all tokens; a fourth token changes the others by up to **{0}**. In use it takes means that were kept in training.", {draw::number(change.batch, 3)}));
  if (const auto own = own_tokens(in))
    facts.push_back(stream::phrase(c, "Of this block's tokens the last left out: LayerNorm changes by **{0}**, BatchNorm by up to **{1}**.", {draw::number(own->change.layer, 2), draw::number(own->change.batch, 3)}));
  return facts;
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const float u = c.u();
  const auto small = c.metrics().small_style();
  r.cut_top(draw_toy(c, r, in) + 1.5f * u);
  for (const std::string& fact : facts_text(c, in)) {
    const float height = c.paragraph_height(r.width(), fact, small);
    if (height > r.height()) break;
    r.cut_top(c.paragraph(r, fact, small, c.theme().text1) + 0.5f * u);
  }
  r.cut_top(u);
  const auto own = own_tokens(in);
  if (own && r.height() > 18 * u) draw_own(c, r, in, *own);
}

std::string caption(const Canvas& c, const FigureInput&) {
  return std::string(c.tr("Both norms without learned scale and shift; the deviation is the root of the mean square. In a transformer the norm works on each token alone, the same in training and in use."));
}

Table data(const FigureInput& in) {
  const Tensor rows = toy(in);
  Table table;
  for (const auto& [name, tensor] : {std::pair<std::string, Tensor>{"tokens", rows}, {"layer_norm", layer_normed(rows)}, {"batch_norm", batch_normed(rows)}})
    for (int column = 0; column < tensor.dim(1); ++column) {
      TableColumn values{name + "_" + std::to_string(column), {}};
      for (int row = 0; row < tensor.dim(0); ++row) values.values.push_back(static_cast<double>(tensor.at(row, column)));
      table.columns.push_back(std::move(values));
    }
  if (const auto own = own_tokens(in)) table.tensors = {{"block_layer_norm", own->layer}, {"block_batch_norm", own->batch}};
  return table;
}

}  // namespace

const Figure& norm_kinds() {
  static const Figure figure{"norm-kinds", "LayerNorm and BatchNorm", "norm1", {1340, 700}, ready, draw_figure, nullptr, caption, data, kOptions};
  return figure;
}

}  // namespace vitscope::figures
