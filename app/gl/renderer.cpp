#include "app/gl/renderer.h"

#include <algorithm>
#include <cstddef>
#include <cmath>

#include "app/draw/imgui_compat.h"

namespace vitscope::gl {

using draw::RasterJob;

namespace {

void set_uniform(const Program& p, const char* name, float a) { glUniform1f(glGetUniformLocation(p.get(), name), a); }
void set_uniform(const Program& p, const char* name, bool a) { glUniform1i(glGetUniformLocation(p.get(), name), a ? 1 : 0); }
void set_uniform(const Program& p, const char* name, int a) { glUniform1i(glGetUniformLocation(p.get(), name), a); }
void set_uniform(const Program& p, const char* name, float a, float b) { glUniform2f(glGetUniformLocation(p.get(), name), a, b); }
void set_uniform(const Program& p, const char* name, float a, float b, float c, float d) { glUniform4f(glGetUniformLocation(p.get(), name), a, b, c, d); }

Texture table_texture(ColorMap map) {
  Texture texture = make_texture();
  glBindTexture(GL_TEXTURE_2D, texture.get());
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
  static_assert(sizeof(Rgb) == 3);
  glTexImage2D(GL_TEXTURE_2D, 0, GL_RGB8, 256, 1, 0, GL_RGB, GL_UNSIGNED_BYTE, table(map).data());
  return texture;
}

}  // namespace

Result<std::unique_ptr<Renderer>> Renderer::create() {
  if (epoxy_gl_version() < 33) return Error{"no OpenGL: version 3.3 is needed, " + std::to_string(epoxy_gl_version() / 10) + "." + std::to_string(epoxy_gl_version() % 10) + " was found"};
  std::unique_ptr<Renderer> made(new Renderer);
  for (const auto& [program, vertex, fragment] :
       {std::tuple(&made->ui_, "ui.vert", "ui.frag"), std::tuple(&made->heat_, "quad.vert", "heatmap.frag"), std::tuple(&made->picture_, "quad.vert", "picture.frag")}) {
    Result<Program> linked = link_program(vertex, fragment);
    if (!linked) return linked.error();
    *program = std::move(*linked);
  }
  made->triangles_ = make_vertex_array();
  made->quad_ = make_vertex_array();
  made->vertices_ = make_buffer();
  made->indices_ = make_buffer();
  glBindVertexArray(made->triangles_.get());
  glBindBuffer(GL_ARRAY_BUFFER, made->vertices_.get());
  glBindBuffer(GL_ELEMENT_ARRAY_BUFFER, made->indices_.get());
  const auto at = [](std::size_t offset) { return reinterpret_cast<const void*>(offset); };
  glEnableVertexAttribArray(0);
  glEnableVertexAttribArray(1);
  glEnableVertexAttribArray(2);
  glVertexAttribPointer(0, 2, GL_FLOAT, GL_FALSE, sizeof(ImDrawVert), at(offsetof(ImDrawVert, pos)));
  glVertexAttribPointer(1, 2, GL_FLOAT, GL_FALSE, sizeof(ImDrawVert), at(offsetof(ImDrawVert, uv)));
  glVertexAttribPointer(2, 4, GL_UNSIGNED_BYTE, GL_TRUE, sizeof(ImDrawVert), at(offsetof(ImDrawVert, col)));
  glBindVertexArray(0);
  for (int i = 0; i < kColorMapCount; ++i) made->tables_[i] = table_texture(static_cast<ColorMap>(i));
  return made;
}

Renderer::~Renderer() = default;

draw::RasterSink Renderer::sink() { return {&Renderer::on_job, this}; }

void Renderer::upload_fonts(draw::Fonts& fonts) {
  unsigned char* pixels = nullptr;
  int width = 0, height = 0;
  fonts.atlas().GetTexDataAsRGBA32(&pixels, &width, &height);
  Texture texture = make_texture();
  glActiveTexture(GL_TEXTURE0);
  glBindTexture(GL_TEXTURE_2D, texture.get());
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
  glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
  glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, width, height, 0, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
  draw::compat::set_atlas_texture(fonts.atlas(), texture.get());
  atlases_[&fonts] = std::move(texture);
}

void Renderer::forget_fonts(const draw::Fonts& fonts) { atlases_.erase(&fonts); }

void Renderer::set_state() {
  glEnable(GL_BLEND);
  glBlendEquation(GL_FUNC_ADD);
  glBlendFuncSeparate(GL_SRC_ALPHA, GL_ONE_MINUS_SRC_ALPHA, GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
  glDisable(GL_CULL_FACE);
  glDisable(GL_DEPTH_TEST);
  glDisable(GL_STENCIL_TEST);
  glDisable(GL_FRAMEBUFFER_SRGB);
  glEnable(GL_SCISSOR_TEST);
  glUseProgram(ui_.get());
  glActiveTexture(GL_TEXTURE0);
  set_uniform(ui_, "atlas", 0);
  set_uniform(ui_, "size", static_cast<float>(width_), static_cast<float>(height_));
  glBindVertexArray(triangles_.get());
}

void Renderer::render(const ImDrawList& list, int width, int height, draw::Color background, draw::Vec origin) {
  width_ = width;
  height_ = height;
  origin_ = origin;
  glViewport(0, 0, width, height);
  glDisable(GL_SCISSOR_TEST);
  glClearColor(static_cast<float>(background.r) / 255, static_cast<float>(background.g) / 255, static_cast<float>(background.b) / 255, 1);
  glClear(GL_COLOR_BUFFER_BIT);
  set_state();
  glBindBuffer(GL_ARRAY_BUFFER, vertices_.get());
  if (origin.x == 0 && origin.y == 0) {
    glBufferData(GL_ARRAY_BUFFER, static_cast<GLsizeiptr>(list.VtxBuffer.Size) * static_cast<GLsizeiptr>(sizeof(ImDrawVert)), list.VtxBuffer.Data, GL_STREAM_DRAW);
  } else {
    std::vector<ImDrawVert> moved(list.VtxBuffer.Data, list.VtxBuffer.Data + list.VtxBuffer.Size);
    for (ImDrawVert& v : moved) v.pos.x -= origin.x, v.pos.y -= origin.y;
    glBufferData(GL_ARRAY_BUFFER, static_cast<GLsizeiptr>(moved.size() * sizeof(ImDrawVert)), moved.data(), GL_STREAM_DRAW);
  }
  glBufferData(GL_ELEMENT_ARRAY_BUFFER, static_cast<GLsizeiptr>(list.IdxBuffer.Size) * static_cast<GLsizeiptr>(sizeof(ImDrawIdx)), list.IdxBuffer.Data, GL_STREAM_DRAW);
  for (const ImDrawCmd& command : list.CmdBuffer) {
    if (command.UserCallback) {
      if (command.UserCallback == ImDrawCallback_ResetRenderState) set_state();
      else command.UserCallback(&list, &command);
      continue;
    }
    if (command.ElemCount == 0) continue;
    const float x0 = std::max(command.ClipRect.x - origin.x, 0.0f), y0 = std::max(command.ClipRect.y - origin.y, 0.0f);
    const float x1 = std::min(command.ClipRect.z - origin.x, static_cast<float>(width)), y1 = std::min(command.ClipRect.w - origin.y, static_cast<float>(height));
    if (x1 <= x0 || y1 <= y0) continue;
    glScissor(static_cast<GLint>(x0), static_cast<GLint>(static_cast<float>(height) - y1), static_cast<GLsizei>(std::ceil(x1 - x0)), static_cast<GLsizei>(std::ceil(y1 - y0)));
    glBindTexture(GL_TEXTURE_2D, draw::compat::texture_name(command.GetTexID()));
    const GLenum type = sizeof(ImDrawIdx) == 2 ? GL_UNSIGNED_SHORT : GL_UNSIGNED_INT;
    glDrawElementsBaseVertex(GL_TRIANGLES, static_cast<GLsizei>(command.ElemCount), type, reinterpret_cast<const void*>(static_cast<std::size_t>(command.IdxOffset) * sizeof(ImDrawIdx)),
                             static_cast<GLint>(command.VtxOffset));
  }
  glDisable(GL_SCISSOR_TEST);
  glBindVertexArray(0);
}

void Renderer::on_job(const ImDrawList*, const ImDrawCmd* command) {
  const auto* job = static_cast<const RasterJob*>(command->UserCallbackData);
  static_cast<Renderer*>(job->renderer)->draw_job(*job, *command);
}

void Renderer::draw_job(const RasterJob& job, const ImDrawCmd& command) {
  const float x0 = std::max(command.ClipRect.x - origin_.x, 0.0f), y0 = std::max(command.ClipRect.y - origin_.y, 0.0f);
  const float x1 = std::min(command.ClipRect.z - origin_.x, static_cast<float>(width_)), y1 = std::min(command.ClipRect.w - origin_.y, static_cast<float>(height_));
  const draw::Rect where = job.where.moved({-origin_.x, -origin_.y});
  if (x1 <= x0 || y1 <= y0 || !where.overlaps({x0, y0, x1, y1})) return;
  glScissor(static_cast<GLint>(x0), static_cast<GLint>(static_cast<float>(height_) - y1), static_cast<GLsizei>(std::ceil(x1 - x0)), static_cast<GLsizei>(std::ceil(y1 - y0)));
  const Program& program = job.kind == RasterJob::Kind::heat ? heat_ : picture_;
  glUseProgram(program.get());
  set_uniform(program, "size", static_cast<float>(width_), static_cast<float>(height_));
  set_uniform(program, "where", where.x0, where.y0, where.x1, where.y1);
  if (job.kind == RasterJob::Kind::heat) {
    const CachedTexture texture = cache_.matrix(job.heat);
    glActiveTexture(GL_TEXTURE1);
    glBindTexture(GL_TEXTURE_2D, tables_[static_cast<int>(job.style.map)].get());
    glActiveTexture(GL_TEXTURE0);
    glBindTexture(GL_TEXTURE_2D, texture.name);
    set_uniform(program, "values", 0);
    set_uniform(program, "colors", 1);
    set_uniform(program, "cells", static_cast<float>(texture.columns), static_cast<float>(texture.rows));
    set_uniform(program, "cell_size", where.width() / static_cast<float>(texture.columns), where.height() / static_cast<float>(texture.rows));
    set_uniform(program, "span", job.style.span.lo, job.style.span.hi);
    set_uniform(program, "opacity", job.style.opacity);
    set_uniform(program, "smooth_cells", job.style.smooth);
    set_uniform(program, "overlay", job.style.overlay);
  } else {
    const bool planes = job.kind == RasterJob::Kind::planes;
    const CachedTexture texture = planes ? cache_.planes(job.planes, job.smooth) : cache_.picture(job.image, job.smooth);
    const auto w = static_cast<double>(planes ? job.planes.dim(2) : job.image->width()), h = static_cast<double>(planes ? job.planes.dim(1) : job.image->height());
    glActiveTexture(GL_TEXTURE0);
    glBindTexture(GL_TEXTURE_2D, texture.name);
    set_uniform(program, "pixels", 0);
    set_uniform(program, "part", static_cast<float>(job.source.x0 / w), static_cast<float>(job.source.y0 / h), static_cast<float>(job.source.width() / w),
                static_cast<float>(job.source.height() / h));
    set_uniform(program, "opacity", job.opacity);
  }
  glBindVertexArray(quad_.get());
  glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
}

}  // namespace vitscope::gl
