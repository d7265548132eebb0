#include "app/gl/list_pass.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "app/draw/imgui_compat.h"

namespace vitscope::gl {

namespace compat = draw::compat;

Result<ListPass> ListPass::create() {
  Result<Program> program = Program::load("shaders/list.vert", "shaders/list.frag");
  if (!program) return program.error();
  ListPass pass;
  pass.program_ = std::move(program).value();
  pass.vertices_ = VertexArray::make();
  pass.corners_ = Buffer::make();
  pass.indices_ = Buffer::make();
  glBindVertexArray(pass.vertices_.id());
  glBindBuffer(GL_ARRAY_BUFFER, pass.corners_.id());
  glBindBuffer(GL_ELEMENT_ARRAY_BUFFER, pass.indices_.id());
  const auto offset = [](std::size_t bytes) { return reinterpret_cast<const void*>(bytes); };
  glEnableVertexAttribArray(0);
  glEnableVertexAttribArray(1);
  glEnableVertexAttribArray(2);
  glVertexAttribPointer(0, 2, GL_FLOAT, GL_FALSE, sizeof(ImDrawVert), offset(offsetof(ImDrawVert, pos)));
  glVertexAttribPointer(1, 2, GL_FLOAT, GL_FALSE, sizeof(ImDrawVert), offset(offsetof(ImDrawVert, uv)));
  glVertexAttribPointer(2, 4, GL_UNSIGNED_BYTE, GL_TRUE, sizeof(ImDrawVert), offset(offsetof(ImDrawVert, col)));
  glBindVertexArray(0);
  glBindBuffer(GL_ARRAY_BUFFER, 0);
  glBindBuffer(GL_ELEMENT_ARRAY_BUFFER, 0);
  return pass;
}

bool clip_to(float x0, float y0, float x1, float y1, const View& view) {
  const auto edge = [](float at, int origin, int most) {
    return static_cast<int>(std::clamp(std::floor(at + 0.5f) - static_cast<float>(origin), 0.0f, static_cast<float>(most)));
  };
  const int left = edge(x0, view.x, view.width), right = edge(x1, view.x, view.width), top = edge(y0, view.y, view.height),
            bottom = edge(y1, view.y, view.height);
  if (right <= left || bottom <= top) return false;
  glScissor(left, view.height - bottom, right - left, bottom - top);
  return true;
}

void ListPass::set_state(const View& view) const {
  glEnable(GL_BLEND);
  glBlendEquation(GL_FUNC_ADD);
  glBlendFunc(GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
  glEnable(GL_SCISSOR_TEST);
  glActiveTexture(GL_TEXTURE0);
  program_.use();
  program_.set("u_view", view);
  program_.set("u_atlas", 0);
  glBindVertexArray(vertices_.id());
}

void ListPass::draw(const ImDrawList& list, const View& view) {
  set_state(view);
  glBindBuffer(GL_ARRAY_BUFFER, corners_.id());
  glBufferData(GL_ARRAY_BUFFER, static_cast<GLsizeiptr>(list.VtxBuffer.size_in_bytes()), list.VtxBuffer.Data, GL_STREAM_DRAW);
  glBufferData(GL_ELEMENT_ARRAY_BUFFER, static_cast<GLsizeiptr>(list.IdxBuffer.size_in_bytes()), list.IdxBuffer.Data, GL_STREAM_DRAW);
  for (const ImDrawCmd& cmd : list.CmdBuffer) {
    if (cmd.UserCallback == ImDrawCallback_ResetRenderState) {
      set_state(view);
      continue;
    }
    if ((cmd.ElemCount == 0 && !cmd.UserCallback) || !clip_to(cmd.ClipRect.x, cmd.ClipRect.y, cmd.ClipRect.z, cmd.ClipRect.w, view))
      continue;
    if (cmd.UserCallback) {
      cmd.UserCallback(&list, &cmd);
      continue;
    }
    glBindTexture(GL_TEXTURE_2D, compat::texture_name(cmd.GetTexID()));
    const auto* first = reinterpret_cast<const void*>(static_cast<std::size_t>(cmd.IdxOffset) * sizeof(ImDrawIdx));
    glDrawElementsBaseVertex(GL_TRIANGLES, static_cast<GLsizei>(cmd.ElemCount),
                             sizeof(ImDrawIdx) == 2 ? GL_UNSIGNED_SHORT : GL_UNSIGNED_INT, first, static_cast<GLint>(cmd.VtxOffset));
  }
  glBindVertexArray(0);
  glBindBuffer(GL_ARRAY_BUFFER, 0);
  glBindBuffer(GL_UNIFORM_BUFFER, 0);
  for (const GLenum unit : {GL_TEXTURE1, GL_TEXTURE0}) {
    glActiveTexture(unit);
    glBindTexture(GL_TEXTURE_2D, 0);
  }
  glUseProgram(0);
  glBlendFunc(GL_ONE, GL_ZERO);
  glDisable(GL_BLEND);
  glDisable(GL_SCISSOR_TEST);
}

}  // namespace vitscope::gl
