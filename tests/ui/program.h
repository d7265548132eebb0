// The whole program without a window and without OpenGL, driven by hand-made input.
#pragma once
#include <imgui.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "app/draw/canvas.h"
#include "app/draw/fonts.h"
#include "app/shell/loop.h"

namespace vitscope::test {

/// A program without a window: session, loop, fonts and a draw list.
struct Program {
  explicit Program(const shell::Opening& opening = {}, int width = 1600, int height = 1000, shell::Settings settings = {}, const std::string& file = {})
      : session(settings, file, 2, [] {}), loop(session) {
    REQUIRE(session.open(opening).ok());
    input.width = width;
    input.height = height;
    fonts = std::make_unique<draw::Fonts>(draw::kScreenMetrics, loop.scale_for(input), session.language());
    list = std::make_unique<ImDrawList>(fonts->shared());
  }

  bool frame() {
    store.clear();
    store.record = true;
    draw::begin_list(*list, *fonts, static_cast<float>(input.width), static_cast<float>(input.height));
    input.time += 0.05;
    const bool again = loop.frame(input, *list, store, *fonts, {});
    input.keys.clear();
    input.typed.clear();
    input.dropped.clear();
    input.pressed = input.released = input.double_clicked = false;
    input.wheel = 0;
    return again;
  }
  /// Frames until nothing asks for another one and nothing is computed.
  void settle() {
    for (int i = 0; i < 4000; ++i) {
      const bool again = frame();
      if (!again && !session.busy()) return;
      if (session.busy()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    FAIL("the window never comes to rest");
  }
  /// Frames until `reached`, for what happens on the worker.
  template <class Reached>
  void until(Reached&& reached) {
    for (int i = 0; i < 30000; ++i) {
      frame();
      if (reached()) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    FAIL("waited in vain");
  }
  void press(platform::Key key) {
    input.keys.push_back({key});
    settle();
  }
  void point(draw::Vec at) {
    input.mouse_x = at.x * fonts->scale();
    input.mouse_y = at.y * fonts->scale();
    settle();
  }
  void click(draw::Vec at) {
    point(at);
    input.pressed = input.mouse_down = true;
    frame();
    input.released = true;
    input.mouse_down = false;
    settle();
  }
  draw::Rect widget(const std::string& key) {
    for (const ui::Widget& w : loop.widgets())
      if (w.key == key) return w.where;
    FAIL("no widget " << key);
    return {};
  }
  bool has(const std::string& key) const {
    for (const ui::Widget& w : loop.widgets())
      if (w.key == key) return true;
    return false;
  }
  /// Into a text field, ended with Enter.
  void type(const std::string& key, const std::string& text) {
    click(widget(key).centre());
    input.typed = text;
    frame();
    press(platform::Key::enter);
  }
  bool shows(const std::string& text) const {
    for (const draw::Mark& mark : store.marks)
      if (mark.kind == "text" && mark.text.find(text) != std::string::npos) return true;
    return false;
  }
  std::string slug() const { return std::string(session.selection().place.step->slug); }

  shell::Session session;
  shell::Loop loop;
  platform::Input input;
  std::unique_ptr<draw::Fonts> fonts;
  std::unique_ptr<ImDrawList> list;
  draw::CanvasStore store;
};

}  // namespace vitscope::test
