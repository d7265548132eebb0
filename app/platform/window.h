// The native window with its OpenGL context.
#pragma once
#include <memory>
#include <string>

#include "app/platform/input.h"
#include "core/result.h"

namespace vitscope::platform {

class Window {
 public:
  /// Sizes in screen coordinates. Errors: "no display: ..." when there is none, "no OpenGL: ..." when a 3.3 core context cannot be had.
  static Result<std::unique_ptr<Window>> create(const std::string& title, int width, int height);
  ~Window();
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  /// Sleeps until something happens or `seconds` have passed (infinite: no limit; 0: does not sleep), then returns what did since the last
  /// call.
  Input wait(double seconds);
  void swap();
  /// Ends the sleep of wait(); may be called from any thread.
  static void wake();
  /// Something else than input asks for a new picture: the window was uncovered or resized.
  bool exposed() const;
  void size(int& width, int& height) const;
  void copy(const std::string& text);  ///< to the clipboard

  struct State;

 private:
  Window() = default;
  std::unique_ptr<State> state_;
};

}  // namespace vitscope::platform
