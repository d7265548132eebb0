// Carries out raster jobs: heat maps and pictures.
#pragma once
#include <array>

#include "app/draw/raster.h"
#include "app/gl/matrix_textures.h"
#include "app/gl/picture_textures.h"
#include "app/gl/program.h"

namespace vitscope::gl {

/// Entry i is the smallest float that color_of() gives entry i of the table; entry 0 is minus infinity. Requires span.lo < span.hi, both
/// finite.
std::array<float, 256> table_limits(draw::Span span);

class RasterPass {
 public:
  static Result<RasterPass> create(int max_texture);
  /// Draws into the bound framebuffer; the scissor and blending are the caller's. Changes program, vertex array and the textures of units 0
  /// and 1.
  void draw(const draw::RasterJob& job, const View& view);
  MatrixTextures& matrices() { return matrices_; }
  PictureTextures& pictures() { return pictures_; }

 private:
  explicit RasterPass(int max_texture);
  void heat(const draw::RasterJob& job, const View& view);
  void image(const draw::RasterJob& job, const View& view);
  void quad(const Program& program, const draw::RasterJob& job, const View& view);

  Program heat_, image_;
  Texture colors_;
  Buffer limits_;
  VertexArray vertices_;
  draw::Span limits_of_{0, 0};  ///< the span that limits_ holds
  MatrixTextures matrices_;
  PictureTextures pictures_;
};

}  // namespace vitscope::gl
