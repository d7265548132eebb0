#include "core/checkpoint/model_builder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/checkpoint/conventions.h"
#include "core/image/channels.h"
#include "core/model/position.h"
#include "core/text.h"

namespace vitscope {

namespace {

constexpr const char* kStemKernel = "patch_embed.backbone.conv.weight";
constexpr int kClassesOfZeros = 1000, kMostClassesOfZeros = 1 << 16;  ///< of a head of zeros: where nothing tells how many, and at most

/// timm's architectures whose heads are not 64 wide all have 16 of them.
bool has_sixteen_wide_heads(const ModelSettings& settings) {
  const std::string name = settings.architecture.value_or("");
  return name.find("_huge") != std::string::npos || name.find("_giant") != std::string::npos || name.find("_gigantic") != std::string::npos;
}

/// The epsilon of a family's LayerNorms where nothing is stored.
float conventional_eps(Naming naming) {
  switch (naming) {
    case Naming::timm:
    case Naming::flax: return 1e-6f;
    case Naming::transformers: return 1e-12f;
    case Naming::lucidrains:
    case Naming::lanl: return 1e-5f;
  }
  return 1e-6f;
}

/// Whether queries, keys and values are three tensors.
bool stores_apart(Naming naming) { return naming == Naming::transformers || naming == Naming::flax; }

std::string family_name(Naming naming, const VitConfig& config) {
  if (naming == Naming::lucidrains) return "lucidrains";
  if (naming == Naming::lanl) return "lanl";
  return config.stem ? "vit-hybrid" : config.distillation_token ? "deit" : "vit";
}

Tensor identity(int width) {
  Tensor matrix({width, width});
  std::fill_n(matrix.edit(), matrix.size(), 0.0f);
  for (std::size_t i = 0; i < static_cast<std::size_t>(width); ++i) matrix.edit()[i * static_cast<std::size_t>(width) + i] = 1;
  return matrix;
}

ops::Linear linear_of_zeros(int out, int in) {
  Tensor weight({out, in}), bias({out});
  std::fill_n(weight.edit(), weight.size(), 0.0f);
  std::fill_n(bias.edit(), bias.size(), 0.0f);
  return {std::move(weight), std::move(bias)};
}

}  // namespace

ModelBuilder::ModelBuilder(const NamedFile& named, ModelSettings settings, std::vector<std::string> warnings)
    : named_(named), settings_(std::move(settings)), reader_(named), model_(std::make_shared<Model>()) {
  model_->warnings = std::move(warnings);
  model_->metadata = named.file.metadata;
}

Result<std::shared_ptr<Model>> ModelBuilder::build() {
  if (named_.read_family) {
    named_.read_family(reader_, settings_, *model_);
  } else {
    refuse_other_computations();
    read_patches();
    read_prefix();
    read_sizes();
    read_answer();
    read_pooling();
    read_heads();
    read_numbers();
    read_grid();
    read_weights();
    config().family = family_name(named_.naming, config());
  }
  read_preprocessing();
  read_labels();
  compare_with_settings();
  if (reader_.error()) return *reader_.error();
  model_->parameters = reader_.parameters();  // of the forward pass, which a decoder is no part of
  read_drop_pos();
  if (reader_.error()) return *reader_.error();
  for (std::string& line : reader_.warnings()) warn(std::move(line));
  return std::move(model_);
}

void ModelBuilder::refuse_other_computations() {
  if (settings_.activation && *settings_.activation != "gelu") {
    reader_.fail("has the activation '" + printable(*settings_.activation, 40) + "', which is not supported; gelu works");
  }
}

void ModelBuilder::read_patches() {
  if (named_.naming == Naming::lucidrains || named_.naming == Naming::lanl) {
    read_flat_patches();
  } else if (reader_.has(kStemKernel)) {
    read_stem();
  } else {
    const auto patch = reader_.extents("patch_embed.proj.weight", 4, "width x channels x patch height x patch width");
    config().dim = patch[0];
    config().channels = patch[1];
    config().patch_height = patch[2];
    config().patch_width = patch[3];
  }
  if (config().channels > kMostChannels) {
    reader_.fail("takes pictures of " + std::to_string(config().channels) + " channels; 1 to " + std::to_string(kMostChannels) + " work");
  }
}

/// A hybrid under timm's names (vit_tiny_r_s16_p8_224): the kernel of the stem tells the channels of pictures, the projection the patches of the map.
void ModelBuilder::read_stem() {
  VitConfig& c = config();
  const auto kernel = reader_.extents(kStemKernel, 4, "map channels x channels x 7 x 7");
  const auto patch = reader_.extents("patch_embed.proj.weight", 4, "width x map channels x patch height x patch width");
  if (failed()) return;
  StemConfig& stem = c.stem.emplace();
  if (kernel[2] != StemConfig::kKernel || kernel[3] != StemConfig::kKernel) {
    return reader_.fail(printable(named_.name_in_file(kStemKernel), 80) + " has filters of " + std::to_string(kernel[2]) + " x " + std::to_string(kernel[3]) + ", expected 7 x 7");
  }
  if (kernel[0] % stem.groups != 0) {
    return reader_.fail("has a stem of " + std::to_string(kernel[0]) + " channels, which " + std::to_string(stem.groups) + " groups of its norm do not share evenly");
  }
  if (patch[2] != patch[3] || patch[2] > kMaxInputSide / StemConfig::kCell) {
    return reader_.fail(printable(named_.name_in_file("patch_embed.proj.weight"), 80) + " cuts its map into patches of " + std::to_string(patch[2]) + " x " + std::to_string(patch[3]) +
                        "; square ones of up to " + std::to_string(kMaxInputSide / StemConfig::kCell) + " work");
  }
  c.dim = patch[0];
  c.channels = stem.picture_channels = kernel[1];
  stem.channels = kernel[0];
  stem.patch = patch[2];
  c.patch_height = c.patch_width = stem.patch * StemConfig::kCell;
  if (named_.naming == Naming::flax)
    warn("its stem is computed as timm computes it: the code that the archive was trained with adds 1e-5 to the deviation of a filter, not 1e-8 to its variance, and 1e-6 instead of 1e-5 in the GroupNorm");
}

/// Where the projection is a matrix, its shape tells the length of a flattened patch but neither side nor channels.
void ModelBuilder::read_flat_patches() {
  VitConfig& c = config();
  const auto projection = reader_.extents("patch_embed.proj.weight", 2, "width x patch length");
  if (failed()) return;
  const int length = projection[1];
  c.dim = projection[0];
  c.channel_last = named_.naming == Naming::lucidrains;
  c.patch_norms = reader_.has("patch_embed.norm_in.weight");
  const auto side_for = [&](int channels) {
    const int side = static_cast<int>(std::lround(std::sqrt(static_cast<double>(length) / channels)));
    return std::int64_t{side} * side * channels == length ? side : 0;
  };
  const auto fits = [&](ImageSize size, int channels) { return std::int64_t{size.height} * size.width * channels == length; };
  const std::string name = named_.name_in_file("patch_embed.proj.weight"), numbers = std::to_string(length) + " numbers a patch";
  if (settings_.patch_size) {
    for (const int channels : {settings_.channels.value_or(0), 3, 1, 2, 4}) {
      if (channels == 0 || !fits(*settings_.patch_size, channels)) continue;
      c.channels = channels;
      c.patch_height = settings_.patch_size->height;
      c.patch_width = settings_.patch_size->width;
      return;
    }
    return reader_.fail(printable(name, 80) + " reads " + numbers + ", which patches of " + std::to_string(settings_.patch_size->height) + " x " +
                        std::to_string(settings_.patch_size->width) + " pixels do not have with 1 to 4 channels; give channels in the metadata where there are more");
  }
  const bool grey_first = named_.naming == Naming::lanl;  // its pictures have one channel
  for (const int channels : {settings_.channels.value_or(0), grey_first ? 1 : 3, grey_first ? 3 : 1}) {
    if (channels == 0 || side_for(channels) == 0) continue;
    c.channels = channels;
    c.patch_height = c.patch_width = side_for(channels);
    warn("the patch size is not stored; " + numbers + " taken as " + std::to_string(c.patch_height) + " x " + std::to_string(c.patch_width) + " pixels of " +
         std::to_string(channels) + (channels == 1 ? " channel" : " channels"));
    return;
  }
  reader_.fail(printable(name, 80) + " reads " + numbers + ", which is no square patch of 3 channels or 1; give patch_size and channels in the metadata");
}

void ModelBuilder::read_prefix() {
  if (failed()) return;
  VitConfig& c = config();
  const auto rows = [&](const char* name) { return reader_.has(name) ? reader_.rows(name, c.dim) : 0; };
  const int class_rows = rows("cls_token"), distillation_rows = rows("dist_token");
  c.registers = rows("reg_token");
  if (class_rows > 1 || distillation_rows > 1) {
    return reader_.fail(printable(named_.name_in_file(class_rows > 1 ? "cls_token" : "dist_token"), 80) + " has " + std::to_string(std::max(class_rows, distillation_rows)) +
                        " rows, expected 1");
  }
  c.class_token = class_rows == 1;
  c.distillation_token = distillation_rows == 1;
  c.prefix_tokens = class_rows + distillation_rows + c.registers;
  if (reader_.has("cls_token") && !c.class_token) {
    reader_.ignore("cls_token");
    warn("its class token has no rows; it is run without one");
  }
}

void ModelBuilder::read_sizes() {
  if (failed()) return;
  VitConfig& c = config();
  const std::string dim = std::to_string(c.dim);
  c.depth = reader_.blocks();
  if (c.depth == 0) return reader_.fail("holds no encoder blocks (" + printable(named_.name_in_file("blocks.0.norm1.weight"), 80) + " is missing, expected " + dim + ")");
  if (stores_apart(named_.naming)) {
    attention_width_ = reader_.extents("blocks.0.attn.q.weight", 2, "heads' widths x " + dim)[0];
    c.qkv_bias = reader_.has("blocks.0.attn.q.bias");
  } else {
    const auto qkv = reader_.extents("blocks.0.attn.qkv.weight", 2, "3 heads' widths x " + dim);
    if (qkv[0] % 3 != 0) {
      return reader_.fail(printable(named_.name_in_file("blocks.0.attn.qkv.weight"), 80) + " has " + std::to_string(qkv[0]) +
                          " rows, expected queries, keys and values of equal width");
    }
    attention_width_ = qkv[0] / 3;
    c.qkv_bias = reader_.has("blocks.0.attn.qkv.bias");
  }
  c.mlp_dim = reader_.extents("blocks.0.mlp.fc1.weight", 2, "hidden width x " + dim)[0];
  c.layer_scale = reader_.has("blocks.0.ls1.gamma");
  c.value_skip = settings_.value_skip.value_or(named_.naming == Naming::lanl);
  if (c.value_skip && attention_width_ != c.dim) {
    return reader_.fail("adds values of " + std::to_string(attention_width_) + " numbers to tokens of " + dim + " (attention_v_skip); the two must be equal");
  }
  position_rows_ = reader_.rows("pos_embed", c.dim);
}

void ModelBuilder::read_answer() {
  if (failed()) return;
  VitConfig& c = config();
  c.head_norm = reader_.has("fc_norm.weight");
  c.final_norm = reader_.has("norm.weight") || !c.head_norm;
  c.two_heads = reader_.has("head_dist.weight");
  if (reader_.has("pre_logits.fc.weight")) c.representation = reader_.extents("pre_logits.fc.weight", 2, "representation width x " + std::to_string(c.dim))[0];
  if (!reader_.has("head.weight") && is_drop_pos()) {
    const int classes = settings_.classes.value_or(0);
    c.classes = classes > 0 && classes <= kMostClassesOfZeros ? classes : kClassesOfZeros;
    warn("holds no head, as DropPos's training needs none; a head of zeros answers, for which all " + std::to_string(c.classes) + " classes are equally likely");
    return;
  }
  if (!reader_.has("head.weight")) {
    return reader_.fail("holds no head (" + printable(named_.name_in_file("head.weight"), 80) + " is missing); models that classify work, bare backbones do not");
  }
  c.classes = reader_.extents("head.weight", 2, "classes x " + std::to_string(c.representation > 0 ? c.representation : c.dim))[0];
  if (c.two_heads && (!c.class_token || !c.distillation_token)) reader_.fail("has two heads but not the two tokens that they read (class and distillation token)");
  if (c.two_heads && (c.representation > 0 || c.head_norm)) {
    reader_.fail("has two heads behind " + std::string(c.head_norm ? "a norm after pooling" : "a representation layer") + ", which is not supported");
  }
}

void ModelBuilder::read_pooling() {
  if (failed()) return;
  VitConfig& c = config();
  const std::string mean = named_.naming == Naming::lucidrains || settings_.pool_prefix ? "mean" : "avg";
  if (settings_.pool == "cls") {
    c.pool = "cls";
    if (!c.class_token) {
      c.pool = mean;
      warn("pools the class token but holds none; the mean of its tokens is taken");
    }
  } else if (settings_.pool == "avg" || settings_.pool == "mean" || settings_.pool == "gap") {
    c.pool = mean;
  } else if (settings_.pool) {
    return reader_.fail("pools its tokens by '" + printable(*settings_.pool, 40) + "', which is not supported; the class token (cls or token) and the mean (avg or mean) work");
  } else if (!c.class_token) {
    c.pool = mean;
  } else if (c.head_norm && !reader_.has("norm.weight") && named_.naming == Naming::timm) {
    c.pool = mean;
    warn("the pooling is not stored; the mean of the patches assumed, because fc_norm takes the place of norm");
  } else {
    c.pool = "cls";
    if (named_.naming == Naming::lucidrains) warn("the pooling is not stored; the class token assumed (give pool in the metadata)");
  }
  if (c.two_heads) c.pool = "cls";
}

void ModelBuilder::read_heads() {
  if (failed()) return;
  VitConfig& c = config();
  const std::string width = std::to_string(attention_width_);
  if (named_.heads > 0) {
    c.heads = named_.heads;
  } else if (settings_.heads) {
    c.heads = *settings_.heads;
    if (attention_width_ % c.heads != 0) {
      return reader_.fail("num_heads = " + std::to_string(c.heads) + " does not divide the attention width " + width);
    }
  } else if (settings_.head_width && attention_width_ % *settings_.head_width == 0) {
    c.heads = attention_width_ / *settings_.head_width;
  } else if (has_sixteen_wide_heads(settings_) && attention_width_ % 16 == 0) {
    c.heads = 16;
    warn("the number of heads is not stored; 16 taken from the architecture " + printable(*settings_.architecture, 60));
  } else if (attention_width_ % kConventionalHeadWidth == 0) {
    c.heads = attention_width_ / kConventionalHeadWidth;
    warn("the number of heads is not stored; " + std::to_string(c.heads) + " assumed, each 64 wide (give num_heads in the metadata or in config.json)");
  } else {
    return reader_.fail("the number of heads is not stored and 64 does not divide the attention width " + width + "; give num_heads in the metadata or in config.json");
  }
  c.head_width = attention_width_ / c.heads;
  c.score_scale = settings_.score_scale.value_or(static_cast<float>(1.0 / std::sqrt(static_cast<double>(c.head_width))));
}

void ModelBuilder::read_numbers() {
  const float eps = conventional_eps(named_.naming);
  config().layer_norm_eps = settings_.eps.value_or(eps);
  config().position_resampling = named_.naming == Naming::transformers ? PositionResampling::transformers : PositionResampling::timm;
  const std::string name = settings_.architecture.value_or("");
  const bool known = named_.naming == Naming::flax || (named_.naming == Naming::timm && (name.starts_with("vit_") || name.starts_with("deit")));
  if (!settings_.eps && !known) {
    const char* const text = eps == 1e-12f ? "1e-12" : eps == 1e-5f ? "1e-5" : "1e-6";
    warn("the LayerNorm epsilon is not stored; " + std::string(text) + " assumed");
  }
}

ops::Linear ModelBuilder::read_qkv(const std::string& attention) {
  const VitConfig& c = config();
  if (!stores_apart(named_.naming)) return reader_.take_linear(attention + "qkv", 3 * attention_width_, c.dim, c.qkv_bias);
  Tensor weight({3 * attention_width_, c.dim}), bias = c.qkv_bias ? Tensor({3 * attention_width_}) : Tensor();
  float *next_weight = weight.edit(), *next_bias = bias.edit();
  for (const char* const part : {"q", "k", "v"}) {
    const Tensor one = reader_.take(attention + part + ".weight", {attention_width_, c.dim});
    const Tensor one_bias = c.qkv_bias ? reader_.take(attention + part + ".bias", {attention_width_}) : Tensor();
    if (failed()) return {};
    next_weight = std::copy(one.values().begin(), one.values().end(), next_weight);
    if (c.qkv_bias) next_bias = std::copy(one_bias.values().begin(), one_bias.values().end(), next_bias);
  }
  return {std::move(weight), std::move(bias)};
}

BlockWeights ModelBuilder::read_block(int index) {
  const VitConfig& c = config();
  const std::string block = "blocks." + std::to_string(index) + ".";
  BlockWeights b;
  b.norm1 = reader_.take_norm(block + "norm1", c.dim);
  b.qkv = read_qkv(block + "attn.");
  // lucidrains' attention of one head as wide as a token has no output projection.
  const bool projected = named_.naming != Naming::lucidrains || c.heads > 1 || attention_width_ != c.dim || reader_.has(block + "attn.proj.weight");
  b.proj = projected ? reader_.take_linear(block + "attn.proj", c.dim, attention_width_) : ops::Linear(identity(c.dim), {});
  b.norm2 = reader_.take_norm(block + "norm2", c.dim);
  b.fc1 = reader_.take_linear(block + "mlp.fc1", c.mlp_dim, c.dim);
  b.fc2 = reader_.take_linear(block + "mlp.fc2", c.dim, c.mlp_dim);
  if (c.layer_scale) {
    b.scale1 = reader_.take(block + "ls1.gamma", {c.dim});
    b.scale2 = reader_.take(block + "ls2.gamma", {c.dim});
  }
  return b;
}

void ModelBuilder::read_weights() {
  if (failed()) return;
  const VitConfig& c = config();
  Weights& w = weights();
  const bool flat = named_.naming == Naming::lucidrains || named_.naming == Naming::lanl;
  if (c.stem) {
    Tensor kernel = reader_.take(kStemKernel, {c.stem->channels, c.channels, StemConfig::kKernel, StemConfig::kKernel});
    NormWeights norm = reader_.take_norm("patch_embed.backbone.norm", c.stem->channels);
    if (failed()) return;
    w.stem = stem_weights(*c.stem, std::move(kernel), std::move(norm));
  }
  Tensor patch = reader_.take("patch_embed.proj.weight", flat     ? Shape{c.dim, c.patch_length()}
                                                         : c.stem ? Shape{c.dim, c.stem->channels, c.stem->patch, c.stem->patch}
                                                                  : Shape{c.dim, c.channels, c.patch_height, c.patch_width});
  Tensor patch_bias = reader_.take("patch_embed.proj.bias", {c.dim});
  if (failed()) return;
  w.patch = {std::move(patch), std::move(patch_bias)};
  if (c.patch_norms) {
    w.patch_norm_in = reader_.take_norm("patch_embed.norm_in", c.patch_length());
    w.patch_norm_out = reader_.take_norm("patch_embed.norm_out", c.dim);
  }
  const auto row = [&](const char* name) {
    const Tensor tensor = reader_.take_rows(name, 1, c.dim);
    return failed() ? Tensor() : tensor.reshaped({c.dim});
  };
  if (c.class_token) w.class_token = row("cls_token");
  if (c.distillation_token) w.distillation_token = row("dist_token");
  if (c.registers > 0) w.registers = reader_.take_rows("reg_token", c.registers, c.dim);
  const Tensor position = reader_.take_rows("pos_embed", position_rows_, c.dim);
  if (failed()) return;
  fill_position(position);
  for (int i = 0; i < c.depth && !failed(); ++i) w.blocks.push_back(read_block(i));
  if (c.final_norm) w.norm = reader_.take_norm("norm", c.dim);
  if (c.head_norm) w.head_norm = reader_.take_norm("fc_norm", c.dim);
  if (c.representation > 0) w.pre_logits = reader_.take_linear("pre_logits.fc", c.representation, c.dim);
  const int head_width = c.representation > 0 ? c.representation : c.dim;
  if (!reader_.has("head.weight") && is_drop_pos()) w.head = linear_of_zeros(c.classes, head_width);
  else w.head = reader_.take_linear("head", c.classes, head_width);
  if (c.two_heads) w.head_dist = reader_.take_linear("head_dist", c.classes, c.dim);
}

}  // namespace vitscope
