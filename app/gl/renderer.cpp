#include "app/gl/renderer.h"

#include <algorithm>
#include <map>
#include <string>

#include "app/draw/imgui_compat.h"
#include "app/gl/list_pass.h"
#include "app/gl/raster_pass.h"

namespace vitscope::gl {

namespace compat = draw::compat;

struct Renderer::Impl {
  ListPass lists;
  RasterPass rasters;
  int max_side = 0;
  View view;  ///< while lists are drawn
  std::map<const ImFontAtlas*, Texture> atlases;

  static void carry_out(const ImDrawList*, const ImDrawCmd* cmd) {
    const auto* job = static_cast<const draw::RasterJob*>(cmd->UserCallbackData);
    auto* self = static_cast<Impl*>(job->renderer);
    self->rasters.draw(*job, self->view);
  }
};

namespace {
std::string text_of(GLenum name) {
  const auto* text = reinterpret_cast<const char*>(glGetString(name));
  return text ? text : "?";
}
}  // namespace

Renderer::Renderer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Renderer::~Renderer() = default;

Result<std::unique_ptr<Renderer>> Renderer::create() {
  if (const int version = epoxy_gl_version(); version < 33)
    return Error{"no OpenGL: version 3.3 is needed, " + std::to_string(version / 10) + "." + std::to_string(version % 10) + " was found"};
  GLint texture = 0, buffer = 0, viewport[2] = {0, 0};
  glGetIntegerv(GL_MAX_TEXTURE_SIZE, &texture);
  glGetIntegerv(GL_MAX_RENDERBUFFER_SIZE, &buffer);
  glGetIntegerv(GL_MAX_VIEWPORT_DIMS, viewport);
  Result<ListPass> lists = ListPass::create();
  if (!lists) return lists.error();
  Result<RasterPass> rasters = RasterPass::create(texture);
  if (!rasters) return rasters.error();
  auto impl = std::make_unique<Impl>(std::move(lists).value(), std::move(rasters).value());
  impl->max_side = std::min({texture, buffer, viewport[0], viewport[1]});
  return std::unique_ptr<Renderer>(new Renderer(std::move(impl)));
}

draw::RasterSink Renderer::sink() { return {&Impl::carry_out, impl_.get()}; }

void Renderer::upload_fonts(const draw::Fonts& fonts) {
  ImFontAtlas& atlas = fonts.atlas();
  unsigned char* pixels = nullptr;
  int width = 0, height = 0;
  atlas.GetTexDataAsAlpha8(&pixels, &width, &height);
  Texture texture = Texture::make();
  glBindTexture(GL_TEXTURE_2D, texture.id());
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAX_LEVEL, 0);
  glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
  glTexImage2D(GL_TEXTURE_2D, 0, GL_R8, width, height, 0, GL_RED, GL_UNSIGNED_BYTE, pixels);
  glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
  glBindTexture(GL_TEXTURE_2D, 0);
  compat::set_atlas_texture(atlas, texture.id());
  impl_->atlases[&atlas] = std::move(texture);
}

void Renderer::forget_fonts(const draw::Fonts& fonts) {
  if (impl_->atlases.erase(&fonts.atlas()) > 0) compat::set_atlas_texture(fonts.atlas(), 0);
}

bool Renderer::has_fonts(const draw::Fonts& fonts) const {
  const auto at = impl_->atlases.find(&fonts.atlas());
  return at != impl_->atlases.end() && at->second.id() == compat::atlas_texture(fonts.atlas());
}

void Renderer::render(const ImDrawList& list, int width, int height, draw::Color background, draw::Vec origin) {
  if (width < 1 || height < 1) return;
  impl_->view = {static_cast<int>(origin.x), static_cast<int>(origin.y), width, height};
  impl_->rasters.pictures().drop_gone();
  glViewport(0, 0, width, height);
  glDisable(GL_SCISSOR_TEST);
  glDisable(GL_DEPTH_TEST);
  glDisable(GL_CULL_FACE);
  glClearColor(static_cast<float>(background.r) / 255.0f, static_cast<float>(background.g) / 255.0f,
               static_cast<float>(background.b) / 255.0f, 1);
  glClear(GL_COLOR_BUFFER_BIT);
  impl_->lists.draw(list, impl_->view);
}

int Renderer::largest_side() const { return impl_->max_side; }
std::string Renderer::description() const { return text_of(GL_RENDERER) + ", OpenGL " + text_of(GL_VERSION); }
void Renderer::set_matrix_budget(std::size_t bytes) { impl_->rasters.matrices().set_budget(bytes); }
std::size_t Renderer::matrix_bytes() const { return impl_->rasters.matrices().bytes(); }
std::size_t Renderer::matrix_count() const { return impl_->rasters.matrices().size(); }

}  // namespace vitscope::gl
