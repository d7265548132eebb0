// Matrices as one-channel float textures, kept as long as there is room.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "app/draw/raster.h"
#include "app/gl/lru_textures.h"

namespace vitscope::gl {

/// How many cells a texel stands for, along columns and rows.
struct Reduction {
  int x = 1, y = 1;
  bool operator==(const Reduction&) const = default;
};

/// Powers of two: none while every cell can be told apart; else so that the texture fits the card and a pixel covers at most 16 texels
/// along an axis.
Reduction reduction_for(const draw::Matrix& m, float width_px, float height_px, int max_texture);
/// The matrix with blocks of cells replaced by their mean; NaN counts as absent. Row-major, ceil(columns / x) wide.
std::vector<float> reduced(const draw::Matrix& m, Reduction by);
/// The matrix lies inside its tensor.
bool sound(const draw::Matrix& m);

class MatrixTextures {
 public:
  MatrixTextures(int max_texture, std::size_t budget) : max_texture_(max_texture), textures_(budget) {}
  /// The texture and, per axis, how many texels the whole matrix is long (columns / x, rows / y).
  struct View {
    GLuint texture;
    float columns, rows;
  };
  View get(const draw::Matrix& m, float width_px, float height_px);
  std::size_t bytes() const { return textures_.bytes(); }
  std::size_t size() const { return textures_.size(); }
  void set_budget(std::size_t bytes) { textures_.set_budget(bytes); }

 private:
  using Key = std::array<std::int64_t, 7>;  ///< tensor, offset, rows, columns, stride, reduction
  struct Nothing {};
  int max_texture_;
  LruTextures<Key, Nothing> textures_;
};

}  // namespace vitscope::gl
