// Owners of OpenGL objects. They must die while the context that made them is current.
#pragma once
#include <epoxy/gl.h>

#include <utility>

namespace vitscope::gl {

template <class Kind>
class Handle {
 public:
  Handle() = default;
  static Handle make() {
    Handle h;
    h.id_ = Kind::make();
    return h;
  }
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, 0)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~Handle() {
    if (id_) Kind::drop(id_);
  }
  GLuint id() const { return id_; }
  explicit operator bool() const { return id_ != 0; }

 private:
  GLuint id_ = 0;
};

struct TextureKind {
  static GLuint make() { GLuint n = 0; glGenTextures(1, &n); return n; }
  static void drop(GLuint n) { glDeleteTextures(1, &n); }
};
struct BufferKind {
  static GLuint make() { GLuint n = 0; glGenBuffers(1, &n); return n; }
  static void drop(GLuint n) { glDeleteBuffers(1, &n); }
};
struct VertexArrayKind {
  static GLuint make() { GLuint n = 0; glGenVertexArrays(1, &n); return n; }
  static void drop(GLuint n) { glDeleteVertexArrays(1, &n); }
};
struct FramebufferKind {
  static GLuint make() { GLuint n = 0; glGenFramebuffers(1, &n); return n; }
  static void drop(GLuint n) { glDeleteFramebuffers(1, &n); }
};
struct ProgramKind {
  static GLuint make() { return glCreateProgram(); }
  static void drop(GLuint n) { glDeleteProgram(n); }
};

using Texture = Handle<TextureKind>;
using Buffer = Handle<BufferKind>;
using VertexArray = Handle<VertexArrayKind>;
using Framebuffer = Handle<FramebufferKind>;
using ProgramHandle = Handle<ProgramKind>;

/// A part of the target that the bound framebuffer shows; both in pixels.
struct View {
  int x = 0, y = 0;            ///< of the framebuffer's upper left corner inside the target
  int width = 0, height = 0;   ///< of the framebuffer
};

}  // namespace vitscope::gl
