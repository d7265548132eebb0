// What a checkpoint says about its model besides tensors: in its own metadata, or in a config.json beside it.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"

namespace vitscope {

struct ImageSize {
  int height = 0, width = 0;
};

/// Everything is optional; what is there has passed a check of its own range.
struct ModelSettings {
  std::optional<std::string> architecture;
  std::optional<int> heads, head_width, classes, depth, width, channels;
  std::optional<int> heads_inner, inner_stride;  ///< TNT
  std::vector<int> kernels;                      ///< LANL's T2T: sides of the windows of the soft splits; empty when not stored
  std::optional<ImageSize> patch_size;
  std::optional<ImageSize> image_size;
  std::optional<float> eps, score_scale;
  std::optional<double> crop_fraction;
  std::optional<std::string> resize_mode;  ///< "crop", "stretch" or "pad"
  std::optional<std::string> interpolation, activation;
  std::optional<std::string> pool;  ///< "cls", or the file's own word for another kind
  bool pool_prefix = false;         ///< timm's pool_include_prefix: tokens in front of the patches count in a mean
  std::optional<bool> no_embed_class;  ///< timm: only patches have positions
  std::optional<std::vector<float>> mean, std;
  std::vector<std::string> labels;
  std::optional<bool> value_skip;  ///< LANL's attention that adds v once more
};

/// Settings from the metadata, then from `config_json` (timm's or Hugging Face's form), then from `preprocessor_json` (Hugging Face's preparation of pictures) for what
/// they leave open; both may be empty. An error
/// names the setting, what was found and what is expected. What is merely ignored goes to `warnings`.
Result<ModelSettings> read_settings(const std::map<std::string, std::string>& metadata, const std::string& config_json, const std::string& preprocessor_json,
                                    std::vector<std::string>& warnings);

}  // namespace vitscope
