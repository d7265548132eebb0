// A figure on paper: title, subtitle, body, caption; drawn off screen at its own size.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "app/draw/fonts.h"
#include "app/figures/figure.h"
#include "app/gl/renderer.h"
#include "core/result.h"

namespace vitscope::exporting {

/// Points.
inline constexpr float kPageWidth = 1600;

struct SheetOptions {
  double scale = 1;  ///< pixels per point; the page is 1600 points wide
  bool dark = false;
  const draw::Language* language = nullptr;
};

/// Size of the whole page in points.
draw::Vec sheet_size(const figures::Figure& figure, const figures::FigureInput& input, const draw::Fonts& fonts, const draw::Language& language);
/// Draws the page into `r`, which has that size.
void draw_sheet(draw::Canvas& canvas, draw::Rect r, const figures::Figure& figure, const figures::FigureInput& input);

/// Title, subject, model and picture, and that weights are random, at the top of `r`.
void draw_heading(draw::Canvas& canvas, draw::Rect r, std::string_view title, const std::string& subject, const figures::FigureInput& input);
/// Higher by a line where the run was made under edits.
float heading_height(const draw::Metrics& metrics, const Trace& trace);

/// Writes figures with one set of fonts for each scale.
class FigureWriter {
 public:
  FigureWriter(gl::Renderer& renderer, SheetOptions options);
  ~FigureWriter();
  Result<Image> render(const figures::Figure& figure, const figures::FigureInput& input);
  /// PNG with text chunks: model, picture and its checksum, step, selection, scale, definition. `data`: "none", "csv" or "npy".
  /// Without `force` nothing that exists is replaced.
  Result<std::monostate> write(const figures::Figure& figure, const figures::FigureInput& input, const std::string& folder, const std::string& data, bool force);

 private:
  gl::Renderer& renderer_;
  SheetOptions options_;
  draw::Language english_;
  std::unique_ptr<draw::Fonts> fonts_;
};

}  // namespace vitscope::exporting
