// Canvas: state, text, pixels and meaning. The shapes are in canvas_shapes.cpp, paragraphs in paragraph.cpp.
#include "app/draw/canvas.h"

#include <cmath>

#include "app/draw/fonts.h"
#include "app/draw/imgui_compat.h"
#include "app/draw/text_pen.h"

namespace vitscope::draw {

namespace {
Rect common(Rect a, Rect b) {
  const Rect r{std::max(a.x0, b.x0), std::max(a.y0, b.y0), std::min(a.x1, b.x1), std::min(a.y1, b.y1)};
  return {r.x0, r.y0, std::max(r.x0, r.x1), std::max(r.y0, r.y1)};
}
}  // namespace

void begin_list(ImDrawList& list, const Fonts& fonts, float width_px, float height_px) {
  list._ResetForNewFrame();
  compat::push_atlas_texture(list, fonts.atlas());
  list.PushClipRect(ImVec2(0, 0), ImVec2(width_px, height_px));
}

void Canvas::mark(std::string_view kind, Rect where, std::string_view text) {
  if (!s_.store || !s_.store->record) return;
  // Only what is seen counts.
  const Rect window = clip();
  const Rect seen{std::max(where.x0, window.x0), std::max(where.y0, window.y0), std::min(where.x1, window.x1), std::min(where.y1, window.y1)};
  if (seen.x1 >= seen.x0 && seen.y1 >= seen.y0) s_.store->marks.push_back({std::string(kind), seen, std::string(text)});
}

Rect Canvas::snapped(Rect r) const {
  const auto snap = [this](float v) { return std::floor(v * s_.scale + 0.5f); };
  return {snap(r.x0), snap(r.y0), snap(r.x1), snap(r.y1)};
}

Rect Canvas::text(Vec at, std::string_view utf8, Style style, Color c, Align align, float max_width) {
  const TextPen pen(s_);
  const std::string shown = max_width != 0 ? pen.elided(utf8, style, max_width) : std::string(utf8);
  const float width = pen.width(shown, style);
  const float x = align == Align::left ? at.x : align == Align::right ? at.x - width : at.x - width / 2;
  const Rect box = rect_at({x, at.y}, width, text_height(style));
  if (!finite(box)) return {};
  pen.draw({x, at.y}, shown, style, c);
  mark("text", box, shown);
  if (shown != utf8 && s_.store) {
    // What lies below keeps its meaning; only the words are added.
    const Vec centre = box.centre();
    Target below;
    for (const Tag& tag : s_.store->tags)
      if (tag.where.contains(centre)) below = tag.grid ? Target{} : tag.target;
    tag(box, below, std::string(utf8));
  }
  return box;
}

void Canvas::text_up(Vec centre, std::string_view utf8, Style style, Color c) {
  const TextPen pen(s_);
  const float half = pen.width(utf8, style) / 2, across = text_height(style) / 2;
  const Rect box{centre.x - across, centre.y - half, centre.x + across, centre.y + half};
  if (!finite(box)) return;
  pen.draw_up(centre, utf8, style, c);
  mark("text", box, utf8);
}

float Canvas::text_width(std::string_view utf8, Style style) const { return TextPen(s_).width(utf8, style); }

void Canvas::raster(RasterJob job, std::string_view kind, Rect where) {
  if (!finite(where)) return;
  job.where = snapped(where);
  // Thin as it may be, what is there is seen.
  job.where.x1 = std::max(job.where.x1, job.where.x0 + 1);
  job.where.y1 = std::max(job.where.y1, job.where.y0 + 1);
  job.renderer = s_.sink.renderer;
  mark(kind, where);
  if (!s_.store) return;
  s_.store->jobs.push_back(std::move(job));
  if (!s_.list || !s_.sink.callback) return;
  s_.list->AddCallback(s_.sink.callback, &s_.store->jobs.back());
  s_.list->AddCallback(ImDrawCallback_ResetRenderState, nullptr);
}

void Canvas::heat(Rect r, const Matrix& m, const HeatStyle& style) {
  if (m.tensor.empty() || m.rows < 1 || m.columns < 1 || r.width() <= 0 || r.height() <= 0) return;
  RasterJob job;
  job.kind = RasterJob::Kind::heat;
  job.heat = m;
  job.style = style;
  job.style.span = drawable(style.span, style.map);
  raster(std::move(job), "heat", r);
}

void Canvas::image(Rect r, std::shared_ptr<const Image> image, Box source, bool smooth, float opacity) {
  if (!image || image->empty() || r.width() <= 0 || r.height() <= 0 || !(source.width() > 0) || !(source.height() > 0)) return;
  RasterJob job;
  job.kind = RasterJob::Kind::image;
  job.image = std::move(image);
  job.source = source;
  job.smooth = smooth;
  job.opacity = opacity;
  raster(std::move(job), "image", r);
}

void Canvas::planes(Rect r, const Tensor& planes, Box source, bool smooth, float opacity) {
  if (planes.empty() || planes.rank() != 3 || planes.size() == 0 || r.width() <= 0 || r.height() <= 0 || !(source.width() > 0) ||
      !(source.height() > 0))
    return;
  RasterJob job;
  job.kind = RasterJob::Kind::planes;
  job.planes = planes;
  job.source = source;
  job.smooth = smooth;
  job.opacity = opacity;
  raster(std::move(job), "planes", r);
}

void Canvas::push_clip(Rect r) {
  if (!finite(r)) r = {};
  clips_.push_back(common(clip(), r));
  if (!s_.list) return;
  const Rect p = snapped(clips_.back());
  s_.list->PushClipRect(ImVec2(p.x0, p.y0), ImVec2(p.x1, p.y1), true);
}

void Canvas::pop_clip() {
  if (clips_.empty()) return;
  clips_.pop_back();
  if (s_.list) s_.list->PopClipRect();
}

void Canvas::tag(Rect where, Target target, std::string tooltip) {
  where = common(where, clip());
  if (s_.store && finite(where) && where.width() > 0 && where.height() > 0)
    s_.store->tags.push_back({.where = where, .target = std::move(target), .grid = {}, .tooltip = std::move(tooltip), .whole = {}});
}

void Canvas::tag_cells(Rect where, const CellGrid& grid, std::string tooltip) {
  const Rect visible = common(where, clip());
  if (s_.store && finite(where) && visible.width() > 0 && visible.height() > 0 && grid.rows > 0 && grid.columns > 0)
    s_.store->tags.push_back({.where = visible, .target = {}, .grid = grid, .tooltip = std::move(tooltip), .whole = where});
}

void Canvas::tag_picture(Rect where, Box original) {
  const Rect visible = common(where, clip());
  if (s_.store && finite(where) && visible.width() > 0 && visible.height() > 0 && original.width() > 0 && original.height() > 0)
    s_.store->pictures.push_back({visible, where, original});
}

}  // namespace vitscope::draw
