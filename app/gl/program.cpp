#include "app/gl/program.h"

#include <algorithm>

#include "app/embed/embedded.h"

namespace vitscope::gl {

namespace {
/// The driver's words as one line.
std::string one_line(std::string log) {
  while (!log.empty() && (log.back() == '\0' || log.back() == '\n' || log.back() == ' ')) log.pop_back();
  std::ranges::replace(log, '\n', ';');
  return log.empty() ? "no reason given" : log;
}

Result<GLuint> compiled(GLenum kind, std::string_view name, std::string_view source) {
  if (source.empty()) return Error{std::string(name) + ": shader is missing in the program"};
  const GLuint shader = glCreateShader(kind);
  const char* text = source.data();
  const auto length = static_cast<GLint>(source.size());
  glShaderSource(shader, 1, &text, &length);
  glCompileShader(shader);
  GLint ok = GL_FALSE, size = 0;
  glGetShaderiv(shader, GL_COMPILE_STATUS, &ok);
  if (ok == GL_TRUE) return shader;
  glGetShaderiv(shader, GL_INFO_LOG_LENGTH, &size);
  std::string log(static_cast<std::size_t>(std::max(size, 0)), '\0');
  glGetShaderInfoLog(shader, size, nullptr, log.data());
  glDeleteShader(shader);
  return Error{std::string(name) + ": " + one_line(log)};
}

std::string_view file(std::string_view name) {
  const auto bytes = embedded(name);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
}  // namespace

Result<Program> Program::load(std::string_view vertex_file, std::string_view fragment_file) {
  return link(vertex_file, file(vertex_file), fragment_file, file(fragment_file));
}

Result<Program> Program::link(std::string_view vertex_name, std::string_view vertex, std::string_view fragment_name,
                              std::string_view fragment) {
  const Result<GLuint> v = compiled(GL_VERTEX_SHADER, vertex_name, vertex);
  if (!v) return v.error();
  const Result<GLuint> f = compiled(GL_FRAGMENT_SHADER, fragment_name, fragment);
  if (!f) {
    glDeleteShader(*v);
    return f.error();
  }
  Program program;
  program.handle_ = ProgramHandle::make();
  glAttachShader(program.id(), *v);
  glAttachShader(program.id(), *f);
  glLinkProgram(program.id());
  glDetachShader(program.id(), *v);
  glDetachShader(program.id(), *f);
  glDeleteShader(*v);
  glDeleteShader(*f);
  GLint ok = GL_FALSE, size = 0;
  glGetProgramiv(program.id(), GL_LINK_STATUS, &ok);
  if (ok == GL_TRUE) return program;
  glGetProgramiv(program.id(), GL_INFO_LOG_LENGTH, &size);
  std::string log(static_cast<std::size_t>(std::max(size, 0)), '\0');
  glGetProgramInfoLog(program.id(), size, nullptr, log.data());
  return Error{std::string(vertex_name) + " with " + std::string(fragment_name) + ": " + one_line(log)};
}

}  // namespace vitscope::gl
