// One learned row is put in front of the patch rows.
#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/parts_embed.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures {

namespace {

using namespace embed;
using draw::Align;
using draw::Canvas;
using draw::Color;
using draw::Rect;

constexpr Option kOptions[] = {{Option::Kind::slider, "class-token.slide", "Slide the class token in", 0, 1, 1, {}}};

bool ready(const FigureInput& in) { return in.trace.has(Slot::embed_patch) && in.trace.has(Slot::embed_cls); }

/// "class token, registers 1 to 4": all that stands in front of the patches.
std::string names_in_front(const Canvas& c, const PatchGrid& grid) {
  const int registers = grid.prefix_tokens().registers, others = grid.prefix() - registers;
  std::string names;
  for (int token = 0; token < (registers > 1 ? others : grid.prefix()); ++token) names += (names.empty() ? "" : ", ") + draw::token_name(c, token, grid);
  if (registers > 1) names += (names.empty() ? "" : ", ") + stream::phrase(c, "registers 1 to {0}", {std::to_string(registers)});
  return names;
}

/// The tokens in front share the height above the patches evenly.
Rect row_in_front(Rect all, int token, const PatchGrid& grid) { return stream::row_of(all, token, grid.prefix()); }

/// Lengths of all rows, as bars at the heights of the rows.
void draw_lengths(Canvas& c, Rect r, const FigureInput& in, const GrownRows& rows, float shift) {
  const Tensor& tokens = in.trace.at(Slot::embed_cls);
  const PatchGrid& grid = in.grid();
  const auto small = c.metrics().small_style();
  const float u = c.u(), lh = stream::line_height(c);
  const int pinned = grid.token_of(chosen_patch(in)), hovered = stream::hovered_token(in);
  double most = 0;
  std::vector<double> lengths;
  for (int token = 0; token < tokens.dim(0); ++token) {
    lengths.push_back(stream::length(tokens.row(token)));
    most = std::max(most, lengths.back());
  }
  if (!(most > 0)) most = 1;
  for (int token = 0; token < tokens.dim(0); ++token) {
    Rect row = token < grid.prefix() ? row_in_front({r.x0, rows.all().y0, r.x1, rows.row(grid.prefix()).y0}, token, grid) : rows.row(token);
    if (token >= grid.prefix()) row = row.moved({0, shift});
    else if (shift < -0.5f) continue;
    const float height = token < grid.prefix() ? std::min(row.height(), 2 * u) : row.height();
    const float gap = height >= 3 ? 1.0f : 0.0f, y = row.centre().y - height / 2;
    const Rect bar{r.x0, y + gap / 2, r.x0 + r.width() * static_cast<float>(lengths[static_cast<std::size_t>(token)] / most), y + height - gap / 2};
    const Color color = token == pinned ? c.theme().mark : token == hovered ? c.theme().text1 : stream::token_color(c.theme(), token, grid);
    c.fill({bar.x0, bar.y0, bar.x1, std::max(bar.y1, bar.y0 + c.pixel())}, color);
    c.tag({r.x0, row.y0, r.x1, row.y1}, draw::TokenTarget{token}, draw::number(lengths[static_cast<std::size_t>(token)]));
    if (token == 0 && shift > -0.5f) {
      const std::string text = draw::number(lengths[0]);
      const float x = bar.x1 + 0.75f * u;
      if (x + c.text_width(text, small) <= r.x1) c.text({x, row.centre().y - lh / 2}, text, small, stream::token_color(c.theme(), 0, grid));
    }
  }
  c.line({r.x0, rows.all().y0}, {r.x0, rows.all().y1}, c.theme().tick, c.pixel());
  const float y = rows.all().y1 + 0.5f * u;
  c.text({r.x0, y}, "0", small, c.theme().text3);
  c.text({r.x1, y}, draw::number(most), small, c.theme().text3, Align::right);
}

/// The values of the class token over the whole width.
void draw_class_row(Canvas& c, Rect r, const FigureInput& in, const draw::HeatStyle& heat) {
  const auto& config = in.config();
  const Tensor& tokens = in.trace.at(Slot::embed_cls);
  const float u = c.u(), lh = stream::line_height(c);
  const auto row = tokens.row(0);
  const Color ink = stream::token_color(c.theme(), 0, in.grid());
  stream::heading(c, r, in.grid().class_token() ? std::string(c.tr("The class token")) : draw::token_name(c, 0, in.grid()),
                  in.trace.model().random_weights ? c.tr("the same numbers for every picture") : c.tr("learned, the same numbers for every picture"), ink);
  const Rect strip = r.cut_top(std::min(4 * u, std::max(2 * u, r.height() - 2 * lh - u)));
  const auto hovered = stream::hovered_in(in, {Slot::embed_cls}), pinned = stream::pinned_in(in, {Slot::embed_cls});
  stream::strip(c, strip, {draw::Matrix(tokens, 0, 1, config.dim, config.dim), heat, CellRef{{Slot::embed_cls}, 0, 0}, 1,
                           pinned && pinned->i == 0 ? pinned->j : -1, hovered && hovered->i == 0 ? hovered->j : -1});
  c.line({strip.x0, strip.y0 - 1}, {strip.x1, strip.y0 - 1}, ink, 2);
  stream::column_axis(c, strip, config.dim, stream::dim_name(c, Dim::dim, config), c.theme().width);
  r.cut_top(lh + 1.5f * u);
  const auto [lo, hi] = std::minmax_element(row.begin(), row.end());
  double patches = 0;
  for (int patch = 0; patch < config.patches(); ++patch) patches += stream::length(in.trace.at(Slot::embed_patch).row(patch));
  const std::string text = stream::phrase(c, "from {0} to {1}, length {2}; the patch rows are {3} long on average",
                                          {draw::number(*lo), draw::number(*hi), draw::number(stream::length(row)), draw::number(patches / config.patches())});
  const float left = std::min(40 * u, r.width() * 0.45f);
  stream::lying_bar(c, {r.x0, r.y0, r.x0 + left, r.y1}, heat, c.tr("one scale, 1 % lies beyond"), false, true);
  const std::string brief = stream::phrase(c, "length {0}; patch rows {1} on average", {draw::number(stream::length(row)), draw::number(patches / config.patches())});
  const Rect line{r.x0 + left + 2 * u, r.y0 - 0.25f * u, r.x1, r.y0 + lh};
  if (!line_if_fits(c, line, text, c.metrics().small_style(), c.theme().text2, Align::right))
    line_if_fits(c, line, brief, c.metrics().small_style(), c.theme().text2, Align::right);
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const auto& config = in.config();
  const PatchGrid& grid = in.grid();
  const float u = c.u(), lh = stream::line_height(c), axis = c.text_width("888", c.metrics().small_medium()) + u;
  const float slide = std::clamp(option(in.selection, kOptions[0]), 0.0f, 1.0f);
  const int chosen = chosen_patch(in), tokens = config.tokens();
  const auto& theme = c.theme();
  const Tensor& after = in.trace.at(Slot::embed_cls);
  const auto heat = stream::signed_heat(stream::signed_span(draw::Matrix(after)));
  Rect below = r.cut_bottom(stream::heading_height(c) + std::min(4 * u, r.height() * 0.1f) + lh + 1.5f * u + stream::lying_bar_height(c) + 0.5f * u);
  r.cut_bottom(2.5f * u);
  draw_class_row(c, {r.x0 + axis, below.y0, below.x1, below.y1}, in, heat);

  Rect lengths = r.cut_right(std::clamp(r.width() * 0.16f, 12 * u, 26 * u));
  r.cut_right(2 * u);
  const float half = (r.width() - 6 * u) / 2;
  Rect left = r.cut_left(half), right = r;
  right.x0 += 6 * u;
  left.x0 += axis;
  right.x0 += axis;
  Rect head = left;
  stream::heading(c, head, c.tr("Patch rows"), std::to_string(config.patches()) + " × " + std::to_string(config.dim));
  left.y0 = head.y0;
  head = right;
  stream::heading(c, head, c.tr("Tokens"), std::to_string(tokens) + " × " + std::to_string(config.dim));
  right.y0 = head.y0;
  head = lengths;
  stream::heading(c, head, c.tr("Length of the row"));
  for (Rect* area : {&left, &right}) area->y1 -= lh + 0.75f * u;

  // Both maps have the same rows; what stands in front is grown and stands above them.
  const GrownRows rows(c, right, tokens, 0, std::max(4 * u, std::min(static_cast<float>(grid.prefix()) * (lh + 1), 0.3f * right.height())));
  const float first = rows.row(grid.prefix()).y0, class_height = first - right.y0, shift = (slide - 1) * class_height;
  const Rect before{left.x0, first, left.x1, left.y1};
  const auto patch_heat = [&](Rect where, Slot slot, int from) {
    c.heat(where, draw::Matrix(in.trace.at(slot)).part(from, from + config.patches(), 0, config.dim), heat);
    c.tag_cells(where, {{{slot}, from, 0}, config.patches(), config.dim, 0, 1});
  };
  patch_heat(before, Slot::embed_patch, 0);
  const Rect joined{right.x0, first + shift, right.x1, right.y1 + shift};
  patch_heat(joined, Slot::embed_cls, grid.prefix());
  if (slide > 0.01f) {
    c.push_clip({right.x0 - axis, right.y0 - 2, right.x1, right.y1});
    const Rect row = Rect{right.x0, right.y0, right.x1, first - c.pixel()}.moved({(1 - slide) * right.width(), 0});
    c.heat(row, draw::Matrix(after).part(0, grid.prefix(), 0, config.dim), heat);
    if (slide >= 0.99f) c.tag_cells(row, {{{Slot::embed_cls}, 0, 0}, grid.prefix(), config.dim, 0, 1});
    c.line({row.x0, row.y0 - 1}, {row.x1, row.y0 - 1}, stream::token_color(theme, 0, grid), 2);
    c.pop_clip();
    float below_last = -1e9f;
    for (int token = 0; slide >= 0.99f && token < grid.prefix(); ++token) {
      const float y = row_in_front(row, token, grid).centre().y - lh / 2;
      if (y < below_last - 1) continue;
      below_last = c.text({right.x0 - 0.75f * u, y}, c.tr(stream::token_label(token, grid)), c.metrics().small_medium(), stream::token_color(theme, token, grid), Align::right).y1;
    }
  }
  CellAxis numbers{config.patches(), chosen};
  numbers.vertical = true;
  cell_axis(c, before, numbers);
  cell_axis(c, joined, numbers);
  stream::column_axis(c, {left.x0, left.y0, left.x1, left.y1}, config.dim, stream::dim_name(c, Dim::dim, config), theme.width);
  stream::column_axis(c, right, config.dim, stream::dim_name(c, Dim::dim, config), theme.width);
  const int hovered = hovered_patch(in);
  for (const Rect& cells : {before, joined}) {
    c.pinned(stream::row_of(cells, chosen, config.patches()));
    if (hovered >= 0 && hovered != chosen) c.hovered(stream::row_of(cells, hovered, config.patches()));
  }
  const float y = before.centre().y;
  arrow(c, {left.x1 + 1.5f * u, y}, {left.x1 + 4.5f * u, y});
  lengths.y0 = right.y0;
  lengths.y1 = right.y1;
  draw_lengths(c, lengths, in, rows, shift);
}

std::string caption(const Canvas& c, const FigureInput& in) {
  const auto& config = in.config();
  if (!in.grid().only_class_token()) {
    return stream::phrase(c,
                          "Learned rows of {0} numbers ({2}; a class token is red, others are orange) are put in front of the {1} patch rows; they are taken over unchanged. White is 0, one scale for both "
                          "matrices. Length of a row: square root of the sum of its squares.",
                          {std::to_string(config.dim), std::to_string(config.patches()), names_in_front(c, in.grid())});
  }
  std::string text = stream::phrase(c,
                        "A learned row of {0} numbers, the class token (red), is put in front of the {1} patch rows; they are taken over unchanged. White is 0, one scale for both matrices. Length of a row: "
                        "square root of the sum of its squares.",
                        {std::to_string(config.dim), std::to_string(config.patches())});
  if (config.family == "lanl" && config.patch_length() != config.dim)
    text += " " + stream::phrase(c, "The tutorial's text gives the prediction token {0} numbers in one place and {1} in another: behind the projection it has {1}, as every token.",
                                 {std::to_string(config.patch_length()), std::to_string(config.dim)});
  return text;
}

Table data(const FigureInput& in) {
  const Tensor& tokens = in.trace.at(Slot::embed_cls);
  Table table;
  table.columns = {{"token", {}}, {"length", {}}};
  for (int token = 0; token < tokens.dim(0); ++token) {
    table.columns[0].values.push_back(token);
    table.columns[1].values.push_back(stream::length(tokens.row(token)));
  }
  table.tensors = {{"embed.cls", tokens}, {"class_token", in.trace.model().weights.class_token}};
  return table;
}

}  // namespace

const Figure& class_token() {
  static const Figure figure{"class-token", "Class token", "class-token", {1340, 680}, ready, draw_figure, nullptr, caption, data, kOptions};
  return figure;
}

}  // namespace vitscope::figures
