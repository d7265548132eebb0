// Pictures and planes as textures with mip maps.
#pragma once
#include <memory>

#include "app/gl/lru_textures.h"
#include "core/image/image.h"
#include "core/tensor.h"

namespace vitscope::gl {

class PictureTextures {
 public:
  PictureTextures(int max_texture, std::size_t budget) : max_texture_(max_texture), textures_(budget) {}
  /// Pictures larger than the card allows are halved until they fit. 0 when the picture holds nothing that can be shown.
  GLuint get(const std::shared_ptr<const Image>& image);
  /// [C, H, W] with 0..1; of one or two channels the first as grey, else the first three.
  GLuint get(const Tensor& planes);
  std::size_t size() const { return textures_.size(); }
  /// Forgets pictures that nobody holds any more.
  void drop_gone();

 private:
  struct Key {
    const void* image = nullptr;
    std::uint64_t tensor = 0;
    auto operator<=>(const Key&) const = default;
  };
  struct Owner {
    std::weak_ptr<const Image> image;
    bool is_image = false;
  };
  int max_texture_;
  LruTextures<Key, Owner> textures_;
};

}  // namespace vitscope::gl
