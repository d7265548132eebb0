#include "app/figures/parts_tokens.h"

#include <algorithm>

#include "core/analysis/tokens.h"

namespace vitscope::figures::tokens {

using draw::Canvas;
using draw::Rect;

namespace {

Box model_box(const VitConfig& config) { return {0, 0, static_cast<double>(config.image_width), static_cast<double>(config.image_height)}; }

void lay(Canvas& c, Rect all, const FigureInput& in, const Cells& cells) {
  if (cells.image) {
    c.image(all, cells.image, {0, 0, static_cast<double>(in.grid().columns()), static_cast<double>(in.grid().rows())}, false, cells.opacity);
    return;
  }
  draw::HeatStyle style = cells.style;
  style.opacity = cells.opacity;
  c.heat(all, cells.heat, style);
}

/// A mark of a cell that stays within `all`.
Rect within(Rect cell, Rect all) { return {std::max(cell.x0, all.x0), std::max(cell.y0, all.y0), std::min(cell.x1, all.x1), std::min(cell.y1, all.y1)}; }

}  // namespace

Rect picture_place(Rect r, const FigureInput& in) {
  const draw::PhotoView view = draw::photo_layout(r, in.trace);
  const Rect model = view.of_model(model_box(in.config()));
  const float width = std::max(view.picture.x1, model.x1) - std::min(view.picture.x0, model.x0);
  const float height = std::max(view.picture.y1, model.y1) - std::min(view.picture.y0, model.y0);
  const float shrink = std::min({1.0f, r.width() / std::max(width, 1.0f), r.height() / std::max(height, 1.0f)});
  return draw::rect_at({r.x0, r.y0}, width * shrink, height * shrink);
}

Rect picture_column(const Canvas& c, Rect r, const FigureInput& in, float below) {
  Rect room = r;
  room.y0 += stream::heading_height(c);
  room.y1 -= below;
  return {r.x0, r.y0, std::min(r.x1, std::max(picture_place(room, in).x1, r.x0 + 30 * c.u())), r.y1};
}

Rect patch_in(Rect picture, const FigureInput& in, int patch) { return draw::photo_layout(picture, in.trace).of_model(in.grid().pixels(patch)); }

Rect over_picture(Canvas& c, Rect r, const FigureInput& in, const Cells& cells) {
  const PatchGrid& grid = in.grid();
  const Rect place = picture_place(r, in);
  const draw::PhotoView view = draw::photo(c, place, in.trace);
  const Rect all = view.of_model(model_box(in.config()));
  lay(c, all, in, cells);
  for (int patch = 0; patch < grid.patches(); ++patch) {
    const int token = grid.token_of(patch);
    c.tag(view.of_model(grid.pixels(patch)), draw::TokenTarget{token}, cells.tooltip ? cells.tooltip(token) : std::string());
  }
  const Rect inner = all.inset(3);
  const auto mark = [&](int token) { return within(view.of_model(grid.pixels(grid.patch_of(token))), inner); };
  if (cells.pinned >= grid.prefix()) c.pinned(mark(cells.pinned));
  if (cells.hovered >= grid.prefix() && !in.paper) c.hovered(mark(cells.hovered));
  return place;
}

void thumbnail(Canvas& c, Rect r, const FigureInput& in, const Cells& cells) {
  lay(c, r, in, cells);
  if (!c.theme().dark) c.outline(r.inset(-c.pixel()), c.theme().tick.faded(0.55f), c.pixel());
}

std::shared_ptr<const Image> image_of(std::span<const Rgb> colors, const PatchGrid& grid) {
  std::vector<std::uint8_t> bytes;
  for (const Rgb color : colors) bytes.insert(bytes.end(), {color.r, color.g, color.b});
  return std::make_shared<const Image>(Image::of_bytes(grid.columns(), grid.rows(), 3, std::move(bytes)));
}

draw::Matrix on_grid(const Tensor& values, int row, const PatchGrid& grid) { return draw::Matrix(values).row_as_grid(row, grid.prefix(), grid.rows(), grid.columns()); }

const Option& opacity_option() {
  static const Option option{Option::Kind::slider, "cells.opacity", "Opacity", 0, 1, 0.8f, {}};
  return option;
}

float opacity(const FigureInput& in) { return std::clamp(option(in.selection, opacity_option()), 0.0f, 1.0f); }

bool outputs_ready(const FigureInput& in) {
  return token_positions(in.trace) > position_of(in);
}

std::uint64_t run_id(const Trace& trace) { return trace.stream_before(token_positions(trace) - 1).id(); }

std::string token_words(const Canvas& c, int token, const PatchGrid& grid) {
  const std::string name = draw::token_name(c, token, grid);
  return grid.patch_of(token) < 0 ? name : name + ", " + draw::token_place(c, token, grid);
}

}  // namespace vitscope::figures::tokens
