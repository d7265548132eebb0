// How alike the token rows of a block are: all pairs, one token over the picture, and the development over depth.
#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

#include "app/draw/number.h"
#include "app/figures/kept.h"
#include "app/figures/parts_depth.h"
#include "app/figures/parts_tokens.h"
#include "core/analysis/tokens.h"

namespace vitscope::figures {

namespace {

using namespace stream;
using draw::Align;
using draw::Canvas;
using draw::Rect;

const std::array<Option, 2>& options() {
  static const std::array<Option, 2> all{{
      {Option::Kind::choice, "token-similarity.span", "Span", 0, 1, 0, {"−1 to 1", "of this block"}},
      tokens::opacity_option(),
  }};
  return all;
}

bool own_span(const FigureInput& in) { return option(in.selection, options()[0]) > 0.5f; }

bool ready(const FigureInput& in) { return tokens::outputs_ready(in); }

struct Pairs {
  Tensor cosines;  ///< [T, T]
  draw::Span off_diagonal;
};

std::shared_ptr<const Pairs> pairs_of(const FigureInput& in) {
  static Kept<std::uint64_t, std::shared_ptr<const Pairs>, 8> kept;
  const int position = tokens::position_of(in);
  return kept.get(in.trace.stream_before(position).id(), [&] {
    auto pairs = std::make_shared<Pairs>();
    pairs->cosines = vitscope::token_similarity(in.trace, position);
    const int tokens = pairs->cosines.dim(0);
    pairs->off_diagonal = {1, 1};
    for (int i = 0; i < tokens; ++i)
      for (int j = 0; j < i; ++j) pairs->off_diagonal.lo = std::min(pairs->off_diagonal.lo, pairs->cosines.at(i, j));
    return pairs;
  });
}

std::shared_ptr<const DepthSimilarity> depth_of(const FigureInput& in) {
  static Kept<std::uint64_t, std::shared_ptr<const DepthSimilarity>, 4> kept;
  return kept.get(tokens::run_id(in.trace), [&] { return std::make_shared<const DepthSimilarity>(similarity_by_depth(in.trace)); });
}

Tensor self_of(const FigureInput& in, int token) {
  static Kept<std::tuple<std::uint64_t, int>, Tensor, 16> kept;
  return kept.get({tokens::run_id(in.trace), token}, [&] { return self_similarity(in.trace, token); });
}

/// Diverging about 0, or viridis from the smallest cosine of the block to 1.
draw::HeatStyle heat_of(const FigureInput& in, const Pairs& pairs) {
  draw::HeatStyle heat;
  heat.map = own_span(in) ? ColorMap::viridis : ColorMap::diverging;
  heat.span = own_span(in) ? pairs.off_diagonal : draw::Span{-1, 1};
  return heat;
}

Rect matrix(Canvas& c, Rect r, const FigureInput& in, const Pairs& pairs) {
  const PatchGrid& grid = in.grid();
  const int tokens = grid.tokens(), token = chosen_token(in), under = hovered_token(in);
  draw::MapStyle style;
  style.title = c.tr("All pairs of tokens");
  style.hint = c.text_width(c.tr("cosine"), c.metrics().small_style()) + c.text_width(style.title, c.metrics().small_medium()) + 16 * c.u() < r.width() ? c.tr("cosine") : "";
  style.row_name = std::string(c.tr("token"));
  style.column_name = std::string(c.tr("token"));
  style.row_prefix = style.column_prefix = grid.prefix_tokens();
  style.row_dim = style.column_dim = Dim::tokens;
  style.heat = heat_of(in, pairs);
  style.square_cells = true;
  style.max_cell = 6 * c.u();
  style.pinned_row = token;
  const Rect cells = draw::map(c, r, draw::Matrix(pairs.cosines), style);
  for (int i = 0; i < tokens; ++i) {
    const Rect row = row_of(cells, i, tokens);
    c.tag(row, draw::TokenTarget{i}, tokens::token_words(c, i, grid) + ": " + phrase(c, "cosine {0} with {1}", {draw::number(static_cast<double>(pairs.cosines.at(token, i))), draw::token_name(c, token, grid)}));
  }
  if (under >= 0 && under != token && cells.width() > 0) c.hovered(row_of(cells, under, tokens));
  return cells;
}

Rect picture(Canvas& c, Rect r, const FigureInput& in, const Pairs& pairs) {
  const PatchGrid& grid = in.grid();
  const int token = chosen_token(in);
  heading(c, r, phrase(c, "Likeness of every patch to {0}", {draw::token_name(c, token, grid)}), {}, token_color(c.theme(), token, grid));
  Rect room = r;
  room.y1 -= lying_bar_height(c) + c.u();
  tokens::Cells cells;
  cells.heat = tokens::on_grid(pairs.cosines, token, grid);
  cells.style = heat_of(in, pairs);
  cells.opacity = tokens::opacity(in);
  cells.pinned = token;
  cells.hovered = hovered_token(in);
  cells.tooltip = [&](int other) { return tokens::token_words(c, other, grid) + ": " + phrase(c, "cosine {0}", {draw::number(static_cast<double>(pairs.cosines.at(token, other)))}); };
  const Rect place = tokens::over_picture(c, room, in, cells);
  const Rect bar{r.x0, place.y1 + c.u(), r.x1, place.y1 + c.u() + lying_bar_height(c)};
  lying_bar(c, bar, cells.style, grid.class_token() && token > 0 ? phrase(c, "cosine; {0} with the class token", {draw::number(static_cast<double>(pairs.cosines.at(token, 0)))}) : std::string(c.tr("cosine")));
  return {place.x0, place.y0, place.x1, bar.y1};
}

void over_depth(Canvas& c, Rect r, const FigureInput& in) {
  const auto& theme = c.theme();
  const float u = c.u(), lh = line_height(c);
  const PatchGrid& grid = in.grid();
  const auto depth = depth_of(in);
  const int token = chosen_token(in), position = tokens::position_of(in);
  const Tensor self = self_of(in, token);
  heading(c, r, c.tr("Over the depth of the network"));
  const Rect legend = r.cut_top(lh + 0.5f * u);
  std::vector<double> own;
  for (int p = 0; p < self.dim(0); ++p) own.push_back(static_cast<double>(self.at(position, p)));
  double least = 0;
  for (const std::vector<double>& list : {depth->between_patches, depth->to_class_token, own})
    for (const double value : list) least = std::min(least, value);
  depth::ChartStyle style;
  style.positions = in.config().depth + 1;
  style.lo = least < -0.02 ? std::floor(least * 5) / 5 : 0;
  style.hi = 1;
  style.title = c.tr("cosine");
  style.chosen = position;
  const depth::Chart chart = depth::chart(c, r, style);
  depth::line(c, chart, depth->between_patches, {theme.patch_token, 2, false, 0.35f * u});
  depth::line(c, chart, depth->to_class_token, {theme.class_token, 2, false, 0});
  depth::line(c, chart, own, {theme.selection, 2, true, 0});
  depth::tag_positions(c, chart, in, static_cast<int>(depth->between_patches.size()), [&](int p) {
    const auto at = static_cast<std::size_t>(p);
    std::string text = depth::position_name(c, p) + ": " + phrase(c, "between patches {0}", {draw::number(depth->between_patches[at])});
    if (!depth->to_class_token.empty()) text += ", " + phrase(c, "patches with the class token {0}", {draw::number(depth->to_class_token[at])});
    return text + ", " + phrase(c, "{0} with itself in block {1}: {2}", {draw::token_name(c, token, grid), std::to_string(position), draw::number(own[at])});
  });
  float x = depth::legend_entry(c, {legend.x0, legend.y0}, legend.x1, c.tr("patch pairs"), {theme.patch_token, 2, false, 0.35f * u});
  if (!depth->to_class_token.empty()) x = depth::legend_entry(c, {x, legend.y0}, legend.x1, c.tr("to class token"), {theme.class_token, 2, false, 0});
  const std::string self_name = phrase(c, "{0} with itself in block {1}", {draw::token_name(c, token, grid), std::to_string(position)});
  const bool whole = x + 3.5f * u + c.text_width(self_name, c.metrics().small_style()) <= legend.x1;
  depth::legend_entry(c, {x, legend.y0}, legend.x1, whole ? std::string_view(self_name) : c.tr("with itself"), {theme.selection, 2, true, 0});
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const float u = c.u();
  const auto pairs = pairs_of(in);
  if (r.height() > 1.05f * r.width()) {
    Rect top = r.cut_top(0.36f * r.height());
    r.cut_top(2 * u);
    const Rect used = picture(c, r.cut_top(0.52f * r.height()), in, *pairs);
    r.y0 = std::min(r.y0, used.y1);
    r.cut_top(2 * u);
    matrix(c, top, in, *pairs);
    over_depth(c, r, in);
    return;
  }
  // Matrix at the left, picture above the depth at the right where there is height for both, else beside each other.
  if (r.height() > 52 * u) {
    Rect left = r;
    left.x1 = r.x0 + std::min(0.5f * r.width(), r.height() + 10 * u);
    const Rect cells = matrix(c, left, in, *pairs);
    Rect side{std::min(cells.x1 + 14 * u, left.x1) + 3 * u, r.y0, r.x1, r.y1};
    Rect upper = side.cut_top(0.56f * side.height());
    side.cut_top(2 * u);
    const Rect used = picture(c, upper, in, *pairs);
    side.y0 = std::max(std::min(side.y0, used.y1 + 3 * u), side.y1 - 44 * u);
    over_depth(c, side, in);
    return;
  }
  Rect left = r.cut_left(0.36f * r.width());
  r.cut_left(2.5f * u);
  matrix(c, left, in, *pairs);
  Rect middle = r;
  middle.x1 = r.x0 + 0.46f * r.width();
  middle = tokens::picture_column(c, middle, in, lying_bar_height(c) + u);
  picture(c, middle, in, *pairs);
  r.x0 = middle.x1 + 2.5f * u;
  over_depth(c, r, in);
}

std::string caption(const Canvas& c, const FigureInput& in) {
  return phrase(c,
                "Cosine between the token rows after block {0}: 1 for the same direction, 0 for none in common; the diagonal is 1 and the matrix is symmetric (after EL-VIT, Zhou et al. 2024). Over depth: the "
                "mean over all pairs of different patches, and the chosen token's own row compared with what it was before and will be after.",
                {std::to_string(in.block() + 1)}) +
         (in.grid().prefix() > 0 ? " " + std::string(c.tr("In red the mean of the patches with the class token.")) : std::string()) +
         " " + std::string(own_span(in) ? c.tr("The colours run from the smallest cosine of this block to 1.") : c.tr("White is 0, the span is −1 to 1."));
}

Table data(const FigureInput& in) {
  const auto depth = depth_of(in);
  const Tensor self = self_of(in, chosen_token(in));
  Table table;
  TableColumn position{"position", {}}, between{"mean_between_patches", depth->between_patches}, prefix{"mean_patches_with_class_token", depth->to_class_token}, own{"token_with_itself_in_block", {}};
  for (int p = 0; p < self.dim(0); ++p) {
    position.values.push_back(p);
    own.values.push_back(static_cast<double>(self.at(tokens::position_of(in), p)));
  }
  table.columns = {position, between};
  if (!depth->to_class_token.empty()) table.columns.push_back(prefix);
  table.columns.push_back(own);
  table.tensors = {{"cosines", pairs_of(in)->cosines}, {"self_similarity", self}};
  return table;
}

std::string subject(const Canvas& c, const FigureInput& in) { return block_subject(c, in) + ", " + draw::token_name(c, chosen_token(in), in.grid()); }

}  // namespace

const Figure& token_similarity() {
  static const Figure figure{"token-similarity", "Token similarity", "residual2", {1340, 700}, ready, draw_figure, subject, caption, data, options()};
  return figure;
}

}  // namespace vitscope::figures
