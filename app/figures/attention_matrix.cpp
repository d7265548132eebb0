// Every query against every key, with the sums of rows and columns; enlarged until the numbers stand in the cells.
#include <algorithm>
#include <array>
#include <cmath>

#include "app/draw/axis.h"
#include "app/draw/number.h"
#include "app/figures/attention_facts.h"
#include "app/figures/kept.h"

namespace vitscope::figures {

namespace {

using namespace attention;
using draw::Align;
using draw::Canvas;
using draw::Rect;
using draw::Vec;

constexpr float kMostZoom = 64;

const std::array<Option, 6>& options() {
  static const std::array<Option, 6> all{{
      reading_option(),
      range_option(),
      {Option::Kind::slider, "attention-matrix.covered", "Bar covers", 0.8f, 1, 0.97f, {}},
      {Option::Kind::slider, "attention-matrix.zoom", "Zoom", 1, kMostZoom, 1, {}},
      {Option::Kind::number, "attention-matrix.row", "Row in the middle", -1, 1e6f, -1, {}},
      {Option::Kind::number, "attention-matrix.column", "Column in the middle", -1, 1e6f, -1, {}},
  }};
  return all;
}

bool ready(const FigureInput& input) { return input.trace.has(Slot::attn, input.block()); }

/// Sums over keys (rows) and over queries (columns) of one map.
struct Sums {
  std::vector<float> rows, columns;
  float most_row = 1, most_column = 1;
};

std::shared_ptr<const Sums> sums_of(const draw::Matrix& all) {
  static Kept<std::pair<std::uint64_t, std::int64_t>, std::shared_ptr<const Sums>, 32> kept;
  return kept.get({all.tensor.id(), all.offset}, [&] {
    std::vector<double> rows(static_cast<std::size_t>(all.rows)), columns(static_cast<std::size_t>(all.columns));
    for (int r = 0; r < all.rows; ++r)
      for (int k = 0; k < all.columns; ++k) {
        const auto value = static_cast<double>(all.at(r, k));
        rows[static_cast<std::size_t>(r)] += value;
        columns[static_cast<std::size_t>(k)] += value;
      }
    auto sums = std::make_shared<Sums>();
    sums->rows.assign(rows.begin(), rows.end());
    sums->columns.assign(columns.begin(), columns.end());
    sums->most_row = std::max(1e-9f, *std::max_element(sums->rows.begin(), sums->rows.end()));
    sums->most_column = std::max(1e-9f, *std::max_element(sums->columns.begin(), sums->columns.end()));
    return std::shared_ptr<const Sums>(std::move(sums));
  });
}

/// Where everything stands. `cells` is the whole matrix, `view` what of it is seen.
struct Layout {
  Rect view, cells;
  float cell = 0;        ///< side of a cell, points
  float labels = 0;      ///< width of what stands left of the cells
  float crop = 0;        ///< side of the little crops; 0: none
  Rect row_sums, column_sums, bar;
  float column_labels_y = 0;
};

/// The middle of the view in cells; without a choice the pinned pair.
Vec middle_of(const FigureInput& input) {
  const float row = option(input.selection, options()[4]), column = option(input.selection, options()[5]);
  const Chosen now = pinned_choice(input);
  const int other = pinned_other(input) >= 0 ? pinned_other(input) : now.query;
  const auto at = [](float chosen, int token) { return chosen >= 0 ? chosen : static_cast<float>(token) + 0.5f; };
  return {at(column, now.column ? now.query : other), at(row, now.column ? other : now.query)};
}

Layout layout_of(const Canvas& c, Rect r, const FigureInput& input) {
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const float line = Canvas::text_height(small);
  const float tokens = static_cast<float>(input.config().tokens());
  const float zoom = std::clamp(option(input.selection, options()[3]), 1.0f, kMostZoom);
  Layout l;
  const float sums = (r.height() < 50 * u ? 3 : 4) * u, names = line + 0.5f * u, numbers = c.text_width(draw::axis_label(input.config().tokens() - 1, 0), small) + 0.75f * u;
  const float right = 0.75f * u + sums + 2 * u + 1.5f * u + c.text_width("≥ 00.0 %", small) + u;
  const auto place = [&](float crop) {
    l.crop = crop;
    const float edge = crop > 0 ? crop + 0.75f * u : 0;
    l.labels = names + std::max(numbers, c.text_width(c.tr("dist"), small) + 0.75f * u) + edge;
    const float below = 0.5f * u + line + edge + names + 0.5f * u + sums;
    const Rect free{r.x0 + l.labels, r.y0 + heading_height(c) + 0.25f * u, r.x1 - right, r.y1 - below};
    const float side = std::max(std::min(free.width(), free.height()), 1.0f);
    // Whole pixels for cells that are large enough.
    float cell = side * c.scale() / tokens;
    if (const float whole = std::floor(cell); zoom == 1 && whole >= 3 && cell < 1.15f * whole) cell = whole;
    const float shown = zoom == 1 ? cell * tokens / c.scale() : side;
    l.cell = cell * zoom / c.scale();
    l.view = draw::rect_at({free.x0, free.y0}, shown, shown);
  };
  place(0);
  const float crop = std::clamp(l.cell - 2, 0.0f, 4 * u);
  if (crop >= 1.5f * u && l.view.width() > 14 * u) place(std::min(crop, 4 * u));
  const float whole = l.cell * tokens;
  const Vec middle = middle_of(input);
  const auto start = [&](float at, float lo, float hi) { return std::clamp((lo + hi) / 2 - at * l.cell, hi - whole, lo); };
  const float x = zoom > 1 ? start(middle.x, l.view.x0, l.view.x1) : l.view.x0, y = zoom > 1 ? start(middle.y, l.view.y0, l.view.y1) : l.view.y0;
  l.cells = draw::rect_at({x, y}, whole, whole);
  l.column_labels_y = l.view.y1 + 0.5f * u;
  const float edge = l.crop > 0 ? l.crop + 0.75f * u : 0;
  const float sums_y = l.column_labels_y + edge + line + 0.25f * u + names;
  l.column_sums = {l.view.x0, sums_y, l.view.x1, sums_y + sums};
  l.row_sums = {l.view.x1 + 0.75f * u, l.view.y0, l.view.x1 + 0.75f * u + sums, l.view.y1};
  l.bar = draw::rect_at({l.row_sums.x1 + 2 * u, l.view.y0}, 1.5f * u, l.view.height());
  return l;
}

/// Tokens that are seen along one axis: first and one behind the last.
std::pair<int, int> seen(float lo, float hi, float start, float cell, int tokens) {
  return {std::clamp(static_cast<int>(std::floor((lo - start) / cell)), 0, tokens), std::clamp(static_cast<int>(std::ceil((hi - start) / cell)), 0, tokens)};
}

/// The patch of the picture as the model sees it, or a block in the colour of the prefix token.
void draw_crop(Canvas& c, Rect where, const FigureInput& input, int token) {
  const PatchGrid& grid = input.grid();
  const Tensor& pixels = input.trace.input().pixels;
  const int patch = grid.patch_of(token);
  if (patch < 0)
    c.fill(where, draw::prefix_color(c.theme(), token, grid.prefix_tokens()), 2);
  else if (pixels.rank() == 3 && (pixels.dim(0) == 1 || pixels.dim(0) == 3))
    c.planes(draw::fit(where, static_cast<float>(grid.patch_width()) / static_cast<float>(grid.patch_height())), pixels, grid.pixels(patch));
  else
    c.outline(where, c.theme().tick, c.pixel());
}

/// Crops, numbers and names along both axes.
void draw_axes(Canvas& c, const FigureInput& input, const Layout& l, const Chosen& now) {
  const float u = c.u();
  const PatchGrid& grid = input.grid();
  const draw::Style small = c.metrics().small_style();
  const float line = Canvas::text_height(small);
  const int pinned = pinned_choice(input).query, key = hovered_key(input), query = hovered_query(input);
  for (const bool upright : {true, false}) {
    const float lo = upright ? l.view.y0 : l.view.x0, hi = upright ? l.view.y1 : l.view.x1, start = upright ? l.cells.y0 : l.cells.x0;
    if (l.crop > 0) {
      const auto [from, to] = seen(lo, hi, start, l.cell, grid.tokens());
      c.push_clip(upright ? Rect{l.view.x0 - l.crop - u, l.view.y0, l.view.x0, l.view.y1} : Rect{l.view.x0, l.view.y1, l.view.x1, l.view.y1 + l.crop + u});
      for (int token = from; token < to; ++token) {
        const float at = start + (static_cast<float>(token) + 0.5f) * l.cell - l.crop / 2;
        const Rect where = draw::rect_at(upright ? Vec{l.view.x0 - l.crop - 0.5f * u, at} : Vec{at, l.view.y1 + 0.5f * u}, l.crop, l.crop);
        draw_crop(c, where, input, token);
        c.tag(where, draw::TokenTarget{token});
      }
      c.pop_clip();
    }
    draw::AxisStyle axis;
    axis.count = grid.tokens();
    axis.prefix = grid.prefix_tokens();
    axis.upright = upright;
    axis.pinned = upright != now.column ? pinned : pinned_other(input);
    axis.hovered = upright ? query : key;
    const float edge = l.crop > 0 ? l.crop + 0.75f * u : 0;
    // Enlarged, numbers of what is not seen fall outside; else the first and the last are moved to the edges.
    const bool enlarged = l.cells.width() > l.view.width() + 1;
    const float reach = upright ? line / 2 : 0.5f * u;
    for (const draw::AxisNumber& n : draw::axis_numbers(c, axis, start, l.cell, enlarged ? -1e6f : lo - reach, enlarged ? 1e6f : hi + reach)) {
      const float half = (upright ? line : n.width) / 2;
      if (enlarged && (n.at - half < lo - 2 || n.at + half > hi + 2)) continue;
      if (upright)
        c.text({l.view.x0 - 0.75f * u - edge, n.at - line / 2}, n.text, n.style, n.color, Align::right);
      else
        c.text({n.at, l.column_labels_y + edge}, n.text, n.style, n.color, Align::centre);
    }
    const std::string_view name = upright ? c.tr("query: token that looks") : c.tr("key: token looked at");
    const float length = c.text_width(name, small);
    if (length > l.view.width()) continue;
    if (upright)
      c.text_up({l.view.x0 - l.labels + line / 2, l.view.centre().y}, name, small, c.theme().text3);
    else
      c.text({l.view.centre().x, l.column_labels_y + edge + line}, name, small, c.theme().text3, Align::centre);
  }
}

/// Bars of the sums beside the rows and below the columns, on one scale each; dashed: 1.
void draw_sums(Canvas& c, const FigureInput& input, const Layout& l, const Sums& sums) {
  const auto& theme = c.theme();
  const draw::Style small = c.metrics().small_style();
  const float line = Canvas::text_height(small), u = c.u();
  const int tokens = input.config().tokens();
  for (const bool rows : {true, false}) {
    const Rect where = rows ? l.row_sums : l.column_sums;
    const std::vector<float>& values = rows ? sums.rows : sums.columns;
    const float most = std::max(rows ? sums.most_row : sums.most_column, 1.0f);
    const float lo = rows ? l.view.y0 : l.view.x0, hi = rows ? l.view.y1 : l.view.x1, start = rows ? l.cells.y0 : l.cells.x0;
    const auto [from, to] = seen(lo, hi, start, l.cell, tokens);
    c.push_clip(where);
    const float gap = l.cell >= 4 ? std::max(c.pixel(), std::min(0.1f * l.cell, 0.25f * u)) : 0;
    for (int token = from; token < to; ++token) {
      const float share = values[static_cast<std::size_t>(token)] / most, at = start + static_cast<float>(token) * l.cell;
      const draw::Color color = token < input.grid().prefix() ? draw::prefix_color(theme, token, input.grid().prefix_tokens()) : theme.patch_token;
      c.fill(rows ? Rect{where.x0, at, where.x0 + share * where.width(), std::max(at + l.cell - gap, at + c.pixel())}
                  : Rect{at, where.y1 - share * where.height(), std::max(at + l.cell - gap, at + c.pixel()), where.y1},
             color.faded(0.75f));
    }
    const float one = 1 / most;
    if (rows)
      c.dashes({where.x0 + one * where.width() - c.pixel(), where.y0}, {where.x0 + one * where.width() - c.pixel(), where.y1}, theme.text3, c.pixel(), 3, 3);
    else
      c.dashes({where.x0, where.y1 - one * where.height() + c.pixel()}, {where.x1, where.y1 - one * where.height() + c.pixel()}, theme.text3, c.pixel(), 3, 3);
    c.pop_clip();
    const int pointed = rows ? hovered_query(input) : hovered_key(input);
    const int named = pointed >= 0 ? pointed : rows != reads_column(input.selection) ? pinned_choice(input).query : -1;
    const std::string text = named >= 0 ? draw::number(static_cast<double>(values[static_cast<std::size_t>(named)])) : rows ? std::string() : draw::number(static_cast<double>(most));
    if (rows) {
      // Below the bars, so that the words keep off the heading.
      const float y = l.column_labels_y;
      c.text({where.x0, y}, c.tr("sum"), small, theme.text3);
      if (!text.empty()) c.text({where.x0, y + line}, text, small, theme.text1);
      if (named >= 0) c.tag(where, {}, filled(c.tr("sum of every row; {0}: {1}"), {draw::token_name(c, named, input.grid()), text}));
    } else {
      c.text({where.x0 - 0.75f * u, where.y1 - line}, c.tr("sum"), small, theme.text3, Align::right);
      c.text({where.x0 - 0.75f * u, where.y1 - 2 * line}, text, small, named >= 0 ? theme.text1 : theme.text3, Align::right);
    }
  }
}

/// Numbers in the cells that are seen, when they are large enough.
void draw_numbers(Canvas& c, const FigureInput& input, const Layout& l, const draw::Matrix& all, const draw::HeatStyle& heat) {
  draw::Style small = c.metrics().small_style();
  const int tokens = input.config().tokens();
  if (l.cell < c.text_width(".00", small) + 0.5f * c.u() || l.cell < 1.3f * small.size) return;
  const bool wide = l.cell > c.text_width("00.00 %", small) + c.u();
  const auto [top, bottom] = seen(l.view.y0, l.view.y1, l.cells.y0, l.cell, tokens);
  const auto [left, right] = seen(l.view.x0, l.view.x1, l.cells.x0, l.cell, tokens);
  const float line = Canvas::text_height(small);
  for (int r = top; r < bottom; ++r)
    for (int k = left; k < right; ++k) {
      const float value = all.at(r, k);
      const draw::Color ground = draw::heat_color(value, heat);
      const draw::Color ink = luminance({ground.r, ground.g, ground.b}) > 0.2 ? draw::hex(0x12161B) : draw::kWhite;
      std::string text = wide ? draw::percent(static_cast<double>(value)) : draw::cell_number(static_cast<double>(value));
      if (c.text_width(text, small) > l.cell - 0.25f * c.u()) text = draw::cell_number(static_cast<double>(value));
      const Vec at{l.cells.x0 + (static_cast<float>(k) + 0.5f) * l.cell, l.cells.y0 + (static_cast<float>(r) + 0.5f) * l.cell};
      const float half = c.text_width(text, small) / 2;
      if (at.x - half < l.view.x0 || at.x + half > l.view.x1 || at.y - line / 2 < l.view.y0 || at.y + line / 2 > l.view.y1) continue;
      c.text({at.x, at.y - line / 2}, text, small, ink, Align::centre);
    }
}

void draw_marks(Canvas& c, const FigureInput& input, const Layout& l, const Chosen& now) {
  const auto row = [&](int token) { return Rect{l.view.x0, l.cells.y0 + static_cast<float>(token) * l.cell, l.view.x1, l.cells.y0 + static_cast<float>(token + 1) * l.cell}; };
  const auto column = [&](int token) { return Rect{l.cells.x0 + static_cast<float>(token) * l.cell, l.view.y0, l.cells.x0 + static_cast<float>(token + 1) * l.cell, l.view.y1}; };
  const auto within = [&](Rect r) { return Rect{std::max(r.x0, l.view.x0), std::max(r.y0, l.view.y0), std::min(r.x1, l.view.x1), std::min(r.y1, l.view.y1)}; };
  const auto both = [&](int query, int key) { return within({column(key).x0, row(query).y0, column(key).x1, row(query).y1}); };
  const auto drawable = [](Rect r) { return r.width() > 0 && r.height() > 0; };
  const int query = hovered_query(input), key = hovered_key(input), pinned = pinned_choice(input).query, other = pinned_other(input);
  if (query >= 0 && key >= 0) {
    if (const Rect r = within(row(query)); drawable(r)) c.outline(r.inset(-c.pixel()), draw::kWhite.faded(0.6f), c.pixel());
    if (const Rect r = within(column(key)); drawable(r)) c.outline(r.inset(-c.pixel()), draw::kWhite.faded(0.6f), c.pixel());
  }
  if (const Rect r = within(now.column ? column(pinned) : row(pinned)); drawable(r)) c.pinned(r);
  if (other >= 0)
    if (const Rect r = now.column ? both(other, pinned) : both(pinned, other); drawable(r)) c.pinned(r);
  if (query >= 0 && key >= 0)
    if (const Rect r = both(query, key); drawable(r)) c.hovered(r);
}

/// The chosen row or column over the picture, and its numbers, where the matrix leaves room.
void draw_side(Canvas& c, Rect r, const FigureInput& input, const Chosen& now) {
  const float u = c.u();
  const std::vector<float> values = values_of(input.trace, now);
  const std::vector<Fact> facts = map_fact_list(c, input, now, values);
  const float numbers = static_cast<float>(facts.size()) * (Canvas::text_height(c.metrics().small_style()) + 0.5f * u) + u;
  const float chips = prefix_chips_height(c, input.grid());
  Overlay o = overlay_of(input);
  o.grid = grid_of(input.trace, now);
  o.span = span_of(input, now);
  o.pinned = now.query;
  o.hovered = hovered_other(input);
  if (o.hovered >= 0) o.tooltip = token_tooltip(c, input, values, o.hovered);
  heading(c, r, now.column ? c.tr("Who looks at {0}") : c.tr("Where {0} looks"), {token_piece(c, now.query, input.grid())});
  const Rect picture = snug({r.x0, r.y0, r.x1, std::min(r.y1 - numbers - chips - u, r.y0 + 40 * u)}, input.trace);
  overlay(c, picture, input, o);
  r.y0 = picture.y1 + u;
  draw::HeatStyle heat;
  heat.span = o.span;
  r.cut_top(prefix_chips(c, r, input, values, heat, now.query) + u);
  fact_column(c, r, facts);
}

CutSpan colours_of(const FigureInput& input, const Chosen& now) { return cut_span(input, now, static_cast<double>(option(input.selection, options()[2]))); }

/// The part of the figure that the matrix takes.
Rect matrix_part(const Canvas& c, Rect r) {
  return r.width() > r.height() + 34 * c.u() ? Rect{r.x0, r.y0, r.x0 + std::min(r.height() + 16 * c.u(), r.width() - 24 * c.u()), r.y1} : r;
}

void draw_figure(Canvas& c, Rect r, const FigureInput& input) {
  const float u = c.u();
  const Chosen pinned = pinned_choice(input), now = chosen(input);
  // The head may be previewed, the row not: the matrix shows all rows.
  Chosen shown = pinned;
  shown.block = now.block, shown.head = now.head;
  const draw::Matrix all = shares(input.trace, shown.block, shown.head);
  const CutSpan colours = colours_of(input, shown);
  draw::HeatStyle heat;
  heat.span = colours.span;
  const int tokens = input.config().tokens();
  const Rect part = matrix_part(c, r);
  const Layout l = layout_of(c, part, input);
  const bool brief = l.view.width() < 50 * u;
  Rect title{l.view.x0, part.y0, brief ? l.row_sums.x1 : l.view.x1, part.y1};
  heading(c, title, c.tr(brief ? "All pairs" : "All queries and keys"), {}, c.tr(brief ? "rows query, columns key" : "rows are queries, columns are keys"));
  c.push_clip(l.view);
  c.heat(l.cells, all, heat);
  draw_numbers(c, input, l, all, heat);
  if (shown.head >= 0) c.tag_cells(l.cells, {{{Slot::attn, shown.block}, shown.head, 0, 0}, tokens, tokens, 1, 2});
  c.pop_clip();
  if (!c.theme().dark) c.outline(l.view.inset(-c.pixel()), c.theme().tick.faded(0.55f), c.pixel());
  const std::shared_ptr<const Sums> sums = sums_of(all);
  draw_sums(c, input, l, *sums);
  draw_axes(c, input, l, pinned);
  draw_marks(c, input, l, pinned);
  draw::BarStyle bar;
  bar.heat = heat;
  bar.as_percent = true;
  bar.cut_hi = colours.cut;
  draw::color_bar(c, l.bar, bar);
  const Rect side{part.x1 + 3 * u, r.y0, r.x1, r.y1};
  if (side.width() > 20 * u) draw_side(c, {side.x0, side.y0, std::min(side.x1, side.x0 + 44 * u), side.y1}, input, now);
}

std::vector<std::pair<std::string_view, float>> zoom(const Canvas& c, Rect r, const FigureInput& input, Vec at, float notches) {
  const std::string_view zoom_key = options()[3].key, row_key = options()[4].key, column_key = options()[5].key;
  if (notches == 0) return {{zoom_key, 1.0f}, {row_key, -1.0f}, {column_key, -1.0f}};
  const Layout l = layout_of(c, matrix_part(c, r), input);
  if (!l.view.contains(at)) return {};
  const float before = std::clamp(option(input.selection, options()[3]), 1.0f, kMostZoom), after = std::clamp(before * std::pow(1.25f, notches), 1.0f, kMostZoom);
  // The cell under the pointer stays where it is.
  const float cell = l.cell * after / before, tokens = static_cast<float>(input.config().tokens());
  const Vec under{(at.x - l.cells.x0) / l.cell, (at.y - l.cells.y0) / l.cell};
  const auto middle = [&](float cells, float place, float lo, float hi) {
    const float half = (hi - lo) / 2 / cell;
    return std::clamp(cells + ((lo + hi) / 2 - place) / cell, half, std::max(half, tokens - half));
  };
  return {{zoom_key, after}, {row_key, middle(under.y, at.y, l.view.y0, l.view.y1)}, {column_key, middle(under.x, at.x, l.view.x0, l.view.x1)}};
}

std::string subject(const Canvas& c, const FigureInput& input) { return block_and_head(c, input); }

std::string caption(const Canvas& c, const FigureInput& input) {
  const Chosen now = pinned_choice(input);
  std::string text = filled(c.tr("Attention share of every query (row) for every key (column), {0} × {0}. Bars at the right: sum of each row; bars below: sum of each column, what a token receives from all; "
                                 "dashed: 1. Tokens count row by row from 0, prefix tokens first."),
                            {std::to_string(input.config().tokens())});
  if (now.head == kMaxHead) {
    text += " ";
    text += c.tr("Shown is the largest share over the heads for each pair; its rows do not sum to 1.");
  }
  const CutSpan cut = colours_of(input, now);
  if (cut.cut) {
    text += " ";
    text += filled(c.tr("Colours end at {0}; larger shares have the last colour."), {draw::percent(static_cast<double>(cut.span.hi), 2)});
  }
  return text;
}

Table data(const FigureInput& input) {
  const Chosen now = pinned_choice(input);
  const draw::Matrix all = shares(input.trace, now.block, now.head);
  const int tokens = input.config().tokens();
  const std::shared_ptr<const Sums> sums = sums_of(all);
  TableColumn token{"token", {}}, patch{"patch", {}}, row{"row_sum", {}}, column{"column_sum", {}};
  for (int t = 0; t < tokens; ++t) {
    token.values.push_back(t);
    patch.values.push_back(input.grid().patch_of(t));
    row.values.push_back(static_cast<double>(sums->rows[static_cast<std::size_t>(t)]));
    column.values.push_back(static_cast<double>(sums->columns[static_cast<std::size_t>(t)]));
  }
  Table table;
  table.columns = {token, patch, row, column};
  const auto count = static_cast<std::size_t>(tokens) * static_cast<std::size_t>(tokens);
  table.tensors = {{"attn", Tensor(Shape{tokens, tokens}, all.tensor.values().subspan(static_cast<std::size_t>(all.offset), count))}};
  return table;
}

}  // namespace

const Figure& attention_matrix() {
  static const Figure figure{"attention-matrix", "Matrix", "softmax", {1340, 760}, ready, draw_figure, subject, caption, data, options(), nullptr, zoom};
  return figure;
}

}  // namespace vitscope::figures
