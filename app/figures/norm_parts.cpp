#include "app/figures/norm_parts.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/attention_draw.h"
#include "app/figures/kept.h"
#include "app/figures/parts_stream.h"
#include "app/figures/prefix_words.h"

namespace vitscope::figures::norms {

using namespace attention;
using draw::Align;
using draw::Canvas;
using draw::Color;
using draw::Rect;

namespace {

struct Source {
  TensorRef before_ref, after_ref;
  const Tensor& before;
  const Tensor& after;
  const NormWeights& weights;
};

TensorRef before_ref(const FigureInput& input, Which which) {
  if (which == Which::second) return {Slot::resid1, input.block()};
  return input.trace.entering_ref(which == Which::first ? input.block() : input.config().depth);
}

TensorRef after_ref(const FigureInput& input, Which which) {
  if (which == Which::last) return {Slot::norm};
  return {which == Which::first ? Slot::norm1 : Slot::norm2, input.block()};
}

Source source_of(const FigureInput& input, Which which) {
  const TensorRef from = before_ref(input, which), to = after_ref(input, which);
  const Weights& weights = input.trace.model().weights;
  const auto block = static_cast<std::size_t>(input.block());
  const NormWeights& own = which == Which::last ? weights.norm : which == Which::first ? weights.blocks[block].norm1 : weights.blocks[block].norm2;
  return {from, to, input.trace.at(from), input.trace.at(to), own};
}

/// Mean and standard deviation of a row; the deviation divides by the number of values, as the layer does.
struct Spread {
  double mean = 0, deviation = 0;
};
Spread spread_of(std::span<const float> row) {
  Spread s;
  for (const float v : row) s.mean += static_cast<double>(v);
  s.mean /= static_cast<double>(row.size());
  for (const float v : row) s.deviation += (static_cast<double>(v) - s.mean) * (static_cast<double>(v) - s.mean);
  s.deviation = std::sqrt(s.deviation / static_cast<double>(row.size()));
  return s;
}

using Spreads = std::shared_ptr<const std::vector<Spread>>;
Spreads spreads_of(const Tensor& rows) {
  static Kept<std::uint64_t, Spreads, 64> kept;
  return kept.get(rows.id(), [&] {
    std::vector<Spread> all;
    for (int token = 0; token < rows.dim(0); ++token) all.push_back(spread_of(rows.row(token)));
    return std::make_shared<const std::vector<Spread>>(std::move(all));
  });
}

int token_of(const FigureInput& input, const Source& source) { return stream::chosen_token(input, {source.before_ref, source.after_ref}); }

struct Colors {
  Color before, after;
};
Colors colors_of(const Canvas& c) { return {c.theme().text3, c.theme().width}; }

/// One quantity of every token, before (ring) and after (dot), on the rows of the maps.
void quantity(Canvas& c, Rect cells, float title_y, const FigureInput& input, std::string_view name, double Spread::*value, const std::array<Spreads, 2>& spreads, int token) {
  const float u = c.u();
  const auto& theme = c.theme();
  const draw::Style small = c.metrics().small_style();
  double lo = 0, hi = 0;
  for (const Spreads& side : spreads)
    for (const Spread& s : *side) {
      lo = std::min(lo, s.*value);
      hi = std::max(hi, s.*value);
    }
  if (-lo < 1e-3 * hi) lo = 0;  // rounding around zero is no range
  if (hi < -1e-3 * lo) hi = 0;
  if (!(hi > lo)) hi = lo + 1;
  const int tokens = input.config().tokens();
  const float radius = std::clamp(0.42f * cells.height() / static_cast<float>(tokens), 1.25f, 0.42f * u);
  const Rect inner = cells.inset(radius + 1, 0);
  const auto x_of = [&](double v) { return inner.x0 + static_cast<float>((v - lo) / (hi - lo)) * inner.width(); };
  c.text({cells.centre().x, title_y}, name, small, theme.text1, Align::centre, cells.width());
  c.line({x_of(0), cells.y0}, {x_of(0), cells.y1}, theme.tick, c.pixel());
  const Colors colors = colors_of(c);
  const int hovered = stream::hovered_token(input);
  for (const auto& [which, color] : {std::pair{token, theme.selection}, std::pair{hovered, theme.text1}}) {
    if (which < 0) continue;
    const float y = stream::row_of(cells, which, tokens).centre().y;
    const Color own = which < input.grid().prefix() && which == token ? stream::token_color(theme, which, input.grid()) : color;
    c.line({cells.x0, y}, {cells.x1, y}, own.faded(0.7f), c.pixel());
  }
  for (int t = 0; t < tokens; ++t) {
    const Rect row = stream::row_of(cells, t, tokens);
    const float y = row.centre().y;
    const auto i = static_cast<std::size_t>(t);
    const bool in_front = t < input.grid().prefix();
    const Color own = stream::token_color(theme, t, input.grid());
    const draw::Vec from{x_of((*spreads[0])[i].*value), y}, to{x_of((*spreads[1])[i].*value), y};
    if (radius > 2)
      c.ring(from, radius, in_front ? own : colors.before, 1);
    else
      c.circle(from, radius, in_front ? own : colors.before);
    c.circle(to, radius, in_front ? own : colors.after);
    const std::string tooltip = draw::token_name(c, t, input.grid()) + ": " + draw::number((*spreads[0])[i].*value) + " → " + draw::number((*spreads[1])[i].*value);
    c.tag({cells.x0, row.y0, cells.x1, row.y1}, draw::TokenTarget{t}, tooltip);
  }
  const float y = cells.y1 + 0.4f * u;
  const std::string low = draw::number(lo, 2), high = draw::number(hi, 2);
  const float low_end = lo < 0 ? cells.x0 + c.text_width(low, small) : cells.x0, high_start = cells.x1 - c.text_width(high, small);
  if (lo < 0) c.text({cells.x0, y}, low, small, theme.text3);
  if (lo == 0 || low_end + 0.5f * u < high_start) c.text({cells.x1, y}, high, small, theme.text3, Align::right);
  const float zero = c.text_width("0", small) / 2;
  const float at = std::clamp(x_of(0), cells.x0 + zero, cells.x1 - zero);
  if (at - zero > low_end + 0.5f * u || lo == 0) {
    if (at + zero + 0.5f * u < high_start) c.text({at, y}, "0", small, theme.text3, Align::centre);
  }
}

/// Ring and dot with their names, centred below the two quantities.
void key_of_dots(Canvas& c, Rect line) {
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const std::string_view before = c.tr("before"), after = c.tr("after");
  const float width = 2.8f * u + c.text_width(before, small) + 1.5f * u + c.text_width(after, small);
  if (width > line.width()) return;
  float x = line.centre().x - width / 2;
  const float y = line.y0 + Canvas::text_height(small) / 2;
  c.ring({x + 0.4f * u, y}, 0.4f * u, colors_of(c).before, 1);
  c.text({x + 1.4f * u, line.y0}, before, small, c.theme().text2);
  x += 1.4f * u + c.text_width(before, small) + 1.5f * u;
  c.circle({x + 0.4f * u, y}, 0.4f * u, colors_of(c).after);
  c.text({x + 1.4f * u, line.y0}, after, small, c.theme().text2);
}

/// A mean that is only rounding is zero.
std::string mean_text(const Spread& spread) { return std::abs(spread.mean) < 1e-5 * spread.deviation ? "0" : draw::number(spread.mean); }

/// How often each value occurs in one row: five deviations to both sides of the mean, what lies beyond at the ends.
void histogram(Canvas& c, Rect r, std::span<const float> row, std::string_view name, Color color) {
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const float line = Canvas::text_height(small);
  const Spread spread = spread_of(row);
  const auto [least, most] = std::minmax_element(row.begin(), row.end());
  const double reach = 5 * std::max(spread.deviation, 1e-9);
  const double lo = std::max(static_cast<double>(*least), spread.mean - reach), hi = std::max(lo + 1e-9, std::min(static_cast<double>(*most), spread.mean + reach));
  const Rect said = c.text({r.x0, r.y0}, name, small, color, Align::left, r.width());
  const std::string numbers = filled(c.tr("mean {0}, deviation {1}"), {mean_text(spread), draw::number(spread.deviation)});
  const float numbers_width = c.text_width(numbers, small);
  const bool beside = said.x1 + 2 * u + numbers_width < r.x1;
  r.cut_top(line + 0.25f * u);
  if (beside) c.text({r.x1, said.y0}, numbers, small, c.theme().text2, Align::right);
  if (!beside && r.height() > 10 * u) {
    const std::string brief = mean_text(spread) + " ± " + draw::number(spread.deviation);
    c.text({r.x0, r.cut_top(line + 0.25f * u).y0}, numbers_width <= r.width() ? numbers : brief, small, c.theme().text2, Align::left, r.width());
  }
  const Rect axis = r.cut_bottom(line + 0.4f * u);
  if (r.height() < u) return;
  constexpr int kBins = 31;
  std::array<int, kBins> counts{};
  for (const float v : row) ++counts[static_cast<std::size_t>(std::clamp(static_cast<int>((static_cast<double>(v) - lo) / (hi - lo) * kBins), 0, kBins - 1))];
  const int highest = *std::max_element(counts.begin(), counts.end());
  const float bin = r.width() / kBins;
  const auto x_of = [&](double v) { return r.x0 + static_cast<float>(std::clamp((v - lo) / (hi - lo), 0.0, 1.0)) * r.width(); };
  c.fill({x_of(spread.mean - spread.deviation), r.y0, x_of(spread.mean + spread.deviation), r.y1}, color.faded(0.14f));
  for (int i = 0; i < kBins; ++i) {
    const int count = counts[static_cast<std::size_t>(i)];
    if (count == 0) continue;
    const float height = std::max(c.pixel(), r.height() * static_cast<float>(count) / static_cast<float>(highest));
    c.fill({r.x0 + static_cast<float>(i) * bin, r.y1 - height, r.x0 + static_cast<float>(i + 1) * bin - c.pixel(), r.y1}, color);
  }
  c.line({r.x0, r.y1}, {r.x1, r.y1}, c.theme().tick, c.pixel());
  c.line({x_of(spread.mean), r.y0}, {x_of(spread.mean), r.y1}, c.theme().text1, c.pixel());
  const float y = axis.y0 + 0.4f * u;
  const std::string low = (static_cast<double>(*least) < lo ? "≤ " : "") + draw::number(lo, 2), high = (static_cast<double>(*most) > hi ? "≥ " : "") + draw::number(hi, 2);
  const float low_end = c.text({r.x0, y}, low, small, c.theme().text3).x1, high_start = c.text({r.x1, y}, high, small, c.theme().text3, Align::right).x0;
  const float half = c.text_width("0", small) / 2, zero = x_of(0);
  if (zero - half > low_end + u && zero + half < high_start - u) {
    c.line({zero, r.y1}, {zero, r.y1 + 0.35f * u}, c.theme().tick, c.pixel());
    c.text({zero, y}, "0", small, c.theme().text3, Align::centre);
  }
}

void histograms(Canvas& c, Rect r, const FigureInput& input, const Source& source, int token) {
  heading(c, r, c.tr("Row of {0}"), {token_piece(c, token, input.grid())}, filled(c.tr("its {0} values"), {std::to_string(input.config().dim)}));
  const Colors colors = colors_of(c);
  const Rect left = r.cut_left((r.width() - 3 * c.u()) / 2);
  r.cut_left(3 * c.u());
  histogram(c, left, source.before.row(token), c.tr("before"), colors.before);
  histogram(c, r, source.after.row(token), c.tr("after"), colors.after);
}

std::string range_text(const Canvas& c, std::span<const float> values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  if (*least == *most) return filled(c.tr("all {0}"), {draw::number(static_cast<double>(*least))});
  return filled(c.tr("{0} to {1}"), {draw::number(static_cast<double>(*least)), draw::number(static_cast<double>(*most))});
}

/// Normalised row, gain, shift and result, element under element.
void elements(Canvas& c, Rect r, const FigureInput& input, const Source& source, int token, const draw::HeatStyle& heat) {
  const float u = c.u();
  const auto& theme = c.theme();
  const draw::Style small = c.metrics().small_style();
  const float line = Canvas::text_height(small);
  const int width = input.config().dim;
  static Kept<std::tuple<std::uint64_t, int>, Tensor, 8> kept;
  const Spread spread = spread_of(source.before.row(token));
  const double scale = 1 / std::sqrt(spread.deviation * spread.deviation + static_cast<double>(input.config().layer_norm_eps));
  const Tensor normal = kept.get({source.before.id(), token}, [&] {
    Tensor row(Shape{1, width});
    for (int j = 0; j < width; ++j) row.edit()[j] = static_cast<float>((static_cast<double>(source.before.at(token, j)) - spread.mean) * scale);
    return row;
  });
  const draw::Matrix result = draw::Matrix(source.after).part(token, token + 1, 0, width);
  const auto own = [](const draw::Matrix& m) { return stream::signed_heat(draw::symmetric_range(m, 0.99)); };
  struct Line {
    std::string_view sign, name;
    draw::Matrix row;
    draw::HeatStyle heat;
    Color color;
    std::span<const float> values;
    bool is_result;
  };
  const std::array<Line, 4> lines{{{"", c.tr("normalised: mean 0, deviation 1"), draw::Matrix(normal), heat, theme.text1, normal.values(), false},
                                   {"×", c.tr("gain, learned"), draw::Matrix(source.weights.gain), own(draw::Matrix(source.weights.gain)), theme.weights, source.weights.gain.values(), false},
                                   {"+", c.tr("shift, learned"), draw::Matrix(source.weights.shift), own(draw::Matrix(source.weights.shift)), theme.weights, source.weights.shift.values(), false},
                                   {"=", c.tr("after"), result, heat, colors_of(c).after, source.after.row(token), true}}};
  const auto cell = stream::hovered_in(input, source.after_ref);
  const auto cell_before = stream::hovered_in(input, source.before_ref);
  const int column = cell ? cell->j : cell_before ? cell_before->j : -1;
  const auto pinned = stream::pinned_in(input, source.after_ref);
  const float axis = line + 0.5f * u;
  const float each = (r.height() - axis) / 4;
  const float strip = std::min(each - line - 0.75f * u, 3 * u);
  Rect last = r;
  for (const Line& l : lines) {
    Rect row = r.cut_top(each);
    const float sign = 1.75f * u;
    if (!l.sign.empty()) c.text({row.x0, row.y0}, l.sign, small, theme.text1);
    const std::string range = range_text(c, l.values);
    const float range_width = c.text_width(range, small);
    c.text({row.x0 + (l.sign.empty() ? 0 : sign), row.y0}, l.name, small, l.color, Align::left, std::max(1.0f, row.width() - sign - range_width - u));
    c.text({row.x1, row.y0}, range, small, theme.text3, Align::right);
    if (strip < 2) continue;
    last = {row.x0, row.y0 + line, row.x1, row.y0 + line + strip};
    std::optional<CellRef> first;
    if (l.is_result) first = CellRef{source.after_ref, token, 0};
    stream::strip(c, last, {l.row, l.heat, first, 1, l.is_result && pinned && pinned->i == token ? pinned->j : -1, column});
  }
  if (strip >= 2) stream::column_axis(c, last, width, stream::dim_name(c, Dim::dim, input.config()), draw::color_of(Dim::dim, theme));
}

}  // namespace

bool ready(const FigureInput& input, Which which) { return input.trace.has(before_ref(input, which)) && input.trace.has(after_ref(input, which)); }

void draw(Canvas& c, Rect r, const FigureInput& input, Which which) {
  const float u = c.u();
  const Source source = source_of(input, which);
  const int token = token_of(input, source);
  const draw::Style small = c.metrics().small_style();
  const float line = Canvas::text_height(small);
  const std::array<Spreads, 2> spreads{spreads_of(source.before), spreads_of(source.after)};
  const draw::HeatStyle before = stream::signed_heat(stream::signed_span(draw::Matrix(source.before))), after = stream::signed_heat(stream::signed_span(draw::Matrix(source.after)));

  Rect bottom = r.cut_bottom(std::clamp(0.42f * r.height(), 17 * u, 32 * u));
  r.cut_bottom(2 * u);
  const float middle = std::clamp(0.26f * r.width(), 18 * u, 34 * u), gap = 2.5f * u;
  const float map_width = (r.width() - middle - 2 * gap) / 2;
  Rect left{r.x0, r.y0, r.x0 + map_width, r.y1}, right{r.x1 - map_width, r.y0, r.x1, r.y1};
  const float bar_height = stream::lying_bar_height(c) + 0.75f * u;
  const Rect left_bar = left.cut_bottom(bar_height), right_bar = right.cut_bottom(bar_height);

  stream::TokenMap map;
  map.token = token;
  map.tensor = source.before_ref;
  map.title = c.tr("Before");
  map.hint = c.tr("one token per row");
  map.span = before.span;
  const Rect first = stream::token_map(c, left, input, map);
  map.tensor = source.after_ref;
  map.title = c.tr("After");
  map.hint = c.tr("every row alike in spread");
  map.span = after.span;
  map.row_axis = false;
  const Rect second = stream::token_map(c, right, input, map);
  const auto bar = [&](Rect room, Rect cells, const draw::HeatStyle& heat, const Tensor& tensor) {
    const draw::Span full = draw::range_of(draw::Matrix(tensor));
    const bool cut = full.lo < heat.span.lo || full.hi > heat.span.hi;
    stream::lying_bar(c, {cells.x0, room.y0 + 0.75f * u, cells.x1, room.y1}, heat, cut ? c.tr("1 % lie beyond") : std::string_view(), false, cut);
  };
  bar(left_bar, first, before, source.before);
  bar(right_bar, second, after, source.after);

  const float numbers = u + c.text_width("000", c.metrics().small_medium());  // row numbers of the second map
  const Rect between{first.x1 + gap, first.y0, second.x0 - numbers - gap, first.y1};
  const float half = (between.width() - 2 * u) / 2;
  quantity(c, {between.x0, between.y0, between.x0 + half, between.y1}, r.y0, input, c.tr("mean"), &Spread::mean, spreads, token);
  quantity(c, {between.x1 - half, between.y0, between.x1, between.y1}, r.y0, input, c.tr("deviation"), &Spread::deviation, spreads, token);
  key_of_dots(c, {between.x0, between.y1 + line + u, between.x1, r.y1});

  const Rect rows{first.x0, bottom.y0, between.x0 + 0.5f * between.width() - 1.5f * u, bottom.y1};
  histograms(c, rows, input, source, token);
  elements(c, {rows.x1 + 4 * u, bottom.y0, second.x1, bottom.y1}, input, source, token, after);
}

std::string subject(const Canvas& c, const FigureInput& input, Which which) {
  if (which == Which::last) return filled(c.tr("after {0} blocks"), {std::to_string(input.config().depth)});
  return filled(c.tr("block {0}"), {std::to_string(input.block() + 1)});
}

std::string caption(const Canvas& c, const FigureInput& input, Which which) {
  const Source source = source_of(input, which);
  const std::string_view marks = by_prefix(c, input.config(), {}, "Red marks the class token.",
                                           input.grid().class_token() ? "Red marks the class token, orange other tokens in front of the patches." : "Orange marks the tokens in front of the patches.");
  return filled(c.tr("LayerNorm takes each token (row of {0} numbers, no unit) alone: minus its mean, divided by its standard deviation (divisor {0}, ε = {1}), times a learned gain, plus a learned shift. "
                     "Colours are cut at 99 % of the magnitudes, white is 0. Below: the row of {2}."),
                {std::to_string(input.config().dim), draw::number(static_cast<double>(input.config().layer_norm_eps)), draw::token_name(c, token_of(input, source), input.grid())}) +
         (marks.empty() ? std::string() : " " + std::string(marks));
}

Table data(const FigureInput& input, Which which) {
  const Source source = source_of(input, which);
  const Spreads before = spreads_of(source.before), after = spreads_of(source.after);
  TableColumn token{"token", {}}, patch{"patch", {}};
  std::array<TableColumn, 4> numbers{{{"mean_before", {}}, {"deviation_before", {}}, {"mean_after", {}}, {"deviation_after", {}}}};
  for (int t = 0; t < input.config().tokens(); ++t) {
    const auto i = static_cast<std::size_t>(t);
    token.values.push_back(t);
    patch.values.push_back(input.grid().patch_of(t));
    numbers[0].values.push_back((*before)[i].mean);
    numbers[1].values.push_back((*before)[i].deviation);
    numbers[2].values.push_back((*after)[i].mean);
    numbers[3].values.push_back((*after)[i].deviation);
  }
  Table table;
  table.columns = {token, patch};
  table.columns.insert(table.columns.end(), numbers.begin(), numbers.end());
  table.tensors = {{"before", source.before}, {"after", source.after}, {"gain", source.weights.gain}, {"shift", source.weights.shift}};
  return table;
}

}  // namespace vitscope::figures::norms
