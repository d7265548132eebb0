// Canvas: the drawing verbs that figures and views use, over an ImDrawList.
#pragma once
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/draw/geometry.h"
#include "app/draw/language.h"
#include "app/draw/raster.h"
#include "app/draw/target.h"
#include "app/draw/theme.h"

struct ImDrawList;

namespace vitscope::draw {

class Fonts;

enum class Align : std::uint8_t { left, centre, right };

/// What was drawn where, for tests: kind "text", "fill", "heat", ...
struct Mark {
  std::string kind;
  Rect where;
  std::string text;
};

/// Keeps what a draw list refers to until it has been rendered.
struct CanvasStore {
  std::deque<RasterJob> jobs;
  std::vector<Tag> tags;    ///< later tags lie above earlier ones
  std::vector<PictureArea> pictures;
  std::vector<Mark> marks;  ///< filled when `record` is set
  bool record = false;
  void clear() {
    jobs.clear();
    tags.clear();
    pictures.clear();
    marks.clear();
  }
};

/// All coordinates are points, relative to the upper left corner of the target; the canvas multiplies by `scale`. Edges of filled
/// rectangles, rasters and lines of whole width are snapped to whole pixels. Text is placed by the upper left (centre, right) point of its
/// line box, whose height is the style's size times 1.25; nothing is drawn outside the clip.
class Canvas {
 public:
  struct Setup {
    ImDrawList* list;  ///< null: nothing is drawn, but text is measured, tags and marks are kept
    CanvasStore* store;
    const Fonts* fonts;
    const Theme* theme;
    const Language* language;
    RasterSink sink;
    Metrics metrics = kScreenMetrics;
    float scale = 1;     ///< pixels per point
    double time = 0;     ///< seconds; figures may only depend on it through progress()
    bool motion = true;  ///< false: everything is drawn as at its end
  };
  explicit Canvas(const Setup& setup) : s_(setup) {}

  const Theme& theme() const { return *s_.theme; }
  const Metrics& metrics() const { return s_.metrics; }
  float u() const { return s_.metrics.u; }
  float scale() const { return s_.scale; }
  /// Size of one pixel of the target in points: the hairline.
  float pixel() const { return 1 / s_.scale; }
  std::string_view tr(std::string_view english) const { return (*s_.language)(english); }
  const Language& language() const { return *s_.language; }
  bool motion() const { return s_.motion; }
  double time() const { return s_.time; }

  // --- shapes
  void fill(Rect r, Color c, float radius = 0);
  void outline(Rect r, Color c, float width = 1, float radius = 0);
  void line(Vec a, Vec b, Color c, float width = 1);
  void dashes(Vec a, Vec b, Color c, float width = 1, float dash = 5, float gap = 4);
  void polyline(std::span<const Vec> points, Color c, float width = 1);
  /// Convex polygon.
  void polygon(std::span<const Vec> points, Color c);
  void circle(Vec centre, float radius, Color c);
  void ring(Vec centre, float radius, Color c, float width = 1);
  /// Diagonal strokes, for what the model never sees.
  void hatch(Rect r, Color c, float spacing = 6, float width = 1);
  /// The mark of a pinned thing: `mark` colour, 2 points, between two black hairlines; drawn around `r`.
  void pinned(Rect r);
  /// The mark of the thing under the pointer: white inside black.
  void hovered(Rect r);

  // --- text
  /// Draws one line; returns its box. Longer than `max_width` (0: no limit; negative: no room at all) it ends in an ellipsis and the whole
  /// text becomes the tooltip.
  Rect text(Vec at, std::string_view utf8, Style style, Color c, Align align = Align::left, float max_width = 0);
  /// Rotated by 90 degrees counterclockwise, reading upwards; `centre` is the middle of the text.
  void text_up(Vec centre, std::string_view utf8, Style style, Color c);
  float text_width(std::string_view utf8, Style style) const;
  static float text_height(Style style) { return style.size * 1.25f; }
  /// Wrapped at word ends inside `r.width()`; **bold** words in medium face. Returns the height used; text beyond r.y1 is not drawn but
  /// counted.
  float paragraph(Rect r, std::string_view utf8, Style style, Color c);
  float paragraph_height(float width, std::string_view utf8, Style style) const;

  // --- pixels
  void heat(Rect r, const Matrix& m, const HeatStyle& style);
  void image(Rect r, std::shared_ptr<const Image> image, Box source, bool smooth = true, float opacity = 1);
  void planes(Rect r, const Tensor& planes, Box source, bool smooth = false, float opacity = 1);

  // --- clip and meaning
  void push_clip(Rect r);
  void pop_clip();
  /// The innermost clip; everything when there is none.
  Rect clip() const { return clips_.empty() ? Rect{-1e6f, -1e6f, 1e6f, 1e6f} : clips_.back(); }
  void tag(Rect where, Target target, std::string tooltip = {});
  void tag_cells(Rect where, const CellGrid& grid, std::string tooltip = {});
  /// `where` shows this part of the original picture.
  void tag_picture(Rect where, Box original);
  /// All of this frame so far; later ones lie above earlier ones. Requires a store.
  std::span<const PictureArea> pictures() const { return s_.store->pictures; }

 private:
  friend class TextPen;
  /// Whole pixels, for what must be crisp.
  Rect snapped(Rect r) const;
  void fill_pixels(Rect pixels, Color c);
  void frame_pixels(Rect pixels, float thickness, Color c);
  void mark(std::string_view kind, Rect where, std::string_view text = {});
  void raster(RasterJob job, std::string_view kind, Rect where);

  Setup s_;
  std::vector<Rect> clips_;
};

/// Readies a draw list of these fonts for a frame: empties it, sets texture and clip. Sizes are pixels of the target.
void begin_list(ImDrawList& list, const Fonts& fonts, float width_px, float height_px);

}  // namespace vitscope::draw
