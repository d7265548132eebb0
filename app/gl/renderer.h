// Renderer: turns draw lists into pixels. One for each OpenGL context, which must be current whenever it is used or destroyed.
#pragma once
#include <cstddef>
#include <memory>
#include <string>

#include "app/draw/canvas.h"
#include "app/draw/fonts.h"
#include "app/draw/raster.h"
#include "app/draw/theme.h"
#include "core/result.h"

struct ImDrawList;

namespace vitscope::gl {

class Renderer {
 public:
  /// Needs a current context of OpenGL 3.3 or later. Errors name the shader file and hold the driver's log.
  static Result<std::unique_ptr<Renderer>> create();
  ~Renderer();
  Renderer(const Renderer&) = delete;
  Renderer& operator=(const Renderer&) = delete;

  /// For canvases whose lists this renderer will draw.
  draw::RasterSink sink();
  /// Uploads the atlas and writes its texture into it. Call before lists of these fonts are begun; several fonts may be there at once.
  void upload_fonts(const draw::Fonts& fonts);
  /// Call before fonts are destroyed. Does nothing for fonts that were never uploaded.
  void forget_fonts(const draw::Fonts& fonts);
  bool has_fonts(const draw::Fonts& fonts) const;

  /// Clears the bound framebuffer of width x height pixels to `background` and draws the list. `origin`: where the framebuffer's upper left
  /// corner lies in the target of the list. Leaves OpenGL's default state behind, apart from the viewport.
  void render(const ImDrawList& list, int width, int height, draw::Color background, draw::Vec origin = {});

  /// Largest side of a framebuffer.
  int largest_side() const;
  /// "Mesa llvmpipe (LLVM 15.0.6, 256 bits), OpenGL 4.5": for bug reports.
  std::string description() const;
  /// Bytes of matrices that are kept on the card (256 MiB unless told otherwise) and how many matrices they are.
  void set_matrix_budget(std::size_t bytes);
  std::size_t matrix_bytes() const;
  std::size_t matrix_count() const;

 private:
  struct Impl;
  explicit Renderer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace vitscope::gl
