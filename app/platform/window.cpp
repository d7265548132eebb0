#include "app/platform/window.h"

#include <epoxy/gl.h>
// GLFW would bring its own OpenGL header.
#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>

#include <cmath>
#include <utility>

namespace vitscope::platform {

struct Window::State {
  GLFWwindow* window = nullptr;
  Input pending;
  bool exposed = true;
  double last_press = -1, last_x = 0, last_y = 0;
};

namespace {

std::string glfw_reason() {
  const char* text = nullptr;
  glfwGetError(&text);
  return text ? text : "unknown reason";
}

Window::State& state_of(GLFWwindow* window);

Key after(Key first, int steps) { return static_cast<Key>(static_cast<int>(first) + steps); }

Key key_of(int key, int scancode, bool shift) {
  // Letters and digits by what the person's keyboard calls them; by their place where it writes another script.
  const char* name = glfwGetKeyName(key, scancode);
  const bool one = name && name[0] != '\0' && name[1] == '\0';
  if (one && name[0] >= 'a' && name[0] <= 'z') return after(Key::a, name[0] - 'a');
  if (key >= GLFW_KEY_A && key <= GLFW_KEY_Z && !one) return after(Key::a, key - GLFW_KEY_A);
  if (key >= GLFW_KEY_0 && key <= GLFW_KEY_9) return after(Key::digit0, key - GLFW_KEY_0);
  switch (key) {
    case GLFW_KEY_LEFT: return Key::left;
    case GLFW_KEY_RIGHT: return Key::right;
    case GLFW_KEY_UP: return Key::up;
    case GLFW_KEY_DOWN: return Key::down;
    case GLFW_KEY_SPACE: return Key::space;
    case GLFW_KEY_ESCAPE: return Key::escape;
    case GLFW_KEY_TAB: return Key::tab;
    case GLFW_KEY_ENTER:
    case GLFW_KEY_KP_ENTER: return Key::enter;
    case GLFW_KEY_BACKSPACE: return Key::backspace;
    case GLFW_KEY_DELETE: return Key::del;
    case GLFW_KEY_HOME: return Key::home;
    case GLFW_KEY_END: return Key::end;
    case GLFW_KEY_PAGE_UP: return Key::page_up;
    case GLFW_KEY_PAGE_DOWN: return Key::page_down;
    case GLFW_KEY_COMMA: return shift ? Key::none : Key::comma;
    default: return Key::none;
  }
}

/// Keys whose place differs between keyboards are taken from the character that they type.
Key key_of_character(unsigned int character) {
  switch (character) {
    case '[': return Key::bracket_left;
    case ']': return Key::bracket_right;
    case '?': return Key::question;
    case '+': return Key::plus;
    case '-': return Key::minus;
    default: return Key::none;
  }
}

void append_utf8(std::string& text, unsigned int c) {
  if (c < 0x80) {
    text += static_cast<char>(c);
  } else if (c < 0x800) {
    text += static_cast<char>(0xC0 | (c >> 6));
    text += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    text += static_cast<char>(0xE0 | (c >> 12));
    text += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    text += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    text += static_cast<char>(0xF0 | (c >> 18));
    text += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    text += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    text += static_cast<char>(0x80 | (c & 0x3F));
  }
}

/// Position of the pointer in pixels of the framebuffer.
void set_mouse(GLFWwindow* window, Input& input, double x, double y) {
  int ww = 1, wh = 1, fw = 1, fh = 1;
  glfwGetWindowSize(window, &ww, &wh);
  glfwGetFramebufferSize(window, &fw, &fh);
  input.mouse_x = static_cast<float>(x * fw / std::max(ww, 1));
  input.mouse_y = static_cast<float>(y * fh / std::max(wh, 1));
}

void on_key(GLFWwindow* window, int key, int scancode, int action, int mods) {
  if (action == GLFW_RELEASE) return;
  const Key known = key_of(key, scancode, (mods & GLFW_MOD_SHIFT) != 0);
  if (known != Key::none)
    state_of(window).pending.keys.push_back(
        {known, (mods & GLFW_MOD_SHIFT) != 0, (mods & GLFW_MOD_CONTROL) != 0, (mods & GLFW_MOD_ALT) != 0});
}

void on_character(GLFWwindow* window, unsigned int character) {
  Input& input = state_of(window).pending;
  append_utf8(input.typed, character);
  if (const Key key = key_of_character(character); key != Key::none) input.keys.push_back({key});
}

void on_button(GLFWwindow* window, int button, int action, int) {
  if (button != GLFW_MOUSE_BUTTON_LEFT) return;
  Window::State& state = state_of(window);
  Input& input = state.pending;
  double x = 0, y = 0;
  glfwGetCursorPos(window, &x, &y);
  set_mouse(window, input, x, y);
  input.mouse_down = action == GLFW_PRESS;
  if (action != GLFW_PRESS) {
    input.released = true;
    return;
  }
  input.pressed = true;
  constexpr double kDoubleClick = 0.35, kSlack = 6;
  const double now = glfwGetTime();
  input.double_clicked = now - state.last_press < kDoubleClick && std::hypot(x - state.last_x, y - state.last_y) < kSlack;
  state.last_press = input.double_clicked ? -1 : now;
  state.last_x = x;
  state.last_y = y;
}

Window::State& state_of(GLFWwindow* window) { return *static_cast<Window::State*>(glfwGetWindowUserPointer(window)); }

}  // namespace

Result<std::unique_ptr<Window>> Window::create(const std::string& title, int width, int height) {
  if (!glfwInit()) return Error{"no display: " + glfw_reason() + "; vitscope export writes every figure without one"};
  glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
  glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
  glfwWindowHint(GLFW_SCALE_TO_MONITOR, GLFW_TRUE);
  glfwWindowHintString(GLFW_X11_CLASS_NAME, "vitscope");
  // The window never asks for more than the screen has.
  if (const GLFWvidmode* mode = glfwGetPrimaryMonitor() ? glfwGetVideoMode(glfwGetPrimaryMonitor()) : nullptr) {
    width = std::min(width, mode->width);
    height = std::min(height, mode->height);
  }
  std::unique_ptr<Window> made(new Window);
  made->state_ = std::make_unique<State>();
  GLFWwindow* window = glfwCreateWindow(width, height, title.c_str(), nullptr, nullptr);
  if (!window) {
    const std::string reason = glfw_reason();
    glfwTerminate();
    return Error{"no OpenGL: " + reason + "; vitscope export can draw without a window"};
  }
  made->state_->window = window;
  glfwSetWindowUserPointer(window, made->state_.get());
  glfwMakeContextCurrent(window);
  glfwSwapInterval(1);
  glfwSetWindowSizeLimits(window, 640, 480, GLFW_DONT_CARE, GLFW_DONT_CARE);
  glfwSetKeyCallback(window, on_key);
  glfwSetCharCallback(window, on_character);
  glfwSetMouseButtonCallback(window, on_button);
  glfwSetCursorPosCallback(window, [](GLFWwindow* w, double x, double y) { set_mouse(w, state_of(w).pending, x, y); });
  glfwSetCursorEnterCallback(window, [](GLFWwindow* w, int entered) {
    if (!entered) state_of(w).pending.mouse_x = state_of(w).pending.mouse_y = -1;
  });
  glfwSetScrollCallback(window, [](GLFWwindow* w, double, double dy) { state_of(w).pending.wheel += static_cast<float>(dy); });
  glfwSetDropCallback(window, [](GLFWwindow* w, int count, const char** paths) {
    for (int i = 0; i < count; ++i) state_of(w).pending.dropped.emplace_back(paths[i]);
  });
  glfwSetWindowRefreshCallback(window, [](GLFWwindow* w) { state_of(w).exposed = true; });
  glfwSetFramebufferSizeCallback(window, [](GLFWwindow* w, int, int) { state_of(w).exposed = true; });
  glfwSetWindowContentScaleCallback(window, [](GLFWwindow* w, float, float) { state_of(w).exposed = true; });
  return made;
}

Window::~Window() {
  if (state_ && state_->window) glfwDestroyWindow(state_->window);
  glfwTerminate();
}

Input Window::wait(double seconds) {
  State& s = *state_;
  s.exposed = false;
  if (seconds <= 0) glfwPollEvents();
  else if (std::isinf(seconds)) glfwWaitEvents();
  else glfwWaitEventsTimeout(seconds);
  Input& input = s.pending;
  glfwGetFramebufferSize(s.window, &input.width, &input.height);
  float sx = 1, sy = 1;
  glfwGetWindowContentScale(s.window, &sx, &sy);
  input.content_scale = sx;
  input.close = glfwWindowShouldClose(s.window) != 0;
  input.time = glfwGetTime();
  // Position and button stay; what happened is handed over once.
  Input next;
  next.mouse_x = input.mouse_x;
  next.mouse_y = input.mouse_y;
  next.mouse_down = input.mouse_down;
  return std::exchange(input, next);
}

void Window::swap() { glfwSwapBuffers(state_->window); }
void Window::wake() { glfwPostEmptyEvent(); }
bool Window::exposed() const { return state_->exposed; }
void Window::size(int& width, int& height) const { glfwGetWindowSize(state_->window, &width, &height); }

void Window::copy(const std::string& text) { glfwSetClipboardString(state_->window, text.c_str()); }

}  // namespace vitscope::platform
