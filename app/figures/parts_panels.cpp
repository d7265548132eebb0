#include "app/figures/parts_panels.h"

#include <algorithm>

namespace vitscope::figures::stream {

using draw::Align;
using draw::Canvas;
using draw::Rect;

namespace {

constexpr float kSignWidth = 4;  // in units

void draw_matrix(Canvas& c, Rect r, const FigureInput& in, const Panel& panel, bool row_axis) {
  const float u = c.u();
  const bool tokens = panel.rows == Dim::tokens;
  const draw::Matrix matrix(panel.values);
  const draw::HeatStyle heat = signed_heat(signed_span(matrix));
  const Rect bar = r.cut_bottom(lying_bar_height(c) + 0.75f * u);
  draw::MapStyle style;
  style.title = panel.title;
  if (c.text_width(panel.title, c.metrics().small_medium()) + c.text_width(panel.hint, c.metrics().small_style()) + 10 * u <= r.width()) style.hint = panel.hint;
  if (row_axis && panel.rows) style.row_name = dim_name(c, *panel.rows, in.config());
  style.column_name = dim_name(c, panel.columns, in.config());
  style.row_dim = panel.rows;
  style.column_dim = panel.columns;
  style.row_prefix = tokens ? in.grid().prefix_tokens() : PrefixTokens{};
  style.heat = heat;
  style.bar = false;
  const int token = chosen_token(in);
  style.pinned_row = tokens ? token : std::max(-1, in.grid().patch_of(token));
  if (panel.ref) {
    style.cells = draw::CellGrid{CellRef{*panel.ref}, matrix.rows, matrix.columns, 0, 1};
    style.hovered = hovered_in(in, *panel.ref);
    style.pinned = pinned_in(in, *panel.ref);
  }
  const Rect cells = draw::map(c, r, matrix, style);
  lying_bar(c, {cells.x0, bar.y0 + 0.75f * u, cells.x1, bar.y1}, heat, c.tr("1 % lies beyond"), false, true);
}

void draw_row(Canvas& c, Rect r, const FigureInput& in, const Panel& panel) {
  const float u = c.u(), lh = line_height(c);
  const auto& theme = c.theme();
  const int columns = panel.values.dim(0);
  const draw::Matrix matrix(panel.values);
  std::string title = panel.sign.empty() ? panel.title : std::string(panel.sign) + "  " + panel.title;
  heading(c, r, title, panel.hint, panel.color);
  Rect axis = r.cut_bottom(lh + 0.75f * u);
  r.x0 += c.text_width("−0.25", c.metrics().small_style()) + 1.5f * u;
  int pinned = -1, hovered = -1;
  std::optional<CellRef> first;
  if (panel.ref) {
    first = CellRef{*panel.ref, 0};
    if (const auto cell = pinned_in(in, *panel.ref)) pinned = cell->i;
    if (const auto cell = hovered_in(in, *panel.ref)) hovered = cell->i;
  }
  Rect line = r.cut_top(std::min(2.5f * u, r.height()));
  strip(c, line, {matrix, signed_heat(signed_span(matrix)), first, 0, pinned, hovered});
  r.cut_top(0.75f * u);
  if (r.height() > 5 * u) {
    profile(c, r, panel.values.values(), hovered);
    if (first) c.tag_cells(r, {*first, 1, columns, -1, 0});
    line = r;
  }
  column_axis(c, {line.x0, axis.y0 - lh, line.x1, axis.y0}, columns, dim_name(c, panel.columns, in.config()), draw::color_of(panel.columns, theme));
}

}  // namespace

Panel recorded(const FigureInput& in, TensorRef ref, std::string title, std::string_view sign) {
  Panel panel;
  panel.title = std::move(title);
  panel.sign = sign;
  panel.ref = ref;
  panel.values = in.trace.at(ref);
  const std::vector<Dim>& dims = info(ref.slot).dims;
  panel.columns = dims.back();
  if (dims.size() == 2) panel.rows = dims.front();
  return panel;
}

Panel learned(const Canvas& c, const Tensor& values, std::string title, std::string_view sign, Dim columns) {
  Panel panel;
  panel.title = std::move(title);
  panel.sign = sign;
  panel.values = values;
  panel.columns = columns;
  panel.color = c.theme().weights;
  return panel;
}

void draw_panels(Canvas& c, Rect r, const FigureInput& in, const std::vector<Panel>& panels) {
  const float u = c.u(), sign_width = kSignWidth * u;
  std::vector<const Panel*> matrices, rows;
  for (const Panel& panel : panels) (panel.values.rank() == 2 ? matrices : rows).push_back(&panel);
  r.cut_right(4);  // the marks reach beyond the cells
  if (!matrices.empty()) {
    Rect left = rows.empty() ? r : r.cut_left(r.width() * (matrices.size() > 1 ? 0.64f : 0.46f));
    if (!rows.empty()) r.cut_left(4 * u);
    const float each = (left.width() - sign_width * static_cast<float>(matrices.size() - 1)) / static_cast<float>(matrices.size());
    for (std::size_t i = 0; i < matrices.size(); ++i) {
      if (i > 0) sign(c, left.cut_left(sign_width), matrices[i]->sign);
      draw_matrix(c, left.cut_left(each), in, *matrices[i], i == 0);
    }
  }
  const float gap = 1.5f * u, each = (r.height() - gap * static_cast<float>(std::max<std::size_t>(rows.size(), 1) - 1)) / static_cast<float>(std::max<std::size_t>(rows.size(), 1));
  for (const Panel* row : rows) {
    draw_row(c, r.cut_top(std::min(each, r.height())), in, *row);
    r.cut_top(std::min(gap, std::max(0.0f, r.height())));
  }
}

Table panels_data(const std::vector<std::pair<std::string, Tensor>>& tensors) {
  Table table;
  table.tensors = tensors;
  const int length = tensors.back().second.rank() == 1 ? tensors.back().second.dim(0) : 0;
  if (length == 0) return table;
  TableColumn element{"element", {}};
  for (int i = 0; i < length; ++i) element.values.push_back(i);
  table.columns.push_back(std::move(element));
  for (const auto& [name, tensor] : tensors) {
    if (tensor.rank() != 1 || tensor.dim(0) != length) continue;
    TableColumn column{name, {}};
    for (const float value : tensor.values()) column.values.push_back(value);
    table.columns.push_back(std::move(column));
  }
  return table;
}

}  // namespace vitscope::figures::stream
