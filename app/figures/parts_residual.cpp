#include "app/figures/parts_residual.h"

#include <algorithm>

#include "app/draw/number.h"
#include "app/figures/kept.h"

namespace vitscope::figures::stream {

using draw::Align;
using draw::Canvas;
using draw::Color;
using draw::Rect;

namespace {

std::vector<double> compute_ratios(const FigureInput& in, const ResidualPage& page) {
  const Tensor &before = in.trace.at(page.before), &addition = in.trace.at(page.addition);
  std::vector<double> result;
  for (int t = 0; t < before.dim(0); ++t) {
    const double stream_length = length(before.row(t));
    result.push_back(stream_length > 0 ? length(addition.row(t)) / stream_length : 0);
  }
  return result;
}

/// Length of the addition over that of the stream, per token.
std::vector<double> ratios(const FigureInput& in, const ResidualPage& page) {
  static Kept<std::pair<std::uint64_t, std::uint64_t>, std::vector<double>, 64> kept;
  return kept.get({in.trace.at(page.before).id(), in.trace.at(page.addition).id()}, [&] { return compute_ratios(in, page); });
}

/// One bar per token: how long the addition is beside the stream.
void ratio_chart(Canvas& c, Rect r, const FigureInput& in, const ResidualPage& page, int token) {
  const auto values = ratios(in, page);
  const auto& theme = c.theme();
  const auto small = c.metrics().small_style();
  const float u = c.u(), lh = line_height(c);
  double mean = 0;
  for (const double v : values) mean += v / static_cast<double>(values.size());
  heading(c, r, c.tr("Length of the addition, measured by the stream"),
          phrase(c, "{0}: {1}, mean of all tokens {2}",
                 {draw::token_name(c, token, in.grid()), draw::percent(values[static_cast<std::size_t>(token)]), draw::percent(mean)}));
  const double top = std::max(1e-9, *std::max_element(values.begin(), values.end()));
  const double tick = draw::tick_step(top, 3);
  r.y0 += 0.5f * lh;
  r.y1 -= lh + 0.5f * u;
  r.x0 += c.text_width("100 %", small) + 1.5f * u;
  const auto y_of = [&](double v) { return r.y1 - static_cast<float>(v / top) * r.height(); };
  for (double v = 0; v <= top * 1.0001; v += tick) {
    c.line({r.x0, y_of(v)}, {r.x1, y_of(v)}, v == 0 ? theme.tick : theme.hairline, c.pixel());
    c.text({r.x0 - u, y_of(v) - lh / 2}, tick_text(100 * v, 100 * tick) + " %", small, theme.text3, Align::right);
  }
  const int count = static_cast<int>(values.size());
  const float pitch = r.width() / static_cast<float>(count), gap = std::max(pitch > 5 ? std::min(pitch * 0.2f, 2.0f) : 0, pitch - 6 * u);
  const int hovered = hovered_token(in);
  for (int t = 0; t < count; ++t) {
    const Rect column = column_of(r, t, count);
    const Rect bar{column.x0 + gap / 2, y_of(values[static_cast<std::size_t>(t)]), column.x1 - gap / 2, r.y1};
    const Color color = t == token ? theme.selection : token_color(theme, t, in.grid()).faded(t == hovered ? 1.0f : 0.7f);
    c.fill(bar, color);
    c.tag(column, draw::TokenTarget{t});
    if (t == hovered) c.hovered({column.x0, bar.y0, column.x1, column.y1});
  }
  const float y = r.y1 + 0.4f * u;
  const std::string last = std::to_string(in.grid().patches() - 1);
  float taken_from = r.x1 - c.text_width(last, small) - u, taken_to = r.x0;
  if (in.grid().prefix() > 0) taken_to = c.text({r.x0, y}, token_label(0, in.grid()), small, token_color(theme, 0, in.grid())).x1 + u;
  c.text({r.x1, y}, last, small, theme.text3, Align::right);
  const std::string label = token_label(token, in.grid());
  const float width = c.text_width(label, small), x = column_of(r, token, count).centre().x;
  if (token >= in.grid().prefix() && x - width / 2 > taken_to && x + width / 2 < taken_from) c.text({x, y}, label, small, theme.selection, Align::centre);
}

}  // namespace

bool residual_ready(const FigureInput& in, const ResidualPage& page) {
  return in.trace.has(page.before) && in.trace.has(page.addition) && in.trace.has(page.after);
}

void draw_residual(Canvas& c, Rect r, const FigureInput& in, const ResidualPage& page) {
  const float u = c.u(), lh = line_height(c);
  const auto small = c.metrics().small_style();
  const TensorRef refs[] = {page.before, page.addition, page.after};
  const std::string_view titles[] = {c.tr("Stream before"), c.tr(page.addition_title), c.tr("Stream after")};
  const int token = chosen_token(in, {refs[0], refs[1], refs[2]}), width = in.config().dim, tokens = in.config().tokens();
  draw::Span span{0, 0};
  for (const TensorRef& ref : refs) {
    const auto s = signed_span(draw::Matrix(in.trace.at(ref)));
    if (s.hi > span.hi) span = s;
  }
  std::optional<CellRef> hovered, pinned;
  for (const TensorRef& ref : refs) {
    if (const auto cell = hovered_in(in, ref)) hovered = cell;
    if (const auto cell = pinned_in(in, ref)) pinned = cell;
  }
  Rect chart = r.cut_bottom(std::clamp(r.height() * 0.3f, 14 * u, 24 * u));
  r.cut_bottom(2 * u);
  Rect bar = r.cut_bottom(lying_bar_height(c));
  r.cut_bottom(1.25f * u);
  Rect strips = r.cut_bottom(3 * u + lh + 0.5f * u);
  r.cut_bottom(2 * u);
  const float axis = 7.5f * u, gap = 4 * u;
  const float sign_room = c.text_width("000", small) + 1.5f * u;  // the row numbers of the next map
  const float column = (r.width() - axis - 2 * gap) / 3;
  Rect cells[3];
  float lowest = r.y0;
  for (std::size_t i = 0; i < 3; ++i) {
    const Rect place = r.cut_left(i == 0 ? column + axis : column);
    r.cut_left(gap);
    TokenMap map;
    map.tensor = refs[i];
    map.title = titles[i];
    map.span = span;
    map.token = token;
    map.row_axis = i == 0;
    if (hovered) map.hovered = CellRef{refs[i], hovered->i, hovered->j};
    cells[i] = token_map(c, place, in, map);
    lowest = std::max(lowest, cells[i].y1 + map_axis_height(c, place.height()));
  }
  // Maps keep whole rows and may be lower than their room: what follows moves up, the chart grows.
  const float up = std::max(0.0f, strips.y0 - lowest - 1.5f * u);
  strips = strips.moved({0, -up});
  bar = bar.moved({0, -up});
  chart.y0 -= up;
  for (std::size_t i = 0; i < 3; ++i) {
    const Rect s{cells[i].x0, strips.y0, cells[i].x1, strips.y0 + 3 * u};
    if (i < 2)
      for (const Rect& line : {cells[i], s}) sign(c, {line.x1, line.y0, cells[i + 1].x0 - sign_room, line.y1}, i == 0 ? "+" : "=");
    Strip row{draw::Matrix(in.trace.at(refs[i]), static_cast<std::int64_t>(token) * width, 1, width, width), signed_heat(span), CellRef{refs[i], token, 0}, 1};
    if (pinned && pinned->i == token) row.pinned = pinned->j;
    if (hovered) row.hovered = hovered->j;
    ribbon_from_row(c, cells[i], row_of(cells[i], token, tokens), s);
    strip(c, s, row);
    const int shown = hovered ? hovered->j : pinned ? pinned->j : -1;
    const std::string norm = phrase(c, "length {0}", {draw::number(length(in.trace.at(refs[i]).row(token)))});
    c.text({s.x0, s.y1 + 0.4f * u}, norm, small, c.theme().text2, Align::left, s.width());
    if (shown >= 0) {
      const std::string value = phrase(c, "element {0}: {1}", {std::to_string(shown), draw::number(in.trace.at(refs[i]).at(hovered ? hovered->i : token, shown))});
      if (c.text_width(value, small) + c.text_width(norm, small) + 2 * u < s.width())
        c.text({s.x1, s.y1 + 0.4f * u}, value, small, c.theme().text1, Align::right);
    }
  }
  c.text({cells[0].x0 - u, strips.y0 + 1.5f * u - lh / 2}, token_label(token, in.grid()), small, c.theme().selection, Align::right, axis - u);
  lying_bar(c, {cells[0].x0, bar.y0, cells[2].x1, bar.y1}, signed_heat(span), c.tr("one scale for all three; 1 % of the values lie beyond"), false, true);
  ratio_chart(c, chart, in, page, token);
}

std::string residual_caption(const Canvas& c, const FigureInput&) {
  std::string text(c.tr("The addition is computed from the normalised stream and added to the stream itself, element by element. All maps share one colour scale; the bars are the "
                          "Euclidean length of each token's addition divided by that of its row before, in percent. Values have no unit."));
  text += " ";
  text += c.tr("In training some additions are left out at random, more often with depth, and those that are kept are divided by the probability of keeping them (DropPath); in a run like this one none is.");
  return text;
}

Table residual_data(const FigureInput& in, const ResidualPage& page) {
  Table table;
  const auto ratio = ratios(in, page);
  TableColumn token{"token", {}}, before{"stream_length", {}}, addition{"addition_length", {}}, share{"ratio", {}};
  for (int t = 0; t < in.config().tokens(); ++t) {
    token.values.push_back(t);
    before.values.push_back(length(in.trace.at(page.before).row(t)));
    addition.values.push_back(length(in.trace.at(page.addition).row(t)));
    share.values.push_back(ratio[static_cast<std::size_t>(t)]);
  }
  table.columns = {token, before, addition, share};
  table.tensors = {{"before", in.trace.at(page.before)}, {"addition", in.trace.at(page.addition)}, {"after", in.trace.at(page.after)}};
  return table;
}

}  // namespace vitscope::figures::stream
