// The photograph with what the model sees of it.
#include <cmath>

#include "app/draw/parts.h"

namespace vitscope::draw {

namespace {
struct PixelSize {
  double width, height;
};

/// Size of the original picture; of the model input where there is none.
PixelSize original_size(const ModelInput& input) {
  if (input.picture && !input.picture->image.empty())
    return {static_cast<double>(input.picture->image.width()), static_cast<double>(input.picture->image.height())};
  if (input.pixels.rank() == 3) return {static_cast<double>(input.pixels.dim(2)), static_cast<double>(input.pixels.dim(1))};
  return {1, 1};
}

PixelMap map_of(const ModelInput& input, PixelSize size) {
  if (input.picture) return input.map;
  const Box all{0, 0, size.width, size.height};
  return {1, 0, 1, 0, all, all};
}

void veil(Canvas& c, Rect r) {
  if (r.width() < c.pixel() || r.height() < c.pixel()) return;
  c.fill(r, c.theme().ground.faded(0.72f));
  c.hatch(r, c.theme().text3.faded(0.4f), 6, c.pixel());
}
}  // namespace

Rect PhotoView::of_model(Box model_pixels) const {
  const Box o = map.to_original(model_pixels);
  const Vec a = of_original({o.x0, o.y0}), b = of_original({o.x1, o.y1});
  return {a.x, a.y, b.x, b.y};
}

Vec PhotoView::of_original(Point original) const {
  return {picture.x0 + static_cast<float>(original.x * scale), picture.y0 + static_cast<float>(original.y * scale)};
}

PhotoView photo_layout(Rect r, const Trace& trace) {
  const ModelInput& input = trace.input();
  const PixelSize size = original_size(input);
  PhotoView view;
  view.map = map_of(input, size);
  // Where the input was padded, the model's square reaches beyond the picture.
  Box all =
      view.map.to_original(Box{0, 0, static_cast<double>(trace.config().image_width), static_cast<double>(trace.config().image_height)});
  all = {std::min(all.x0, 0.0), std::min(all.y0, 0.0), std::max(all.x1, size.width), std::max(all.y1, size.height)};
  const double wide = std::max<double>(r.width(), 0), high = std::max<double>(r.height(), 0);
  view.scale = std::max(std::min(wide / all.width(), high / all.height()), 1e-6);
  const double x = r.x0 + (wide - all.width() * view.scale) / 2 - all.x0 * view.scale,
               y = r.y0 + (high - all.height() * view.scale) / 2 - all.y0 * view.scale;
  view.picture = rect_at({static_cast<float>(x), static_cast<float>(y)}, static_cast<float>(size.width * view.scale),
                         static_cast<float>(size.height * view.scale));
  const Box seen = view.map.seen();
  const Vec a = view.of_original({seen.x0, seen.y0}), b = view.of_original({seen.x1, seen.y1});
  view.seen = {a.x, a.y, b.x, b.y};
  return view;
}

PhotoView photo(Canvas& c, Rect r, const Trace& trace, bool veil_outside) {
  const ModelInput& input = trace.input();
  const PhotoView view = photo_layout(r, trace);
  const Rect p = view.picture;
  if (p.width() <= 0 || p.height() <= 0) return view;
  const Rect model =
      view.of_model(Box{0, 0, static_cast<double>(trace.config().image_width), static_cast<double>(trace.config().image_height)});
  if (model.x0 < p.x0 - 0.5f || model.y0 < p.y0 - 0.5f || model.x1 > p.x1 + 0.5f || model.y1 > p.y1 + 0.5f) c.fill(model, hex(0x808080));
  // Single pixels of a small picture stay visible.
  const bool smooth = view.scale * static_cast<double>(c.scale()) < 3;
  if (input.picture && !input.picture->image.empty()) {
    const PixelSize size = original_size(input);
    c.image(p, {input.picture, &input.picture->image}, {0, 0, size.width, size.height}, smooth);
    c.tag_picture(p, {0, 0, size.width, size.height});
  } else if (input.values.rank() == 3 && input.values.dim(0) < 3) {
    const Matrix channel(input.values, 0);
    c.heat(p, channel, {.map = ColorMap::grey, .span = range_of(channel), .smooth = false});
  } else if (input.pixels.rank() == 3) {
    c.planes(p, input.pixels, {0, 0, static_cast<double>(input.pixels.dim(2)), static_cast<double>(input.pixels.dim(1))}, smooth);
  }
  const Rect s = view.seen;
  const bool cropped = s.x0 > p.x0 + 0.5f || s.y0 > p.y0 + 0.5f || s.x1 < p.x1 - 0.5f || s.y1 < p.y1 - 0.5f;
  if (!veil_outside || !cropped) return view;
  veil(c, {p.x0, p.y0, p.x1, s.y0});
  veil(c, {p.x0, s.y1, p.x1, p.y1});
  veil(c, {p.x0, s.y0, s.x0, s.y1});
  veil(c, {s.x1, s.y0, p.x1, s.y1});
  c.hovered(s);
  return view;
}

void patch_grid_lines(Canvas& c, const PhotoView& view, const PatchGrid& grid, Color color, bool tagged) {
  if (grid.patches() < 1) return;
  const Rect first = view.of_model(grid.pixels(0)), last = view.of_model(grid.pixels(grid.patches() - 1));
  const Rect all{first.x0, first.y0, last.x1, last.y1};
  if (!(all.width() > 0) || !(all.height() > 0)) return;
  const float cell_w = all.width() / static_cast<float>(grid.columns()), cell_h = all.height() / static_cast<float>(grid.rows());
  // A shadow beside every line keeps it visible on white.
  const Color shadow = kBlack.faded(0.35f * static_cast<float>(color.a) / 255);
  const float hair = c.pixel(), side = 1;
  const auto lines = [&](bool upright, int count, float start, float step) {
    if (step < 3) return;
    for (int i = 1; i < count; ++i) {
      const float at = start + static_cast<float>(i) * step;
      const auto stroke = [&](float x, Color ink, float width) {
        upright ? c.line({x, all.y0}, {x, all.y1}, ink, width) : c.line({all.x0, x}, {all.x1, x}, ink, width);
      };
      stroke(at + side, shadow, hair);
      stroke(at, color, side);
    }
  };
  lines(true, grid.columns(), all.x0, cell_w);
  lines(false, grid.rows(), all.y0, cell_h);
  c.outline(all.inset(-side), shadow, hair);
  c.outline(all, color, side);
  if (!tagged) return;
  for (int patch = 0; patch < grid.patches(); ++patch) c.tag(view.of_model(grid.pixels(patch)), TokenTarget{grid.token_of(patch)});
}

}  // namespace vitscope::draw
