// An OpenGL context without a window: EGL, surfaceless. Mesa's software renderer serves.
#pragma once
#include <memory>

#include "core/result.h"

namespace vitscope::platform {

/// Current on the thread that made it until it goes.
class HeadlessContext {
 public:
  /// OpenGL 3.3 core. Errors: one line that says what is missing and which packages bring it.
  static Result<std::unique_ptr<HeadlessContext>> create();
  ~HeadlessContext();
  HeadlessContext(const HeadlessContext&) = delete;
  HeadlessContext& operator=(const HeadlessContext&) = delete;

 private:
  HeadlessContext() = default;
  void* display_ = nullptr;
  void* context_ = nullptr;
};

}  // namespace vitscope::platform
