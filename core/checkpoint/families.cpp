#include "core/checkpoint/families.h"

#include <algorithm>

#include "core/text.h"

namespace vitscope {

namespace {

constexpr std::string_view kWhatWorks = "Vision Transformers of timm, DeiT, transformers, lucidrains, LANL and the original Flax archives work";

constexpr std::string_view kHybridThatWorks = "the hybrid with a stem alone works (R+ViT-Ti/16, vit_tiny_r_s16_p8_224 in timm), and plain Vision Transformers do";

struct Marker {
  std::string_view part;  ///< of a tensor name
  std::string_view meaning;
  std::string_view what_works = {};  ///< empty: kWhatWorks
};
/// The first that fits decides: whole families first, then single extensions of timm's model.
constexpr Marker kMarkers[] = {
    {"to_patch_embedding.3.layers.", "lucidrains' T2T-ViT (vit-pytorch), whose token transformers keep the full length of their windows (147, 1323, 11907)"},
    {"layer_scale1.lambda1", "Hugging Face's DINOv2"},
    {"linear_head.", "lucidrains' SimpleViT, whose positions are not stored"},
    {"mlp_head.3.", "a hidden layer in the head (lucidrains' first versions)"},
    {"mlp_head.2.", "a hidden layer in the head (lucidrains' first versions)"},
    {"backbone.stages.", "a hybrid whose ResNet has stages of residual blocks behind its stem", kHybridThatWorks},
    {"backbone.layer1.", "a hybrid whose ResNet has layers of residual blocks behind its stem", kHybridThatWorks},
    {"block1/unit1/", "a hybrid whose ResNet has blocks of residual units behind its stem", kHybridThatWorks},
    {"MAPHead_0/", "attention pooling"},
    {"conv_proj.weight", "torchvision names"},
    {"visual.conv1.weight", "OpenAI CLIP names"},
    {"relative_position_bias", "relative position biases (Swin or BEiT)"},
    {"norm_pre.", "a norm in front of the blocks (norm_pre)"},
    {"attn.q_norm.", "norms of queries and keys (q_norm)"},
    {"attn.q_bias", "separate query biases (BEiT, EVA)"},
    {"attn.norm.", "a norm inside the attention"},
    {"mlp.norm.", "a norm inside the MLP"},
    {"mlp.w12.", "a gated MLP (SwiGLU)"},
    {"mlp.fc1_g.", "a gated MLP (SwiGLU)"},
    {"attn_pool.", "attention pooling"},
    {"decoder_blocks.", "a masked autoencoder with its decoder"},
};

}  // namespace

std::optional<std::string> prefix_of(const TensorFile& file, std::string_view anchor) {
  std::optional<std::string> prefix;
  for (const auto& [name, tensor] : file.tensors) {
    if (!name.ends_with(anchor)) continue;
    const std::string front = name.substr(0, name.size() - anchor.size());
    if (!front.empty() && front.back() != '.') continue;
    if (!prefix || front.size() < prefix->size()) prefix = front;
  }
  return prefix;
}

std::optional<std::string> unsupported_reason(const TensorFile& file) {
  const bool drop_pos = prefix_of(file, "mask_pos_token").has_value();
  for (const Marker& marker : kMarkers) {
    if (drop_pos && marker.part == "decoder_blocks.") continue;  // its encoder is a plain one; the decoder has a page
    for (const auto& [name, tensor] : file.tensors) {
      // Parts count from the beginning of a word of the name, so that "head_dist." is not found in "overhead_dist.".
      const auto at = name.find(marker.part);
      if (at == std::string::npos || (at > 0 && name[at - 1] != '.' && name[at - 1] != '/')) continue;
      return "found " + std::string(marker.meaning) + " in tensor " + printable(name, 80) + ", which is not supported; " + std::string(marker.what_works.empty() ? kWhatWorks : marker.what_works);
    }
  }
  return std::nullopt;
}

std::string unknown_reason(const TensorFile& file) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : file.tensors) names.push_back(name);
  return "holds no Vision Transformer under a known family's names (" + (names.empty() ? "the file holds no tensors" : "found " + some_names(names)) + "); " +
         std::string(kWhatWorks);
}

std::string some_names(const std::vector<std::string>& names) {
  constexpr std::size_t kListed = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kListed); ++i) text += (i ? ", " : "") + printable(names[i], 80);
  if (names.size() > kListed) text += " and " + std::to_string(names.size() - kListed) + " more";
  return text;
}

}  // namespace vitscope
