// A linked pair of shaders from the embedded files.
#pragma once
#include <string>
#include <string_view>

#include "app/gl/handles.h"
#include "core/result.h"

namespace vitscope::gl {

class Program {
 public:
  /// Embedded files such as "shaders/heatmap.vert". Errors name the file and hold the driver's log in one line.
  static Result<Program> load(std::string_view vertex_file, std::string_view fragment_file);
  /// The same with sources in hand; the names serve the errors.
  static Result<Program> link(std::string_view vertex_name, std::string_view vertex, std::string_view fragment_name,
                              std::string_view fragment);

  GLuint id() const { return handle_.id(); }
  void use() const { glUseProgram(handle_.id()); }
  /// Location of a uniform, -1 when the program has none of that name.
  GLint at(const char* uniform) const { return glGetUniformLocation(handle_.id(), uniform); }
  void set(const char* uniform, int value) const { glUniform1i(at(uniform), value); }
  void set(const char* uniform, float value) const { glUniform1f(at(uniform), value); }
  void set(const char* uniform, float a, float b) const { glUniform2f(at(uniform), a, b); }
  void set(const char* uniform, float a, float b, float c, float d) const { glUniform4f(at(uniform), a, b, c, d); }
  void set(const char* uniform, const View& view) const {
    set(uniform, static_cast<float>(view.x), static_cast<float>(view.y), static_cast<float>(view.width), static_cast<float>(view.height));
  }

 private:
  ProgramHandle handle_;
};

}  // namespace vitscope::gl
