// What an architecture is, as data.
#pragma once
#include <cstdint>
#include <string>

#include "core/patch_grid.h"
#include "core/tensor.h"

namespace vitscope {

/// A plain pre-norm Vision Transformer (Dosovitskiy et al. 2021, section 3.1; timm's VisionTransformer).
struct VitConfig {
  std::string family = "vit";
  int image_height = 0, image_width = 0, channels = 3;  ///< size of the input that the model runs on, pixels
  int patch_height = 0, patch_width = 0;
  int dim = 0;            ///< D, width of a token
  int depth = 0;          ///< number of encoder blocks
  int heads = 0;          ///< H
  int head_width = 0;     ///< d; H * d need not equal D
  int mlp_dim = 0;        ///< M, hidden width of the MLP
  int classes = 0;        ///< K, length of the logits
  int prefix_tokens = 1;  ///< the class token
  bool qkv_bias = true;
  float layer_norm_eps = 1e-6f;
  float score_scale = 0;  ///< what the scores are multiplied with: d^-0.5 unless the file says otherwise
  std::string pool = "cls";
  PatchGrid grid;  ///< of the input that the model runs on

  int tokens() const { return grid.tokens(); }
  int patches() const { return grid.patches(); }
  /// Length of a flattened patch, P*P*C.
  int patch_length() const { return patch_height * patch_width * channels; }
  /// Multiply-adds of one forward pass: projections, attention and MLP, without norms and additions.
  std::int64_t multiply_adds() const;
};

}  // namespace vitscope
