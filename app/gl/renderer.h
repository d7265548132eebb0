// Draw lists and raster jobs on the graphics card, into the window or off screen.
#pragma once
#include <map>
#include <memory>

#include "app/draw/canvas.h"
#include "app/draw/fonts.h"
#include "app/gl/texture_cache.h"
#include "core/result.h"

namespace vitscope::gl {

/// Needs a current OpenGL 3.3 context, which must outlive it.
class Renderer {
 public:
  /// Errors: one line with the shader's file and what the compiler says, or the version that was found.
  static Result<std::unique_ptr<Renderer>> create();
  Renderer(const Renderer&) = delete;
  Renderer& operator=(const Renderer&) = delete;
  ~Renderer();

  /// What a Canvas needs to have its raster jobs carried out here.
  draw::RasterSink sink();
  /// Uploads the atlas and remembers it until forget_fonts(); several may live at once.
  void upload_fonts(draw::Fonts& fonts);
  void forget_fonts(const draw::Fonts& fonts);

  /// Clears the bound framebuffer of this size to `background` and draws the list. With an origin, the part of the list that begins there.
  void render(const ImDrawList& list, int width, int height, draw::Color background, draw::Vec origin = {});
  int largest_side() const { return cache_.largest_side(); }

 private:
  Renderer() = default;
  void set_state();
  void draw_job(const draw::RasterJob& job, const ImDrawCmd& command);
  static void on_job(const ImDrawList* list, const ImDrawCmd* command);

  TextureCache cache_;
  Program ui_, heat_, picture_;
  VertexArray triangles_, quad_;
  Buffer vertices_, indices_;
  Texture tables_[kColorMapCount];
  std::map<const draw::Fonts*, Texture> atlases_;
  int width_ = 0, height_ = 0;
  draw::Vec origin_;
};

}  // namespace vitscope::gl
