// One frame: input to commands, session to picture. Shared by the window, the headless run and the tests.
#pragma once
#include <memory>

#include "app/draw/canvas.h"
#include "app/draw/fonts.h"
#include "app/platform/input.h"
#include "app/shell/session.h"
#include "app/ui/ui.h"

namespace vitscope::shell {

class Loop {
 public:
  explicit Loop(Session& session) : session_(session) {}

  /// Pixels per point for this input: the person's choice or the display's, within 1..3 and small enough that the layout fits.
  float scale_for(const platform::Input& input) const;

  /// Draws one frame into `list` and carries out what the person wished. `fonts` must be baked for scale_for(input).
  /// Returns true when another frame is needed at once because something changed.
  bool frame(const platform::Input& input, ImDrawList& list, draw::CanvasStore& store, const draw::Fonts& fonts, draw::RasterSink sink);

  /// Widgets and tags of the last frame, for tests.
  const std::vector<ui::Widget>& widgets() const { return widgets_; }
  ui::State& ui_state() { return ui_state_; }

 private:
  void keys(const platform::Input& input, views::Commands& out);
  /// Paints where the pointer is held over the picture; whether the brush has the pointer.
  bool brush(draw::Canvas& c, const ui::Pointer& pointer, const views::Frame& frame, views::Commands& out);
  void tooltip(draw::Canvas& canvas, const draw::Tag& tag, const draw::Target& target, draw::Vec at, draw::Vec window);

  Session& session_;
  ui::State ui_state_;
  std::vector<ui::Widget> widgets_;
  draw::Target hovered_;
  double hovered_since_ = 0;
  draw::Vec painted_at_{};
  bool painting_ = false;  ///< the pointer is held since it was pressed over the picture, with a brush
};

}  // namespace vitscope::shell
