#include "core/checkpoint/load_t2t.h"

#include <algorithm>
#include <cmath>

#include "core/checkpoint/conventions.h"
#include "core/image/channels.h"
#include "core/model/position.h"
#include "core/text.h"

namespace vitscope {

namespace {

constexpr int kGuessedChannels = 4;
constexpr std::string_view kModule = "tokens_to_token.";

/// Why a model of the family does not run here; empty when it does.
std::string refusal(const WeightReader& reader) {
  if (reader.has("tokens_to_token.soft_split0.weight"))
    return "is a T2T-ViT with convolutions instead of soft splits (tokens_to_token.soft_split0), which is not supported; the kinds with transformers and with performers work";
  if (reader.has("blocks.0.attn.se_layer.fc.0.weight"))
    return "is a T2T-ViT-SE (attn.se_layer in its blocks), which is not supported; the plain backbone works";
  if (reader.has("blocks.0.dense_linear.weight")) return "is a T2T-ViT-Dense (dense_linear in its blocks), which is not supported; the plain backbone works";
  if (reader.has("blocks.0.attn.cheap_operation_q.weight"))
    return "is a T2T-ViT-Ghost (cheap_operation in its blocks), which is not supported; the plain backbone works";
  return "";
}

/// Keys, queries and values [3 e, L], as performers store them, in the order of all other blocks: queries, keys, values.
ops::Linear queries_first(const ops::Linear& kqv, int width) {
  if (kqv.empty()) return {};
  Tensor weight(kqv.weight().shape()), bias(kqv.bias().shape());
  const auto turn = [width](const Tensor& from, Tensor& to) {
    const std::int64_t part = from.size() / from.dim(0) * width;
    std::copy_n(from.data() + part, part, to.edit());
    std::copy_n(from.data(), part, to.edit() + part);
    std::copy_n(from.data() + 2 * part, part, to.edit() + 2 * part);
  };
  turn(kqv.weight(), weight);
  turn(kqv.bias(), bias);
  return {std::move(weight), std::move(bias)};
}

/// Reads one model; the parts run in order and stop at the first failure.
class T2tReader {
 public:
  T2tReader(WeightReader& reader, const ModelSettings& settings, Model& model) : reader_(reader), settings_(settings), model_(model), c_(model.config) {
    lanl_ = reader.has("tokens_to_token.transformer1.attn.qkv.weight");
    performer_ = reader.has("tokens_to_token.attention1.kqv.weight") || reader.has("tokens_to_token.attention1.w");
    backbone_ = lanl_ ? "vit_backbone." : "";
    mlp_ = lanl_ ? "neuralnet" : "mlp";
  }

  void read() {
    if (const std::string why = refusal(reader_); !why.empty()) return reader_.fail(why);
    if (settings_.pool && *settings_.pool != "cls") {
      return reader_.fail("pools its tokens by '" + printable(*settings_.pool, 40) + "', which is not supported for this family; the class token (cls or token) works");
    }
    if (settings_.activation && *settings_.activation != "gelu") {
      return reader_.fail("has the activation '" + printable(*settings_.activation, 40) + "', which is not supported; gelu works");
    }
    sizes();
    windows();
    heads();
    if (!failed()) weights();
    if (!failed()) grid();
  }

 private:
  bool failed() const { return reader_.error().has_value(); }
  void warn(std::string line) { model_.warnings.push_back(std::move(line)); }
  std::string transformer(int i) const { return std::string(kModule) + (lanl_ ? "transformer" : "attention") + std::to_string(i + 1) + "."; }

  void sizes() {
    c_.family = lanl_ ? "lanl-t2t" : "t2t";
    c_.value_skip = lanl_;
    c_.t2t.emplace();
    for (int i = 0; i < 2; ++i) {
      const std::string name = transformer(i) + (performer_ ? "kqv.weight" : "attn.qkv.weight");
      const auto qkv = reader_.extents(name, 2, "3 times the reduced width x window length");
      if (i == 0) inside_ = qkv[0] / 3;
      if (qkv[0] % 3 != 0 || qkv[0] / 3 != inside_)
        return reader_.fail(name + " has " + std::to_string(qkv[0]) + " rows, expected queries, keys and values of equal width");
      lengths_[static_cast<std::size_t>(i)] = qkv[1];
    }
    const auto project = reader_.extents("tokens_to_token.project.weight", 2, "width x window length");
    c_.dim = project[0];
    lengths_[2] = project[1];
    if (performer_) {
      c_.t2t->features = reader_.extents(transformer(0) + "w", 2, "random features x reduced width")[0];
      c_.t2t->hidden = inside_;
      c_.t2t->qkv_bias = true;
    } else {
      c_.t2t->hidden = reader_.extents(transformer(0) + mlp_ + ".fc1.weight", 2, "hidden width x reduced width")[0];
      c_.t2t->qkv_bias = reader_.has(transformer(0) + "attn.qkv.bias");
    }
    c_.depth = reader_.blocks(backbone_ + "blocks.");
    if (c_.depth == 0) return reader_.fail("holds no encoder blocks (" + backbone_ + "blocks.0.norm1.weight is missing)");
    attention_width_ = reader_.extents(backbone_ + "blocks.0.attn.qkv.weight", 2, "3 heads' widths x width")[0] / 3;
    c_.qkv_bias = reader_.has(backbone_ + "blocks.0.attn.qkv.bias");
    c_.mlp_dim = reader_.extents(backbone_ + "blocks.0." + mlp_ + ".fc1.weight", 2, "hidden width x width")[0];
    c_.classes = reader_.extents(backbone_ + "head.weight", 2, "classes x width")[0];
    position_rows_ = reader_.extents(backbone_ + "pos_embed", 3, "1 x tokens x width")[1];
  }

  /// Kernels and channels follow from the lengths of the windows, except for a first window whose length has two explanations.
  void windows() {
    if (failed()) return;
    std::array<int, 3> kernels{};
    for (std::size_t i = 1; i < 3; ++i) {
      kernels[i] = lengths_[i] % inside_ == 0 ? side_of(lengths_[i] / inside_) : 0;
      if (kernels[i] == 0)
        return reader_.fail("the windows of soft split " + std::to_string(i + 1) + " hold " + std::to_string(lengths_[i]) + " numbers, expected " +
                            std::to_string(inside_) + " for each place of a square");
    }
    if (!settings_.kernels.empty()) {
      kernels[0] = settings_.kernels.front();
      for (std::size_t i = 1; i < 3; ++i) {
        if (settings_.kernels.size() != 3 || settings_.kernels[i] != kernels[i])
          return reader_.fail("softsplit_kernels in the metadata do not fit the tensors, whose windows are " + std::to_string(kernels[1]) + " and " +
                              std::to_string(kernels[2]) + " wide");
      }
    } else if (lengths_[0] % 49 == 0 && lengths_[0] / 49 <= kGuessedChannels) {
      kernels[0] = 7;
    } else {
      kernels[0] = side_of(lengths_[0]) > 0 ? side_of(lengths_[0]) : lengths_[0] % 3 == 0 ? side_of(lengths_[0] / 3) : 0;
    }
    const int area = kernels[0] * kernels[0];
    if (kernels[0] < 1 || lengths_[0] % area != 0 || lengths_[0] / area > (settings_.kernels.empty() ? kGuessedChannels : kMostChannels)) {
      return reader_.fail("the windows of soft split 1 hold " + std::to_string(lengths_[0]) +
                          " numbers, which is no square window of 1 to 4 channels; give softsplit_kernels in the metadata");
    }
    c_.channels = lengths_[0] / area;
    if (settings_.kernels.empty() && kernels[0] != 7)
      warn("the window of the first soft split is not stored; " + size_text(kernels[0], kernels[0]) + " assumed");
    for (std::size_t i = 0; i < 3; ++i) sizes_[i] = lanl_split(kernels[i]);
  }

  void heads() {
    if (failed()) return;
    T2tConfig& t2t = *c_.t2t;
    if (settings_.heads) {
      c_.heads = *settings_.heads;
    } else {
      c_.heads = lanl_ ? 1 : attention_width_ % kConventionalHeadWidth == 0 ? std::max(1, attention_width_ / kConventionalHeadWidth) : 1;
      warn("the number of heads is not stored; " + std::to_string(c_.heads) + " assumed (give num_heads in the metadata or in config.json)");
    }
    t2t.heads = lanl_ ? c_.heads : 1;
    if (attention_width_ % c_.heads != 0)
      return reader_.fail("num_heads = " + std::to_string(c_.heads) + " does not divide the attention width " + std::to_string(attention_width_));
    if (inside_ % t2t.heads != 0)
      return reader_.fail("num_heads = " + std::to_string(t2t.heads) + " does not divide the width " + std::to_string(inside_) + " of the token transformers");
    c_.head_width = attention_width_ / c_.heads;
    t2t.head_width = inside_ / t2t.heads;
    c_.layer_norm_eps = settings_.eps.value_or(1e-5f);
    if (!settings_.eps) warn("the LayerNorm epsilon is not stored; 1e-5 assumed");
    scales();
  }

  void scales() {
    const auto root = [](int n) { return static_cast<float>(1.0 / std::sqrt(static_cast<double>(n))); };
    T2tConfig& t2t = *c_.t2t;
    for (std::size_t i = 0; i < 2 && !performer_; ++i) {
      // The authors' token transformers divide by the root of the wide input, LANL's by that of a head.
      t2t.score_scale[i] = lanl_ ? settings_.score_scale.value_or(root(t2t.head_width)) : root(lengths_[i]);
    }
    if (settings_.score_scale) {
      c_.score_scale = *settings_.score_scale;
    } else if (lanl_ || settings_.heads) {
      c_.score_scale = root(c_.head_width);
    } else {
      c_.score_scale = root(c_.dim);
      warn("the scale of the scores is not stored; " + std::to_string(c_.dim) +
           "^-0.5 taken, as the authors' code sets it for published weights (qk_scale in the metadata says otherwise)");
    }
  }

  BlockWeights block(const std::string& name, int in, int width, int attention, int hidden, bool bias) {
    BlockWeights b;
    b.norm1 = reader_.take_norm(name + "norm1", in);
    b.qkv = reader_.take_linear(name + "attn.qkv", 3 * attention, in, bias);
    b.proj = reader_.take_linear(name + "attn.proj", width, attention);
    b.norm2 = reader_.take_norm(name + "norm2", width);
    b.fc1 = reader_.take_linear(name + mlp_ + ".fc1", hidden, width);
    b.fc2 = reader_.take_linear(name + mlp_ + ".fc2", width, hidden);
    return b;
  }

  BlockWeights performer(const std::string& name, int in) {
    BlockWeights b;
    b.norm1 = reader_.take_norm(name + "norm1", in);
    b.qkv = queries_first(reader_.take_linear(name + "kqv", 3 * inside_, in), inside_);
    b.features = {reader_.take(name + "w", {c_.t2t->features, inside_}), {}};
    b.proj = reader_.take_linear(name + "proj", inside_, inside_);
    b.norm2 = reader_.take_norm(name + "norm2", inside_);
    b.fc1 = reader_.take_linear(name + "mlp.0", inside_, inside_);
    b.fc2 = reader_.take_linear(name + "mlp.2", inside_, inside_);
    return b;
  }

  void weights() {
    Weights& w = model_.weights;
    for (int i = 0; i < 2 && !failed() && performer_; ++i) w.token_transformers.push_back(performer(transformer(i), lengths_[static_cast<std::size_t>(i)]));
    for (int i = 0; i < 2 && !failed() && !performer_; ++i)
      w.token_transformers.push_back(block(transformer(i), lengths_[static_cast<std::size_t>(i)], inside_, inside_, c_.t2t->hidden, c_.t2t->qkv_bias));
    w.patch = reader_.take_linear("tokens_to_token.project", c_.dim, lengths_[2]);
    const Tensor class_token = reader_.take(backbone_ + "cls_token", {1, 1, c_.dim});
    const Tensor position = reader_.take(backbone_ + "pos_embed", {1, position_rows_, c_.dim});
    if (failed()) return;
    w.class_token = class_token.reshaped({c_.dim});
    w.stored_position = position.reshaped({position_rows_, c_.dim});
    for (int i = 0; i < c_.depth && !failed(); ++i)
      w.blocks.push_back(block(backbone_ + "blocks." + std::to_string(i) + ".", c_.dim, c_.dim, attention_width_, c_.mlp_dim, c_.qkv_bias));
    w.norm = reader_.take_norm(backbone_ + "norm", c_.dim);
    w.head = reader_.take_linear(backbone_ + "head", c_.classes, c_.dim);
  }

  /// The picture that the table of positions was made for.
  void grid() {
    const int patches = position_rows_ - 1, side = side_of(patches);
    int stride = 1;
    for (const SplitSizes& s : sizes_) stride *= s.stride;
    if (settings_.image_size) {
      c_.image_height = settings_.image_size->height;
      c_.image_width = settings_.image_size->width;
    } else if (side > 0 && std::int64_t{side} * stride <= kMaxInputSide) {
      c_.image_height = c_.image_width = side * stride;
      warn("the picture size is not stored; " + size_text(c_.image_height, c_.image_width) + " assumed, which makes " + size_text(side, side) + " tokens");
    } else {
      return reader_.fail("pos_embed has " + std::to_string(position_rows_) +
                          " rows, which is no square number and one more; give the picture size (img_size) in the metadata or in config.json");
    }
    std::string why;
    const auto splits = soft_splits(c_.channels, c_.image_height, c_.image_width, inside_, sizes_, why);
    if (!splits) return reader_.fail(why);
    c_.t2t->splits = *splits;
    const SoftSplit& last = c_.t2t->splits[2];
    if (last.windows() != patches) {
      return reader_.fail("pos_embed has " + std::to_string(position_rows_) + " rows, expected " + std::to_string(last.windows() + 1) + " for pictures of " +
                          size_text(c_.image_height, c_.image_width));
    }
    c_.grid = PatchGrid::shared(c_.image_height, c_.image_width, last.rows, last.columns, 1);
    if (const auto off = input_size_refusal(c_.grid)) return reader_.fail(*off);
    c_.patch_height = c_.grid.patch_height();
    c_.patch_width = c_.grid.patch_width();
    Weights& w = model_.weights;
    w.stored_rows = last.rows;
    w.stored_columns = last.columns;
    w.position = w.stored_position;
  }

  WeightReader& reader_;
  const ModelSettings& settings_;
  Model& model_;
  VitConfig& c_;
  bool lanl_ = false, performer_ = false;
  std::string backbone_, mlp_;
  int inside_ = 1, attention_width_ = 1, position_rows_ = 0;
  std::array<int, 3> lengths_{1, 1, 1};
  std::array<SplitSizes, 3> sizes_;
};

}  // namespace

std::optional<std::string> t2t_prefix(const TensorFile& file) {
  std::optional<std::string> prefix;
  for (const auto& [name, tensor] : file.tensors) {
    const auto at = name.find(kModule);
    if (at == std::string::npos || (at > 0 && name[at - 1] != '.')) continue;
    if (!prefix || at < prefix->size()) prefix = name.substr(0, at);
  }
  return prefix;
}

void read_t2t(WeightReader& reader, const ModelSettings& settings, Model& model) { T2tReader(reader, settings, model).read(); }

}  // namespace vitscope
