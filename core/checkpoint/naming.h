// The names that different programs give to the same weights, brought to timm's.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "core/checkpoint/tensor_file.h"

namespace vitscope {

/// Whose names a checkpoint uses: timm (and DeiT), Hugging Face's transformers, lucidrains' vit-pytorch, LANL's vision_transformers_explained, the original
/// Flax archives of google-research/vision_transformer.
enum class Naming : std::uint8_t { timm, transformers, lucidrains, lanl, flax };

class WeightReader;
struct ModelSettings;
struct Model;

/// A checkpoint under timm's names, with what only its own names tell. Additions to timm's names: `attn.q`, `attn.k`, `attn.v` where the three are stored apart,
/// `patch_embed.norm_in` and `patch_embed.norm_out` around the projection.
struct NamedFile {
  Naming naming = Naming::timm;
  TensorFile file;
  std::map<std::string, std::string> original;  ///< name in the file of each tensor
  std::string prefix;                           ///< in front of the names in the file
  int heads = 0;                                ///< where shapes tell it; else 0
  /// Reads architecture and weights of models that are no plain ViT; they keep their own names behind the prefix.
  void (*read_family)(WeightReader&, const ModelSettings&, Model&) = nullptr;

  /// How the file calls, or would call, a tensor.
  std::string name_in_file(const std::string& name) const;
};

/// Translates the names; Flax kernels are transposed on the way ([in, out] to [out, in], [P, P, C, D] to [D, C, P, P]). An error says which family the file seems to
/// be of and why it is not read.
Result<NamedFile> to_timm_names(TensorFile file);

}  // namespace vitscope
