// A model ready to run: architecture, weights, what it expects of a picture, and what a person should know of it.
#pragma once
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/image/preprocess.h"
#include "core/model/config.h"
#include "core/ops/ops.h"
#include "core/result.h"

namespace vitscope {

/// Gain and shift of a LayerNorm, each [D].
struct NormWeights {
  Tensor gain, shift;
};

struct BlockWeights {
  NormWeights norm1, norm2;
  ops::Linear qkv;       ///< [3*H*d, D]: q, k, v in this order, each head by head
  ops::Linear proj;      ///< [D, H*d]
  ops::Linear fc1, fc2;  ///< [M, D], [D, M]
  Tensor scale1, scale2;  ///< [D], LayerScale on what attention and MLP add; empty without
  ops::Linear relative;   ///< [2N - 1, d], one row for each offset along the raster from 1 - N on, the same for all heads; empty without
  Tensor position;        ///< [T, D], of its own; empty where the block has none
  ops::Linear features;   ///< [m, e], T2T's performers: the random directions of their features, without bias; empty without
};

/// From the words of a patch to its row: norm, projection [D, m*c], norm.
struct FoldWeights {
  NormWeights norm1;  ///< of all words of a patch [m*c], or of each word [c]
  ops::Linear proj;
  NormWeights norm2;  ///< empty where the fold is added as it is
};

/// Transformer in Transformer, beside the weights of the outer blocks.
struct TntWeights {
  ops::Linear words;     ///< [c, C, kernel, kernel]
  Tensor word_position;  ///< [m, c]
  FoldWeights fold_in;   ///< empty where patches begin as zeros
  std::vector<BlockWeights> inner;
  std::vector<FoldWeights> folds;
};

/// A hybrid's stem. The filters are used standardised; `kernel` is what was stored.
struct StemWeights {
  Tensor kernel;     ///< [S, C, 7, 7]
  ops::Linear conv;  ///< [S, C, 7, 7], standardised(kernel), without bias
  NormWeights norm;  ///< [S]
};

/// DropPos's decoder (Wang et al. 2023), which classifies patches into the cells of the grid; the forward pass has no part for it. W numbers a token.
struct DropPosWeights {
  ops::Linear embed;                 ///< [W, D]
  std::vector<BlockWeights> blocks;  ///< pre-norm, without LayerScale
  NormWeights norm;                  ///< [W]
  ops::Linear predict;               ///< [N, W]: one row for each cell
  int heads = 16;                    ///< of every block; W / heads numbers each
  float layer_norm_eps = 1e-6f;
  Tensor mask_position;  ///< [D], learned: added in place of a dropped position; empty where none was learned
  bool empty() const { return embed.empty(); }
};

struct Weights {
  NormWeights patch_norm_in, patch_norm_out;  ///< [C*P*P] and [D], around the projection; empty without
  ops::Linear patch;       ///< [D, C*P*P], in the order of the flattened patches
  Tensor class_token;      ///< [D]; empty without
  Tensor distillation_token;  ///< [D]; empty without
  Tensor registers;           ///< [registers, D]; empty without
  Tensor stored_position;  ///< [prefix + rows*columns, D] of the grid it was stored for; rows of prefix tokens that get no position are zeros
  int stored_rows = 0, stored_columns = 0;
  Tensor position;  ///< [T, D], resampled to the grid of the config where that differs
  std::vector<BlockWeights> blocks;
  std::vector<BlockWeights> token_transformers;  ///< T2T: two of them; `patch` is then the projection of the last split's windows
  TntWeights tnt;                                ///< TNT, which has no `patch`
  StemWeights stem;                              ///< hybrids; `patch` is then the projection of the map's patches [D, S, p, p]
  NormWeights norm;       ///< empty without a final norm
  NormWeights head_norm;  ///< [D]; empty without
  ops::Linear pre_logits;  ///< [R, D]; empty without
  ops::Linear head;        ///< [K, D], or [K, R] behind pre-logits
  ops::Linear head_dist;   ///< [K, D], of the distillation token; empty without
  DropPosWeights drop_pos;  ///< empty without
};

/// The stem ready to run, with its filters standardised.
StemWeights stem_weights(const StemConfig& stem, Tensor kernel, NormWeights norm);

struct Model {
  VitConfig config;
  Weights weights;
  PreprocessSpec preprocess;
  std::string name;                 ///< file name without folders and extension, or the preset
  std::string path;                 ///< empty for the shipped model and for presets
  std::vector<std::string> labels;  ///< one per class, or empty when unknown
  bool labels_assumed = false;      ///< the names are a guess from the number of classes
  std::map<std::string, std::string> metadata;
  bool random_weights = false;
  std::int64_t parameters = 0;
  std::vector<std::string> warnings;  ///< what had to be assumed

  /// The class's name, or "class 7" when names are unknown.
  std::string label(int class_index) const;
  bool position_resampled() const;
  /// The table [T, D] that is added in front of a block, where positions are added in front of every one.
  const Tensor& position_of(int block) const;
};
using ModelPtr = std::shared_ptr<const Model>;

/// Loads a checkpoint (safetensors, .npz or PyTorch's) under the names of timm (and DeiT), transformers, lucidrains, LANL or the original Flax archives (a `prefix.` or
/// `module.` in front is tolerated). Every shape is checked; errors name the tensor, the found and the expected shape. Image size, mean, std, eps, number of heads
/// and labels come from the metadata, then from `config.json` beside the file (timm's or Hugging Face's form), from `preprocessor_config.json` and `labels.txt` (one
/// a line), then from shapes and conventions, with a warning for what was assumed.
Result<ModelPtr> load_model(const std::string& path);
/// The same from memory; `config_json` may be empty.
Result<ModelPtr> parse_model(std::string name, std::shared_ptr<const std::vector<std::uint8_t>> memory, const std::string& config_json);

/// The architecture on inputs of another size. Refuses sizes that the patches do not divide or the windows of T2T do not fit into, sizes that are too large (see
/// input_size_refusal and run_refusal), and any other size where positions are relative; its own size never.
Result<VitConfig> with_input_size(const VitConfig& config, int height, int width);
/// The same weights on such inputs: tables of positions are resampled (see resample_position). Errors begin with the model's name.
Result<ModelPtr> with_input_size(const ModelPtr& model, int height, int width);

/// Architectures with seeded random weights.
struct Preset {
  std::string_view name, about;
};
std::span<const Preset> presets();
/// Zeros serve who asks only how large an architecture is: they are there at once and take no memory.
enum class PresetWeights : std::uint8_t { random, zeros };
Result<ModelPtr> build_preset(std::string_view name, std::uint64_t seed, PresetWeights weights = PresetWeights::random);

}  // namespace vitscope
