// Principal components of the patches of a block: as colours on the picture, as a scatter, and how much each explains.
#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

#include "app/draw/number.h"
#include "app/figures/kept.h"
#include "app/figures/parts_tokens.h"
#include "core/analysis/pca.h"

namespace vitscope::figures {

namespace {

using namespace stream;
using draw::Align;
using draw::Canvas;
using draw::Rect;
using draw::Vec;

constexpr int kComponents = 8;   ///< how many variances are listed
constexpr double kCut = 0.02;    ///< share of the patches at each end whose shade stays, when extremes are cut
constexpr draw::Color kChannels[] = {draw::hex(0xD8483E), draw::hex(0x2E9E4F), draw::hex(0x3F7BE0)};  // what red, green and blue stand for

const std::array<Option, 3>& options() {
  static const std::array<Option, 3> all{{
      {Option::Kind::choice, "token-pca.axes", "Axes", 0, 2, 0, {"1 and 2", "1 and 3", "2 and 3"}},
      {Option::Kind::toggle, "token-pca.cut", "Cut extremes", 0, 1, 0, {}},
      tokens::opacity_option(),
  }};
  return all;
}

PcaSpan span_of(const FigureInput& in) { return {option(in.selection, options()[1]) > 0.5f ? kCut : 0}; }

bool ready(const FigureInput& in) { return tokens::outputs_ready(in); }

struct Content {
  Pca pca;
  std::vector<Rgb> colors;
  std::shared_ptr<const Image> image;
};

std::string key_of(const FigureInput& in) { return study_key("token pca", in.trace.stream_before(tokens::position_of(in)).id(), {kComponents}); }

/// The time grows with the cube of the smaller side.
std::vector<Study> studies(const FigureInput& in) {
  constexpr int kQuick = 300;
  if (std::min(in.config().patches(), in.config().dim) < kQuick) return {};
  return {study_of<Pca>(key_of(in), "PCA of the tokens", [trace = std::make_shared<const Trace>(in.trace), block = in.block()](StudyContext&) -> Result<std::optional<Pca>> {
    return std::optional<Pca>(vitscope::token_pca(*trace, block, kComponents));
  })};
}

std::shared_ptr<const Content> content_of(const FigureInput& in) {
  static Kept<std::uint64_t, std::shared_ptr<const Pca>, 8> components;
  static Kept<std::tuple<std::uint64_t, bool>, std::shared_ptr<const Content>, 8> kept;
  const std::uint64_t id = in.trace.stream_before(tokens::position_of(in)).id();
  const PcaSpan span = span_of(in);
  return kept.get({id, span.cut > 0}, [&] {
    const auto known = found<Pca>(in, key_of(in));
    const auto pca = known ? known : components.get(id, [&] { return std::make_shared<const Pca>(vitscope::token_pca(in.trace, in.block(), kComponents)); });
    auto content = std::make_shared<Content>();
    content->pca = *pca;
    content->colors = token_pca_colors(*pca, span);
    if (content->colors.empty()) content->colors.assign(static_cast<std::size_t>(in.grid().patches()), Rgb{128, 128, 128});
    content->image = tokens::image_of(content->colors, in.grid());
    return content;
  });
}

/// The components on the two axes, counted from 0; fewer where there are fewer.
std::pair<int, int> axes_of(const FigureInput& in) {
  switch (std::lround(option(in.selection, options()[0]))) {
    case 1: return {0, 2};
    case 2: return {1, 2};
    default: return {0, 1};
  }
}

std::string tooltip_of(const Canvas& c, const FigureInput& in, const Content& content, int token) {
  const int patch = in.grid().patch_of(token);
  std::string text = tokens::token_words(c, token, in.grid());
  for (int i = 0; i < std::min(3, content.pca.count()); ++i) text += (i == 0 ? ": " : ", ") + draw::number(static_cast<double>(content.pca.scores.at(patch, i)));
  return text;
}

/// One point per patch in the plane of two components.
void scatter(Canvas& c, Rect r, const FigureInput& in, const Content& content) {
  const auto& theme = c.theme();
  const float u = c.u(), lh = line_height(c);
  const draw::Style small = c.metrics().small_style();
  const Pca& pca = content.pca;
  const auto [first, second] = axes_of(in);
  heading(c, r, c.tr("One point per patch"), c.tr("coordinates have the unit of the tokens"));
  const auto range = [&](int component) {
    PcaRange span{-1, 1};
    if (component < pca.count()) span = pca_range(pca, component);
    const double pad = std::max((span.hi - span.lo) * 0.06, 1e-9);
    return PcaRange{span.lo - pad, span.hi + pad};
  };
  const PcaRange x = range(first), y = range(second);
  Rect plot = r;
  plot.x0 += 6.5f * u + lh;
  plot.y0 += lh / 2;
  plot.x1 -= 1.5f * u;
  plot.y1 -= 2 * lh + 1.25f * u;
  if (plot.width() < 6 * u || plot.height() < 6 * u) return;
  const auto at = [&](double px, double py) {
    return Vec{plot.x0 + static_cast<float>((px - x.lo) / (x.hi - x.lo)) * plot.width(), plot.y1 - static_cast<float>((py - y.lo) / (y.hi - y.lo)) * plot.height()};
  };
  const double step_x = draw::tick_step(x.hi - x.lo, std::max(2, static_cast<int>(plot.width() / (9 * u)))), step_y = draw::tick_step(y.hi - y.lo, std::max(2, static_cast<int>(plot.height() / (3 * lh))));
  float last = -1e9f;
  for (double k = std::ceil(x.lo / step_x); k * step_x <= x.hi; ++k) {
    const float px = at(k * step_x, 0).x;
    const std::string text = draw::tick_number(std::abs(k) < 0.5 ? 0 : k * step_x, step_x);
    const float half = c.text_width(text, small) / 2;
    c.line({px, plot.y0}, {px, plot.y1}, std::abs(k) < 0.5 ? theme.tick : theme.hairline, c.pixel());
    if (px - half < std::max(last, plot.x0 - 2 * u) || px + half > r.x1 + 0.5f) continue;
    c.text({px, plot.y1 + 0.5f * u}, text, small, theme.text2, Align::centre);
    last = px + half + 0.75f * u;
  }
  for (double k = std::ceil(y.lo / step_y); k * step_y <= y.hi; ++k) {
    const float py = at(0, k * step_y).y;
    c.line({plot.x0, py}, {plot.x1, py}, std::abs(k) < 0.5 ? theme.tick : theme.hairline, c.pixel());
    c.text({plot.x0 - 0.75f * u, py - lh / 2}, draw::tick_number(std::abs(k) < 0.5 ? 0 : k * step_y, step_y), small, theme.text2, Align::right, plot.x0 - 1.25f * u - r.x0 - lh);
  }
  const auto name = [&](int component) { return phrase(c, "component {0}", {std::to_string(component + 1)}); };
  c.text({plot.centre().x, r.y1 - lh - 0.25f * u}, name(first), small, theme.text1, Align::centre, plot.width());
  if (c.text_width(name(second), small) <= plot.height()) c.text_up({r.x0 + lh / 2, plot.centre().y}, name(second), small, theme.text1);

  const PatchGrid& grid = in.grid();
  const float radius = std::clamp(plot.width() / (4.5f * std::sqrt(static_cast<float>(grid.patches()))), 0.25f * u, 0.7f * u);
  const auto place = [&](int patch) {
    const auto coordinate = [&](int component) { return component < pca.count() ? static_cast<double>(pca.scores.at(patch, component)) : 0.0; };
    return at(coordinate(first), coordinate(second));
  };
  for (int patch = 0; patch < grid.patches(); ++patch) {
    const Vec p = place(patch);
    c.circle(p, radius + c.pixel(), theme.dark ? theme.ground : theme.tick);
    c.circle(p, radius, draw::of(content.colors[static_cast<std::size_t>(patch)]));
    const float reach = std::max(radius, 0.5f * u);
    c.tag({p.x - reach, p.y - reach, p.x + reach, p.y + reach}, draw::TokenTarget{grid.token_of(patch)}, tooltip_of(c, in, content, grid.token_of(patch)));
  }
  const auto mark = [&](int token, draw::Color color) {
    if (grid.patch_of(token) < 0) return;
    const Vec p = place(grid.patch_of(token));
    c.ring(p, radius + 2.5f, draw::kBlack, 1);
    c.ring(p, radius + 1.5f, color, 2);
  };
  mark(chosen_token(in), theme.mark);
  if (const int token = hovered_token(in); token >= 0) mark(token, draw::kWhite);
}

/// Explained variance of the first components; the three that are colours in their own.
void variances(Canvas& c, Rect r, const Content& content) {
  heading(c, r, c.tr("Explained variance"), c.tr("by component"));
  std::vector<Bar> list;
  const char* const names[] = {"red", "green", "blue"};
  for (int i = 0; i < content.pca.count(); ++i) {
    Bar bar;
    bar.label = std::to_string(i + 1);
    if (i < 3) bar.detail = std::string(c.tr(names[i]));
    bar.value = content.pca.explained[static_cast<std::size_t>(i)];
    bar.text = draw::percent(bar.value);
    bar.color = i < 3 ? kChannels[i] : c.theme().tick;
    list.push_back(std::move(bar));
  }
  if (list.empty()) {
    c.paragraph(r, c.tr("All patches hold the same numbers: there is no direction in which they differ."), c.metrics().small_style(), c.theme().text2);
    return;
  }
  BarsStyle style;
  style.ground = true;
  style.row_height = std::clamp(r.height() / static_cast<float>(list.size()), bar_row_height(c), 1.3f * bar_row_height(c));
  bars(c, r, list, style);
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const float u = c.u();
  const auto content = content_of(in);
  tokens::Cells cells;
  cells.image = content->image;
  cells.opacity = tokens::opacity(in);
  cells.pinned = chosen_token(in);
  cells.hovered = hovered_token(in);
  cells.tooltip = [&](int token) { return tooltip_of(c, in, *content, token); };
  const auto pictures = [&](Rect place) {
    heading(c, place, c.tr("Three components as red, green and blue"));
    return tokens::over_picture(c, place, in, cells);
  };
  if (r.height() > 1.05f * r.width()) {
    const Rect picture = pictures(r.cut_top(0.42f * r.height()));
    r.y0 = std::min(r.y0, picture.y1);
    r.cut_top(2 * u);
    Rect below = r.cut_bottom(std::min(0.36f * r.height(), heading_height(c) + 1.3f * bar_row_height(c) * kComponents));
    r.cut_bottom(2 * u);
    scatter(c, r, in, *content);
    variances(c, below, *content);
    return;
  }
  Rect left = r;
  left.x1 = r.x0 + 0.42f * r.width();
  left = tokens::picture_column(c, left, in, 0);
  pictures(left);
  Rect side{left.x1 + 4 * u, r.y0, r.x1, r.y1};
  const bool listed = r.height() > 52 * u;
  if (side.width() > 62 * u || !listed) {
    Rect bars_place = side.cut_right(std::clamp(0.32f * side.width(), 20 * u, 30 * u));
    side.cut_right(3 * u);
    scatter(c, side, in, *content);
    variances(c, bars_place, *content);
  } else {
    Rect bars_place = side.cut_bottom(heading_height(c) + 1.15f * bar_row_height(c) * kComponents);
    side.cut_bottom(2 * u);
    scatter(c, side, in, *content);
    variances(c, bars_place, *content);
  }
}

std::string caption(const Canvas& c, const FigureInput& in) {
  std::string text = phrase(c,
                            "Principal components of the {0} patch rows after block {1}: the mean row is subtracted, the directions of largest variance come first, and each sign is chosen so that the "
                            "largest element is positive. Prefix tokens are left out.",
                            {std::to_string(in.grid().patches()), std::to_string(in.block() + 1)});
  text += " ";
  text += span_of(in).cut > 0 ? c.tr("Each of the first three runs from dark to bright between its 2nd and 98th percentile; what lies beyond keeps the end shade.")
                              : c.tr("Each of the first three runs from dark (smallest coordinate) to bright (largest) of one channel, after DINOv2 (Oquab et al. 2023, figure 1).");
  text += " ";
  text += c.tr("Like colours mean like rows; a colour itself has no meaning.");
  return text;
}

Table data(const FigureInput& in) {
  const auto content = content_of(in);
  const Pca& pca = content->pca;
  Table table;
  TableColumn patch{"patch", {}}, row{"row", {}}, column{"column", {}};
  for (int i = 0; i < in.grid().patches(); ++i) {
    patch.values.push_back(i);
    row.values.push_back(in.grid().row(i));
    column.values.push_back(in.grid().column(i));
  }
  table.columns = {patch, row, column};
  for (int k = 0; k < pca.count(); ++k) {
    TableColumn score{"component_" + std::to_string(k + 1), {}};
    for (int i = 0; i < in.grid().patches(); ++i) score.values.push_back(static_cast<double>(pca.scores.at(i, k)));
    table.columns.push_back(std::move(score));
  }
  if (pca.count() > 0) {
    Tensor explained({pca.count()});
    for (int k = 0; k < pca.count(); ++k) explained.edit()[k] = static_cast<float>(pca.explained[static_cast<std::size_t>(k)]);
    table.tensors = {{"components", pca.components}, {"scores", pca.scores}, {"mean", pca.mean}, {"explained_variance", explained}};
  }
  return table;
}

}  // namespace

const Figure& token_pca() {
  static const Figure figure{"token-pca", "PCA of the tokens", "residual2", {1340, 640}, ready, draw_figure, block_subject, caption, data, options(), studies};
  return figure;
}

}  // namespace vitscope::figures
