// What a person did since the last frame. Plain data: a window fills it, tests write it by hand.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace vitscope::platform {

enum class Key : std::uint8_t {
  none, left, right, up, down, space, escape, tab, enter, backspace, del, home, end, page_up, page_down,
  bracket_left, bracket_right, comma, question, plus, minus,
  a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z,
  digit0, digit1, digit2, digit3, digit4, digit5, digit6, digit7, digit8, digit9,
};

struct KeyPress {
  Key key = Key::none;
  bool shift = false, control = false, alt = false;
};

struct Input {
  float mouse_x = -1, mouse_y = -1;  ///< pixels of the framebuffer; -1 outside
  bool mouse_down = false;           ///< left button at the end of the interval
  bool pressed = false, released = false;  ///< left button went down / up in the interval
  bool double_clicked = false;
  float wheel = 0;                   ///< notches, positive away from the person
  std::vector<KeyPress> keys;        ///< presses and repeats, in order
  std::string typed;                 ///< UTF-8 text
  std::vector<std::string> dropped;  ///< paths
  int width = 0, height = 0;         ///< of the framebuffer, pixels
  float content_scale = 1;           ///< pixels per point that the display asks for
  bool close = false;
  double time = 0;                   ///< seconds, monotonic
};

}  // namespace vitscope::platform
