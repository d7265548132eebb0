// The grid of patches on the picture and on what the model sees, and one patch large.
#include <algorithm>
#include <cmath>

#include "app/figures/parts_embed.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures {

namespace {

using namespace embed;
using draw::Align;
using draw::Canvas;
using draw::Color;
using draw::Rect;

constexpr Option kOptions[] = {{Option::Kind::slider, "patches.explode", "Pull the patches apart", 0, 1, 0.25f, {}}};

bool ready(const FigureInput& in) { return in.trace.has(Slot::patch_grid) && in.trace.has(Slot::pixels); }

/// The number of a patch on a plate in its corner, readable on any picture.
void number_plate(Canvas& c, Rect patch, int number, bool chosen) {
  const auto style = c.metrics().small_style();
  const std::string text = std::to_string(number);
  const float width = c.text_width(text, style), lh = stream::line_height(c), pad = 0.25f * c.u();
  if (width + 4 * pad > patch.width() || lh + 2 * pad > patch.height()) return;
  const Rect plate{patch.x0, patch.y0, patch.x0 + width + 2 * pad, patch.y0 + lh - pad};
  c.fill(plate, draw::kBlack.faded(0.6f));
  c.text({plate.x0 + pad, plate.y0 - 0.5f * pad}, text, style, chosen ? c.theme().mark : draw::kWhite);
}

bool numbers_fit(const Canvas& c, float width, float height, const PatchGrid& grid) {
  const auto style = c.metrics().small_style();
  return c.text_width(std::to_string(grid.patches() - 1), style) + c.u() <= width && stream::line_height(c) + 0.5f * c.u() <= height;
}

/// Row starts on the left and columns above, for grids too fine for a number in every patch.
void number_axes(Canvas& c, Rect cells, const PatchGrid& grid, int chosen) {
  CellAxis rows{grid.rows(), grid.row(chosen)};
  rows.vertical = true;
  rows.factor = grid.columns();
  cell_axis(c, cells, rows);
  cell_axis(c, cells, {grid.columns(), grid.column(chosen)});
}

void draw_original(Canvas& c, Rect r, const FigureInput& in) {
  const PatchGrid& grid = in.grid();
  stream::heading(c, r, c.tr("On the picture"), c.tr("the crop of the model, cut"));
  const int chosen = chosen_patch(in), hovered = hovered_patch(in);
  auto layout = draw::photo_layout(r, in.trace);
  r.y1 = std::min(r.y1, r.y0 + layout.picture.height());
  const auto view = draw::photo(c, r, in.trace);
  draw::patch_grid_lines(c, view, grid, draw::kWhite.faded(0.75f), true);
  const Rect one = view.of_model(grid.pixels(0));
  if (numbers_fit(c, one.width(), one.height(), grid))
    for (int patch = 0; patch < grid.patches(); ++patch) number_plate(c, view.of_model(grid.pixels(patch)), patch, patch == chosen);
  c.pinned(view.of_model(grid.pixels(chosen)));
  if (hovered >= 0) c.hovered(view.of_model(grid.pixels(hovered)));
}

void draw_model(Canvas& c, Rect r, const FigureInput& in) {
  const auto& config = in.config();
  const PatchGrid& grid = in.grid();
  const float u = c.u(), apart = std::clamp(option(in.selection, kOptions[0]), 0.0f, 1.0f) * 0.5f;
  const int chosen = chosen_patch(in), hovered = hovered_patch(in);
  stream::heading(c, r, c.tr("What the model sees"),
                  stream::phrase(c, "{0} × {1} patches of {2} × {3} pixels", {std::to_string(grid.rows()), std::to_string(grid.columns()),
                                                                              std::to_string(grid.patch_height()), std::to_string(grid.patch_width())}));
  const auto columns = static_cast<float>(grid.columns()), rows = static_cast<float>(grid.rows());
  const float aspect = static_cast<float>(grid.patch_width()) / static_cast<float>(grid.patch_height());
  // Gaps count in shares of a patch's width; the whole keeps its place while the patches move apart.
  const float across = columns + (columns - 1) * apart, down = rows + (rows - 1) * apart * aspect;
  const auto layout = [&](Rect area) {
    const float width = std::min(area.width() / across, area.height() / down * aspect);
    return draw::Vec{width, width / aspect};
  };
  draw::Vec patch = layout(r);
  const bool plates = numbers_fit(c, patch.x, patch.y, grid);
  if (!plates) {
    r.cut_left(4 * u);
    r.cut_bottom(stream::line_height(c) + u);
    patch = layout(r);
  }
  const float gap = apart * patch.x;
  const Rect cells = draw::rect_at({r.x0, r.y0}, across * patch.x, down * patch.y);
  const auto where = [&](int n) {
    const draw::Vec corner{cells.x0 + static_cast<float>(grid.column(n)) * (patch.x + gap), cells.y0 + static_cast<float>(grid.row(n)) * (patch.y + gap)};
    return draw::rect_at(corner, patch.x, patch.y);
  };
  const Tensor& pixels = in.trace.at(Slot::pixels);
  draw::HeatStyle grey;
  grey.map = ColorMap::grey;
  grey.span = {0, 1};
  for (int n = 0; n < grid.patches(); ++n) {
    const Box box = grid.pixels(n);
    if (config.channels == 3) {
      c.planes(where(n), pixels, box);
    } else {
      const auto part = draw::Matrix(pixels, 0).part(static_cast<int>(box.y0), static_cast<int>(box.y1), static_cast<int>(box.x0), static_cast<int>(box.x1));
      c.heat(where(n), part, grey);
    }
    if (plates) number_plate(c, where(n), n, n == chosen);
  }
  if (gap < 1.5f) cell_lines(c, cells, grid.rows(), grid.columns(), draw::kWhite.faded(0.6f));
  if (!plates) number_axes(c, cells, grid, chosen);
  tag_patches(c, in, where);
  c.pinned(where(chosen));
  if (hovered >= 0) c.hovered(where(hovered));
}

void draw_chosen(Canvas& c, Rect r, const FigureInput& in) {
  const auto& config = in.config();
  const PatchGrid& grid = in.grid();
  const int chosen = chosen_patch(in);
  const float u = c.u(), lh = stream::line_height(c);
  const auto small = c.metrics().small_style();
  stream::heading(c, r, stream::capitalised(patch_name(c, chosen)), draw::token_place(c, grid.token_of(chosen), grid), c.theme().selection);
  const Box box = grid.pixels(chosen);
  std::vector<Fact> list{{std::string(c.tr("Pixel rows")), pixel_range(c, box.y0, box.y1)},
                         {std::string(c.tr("Pixel columns")), pixel_range(c, box.x0, box.x1)},
                         {std::string(c.tr("Numbers")), std::to_string(config.channels) + " × " + std::to_string(config.patch_height) + " × " +
                                                            std::to_string(config.patch_width) + " = " + std::to_string(config.patch_length())}};
  const bool picture = in.trace.input().picture != nullptr;
  const float text = static_cast<float>(list.size()) * fact_height(c) + u;
  const float aspect = static_cast<float>(config.patch_width) / static_cast<float>(config.patch_height);
  const float label = lh + 0.25f * u;
  const float free = r.height() - text - 2 * (label + u);
  // Two crops, below each other where that makes them larger.
  const bool below = picture && std::min(r.width() / aspect, free / 2) >= (r.width() - 1.5f * u) / 2 / aspect;
  const float height = picture && below ? std::min(r.width() / aspect, free / 2)
                       : picture        ? std::min((r.width() - 1.5f * u) / 2 / aspect, free)
                                        : std::min(r.width() / aspect, free);
  const auto crop = [&](Rect place, std::string_view name, bool original) {
    Rect cells = place;
    if (original) {
      stream::token_crop(c, cells, in.trace, grid.token_of(chosen));
      c.tag(cells, draw::TokenTarget{grid.token_of(chosen)});
    } else {
      const Tensor& pixels = in.trace.at(Slot::pixels);
      if (config.channels == 3) {
        c.planes(cells, pixels, box);
      } else {
        draw::HeatStyle grey;
        grey.map = ColorMap::grey;
        grey.span = {0, 1};
        c.heat(cells, draw::Matrix(pixels, 0).part(static_cast<int>(box.y0), static_cast<int>(box.y1), static_cast<int>(box.x0), static_cast<int>(box.x1)), grey);
      }
      if (cells.width() / static_cast<float>(config.patch_width) >= 0.75f * u) cell_lines(c, cells, config.patch_height, config.patch_width, draw::kBlack.faded(0.25f));
      c.tag_cells(cells, {{{Slot::patch_grid}, chosen, 0, 0, 0}, config.patch_height, config.patch_width, 2, 3});
      const auto mark = [&](const std::optional<PixelRef>& p, bool pinned) {
        if (!p || patch_of(*p, grid) != chosen) return;
        const Rect cell = cell_at(cells, p->row % config.patch_height, p->column % config.patch_width, config.patch_height, config.patch_width);
        if (pinned) c.pinned(cell);
        else c.hovered(cell);
      };
      mark(pinned_pixel(in), true);
      mark(hovered_pixel(in), false);
    }
    c.text({place.x0, place.y1 + 0.25f * u}, name, small, c.theme().text3, Align::left, std::max(place.width(), 1.0f));
  };
  Rect place = draw::rect_at({r.x0, r.y0}, height * aspect, height);
  if (picture) {
    crop(place, c.tr("picture"), true);
    place = place.moved(below ? draw::Vec{0, height + label + u} : draw::Vec{place.width() + 1.5f * u, 0});
  }
  crop(place, c.tr("what the model sees"), false);
  facts(c, {r.x0, place.y1 + label + 1.5f * u, r.x1, r.y1}, list);
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const float u = c.u(), gap = 4 * u;
  const bool picture = in.trace.input().picture != nullptr;
  if (r.width() < 1.1f * r.height()) {
    Rect top = r.cut_top(r.height() * 0.42f);
    r.cut_top(2 * u);
    Rect right = r.cut_right(r.width() * 0.36f);
    r.cut_right(gap);
    draw_model(c, picture ? r : top, in);
    if (picture) draw_original(c, top, in);
    draw_chosen(c, right, in);
    return;
  }
  Rect right = r.cut_right(std::clamp(r.width() * 0.19f, 18 * u, 30 * u));
  r.cut_right(gap);
  if (picture) {
    Rect left = r.cut_left((r.width() - gap) * 0.48f);
    r.cut_left(gap);
    draw_original(c, left, in);
  }
  draw_model(c, r, in);
  draw_chosen(c, right, in);
}

std::string caption(const Canvas& c, const FigureInput& in) {
  const PatchGrid& grid = in.grid();
  return stream::phrase(c,
                        "The {0} × {1} pixels of the model input are cut into {2} patches of {3} × {4} pixels without overlap, counted from 0, row by row. The picture shows the same cuts where "
                        "they lie in the original; what is hatched is never seen.",
                        {std::to_string(in.config().image_width), std::to_string(in.config().image_height), std::to_string(grid.patches()),
                         std::to_string(grid.patch_width()), std::to_string(grid.patch_height())});
}

Table data(const FigureInput& in) {
  const PatchGrid& grid = in.grid();
  Table table;
  for (const char* name : {"patch", "row", "column", "pixel_x0", "pixel_y0", "pixel_x1", "pixel_y1"}) table.columns.push_back({name, {}});
  for (int patch = 0; patch < grid.patches(); ++patch) {
    const Box box = grid.pixels(patch);
    const double values[] = {static_cast<double>(patch), static_cast<double>(grid.row(patch)), static_cast<double>(grid.column(patch)), box.x0, box.y0, box.x1, box.y1};
    for (std::size_t k = 0; k < table.columns.size(); ++k) table.columns[k].values.push_back(values[k]);
  }
  table.tensors = {{"patch_grid", in.trace.at(Slot::patch_grid)}};
  return table;
}

}  // namespace

const Figure& patches() {
  static const Figure figure{"patches", "Patches", "patches", {1340, 640}, ready, draw_figure, patch_subject, caption, data, kOptions};
  return figure;
}

}  // namespace vitscope::figures
