// Draws the triangles of draw lists.
#pragma once
#include "app/gl/program.h"

struct ImDrawList;

namespace vitscope::gl {

class ListPass {
 public:
  static Result<ListPass> create();
  /// Draws into the bound framebuffer, calling the list's callbacks in between. Leaves OpenGL's default state behind, apart from the
  /// viewport.
  void draw(const ImDrawList& list, const View& view);

 private:
  ListPass() = default;
  void set_state(const View& view) const;

  Program program_;
  VertexArray vertices_;
  Buffer corners_, indices_;
};

/// Scissor rectangle of a clip rectangle given in pixels of the target; false when nothing of it is visible.
bool clip_to(float x0, float y0, float x1, float y1, const View& view);

}  // namespace vitscope::gl
