#include "app/figures/parts_embed.h"

#include <algorithm>
#include <cmath>

#include "app/draw/axis.h"
#include "app/draw/number.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures::embed {

using draw::Align;
using draw::Canvas;
using draw::Color;
using draw::Rect;
using draw::Vec;

std::optional<PixelRef> pixel_of(const CellRef& cell, const VitConfig& config) {
  const int ph = config.patch_height, pw = config.patch_width;
  const auto in_patch = [&](int patch, int channel, int row, int column) {
    return PixelRef{channel, config.grid.row(patch) * ph + row, config.grid.column(patch) * pw + column};
  };
  switch (cell.tensor.slot) {
    case Slot::pixels:
    case Slot::input: return PixelRef{cell.i, cell.j, cell.k};
    case Slot::patch_grid: return in_patch(cell.i, cell.j, cell.k, cell.l);
    case Slot::patches: return in_patch(cell.i, cell.j / (ph * pw), cell.j / pw % ph, cell.j % pw);
    default: return std::nullopt;
  }
}

int patch_of(const PixelRef& pixel, const PatchGrid& grid) {
  return grid.patch_at_pixel({pixel.column + 0.5, pixel.row + 0.5});
}

int element_of(const PixelRef& pixel, const VitConfig& config) {
  const int ph = config.patch_height, pw = config.patch_width;
  return (pixel.channel * ph + pixel.row % ph) * pw + pixel.column % pw;
}

int chosen_patch(const FigureInput& in) {
  int patch = in.selection.patch;
  if (in.selection.pinned) {
    const CellRef& cell = *in.selection.pinned;
    if (const auto pixel = pixel_of(cell, in.config())) patch = patch_of(*pixel, in.grid());
    else if (cell.tensor.slot == Slot::embed_patch || cell.tensor.slot == Slot::embed_proj || cell.tensor.slot == Slot::patch_norm) patch = cell.i;
    else if ((cell.tensor.slot == Slot::embed_cls || cell.tensor.slot == Slot::embed_pos) && cell.i >= in.grid().prefix()) patch = in.grid().patch_of(cell.i);
  }
  return std::clamp(patch, 0, in.grid().patches() - 1);
}

int hovered_patch(const FigureInput& in) {
  if (in.paper) return -1;
  if (const auto pixel = hovered_pixel(in)) return patch_of(*pixel, in.grid());
  const int token = stream::hovered_token(in);
  return token >= in.grid().prefix() && token < in.grid().tokens() ? in.grid().patch_of(token) : -1;
}

std::optional<PixelRef> pinned_pixel(const FigureInput& in) {
  return in.selection.pinned ? pixel_of(*in.selection.pinned, in.config()) : std::nullopt;
}

std::optional<PixelRef> hovered_pixel(const FigureInput& in) {
  if (in.paper) return std::nullopt;
  const auto cell = in.selection.hovered_cell();
  return cell ? pixel_of(*cell, in.config()) : std::nullopt;
}

std::string channel_name(const Canvas& c, int channel, int channels) {
  if (channels == 1) return std::string(c.tr("grey"));
  if (channels == 3) return std::string(channel == 0 ? c.tr("red") : channel == 1 ? c.tr("green") : c.tr("blue"));
  return stream::phrase(c, "channel {0}", {std::to_string(channel)});
}

std::string patch_name(const Canvas& c, int patch) { return stream::phrase(c, "patch {0}", {std::to_string(patch)}); }

std::string patch_subject(const Canvas& c, const FigureInput& in) { return patch_name(c, chosen_patch(in)); }

std::string pixel_range(const Canvas& c, double from, double to) {
  return stream::phrase(c, "{0} to {1}", {std::to_string(std::lround(from)), std::to_string(std::lround(to) - 1)});
}

Rect cell_at(Rect cells, int row, int column, int rows, int columns) {
  const float w = cells.width() / static_cast<float>(columns), h = cells.height() / static_cast<float>(rows);
  return draw::rect_at({cells.x0 + w * static_cast<float>(column), cells.y0 + h * static_cast<float>(row)}, w, h);
}

Rect whole_cells(const Canvas& c, Rect r, int rows, int columns, float max_cell) {
  float cell = std::min({r.width() / static_cast<float>(columns), r.height() / static_cast<float>(rows), max_cell});
  if (cell >= 2 * c.pixel()) cell = std::floor(cell / c.pixel() + 0.001f) * c.pixel();
  cell = std::max(cell, 0.0f);
  return draw::rect_at({r.x0, r.y0}, cell * static_cast<float>(columns), cell * static_cast<float>(rows));
}

draw::HeatStyle input_heat(const FigureInput& in) {
  const Tensor& input = in.trace.at(Slot::input);
  const int height = in.config().image_height, width = in.config().image_width;
  return stream::signed_heat(stream::signed_span(draw::Matrix(input, 0, in.config().channels * height, width, width), 1.0));
}

Rect GrownRows::row(int i) const {
  if (i == grown_) return {r_.x0, top_, r_.x1, bottom_};
  const bool before = i < grown_;
  const int count = before ? grown_ : rows_ - grown_ - 1, index = before ? i : i - grown_ - 1;
  const float y0 = before ? r_.y0 : bottom_, height = ((before ? top_ : r_.y1) - y0) / static_cast<float>(std::max(count, 1));
  return {r_.x0, y0 + height * static_cast<float>(index), r_.x1, y0 + height * static_cast<float>(index + 1)};
}

GrownRows::GrownRows(const Canvas& c, Rect r, int rows, int grown, float grown_height)
    : r_(r), rows_(rows), grown_(std::clamp(grown, 0, std::max(rows - 1, 0))), top_(r.y0), bottom_(r.y1) {
  if (rows_ <= 1) return;
  const float even = r.height() / static_cast<float>(rows_);
  float tall = std::max(std::min(grown_height, r.height() * 0.4f), even);
  float rest = (r.height() - tall) / static_cast<float>(rows_ - 1);
  if (rest >= 2 * c.pixel()) {
    // Whole pixels for the other rows; what is left over goes to the grown one.
    rest = std::floor(rest / c.pixel() + 0.001f) * c.pixel();
    tall = r.height() - rest * static_cast<float>(rows_ - 1);
  }
  if (tall > std::max(1.6f * grown_height, even)) {
    tall = std::max(grown_height, even);
    rest = (r.height() - tall) / static_cast<float>(rows_ - 1);
  }
  top_ = r.y0 + rest * static_cast<float>(grown_);
  bottom_ = top_ + tall;
}

void GrownRows::heat(Canvas& c, const draw::Matrix& m, const draw::HeatStyle& style, const std::optional<CellRef>& first) const {
  const auto piece = [&](int from, int to) {
    if (from >= to) return;
    const Rect where{r_.x0, row(from).y0, r_.x1, row(to - 1).y1};
    c.heat(where, m.part(from, to, 0, m.columns), style);
    if (!first) return;
    CellRef corner = *first;
    corner.i += from;
    c.tag_cells(where, {corner, to - from, m.columns, 0, 1});
  };
  piece(0, grown_);
  piece(grown_, grown_ + 1);
  piece(grown_ + 1, rows_);
}

void GrownRows::labels(Canvas& c, const PrefixTokens& prefix) const {
  const auto& theme = c.theme();
  const float lh = stream::line_height(c), x = r_.x0 - 0.75f * c.u();
  const auto middle = [&](int i) { return std::clamp(row(i).centre().y, r_.y0 + lh / 2, std::max(r_.y1 - lh / 2, r_.y0 + lh / 2)); };
  std::vector<int> shown{grown_};
  const auto offer = [&](int i) {
    if (i < 0 || i >= rows_) return;
    for (const int other : shown)
      if (other == i || std::abs(middle(other) - middle(i)) < lh) return;
    shown.push_back(i);
  };
  offer(0);
  offer(rows_ - 1);
  const float pitch = (r_.height() - row(grown_).height()) / static_cast<float>(std::max(rows_ - 1, 1));
  int step = 1;
  while (static_cast<float>(step) * pitch < 2.2f * lh && step < rows_) step *= 2;
  for (int i = prefix.count(); i < rows_; i += step) offer(i);
  for (const int i : shown) {
    const std::string text = draw::axis_label(i, prefix);
    const Color color = i == grown_ ? theme.selection : i < prefix.count() ? draw::prefix_color(theme, i, prefix) : theme.text3;
    c.text({x, middle(i) - lh / 2}, text, i == grown_ ? c.metrics().small_medium() : c.metrics().small_style(), color, Align::right);
  }
}

}  // namespace vitscope::figures::embed
