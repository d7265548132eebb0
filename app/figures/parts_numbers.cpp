#include "app/figures/parts_numbers.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "app/figures/parts_stream.h"

namespace vitscope::figures::stream {

using draw::Align;
using draw::Canvas;
using draw::Rect;
using draw::Vec;

namespace {

float label_width(const Canvas& c, const NumberGrid& grid) {
  float width = 0;
  for (const std::string& label : grid.labels) width = std::max(width, c.text_width(label, c.metrics().small_style()) + c.u());
  return width;
}

float cell_width(const Canvas& c, const NumberGrid& grid) {
  float width = 0;
  for (int row = 0; row < grid.rows; ++row)
    for (int column = 0; column < grid.columns; ++column)
      width = std::max(width, c.text_width(fixed_number(grid.value(row, column), grid.decimals), c.metrics().small_style()));
  return width + c.u();
}

float row_height(const Canvas& c) { return line_height(c) + 0.5f * c.u(); }
float title_height(const Canvas& c) { return line_height(c) + 0.5f * c.u(); }

}  // namespace

std::string fixed_number(double value, int decimals) {
  char text[48];
  std::snprintf(text, sizeof text, "%.*f", decimals, std::abs(value));
  const bool zero = std::string_view(text).find_first_not_of("0.") == std::string_view::npos;
  return value < 0 && !zero ? "−" + std::string(text) : std::string(text);
}

Vec number_grid_size(const Canvas& c, const NumberGrid& grid) {
  const float cells = cell_width(c, grid) * static_cast<float>(grid.columns);
  return {label_width(c, grid) + std::max(cells, c.text_width(grid.title, c.metrics().small_medium())), title_height(c) + row_height(c) * static_cast<float>(grid.rows)};
}

void number_grid(Canvas& c, Rect r, const NumberGrid& grid) {
  const auto small = c.metrics().small_style();
  const auto& theme = c.theme();
  const float lh = line_height(c), labels = label_width(c, grid), wanted = cell_width(c, grid);
  const float width = std::min(wanted, (r.width() - labels) / static_cast<float>(grid.columns));
  if (width <= 0) return;
  c.text({r.x0 + labels, r.y0}, grid.title, c.metrics().small_medium(), theme.text1, Align::left, r.width() - labels);
  r.cut_top(title_height(c));
  const float height = std::min(row_height(c), r.height() / static_cast<float>(grid.rows));
  const Rect cells = draw::rect_at({r.x0 + labels, r.y0}, width * static_cast<float>(grid.columns), height * static_cast<float>(grid.rows));
  c.fill(cells, theme.panel);
  const auto mark = [&](int row) { return static_cast<std::size_t>(row) < grid.marks.size() ? grid.marks[static_cast<std::size_t>(row)] : draw::Color{0, 0, 0, 0}; };
  for (int row = 0; row < grid.rows; ++row)
    if (mark(row).a > 0) c.fill(row_of(cells, row, grid.rows), mark(row).faded(0.18f));
  if (grid.marked_columns)
    for (int column = 0; column < grid.columns; ++column)
      if (mark(column).a > 0) c.fill(column_of(cells, column, grid.columns), mark(column).faded(0.18f));
  for (int row = 0; row < grid.rows; ++row) {
    const float y = cells.y0 + height * (static_cast<float>(row) + 0.5f) - lh / 2;
    if (!grid.labels.empty())
      c.text({r.x0, y}, grid.labels[static_cast<std::size_t>(row)], mark(row).a > 0 ? c.metrics().small_medium() : small, mark(row).a > 0 ? mark(row) : theme.text3);
    if (width < wanted - 0.5f * c.u()) continue;
    for (int column = 0; column < grid.columns; ++column)
      c.text({cells.x0 + width * static_cast<float>(column + 1) - 0.5f * c.u(), y}, fixed_number(grid.value(row, column), grid.decimals), small, theme.text1, Align::right);
  }
  for (int row = 1; row < grid.rows; ++row) {
    const float y = cells.y0 + height * static_cast<float>(row);
    c.line({cells.x0, y}, {cells.x1, y}, theme.hairline, c.pixel());
  }
}

}  // namespace vitscope::figures::stream
