// Lengths of the token rows: over the picture for one block, and over depth, with patches that stand out.
#include <algorithm>
#include <array>
#include <cmath>

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

const std::array<Option, 3>& options() {
  static const std::array<Option, 3> all{{
      {Option::Kind::slider, "token-norms.cut", "High above", 1.2f, 5, 2, {}},
      {Option::Kind::toggle, "token-norms.log", "Logarithmic", 0, 1, 0, {}},
      tokens::opacity_option(),
  }};
  return all;
}

/// Multiple of the median, in tenths.
double factor_of(const FigureInput& in) { return std::round(10 * static_cast<double>(option(in.selection, options()[0]))) / 10; }

bool ready(const FigureInput& in) { return tokens::outputs_ready(in); }

struct Depth {
  Tensor norms;  ///< [positions, T]
  std::vector<NormSummary> patches;
};

std::shared_ptr<const Depth> depth_of(const FigureInput& in) {
  static Kept<std::uint64_t, std::shared_ptr<const Depth>, 4> kept;
  return kept.get(tokens::run_id(in.trace), [&] {
    auto depth = std::make_shared<Depth>();
    depth->norms = vitscope::token_norms(in.trace);
    for (int position = 0; position < depth->norms.dim(0); ++position)
      depth->patches.push_back(norm_summary(depth->norms.row(position).subspan(static_cast<std::size_t>(in.grid().prefix()))));
    return depth;
  });
}

std::span<const float> patch_norms(const FigureInput& in, const Depth& depth, int position) {
  return depth.norms.row(position).subspan(static_cast<std::size_t>(in.grid().prefix()));
}

/// The picture with the norms of the block's outputs, and its bar.
Rect picture(Canvas& c, Rect r, const FigureInput& in, const Depth& depth) {
  const int position = tokens::position_of(in);
  heading(c, r, phrase(c, "Length of each patch row after block {0}", {std::to_string(in.block() + 1)}));
  const NormSummary& summary = depth.patches[static_cast<std::size_t>(position)];
  Rect room = r;
  room.y1 -= lying_bar_height(c) + c.u();
  tokens::Cells cells;
  cells.heat = tokens::on_grid(depth.norms, position, in.grid());
  cells.style.span = {static_cast<float>(summary.least), static_cast<float>(summary.most)};
  cells.style.smooth = false;
  cells.opacity = tokens::opacity(in);
  cells.pinned = chosen_token(in);
  cells.hovered = hovered_token(in);
  cells.tooltip = [&](int token) {
    return tokens::token_words(c, token, in.grid()) + ": " + draw::number(static_cast<double>(depth.norms.at(position, token))) + ", " +
           phrase(c, "{0} times the median", {draw::number(static_cast<double>(depth.norms.at(position, token)) / std::max(summary.median, 1e-12))});
  };
  const Rect place = tokens::over_picture(c, room, in, cells);
  for (const int patch : high_norm_patches(patch_norms(in, depth, position), factor_of(in))) {
    const Rect cell = tokens::patch_in(place, in, patch).inset(1);
    if (cell.width() > 3 && cell.height() > 3) c.outline(cell, c.theme().warning, 2);
  }
  lying_bar(c, {r.x0, place.y1 + c.u(), r.x1, place.y1 + c.u() + lying_bar_height(c)}, cells.style, c.tr("Euclidean length; smallest to largest patch"));
  return {place.x0, place.y0, place.x1, place.y1 + c.u() + lying_bar_height(c)};
}

void over_depth(Canvas& c, Rect r, const FigureInput& in, const Depth& depth) {
  const auto& theme = c.theme();
  const float u = c.u(), lh = line_height(c);
  const draw::Style small = c.metrics().small_style();
  const PatchGrid& grid = in.grid();
  const auto count = depth.patches.size();
  heading(c, r, c.tr("Over the depth of the network"), c.tr("median, middle 80 % and extremes of the patches"));
  // The legend, the number of high patches below.
  const Rect legend = r.cut_top(lh + 0.5f * u);
  const Rect high = r.cut_bottom(lh + 0.25f * u);
  std::vector<double> least, low, median, upper, most;
  double top = 0, bottom = 1e300;
  for (const NormSummary& s : depth.patches) {
    least.push_back(s.least), low.push_back(s.low), median.push_back(s.median), upper.push_back(s.high), most.push_back(s.most);
    top = std::max(top, s.most), bottom = std::min(bottom, s.least);
  }
  std::vector<std::vector<double>> prefix(static_cast<std::size_t>(grid.prefix()));
  for (std::size_t token = 0; token < prefix.size(); ++token)
    for (std::size_t position = 0; position < count; ++position) {
      prefix[token].push_back(static_cast<double>(depth.norms.at(static_cast<int>(position), static_cast<int>(token))));
      top = std::max(top, prefix[token].back()), bottom = std::min(bottom, prefix[token].back());
    }
  depth::ChartStyle style;
  style.positions = in.config().depth + 1;
  style.logarithmic = option(in.selection, options()[1]) > 0.5f && bottom > 0;
  const double step = draw::tick_step(top * 1.04, std::max(2, static_cast<int>(r.height() / (3 * lh))));
  style.hi = top > 0 && std::isfinite(top) ? step * std::ceil(top * 1.02 / step) : 1;
  style.lo = 0;
  if (style.logarithmic) {
    style.lo = std::pow(10.0, std::floor(std::log10(bottom)));
    style.hi = std::pow(10.0, std::ceil(std::log10(std::max(top, bottom * 1.001))));
  }
  style.title = c.tr("Euclidean length of a row");
  style.short_title = c.tr("length");
  style.chosen = tokens::position_of(in);
  const depth::Chart chart = depth::chart(c, r, style);
  depth::area(c, chart, least, most, theme.patch_token.faded(0.14f));
  depth::area(c, chart, low, upper, theme.patch_token.faded(0.28f));
  depth::line(c, chart, median, {theme.patch_token, 2, false, 0.3f * u});
  for (std::size_t token = 0; token < prefix.size(); ++token) depth::line(c, chart, prefix[token], {token_color(theme, static_cast<int>(token), grid), 2, !grid.is_class_token(static_cast<int>(token)), 0});
  const int token = chosen_token(in);
  std::vector<double> own;
  for (std::size_t position = 0; grid.patch_of(token) >= 0 && position < count; ++position) own.push_back(static_cast<double>(depth.norms.at(static_cast<int>(position), token)));
  depth::line(c, chart, own, {theme.selection, 1.5f, false, 0});
  depth::tag_positions(c, chart, in, static_cast<int>(count), [&](int position) {
    const NormSummary& s = depth.patches[static_cast<std::size_t>(position)];
    return depth::position_name(c, position) + ": " + phrase(c, "median {0}, patches {1} to {2}", {draw::number(s.median), draw::number(s.least), draw::number(s.most)});
  });
  float x = depth::legend_entry(c, {chart.plot.x0, legend.y0}, legend.x1, c.tr("patches"), {theme.patch_token, 2, false, 0.3f * u});
  const PrefixTokens& front = grid.prefix_tokens();
  for (int first = 0; first < front.count() - front.registers; ++first)
    x = depth::legend_entry(c, {x, legend.y0}, legend.x1, draw::token_name(c, first, grid), {token_color(theme, first, grid), 2, !grid.is_class_token(first), 0});
  if (front.registers > 0) x = depth::legend_entry(c, {x, legend.y0}, legend.x1, c.tr("registers"), {theme.other_token, 2, true, 0});
  if (!own.empty()) depth::legend_entry(c, {x, legend.y0}, legend.x1, draw::token_name(c, token, grid), {theme.selection, 1.5f, false, 0});
  // How many patches stand out at each position.
  const std::string label = phrase(c, "above {0} × median", {draw::number(factor_of(in), 2)});
  const float room = chart.plot.x0 - r.x0 - 0.75f * u;
  const bool beside = c.text_width(label, small) <= room;
  float last = -1e9f;
  for (std::size_t position = 0; position < count; ++position) {
    const auto found = high_norm_patches(patch_norms(in, depth, static_cast<int>(position)), factor_of(in)).size();
    const std::string text = std::to_string(found);
    const float at = chart.x_of(static_cast<int>(position)), half = c.text_width(text, small) / 2;
    if (at - half < std::max(last, r.x0 + (beside ? 0 : c.text_width(c.tr("high"), small) + u))) continue;
    c.text({at, high.y0}, text, small, found > 0 ? theme.warning : theme.text3, Align::centre);
    last = at + half + 0.6f * u;
  }
  c.text({chart.plot.x0 - 0.75f * u, high.y0}, beside ? std::string_view(label) : c.tr("high"), small, theme.warning, Align::right);
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const float u = c.u();
  const auto depth = depth_of(in);
  const int position = tokens::position_of(in);
  const NormSummary& summary = depth->patches[static_cast<std::size_t>(position)];
  const auto high = high_norm_patches(patch_norms(in, *depth, position), factor_of(in));
  const auto words = [&](Rect place) {
    std::string text = phrase(c, "Median **{0}**, largest patch **{1}** ({2} times the median).", {draw::number(summary.median), draw::number(summary.most), draw::number(summary.most / std::max(summary.median, 1e-12))});
    if (in.grid().class_token()) text += " " + phrase(c, "The class token has **{0}**.", {draw::number(static_cast<double>(depth->norms.at(position, 0)))});
    text += " ";
    text += high.empty() ? std::string(c.tr("No patch stands out.")) : phrase(c, "Framed: **{0}** of {1} patches that stand out.", {std::to_string(high.size()), std::to_string(in.grid().patches())});
    if (c.paragraph_height(place.width(), text, c.metrics().small_style()) <= place.height()) c.paragraph(place, text, c.metrics().small_style(), c.theme().text2);
  };
  if (r.height() > 1.05f * r.width()) {
    const Rect used = picture(c, r.cut_top(0.55f * r.height()), in, *depth);
    r.y0 = std::min(r.y0, used.y1 + 2 * u);
    Rect place = r.cut_top(2.6f * line_height(c) + u);
    words(place);
    over_depth(c, r, in, *depth);
    return;
  }
  Rect left = r;
  left.x1 = r.x0 + 0.46f * r.width();
  left.y1 -= 5 * line_height(c);
  left = tokens::picture_column(c, left, in, lying_bar_height(c) + u);
  const Rect used = picture(c, left, in, *depth);
  words({r.x0, used.y1 + u, left.x1, r.y1});
  over_depth(c, {left.x1 + 4 * u, r.y0, r.x1, r.y1}, in, *depth);
}

std::string caption(const Canvas& c, const FigureInput& in) {
  return phrase(c,
                "Euclidean length (L2 norm) of the token rows that each block puts out, before any LayerNorm. A patch is called high when its length is more than {0} times the median of all patches of "
                "that block; large models keep such patches in flat background and store there what belongs to the whole picture (Darcet et al. 2024, who cut DINOv2 at a length of 150).",
                {draw::number(factor_of(in), 2)});
}

Table data(const FigureInput& in) {
  const auto depth = depth_of(in);
  Table table;
  for (const char* name : {"position", "median", "percentile_10", "percentile_90", "least", "most", "high_patches"}) table.columns.push_back({name, {}});
  for (std::size_t position = 0; position < depth->patches.size(); ++position) {
    const NormSummary& s = depth->patches[position];
    const double high = static_cast<double>(high_norm_patches(patch_norms(in, *depth, static_cast<int>(position)), factor_of(in)).size());
    const double values[] = {static_cast<double>(position), s.median, s.low, s.high, s.least, s.most, high};
    for (std::size_t k = 0; k < table.columns.size(); ++k) table.columns[k].values.push_back(values[k]);
  }
  table.tensors = {{"norms", depth->norms}};
  return table;
}

}  // namespace

const Figure& token_norms() {
  static const Figure figure{"token-norms", "Token norms", "residual2", {1340, 640}, ready, draw_figure, block_subject, caption, data, options()};
  return figure;
}

}  // namespace vitscope::figures
