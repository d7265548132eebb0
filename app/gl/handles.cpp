#include "app/gl/handles.h"

#include "app/embed/embedded.h"

namespace vitscope::gl {

namespace {

/// The first line that says something.
std::string first_line(std::string log) {
  while (!log.empty() && (log.back() == '\0' || log.back() == '\n')) log.pop_back();
  return log.substr(0, log.find('\n'));
}

template <class Make>
GLuint made(Make make) {
  GLuint name = 0;
  make(1, &name);
  return name;
}

}  // namespace

Texture make_texture() { return Texture(made(glGenTextures)); }
Buffer make_buffer() { return Buffer(made(glGenBuffers)); }
VertexArray make_vertex_array() { return VertexArray(made(glGenVertexArrays)); }
Framebuffer make_framebuffer() { return Framebuffer(made(glGenFramebuffers)); }

Result<Shader> compile_shader(GLenum stage, std::string_view source, std::string_view name) {
  Shader shader(glCreateShader(stage));
  const char* text = source.data();
  const auto length = static_cast<GLint>(source.size());
  glShaderSource(shader.get(), 1, &text, &length);
  glCompileShader(shader.get());
  GLint done = 0;
  glGetShaderiv(shader.get(), GL_COMPILE_STATUS, &done);
  if (done) return shader;
  std::string log(2048, '\0');
  glGetShaderInfoLog(shader.get(), static_cast<GLsizei>(log.size()), nullptr, log.data());
  return Error{"shaders/" + std::string(name) + ": does not compile: " + first_line(log)};
}

Result<Program> link_program(std::string_view vertex_file, std::string_view fragment_file) {
  Program program(glCreateProgram());
  for (const auto& [file, stage] : {std::pair(vertex_file, GLenum{GL_VERTEX_SHADER}), std::pair(fragment_file, GLenum{GL_FRAGMENT_SHADER})}) {
    const auto bytes = embedded("shaders/" + std::string(file));
    if (bytes.empty()) return Error{"shaders/" + std::string(file) + ": is not embedded"};
    Result<Shader> shader = compile_shader(stage, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, file);
    if (!shader) return shader.error();
    glAttachShader(program.get(), shader->get());
  }
  glLinkProgram(program.get());
  GLint done = 0;
  glGetProgramiv(program.get(), GL_LINK_STATUS, &done);
  if (done) return program;
  std::string log(2048, '\0');
  glGetProgramInfoLog(program.get(), static_cast<GLsizei>(log.size()), nullptr, log.data());
  return Error{"shaders/" + std::string(vertex_file) + ", " + std::string(fragment_file) + ": do not link: " + first_line(log)};
}

}  // namespace vitscope::gl
