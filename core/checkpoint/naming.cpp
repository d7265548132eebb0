#include "core/checkpoint/naming.h"

#include <optional>
#include <span>
#include <utility>

#include "core/checkpoint/families.h"
#include "core/checkpoint/flax.h"
#include "core/checkpoint/load_t2t.h"
#include "core/checkpoint/load_tnt.h"
#include "core/text.h"

namespace vitscope {

namespace {

/// Beginnings of names, `#` for the number of a block. A rule that does not end in a dot is the whole name.
struct Rule {
  std::string_view theirs, ours;
};

constexpr Rule kTimm[] = {{"register_tokens", "reg_token"}, {"blocks.#.gamma_1", "blocks.#.ls1.gamma"}, {"blocks.#.gamma_2", "blocks.#.ls2.gamma"}};

constexpr Rule kTransformers[] = {
    {"embeddings.cls_token", "cls_token"},
    {"embeddings.distillation_token", "dist_token"},
    {"embeddings.position_embeddings", "pos_embed"},
    {"embeddings.patch_embeddings.projection.", "patch_embed.proj."},
    {"encoder.layer.#.layernorm_before.", "blocks.#.norm1."},
    {"encoder.layer.#.attention.attention.query.", "blocks.#.attn.q."},
    {"encoder.layer.#.attention.attention.key.", "blocks.#.attn.k."},
    {"encoder.layer.#.attention.attention.value.", "blocks.#.attn.v."},
    {"encoder.layer.#.attention.output.dense.", "blocks.#.attn.proj."},
    {"encoder.layer.#.layernorm_after.", "blocks.#.norm2."},
    {"encoder.layer.#.intermediate.dense.", "blocks.#.mlp.fc1."},
    {"encoder.layer.#.output.dense.", "blocks.#.mlp.fc2."},
    {"layernorm.", "norm."},
    {"classifier.", "head."},
    {"cls_classifier.", "head."},
    {"distillation_classifier.", "head_dist."},
};

// Three generations: residuals as modules (`fn.fn`), norms as wrappers (`fn`), norms inside attention and MLP.
constexpr Rule kLucidrains[] = {
    {"pos_embedding", "pos_embed"},
    {"patch_to_embedding.", "patch_embed.proj."},
    {"transformer.layers.#.0.fn.norm.", "blocks.#.norm1."},
    {"transformer.layers.#.0.norm.", "blocks.#.norm1."},
    {"transformer.layers.#.0.fn.fn.to_qkv.", "blocks.#.attn.qkv."},
    {"transformer.layers.#.0.fn.to_qkv.", "blocks.#.attn.qkv."},
    {"transformer.layers.#.0.to_qkv.", "blocks.#.attn.qkv."},
    {"transformer.layers.#.0.fn.fn.to_out.0.", "blocks.#.attn.proj."},
    {"transformer.layers.#.0.fn.to_out.0.", "blocks.#.attn.proj."},
    {"transformer.layers.#.0.to_out.0.", "blocks.#.attn.proj."},
    {"transformer.layers.#.1.fn.norm.", "blocks.#.norm2."},
    {"transformer.layers.#.1.norm.", "blocks.#.norm2."},
    {"transformer.layers.#.1.fn.fn.net.0.", "blocks.#.mlp.fc1."},
    {"transformer.layers.#.1.fn.net.0.", "blocks.#.mlp.fc1."},
    {"transformer.layers.#.1.fn.fn.net.3.", "blocks.#.mlp.fc2."},
    {"transformer.layers.#.1.fn.net.3.", "blocks.#.mlp.fc2."},
    {"transformer.layers.#.1.net.0.", "blocks.#.norm2."},
    {"transformer.layers.#.1.net.1.", "blocks.#.mlp.fc1."},
    {"transformer.layers.#.1.net.4.", "blocks.#.mlp.fc2."},
    {"transformer.norm.", "norm."},
    {"mlp_head.0.", "fc_norm."},
    {"mlp_head.1.", "head."},
    {"mlp_head.", "head."},
};
constexpr Rule kPlainPatches[] = {{"to_patch_embedding.1.", "patch_embed.proj."}};
constexpr Rule kNormedPatches[] = {
    {"to_patch_embedding.1.", "patch_embed.norm_in."}, {"to_patch_embedding.2.", "patch_embed.proj."}, {"to_patch_embedding.3.", "patch_embed.norm_out."}};

constexpr Rule kLanl[] = {
    {"patch_tokens.project.", "patch_embed.proj."}, {"backbone.blocks.#.neuralnet.", "blocks.#.mlp."}, {"backbone.blocks.#.", "blocks.#."},
    {"backbone.cls_token", "cls_token"},            {"backbone.pos_embed", "pos_embed"},               {"backbone.norm.", "norm."},
    {"backbone.head.", "head."},
};

std::optional<std::string> translated(std::string_view name, std::string_view from, std::string_view to) {
  std::string number;
  std::size_t at = 0;
  for (const char c : from) {
    if (c != '#') {
      if (at >= name.size() || name[at] != c) return std::nullopt;
      ++at;
      continue;
    }
    const std::size_t first = at;
    while (at < name.size() && name[at] >= '0' && name[at] <= '9') ++at;
    if (at == first) return std::nullopt;
    number.assign(name.substr(first, at - first));
  }
  if (from.back() != '.' && at != name.size()) return std::nullopt;
  std::string result;
  for (const char c : to) result += c == '#' ? number : std::string(1, c);
  return result + std::string(name.substr(at));
}

/// What identifies a family, and how its names are read.
struct Family {
  Naming naming;
  std::string_view anchor;  ///< a name that every such file holds
  std::span<const Rule> rules, more_rules;
};
constexpr Family kFamilies[] = {
    {Naming::transformers, "embeddings.patch_embeddings.projection.weight", kTransformers, {}},
    {Naming::lanl, "patch_tokens.project.weight", kLanl, {}},
    {Naming::lucidrains, "patch_to_embedding.weight", kLucidrains, {}},
    {Naming::lucidrains, "to_patch_embedding.3.weight", kLucidrains, kNormedPatches},
    {Naming::lucidrains, "to_patch_embedding.1.weight", kLucidrains, kPlainPatches},
    {Naming::timm, "patch_embed.proj.weight", kTimm, {}},
};

const Family* family_of(const TensorFile& file, std::string& prefix) {
  for (const Family& family : kFamilies) {
    if (const auto found = prefix_of(file, family.anchor)) {
      prefix = *found;
      return &family;
    }
  }
  return nullptr;
}

/// The rules that files of this kind are read by, for the way back.
std::vector<Rule> rules_of(const NamedFile& named) {
  std::vector<Rule> rules;
  for (const Family& family : kFamilies) {
    if (family.naming != named.naming) continue;
    if (!family.more_rules.empty() && !named.original.contains(std::string(family.more_rules.back().ours) + "weight")) continue;
    rules.insert(rules.end(), family.rules.begin(), family.rules.end());
    rules.insert(rules.end(), family.more_rules.begin(), family.more_rules.end());
  }
  return rules;
}

/// The name without the prefix; where the prefix ends in the name of a part ("module.vit."), names beside that part lose what is in front of it.
std::string without_prefix(const std::string& name, std::string prefix) {
  while (true) {
    if (name.starts_with(prefix)) return name.substr(prefix.size());
    if (prefix.empty()) return name;
    prefix.pop_back();
    const auto dot = prefix.rfind('.');
    prefix.resize(dot == std::string::npos ? 0 : dot + 1);
  }
}

std::string name_for(const std::string& name, const Family& family) {
  for (const auto rules : {family.rules, family.more_rules}) {
    for (const Rule& rule : rules) {
      if (auto ours = translated(name, rule.theirs, rule.ours)) return std::move(*ours);
    }
  }
  return name;
}

}  // namespace

namespace {

/// The names without what stands in front of all of them.
void strip_prefix(NamedFile& named, TensorFile file) {
  std::map<std::string, StoredTensor> tensors;
  for (auto& [name, tensor] : file.tensors) {
    std::string bare = name.starts_with(named.prefix) ? name.substr(named.prefix.size()) : name;
    if (tensors.contains(bare)) bare = name;
    named.original.emplace(bare, name);
    tensors.emplace(std::move(bare), std::move(tensor));
  }
  file.tensors = std::move(tensors);
  named.file = std::move(file);
}

}  // namespace

std::string NamedFile::name_in_file(const std::string& name) const {
  if (const auto found = original.find(name); found != original.end()) return found->second;
  if (read_family) return prefix + name;
  if (naming == Naming::flax) return flax_name(name, prefix);
  for (const Rule& rule : rules_of(*this)) {
    if (auto theirs = translated(name, rule.ours, rule.theirs)) return prefix + *theirs;
  }
  return prefix + name;
}

Result<NamedFile> to_timm_names(TensorFile file) {
  NamedFile named;
  const auto t2t = t2t_prefix(file), tnt = tnt_prefix(file);
  if (t2t || tnt) {
    named.prefix = t2t ? *t2t : *tnt;
    named.read_family = t2t ? read_t2t : read_tnt;
    strip_prefix(named, std::move(file));
    return named;
  }
  if (const auto reason = unsupported_reason(file)) return Error{printable(file.path) + ": " + *reason};
  if (is_flax(file)) return from_flax(std::move(file));
  const Family* family = family_of(file, named.prefix);
  if (!family) return Error{printable(file.path) + ": " + unknown_reason(file)};
  named.naming = family->naming;
  std::map<std::string, StoredTensor> tensors;
  for (auto& [name, tensor] : file.tensors) {
    // A name that two tensors would have belongs to the first; the other keeps its own and is not used.
    std::string ours = name_for(without_prefix(name, named.prefix), *family);
    if (tensors.contains(ours)) ours = name;
    named.original.emplace(ours, name);
    tensors.emplace(std::move(ours), std::move(tensor));
  }
  file.tensors = std::move(tensors);
  named.file = std::move(file);
  return named;
}

}  // namespace vitscope
