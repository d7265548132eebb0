// What the window draws into: a draw list with fonts baked for its scale.
#pragma once
#include <memory>
#include <string>

#include "app/gl/renderer.h"

namespace vitscope::gl {

class Surface {
 public:
  explicit Surface(Renderer& renderer);
  ~Surface();
  /// Empties list and store for a new frame; bakes the fonts anew when scale or language have changed.
  void begin(float scale, const draw::Language& language, int width, int height);
  /// Draws what the list holds into the bound framebuffer.
  void end(draw::Color background);

  ImDrawList& list() { return *list_; }
  draw::CanvasStore& store() { return store_; }
  const draw::Fonts& fonts() const { return *fonts_; }
  draw::RasterSink sink() { return renderer_.sink(); }

 private:
  Renderer& renderer_;
  std::unique_ptr<draw::Fonts> fonts_;
  std::unique_ptr<ImDrawList> list_;
  draw::CanvasStore store_;
  std::string language_;
  int width_ = 0, height_ = 0;
};

}  // namespace vitscope::gl
