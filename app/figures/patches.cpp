// The grid of patches on the picture and on what the model sees, and one patch large.
#include <algorithm>
#include <cmath>

#include "app/figures/parts_picture.h"
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

/// Every patch has its number where that leaves the picture visible, else those of the first row and column, like a ruler, and the chosen one.
bool numbered(const Canvas& c, Rect one, const PatchGrid& grid, int patch, int chosen) {
  return std::min(one.width(), one.height()) >= 4.5f * c.u() || grid.row(patch) == 0 || grid.column(patch) == 0 || patch == chosen;
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
  stream::heading(c, r, c.tr("On the picture"), c.tr("the same cuts"));
  const int chosen = chosen_patch(in), hovered = hovered_patch(in);
  auto layout = draw::photo_layout(r, in.trace);
  r.y1 = std::min(r.y1, r.y0 + layout.picture.height());
  const auto view = draw::photo(c, r, in.trace);
  draw::patch_grid_lines(c, view, grid, draw::kWhite.faded(0.75f), true);
  const Rect one = view.of_model(grid.pixels(0));
  if (numbers_fit(c, one.width(), one.height(), grid))
    for (int patch = 0; patch < grid.patches(); ++patch)
      if (numbered(c, one, grid, patch, chosen)) number_plate(c, view.of_model(grid.pixels(patch)), patch, patch == chosen);
  c.pinned(view.of_model(grid.pixels(chosen)));
  if (hovered >= 0) c.hovered(view.of_model(grid.pixels(hovered)));
}

void draw_model(Canvas& c, Rect r, const FigureInput& in) {
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
  for (int n = 0; n < grid.patches(); ++n) {
    model_part(c, where(n), in, grid.pixels(n));
    if (plates && numbered(c, where(n), grid, n, chosen)) number_plate(c, where(n), n, n == chosen);
  }
  if (gap < 1.5f) cell_lines(c, cells, grid.rows(), grid.columns(), draw::kWhite.faded(0.6f));
  if (!plates) number_axes(c, cells, grid, chosen);
  tag_patches(c, in, where);
  c.pinned(where(chosen));
  if (hovered >= 0) c.hovered(where(hovered));
}

/// What the model sees of the chosen patch, with its pixels to point at.
void draw_pixels(Canvas& c, Rect cells, const FigureInput& in) {
  const auto& config = in.config();
  const PatchGrid& grid = in.grid();
  const int chosen = chosen_patch(in), height = config.patch_height, width = config.patch_width;
  model_part(c, cells, in, grid.pixels(chosen));
  if (cells.width() / static_cast<float>(width) >= 1.25f * c.u()) cell_lines(c, cells, height, width, draw::kBlack.faded(0.25f));
  c.tag_cells(cells, {{{Slot::patch_grid}, chosen, 0, 0, 0}, height, width, 2, 3});
  const auto cell_of = [&](const std::optional<PixelRef>& p) -> std::optional<Rect> {
    if (!p || patch_of(*p, grid) != chosen) return std::nullopt;
    return cell_at(cells, p->row % height, p->column % width, height, width);
  };
  if (const auto cell = cell_of(pinned_pixel(in))) c.pinned(*cell);
  if (const auto cell = cell_of(hovered_pixel(in))) c.hovered(*cell);
}

void draw_chosen(Canvas& c, Rect r, const FigureInput& in) {
  const auto& config = in.config();
  const PatchGrid& grid = in.grid();
  const int chosen = chosen_patch(in);
  const float u = c.u(), label = stream::line_height(c) + 0.5f * u, gap = 2 * u;
  const auto small = c.metrics().small_style();
  const Box box = grid.pixels(chosen);
  std::vector<Fact> list{{std::string(c.tr("Pixel rows")), pixel_range(c, box.y0, box.y1)},
                               {std::string(c.tr("Pixel columns")), pixel_range(c, box.x0, box.x1)},
                               {std::string(c.tr("Numbers")), std::to_string(config.channels) + " × " + std::to_string(config.patch_height) + " × " +
                                                                  std::to_string(config.patch_width) + " = " + std::to_string(config.patch_length())}};
  // LANL's tutorials count the tokens of the mountain from 1.
  if (config.family.starts_with("lanl")) list.insert(list.begin(), {std::string(c.tr("Counted from 1")), std::to_string(chosen + 1)});
  const float aspect = static_cast<float>(config.patch_width) / static_cast<float>(config.patch_height);
  const int crops = in.trace.input().picture ? 2 : 1;
  const auto n = static_cast<float>(crops);
  const Rect head = r.cut_top(stream::heading_height(c));
  // Facts below the crops or beside them, whichever leaves larger crops.
  const float facts_height = static_cast<float>(list.size()) * fact_height(c) + u, facts_width = 26 * u;
  const auto height_in = [&](float width, float height) { return std::min((width - gap * (n - 1)) / n / aspect, height - label); };
  const float below = height_in(r.width(), r.height() - facts_height), beside = height_in(r.width() - facts_width - gap, r.height());
  const float height = std::max(std::max(below, beside), 0.0f), width = height * aspect;
  Rect place = draw::rect_at({r.x0, r.y0}, width, height);
  const float crops_end = r.x0 + n * width + (n - 1) * gap;
  Rect title{head.x0, head.y0, std::min(head.x1, std::max(crops_end, head.x0 + 26 * u)), head.y1};
  stream::heading(c, title, stream::capitalised(patch_name(c, chosen)), draw::token_place(c, grid.token_of(chosen), grid), c.theme().selection);
  const auto label_below = [&](Rect crop, std::string_view name, std::string_view brief) {
    const Rect line{crop.x0, crop.y1 + 0.5f * u, crop.x1 + 0.75f * gap, crop.y1 + label};
    if (!line_if_fits(c, line, name, small, c.theme().text3)) line_if_fits(c, line, brief, small, c.theme().text3);
  };
  if (height >= 3 * u) {
    if (crops == 2) {
      stream::token_crop(c, place, in.trace, grid.token_of(chosen));
      c.tag(place, draw::TokenTarget{grid.token_of(chosen)});
      label_below(place, c.tr("in the picture"), c.tr("picture"));
      place = place.moved({width + gap, 0});
    }
    draw_pixels(c, place, in);
    label_below(place, c.tr("for the model"), c.tr("model"));
  }
  if (beside > below) facts(c, {crops_end + gap, r.y0, r.x1, r.y1}, list);
  else facts(c, {r.x0, place.y1 + label + u, r.x1, r.y1}, list);
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const auto& config = in.config();
  const float u = c.u(), gap = 4 * u;
  const bool picture = in.trace.input().picture != nullptr;
  const float aspect = static_cast<float>(config.image_width) / static_cast<float>(config.image_height);
  Rect left, model = r;
  if (r.width() < 1.1f * r.height()) {
    left = model.cut_top(r.height() * 0.5f);
    model.cut_top(2.5f * u);
  } else {
    left = model.cut_left(r.width() - gap - std::clamp((r.height() - stream::heading_height(c)) * aspect, r.width() * 0.4f, r.width() * 0.58f));
    model.cut_left(gap);
  }
  draw_model(c, model, in);
  if (picture) {
    const float most = left.height() * 0.5f;
    const Rect body{left.x0, left.y0 + stream::heading_height(c), left.x1, left.y0 + most};
    const float height = std::min(most, stream::heading_height(c) + draw::photo_layout({body.x0, 0, body.x1, 4000}, in.trace).picture.height());
    draw_original(c, left.cut_top(height), in);
    left.cut_top(2.5f * u);
  }
  draw_chosen(c, left, in);
}

std::string caption(const Canvas& c, const FigureInput& in) {
  const PatchGrid& grid = in.grid();
  std::string text = stream::phrase(c,
                        "The {0} × {1} pixels of the model input are cut into {2} patches of {3} × {4} pixels without overlap, counted from 0, row by row. The picture shows the same cuts where "
                        "they lie in the original; what is hatched is never seen.",
                        {std::to_string(in.config().image_width), std::to_string(in.config().image_height), std::to_string(grid.patches()),
                         std::to_string(grid.patch_width()), std::to_string(grid.patch_height())});
  if (in.config().family == "lanl") text += " " + std::string(c.tr("The tutorials of this model count from 1; one of them writes patch 6 where its code takes patch 12, which is number 11 here."));
  return text;
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
