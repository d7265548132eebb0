#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/parts_embed.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures::embed {

using draw::Align;
using draw::Canvas;
using draw::Color;
using draw::Rect;
using draw::Vec;

bool line_if_fits(Canvas& c, Rect r, std::string_view text, draw::Style style, Color color, Align align) {
  if (c.text_width(text, style) > r.width() || Canvas::text_height(style) > r.height() + 0.5f) return false;
  const float x = align == Align::left ? r.x0 : align == Align::right ? r.x1 : r.centre().x;
  c.text({x, r.y0}, text, style, color, align);
  return true;
}

void chosen_mark(Canvas& c, Rect r, bool under_pointer) {
  if (under_pointer) c.hovered(r);
  else c.pinned(r);
}

void arrow(Canvas& c, Vec from, Vec to) {
  const float size = 0.6f * c.u();
  c.line(from, {to.x - size, to.y}, c.theme().tick, 1);
  const Vec head[] = {{to.x - 1.4f * size, to.y - size}, {to.x, to.y}, {to.x - 1.4f * size, to.y + size}};
  c.polygon(head, c.theme().tick);
}

void cell_numbers(Canvas& c, Rect cells, const draw::Matrix& m, const draw::HeatStyle& heat) {
  const auto small = c.metrics().small_style();
  const Rect one = cell_at(cells, 0, 0, m.rows, m.columns);
  if (one.width() < c.text_width("−.88", small) + 2 || one.height() < stream::line_height(c)) return;
  for (int row = 0; row < m.rows; ++row) {
    for (int column = 0; column < m.columns; ++column) {
      const float value = m.at(row, column);
      const Rect cell = cell_at(cells, row, column, m.rows, m.columns);
      const Color ground = draw::heat_color(value, heat);
      const Color ink = luminance({ground.r, ground.g, ground.b}) > 0.18 ? draw::kBlack : draw::kWhite;
      c.text({cell.centre().x, cell.centre().y - stream::line_height(c) / 2}, draw::cell_number(value), small, ink, Align::centre);
    }
  }
}

void cell_lines(Canvas& c, Rect cells, int rows, int columns, Color color) {
  for (int row = 1; row < rows; ++row) {
    const float y = cell_at(cells, row, 0, rows, columns).y0;
    c.line({cells.x0, y}, {cells.x1, y}, color, c.pixel());
  }
  for (int column = 1; column < columns; ++column) {
    const float x = cell_at(cells, 0, column, rows, columns).x0;
    c.line({x, cells.y0}, {x, cells.y1}, color, c.pixel());
  }
}

void pixel_marks(Canvas& c, Rect cells, const FigureInput& in, int channel) {
  const auto at = [&](const PixelRef& p) {
    Rect cell = cell_at(cells, p.row, p.column, in.config().image_height, in.config().image_width);
    const float grow = std::max(0.0f, (0.5f * c.u() - cell.width()) / 2);
    return cell.inset(-grow);
  };
  const auto meant = [&](const std::optional<PixelRef>& p) { return p && (channel < 0 || p->channel == channel); };
  if (const auto pinned = pinned_pixel(in); meant(pinned)) c.pinned(at(*pinned));
  if (const auto hovered = hovered_pixel(in)) c.hovered(at(*hovered));
}

void tag_patches(Canvas& c, const FigureInput& in, const std::function<Rect(int)>& where) {
  const PatchGrid& grid = in.grid();
  for (int patch = 0; patch < grid.patches(); ++patch) c.tag(where(patch), draw::TokenTarget{grid.token_of(patch)});
}

void cell_axis(Canvas& c, Rect cells, const CellAxis& axis) {
  if (axis.count <= 0) return;
  const auto small = c.metrics().small_style();
  const float lh = stream::line_height(c), gap = 0.5f * c.u();
  const float pitch = (axis.vertical ? cells.height() : cells.width()) / static_cast<float>(axis.count);
  const auto text_of = [&](int i) { return std::to_string(i * axis.factor); };
  const float need = axis.vertical ? lh : c.text_width(text_of(axis.count - 1), c.metrics().small_medium()) + 0.5f * c.u();
  int step = 1;
  while (static_cast<float>(step) * pitch < need && step < axis.count) step *= 2;
  const auto write = [&](int i) {
    const bool chosen = i == axis.chosen;
    const float middle = (static_cast<float>(i) + 0.5f) * pitch;
    const Vec at = axis.vertical ? Vec{cells.x0 - 0.75f * c.u(), cells.y0 + middle - lh / 2}
                                 : Vec{cells.x0 + middle, axis.above ? cells.y0 - gap - lh : cells.y1 + gap};
    c.text(at, text_of(i), chosen ? c.metrics().small_medium() : small, chosen ? c.theme().selection : c.theme().text3, axis.vertical ? Align::right : Align::centre);
  };
  for (int i = 0; i < axis.count; i += step)
    if (i != axis.chosen && (axis.chosen < 0 || static_cast<float>(std::abs(i - axis.chosen)) * pitch >= need)) write(i);
  if (axis.chosen >= 0) write(axis.chosen);
}

void edge_axis(Canvas& c, Rect cells, int extent, int step, bool vertical) {
  const auto small = c.metrics().small_style();
  const float lh = stream::line_height(c), length = vertical ? cells.height() : cells.width(), tick = 0.5f * c.u();
  const float need = vertical ? lh * 1.3f : c.text_width(std::to_string(extent), small) + 1.5f * c.u();
  int stride = std::max(1, step);
  while (length * static_cast<float>(stride) / static_cast<float>(extent) < need && stride < extent) stride *= 2;
  for (int i = 0; i <= extent; i += stride) {
    const float at = length * static_cast<float>(i) / static_cast<float>(extent);
    if (vertical) {
      c.line({cells.x0 - tick, cells.y0 + at}, {cells.x0, cells.y0 + at}, c.theme().tick, c.pixel());
      c.text({cells.x0 - tick - 0.25f * c.u(), cells.y0 + at - lh / 2}, std::to_string(i), small, c.theme().text3, Align::right);
    } else {
      c.line({cells.x0 + at, cells.y1}, {cells.x0 + at, cells.y1 + tick}, c.theme().tick, c.pixel());
      c.text({cells.x0 + at, cells.y1 + tick + 0.125f * c.u()}, std::to_string(i), small, c.theme().text3, Align::centre);
    }
  }
}

float fact_height(const Canvas& c) { return stream::line_height(c) * 1.3f; }

float facts(Canvas& c, Rect r, std::span<const Fact> list) {
  const auto small = c.metrics().small_style();
  float labels = 0;
  for (const Fact& fact : list) labels = std::max(labels, c.text_width(fact.label, small));
  labels = std::min(labels, r.width() * 0.5f);
  const float x = r.x0 + labels + 1.5f * c.u();
  float y = r.y0;
  for (const Fact& fact : list) {
    if (y + stream::line_height(c) > r.y1 + 0.5f || x + 3 * c.u() > r.x1) break;
    c.text({r.x0, y}, fact.label, small, c.theme().text3, Align::left, labels + 0.5f);
    c.text({x, y}, fact.value, small, c.theme().text1, Align::left, r.x1 - x);
    y += fact_height(c);
  }
  return y - r.y0;
}

}  // namespace vitscope::figures::embed
