#include "app/gl/surface.h"

#include "app/draw/imgui_compat.h"

namespace vitscope::gl {

Surface::Surface(Renderer& renderer) : renderer_(renderer) {}

Surface::~Surface() {
  list_.reset();
  if (fonts_) renderer_.forget_fonts(*fonts_);
}

void Surface::begin(float scale, const draw::Language& language, int width, int height) {
  if (!fonts_ || fonts_->scale() != scale || language_ != language.code()) {
    list_.reset();
    if (fonts_) renderer_.forget_fonts(*fonts_);
    fonts_ = std::make_unique<draw::Fonts>(draw::kScreenMetrics, scale, language);
    renderer_.upload_fonts(*fonts_);
    list_ = std::make_unique<ImDrawList>(fonts_->shared());
    language_ = language.code();
  }
  width_ = width;
  height_ = height;
  store_.clear();
  draw::begin_list(*list_, *fonts_, static_cast<float>(width), static_cast<float>(height));
}

void Surface::end(draw::Color background) { renderer_.render(*list_, width_, height_, background); }

}  // namespace vitscope::gl
