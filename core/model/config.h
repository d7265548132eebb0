// What an architecture is, as data.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "core/model/stem.h"
#include "core/model/t2t.h"
#include "core/model/tnt.h"
#include "core/patch_grid.h"
#include "core/tensor.h"

namespace vitscope {

/// How the table of positions is brought to another grid: antialiased bicubic with a = -0.5 (timm's resample_abs_pos_embed), or bicubic with a = -0.75 without
/// antialiasing (transformers).
enum class PositionResampling : std::uint8_t { timm, transformers };

/// Where the table of positions is added (Dosovitskiy et al. 2021, appendix D.4): once, in front of the first block, or in front of every block, the same table each
/// time or one for each block.
enum class PositionPlace : std::uint8_t { stem, every_shared, every_own };

/// A pre-norm Vision Transformer (Dosovitskiy et al. 2021, section 3.1; timm's VisionTransformer) and its variants. What stands here as default is the plain one.
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
  int prefix_tokens = 1;  ///< class token, distillation token and registers, as far as there are any
  bool class_token = true;
  bool distillation_token = false;  ///< DeiT's second token
  bool two_heads = false;           ///< DeiT: one head reads the class token, one the distillation token; the logits are the mean of both
  int registers = 0;                ///< learned tokens without a task (Darcet et al. 2024)
  bool prefix_position = true;      ///< false: only patches get a position (timm's no_embed_class)
  PositionPlace position_place = PositionPlace::stem;
  bool relative_position = false;  ///< scores between patches get the product of the query with a row that stands for their offset along the raster (D.4)
  PositionResampling position_resampling = PositionResampling::timm;
  bool channel_last = false;        ///< flattened patches run row, column, channel (lucidrains) instead of channel, row, column
  bool patch_norms = false;         ///< LayerNorm before and after the projection of the patches (lucidrains from 1.0)
  bool layer_scale = false;         ///< learned gains on what attention and MLP add (Touvron et al. 2021)
  bool value_skip = false;          ///< attention adds v to the projected context (LANL)
  bool final_norm = true;           ///< over all tokens, behind the blocks
  bool head_norm = false;           ///< a LayerNorm behind the pooling (timm's fc_norm, lucidrains before 1.0)
  int representation = 0;           ///< R, width of a layer with tanh in front of the head; 0 for none
  bool qkv_bias = true;
  float layer_norm_eps = 1e-6f;
  float score_scale = 0;  ///< what the scores are multiplied with: d^-0.5 unless the file says otherwise
  std::string pool = "cls";  ///< "cls": row of the class token; "avg": mean of the patches (timm); "mean": mean of all tokens (lucidrains)
  std::optional<T2tConfig> t2t;  ///< how tokens are made of overlapping windows; patches are the windows of the last split
  std::optional<TntConfig> tnt;  ///< the transformer inside each patch
  std::optional<StemConfig> stem;  ///< a hybrid's stem: patches are cut from its map; patch_height and patch_width are the pixels that one stands for
  PatchGrid grid;  ///< of the input that the model runs on

  /// The picture is cut into patches without overlap, each projected as it is: true for all but hybrids, T2T and TNT.
  bool cuts_patches() const { return !t2t && !tnt && !stem; }
  int tokens() const { return grid.tokens(); }
  int patches() const { return grid.patches(); }
  /// Length of the row that the projection to D reads: a flattened patch, P*P*C; a window of the last soft split; all words of a patch; a flattened patch of the map.
  int patch_length() const {
    if (t2t) return t2t->splits[2].length();
    if (tnt) return tnt->words() * tnt->width();
    if (stem) return stem->patch_length();
    return patch_height * patch_width * channels;
  }
  /// Blocks add positions to the tokens that enter them; to those of the first they have been added in front of it.
  bool places_in_blocks() const { return position_place != PositionPlace::stem; }
  /// Offsets along the raster between two of N patches, 1 - N to N - 1.
  int offsets() const { return 2 * patches() - 1; }
  /// The tokens in front of the patches, for the grid.
  PrefixTokens prefix() const;
  /// The role of one of the first `prefix_tokens` tokens.
  PrefixRole role(int token) const { return grid.role(token); }
  /// Multiply-adds of one forward pass: projections, attention and MLP, without norms and additions.
  std::int64_t multiply_adds() const;
};

}  // namespace vitscope
