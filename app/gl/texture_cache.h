// Textures of matrices and pictures, made when they are first drawn and dropped when they have not been drawn for long.
#pragma once
#include <list>
#include <map>
#include <memory>
#include <tuple>

#include "app/draw/raster.h"
#include "app/gl/handles.h"

namespace vitscope::gl {

/// A texture that holds (a reduced copy of) what was asked for.
struct CachedTexture {
  GLuint name = 0;
  int columns = 0, rows = 0;  ///< of the texture: less than asked for where the card's largest texture is smaller
};

class TextureCache {
 public:
  explicit TextureCache(std::size_t byte_budget = std::size_t{256} << 20);
  /// One float channel.
  CachedTexture matrix(const draw::Matrix& m);
  /// [C, H, W] with C 1 or 3 (more: the first three) as colours; nearest or filtered.
  CachedTexture planes(const Tensor& planes, bool smooth);
  /// With mip maps when smooth.
  CachedTexture picture(const std::shared_ptr<const Image>& image, bool smooth);
  std::size_t bytes() const { return bytes_; }
  int largest_side() const { return largest_side_; }

 private:
  // Kind and smoothness, storage, offset, rows, columns, stride.
  using Key = std::tuple<int, std::uint64_t, std::int64_t, int, int, int>;
  struct Entry {
    Key key;
    Texture texture;
    CachedTexture view;
    std::size_t bytes = 0;
    std::weak_ptr<const Image> image;
  };
  CachedTexture keep(const Key& key, Texture texture, int columns, int rows, std::size_t bytes, std::weak_ptr<const Image> image = {});
  Entry* find(const Key& key);
  void drop_oldest();

  std::size_t budget_, bytes_ = 0;
  int largest_side_ = 2048;
  std::list<Entry> entries_;  ///< latest used first
  std::map<Key, std::list<Entry>::iterator> index_;
};

}  // namespace vitscope::gl
