// Owning handles of OpenGL objects and shader programs.
#pragma once
#include <epoxy/gl.h>

#include <string>
#include <string_view>
#include <utility>

#include "core/result.h"

namespace vitscope::gl {

/// Owns one OpenGL name; `Delete` frees it. Needs the context that made it to be current.
template <void (*Delete)(GLuint)>
class Handle {
 public:
  Handle() = default;
  explicit Handle(GLuint name) : name_(name) {}
  Handle(Handle&& other) noexcept : name_(std::exchange(other.name_, 0)) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      reset();
      name_ = std::exchange(other.name_, 0);
    }
    return *this;
  }
  ~Handle() { reset(); }
  GLuint get() const { return name_; }
  explicit operator bool() const { return name_ != 0; }

 private:
  void reset() {
    if (name_) Delete(name_);
    name_ = 0;
  }
  GLuint name_ = 0;
};

inline void delete_texture(GLuint name) { glDeleteTextures(1, &name); }
inline void delete_buffer(GLuint name) { glDeleteBuffers(1, &name); }
inline void delete_vertex_array(GLuint name) { glDeleteVertexArrays(1, &name); }
inline void delete_framebuffer(GLuint name) { glDeleteFramebuffers(1, &name); }
inline void delete_program(GLuint name) { glDeleteProgram(name); }
inline void delete_shader(GLuint name) { glDeleteShader(name); }

using Texture = Handle<delete_texture>;
using Buffer = Handle<delete_buffer>;
using VertexArray = Handle<delete_vertex_array>;
using Framebuffer = Handle<delete_framebuffer>;
using Program = Handle<delete_program>;
using Shader = Handle<delete_shader>;

Texture make_texture();
Buffer make_buffer();
VertexArray make_vertex_array();
Framebuffer make_framebuffer();

/// Links a program from two embedded files of shaders/. Errors name the file and hold the compiler's first line.
Result<Program> link_program(std::string_view vertex_file, std::string_view fragment_file);
/// Compiles source text; `name` is for the error.
Result<Shader> compile_shader(GLenum stage, std::string_view source, std::string_view name);

}  // namespace vitscope::gl
