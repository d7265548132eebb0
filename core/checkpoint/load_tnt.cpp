#include "core/checkpoint/load_tnt.h"

#include <algorithm>
#include <cmath>

#include "core/checkpoint/conventions.h"
#include "core/image/channels.h"
#include "core/model/position.h"
#include "core/text.h"

namespace vitscope {

namespace {

constexpr int kConventionalStride = 4, kMaxKernel = 255, kMaxWords = 4096;

/// What the two codes call the same things.
struct Names {
  std::string words, word_position, position, fold_norm1, fold_norm2, inner_norm1, inner_attention, inner_norm2, inner_mlp, norm1, attention, norm2, mlp;
};
const Names kTimmNames{"pixel_embed.proj", "pixel_pos", "patch_pos", "norm1_proj", "norm2_proj", "norm_in", "attn_in",
                  "norm_mlp_in",      "mlp_in",    "norm_out",  "attn_out",   "norm_mlp",   "mlp"};
const Names kHuaweiNames{"patch_embed.proj", "inner_pos", "outer_pos",   "proj_norm1", "proj_norm2",  "inner_norm1", "inner_attn",
                    "inner_norm2",      "inner_mlp", "outer_norm1", "outer_attn", "outer_norm2", "outer_mlp"};

/// Two linear layers with the same input as one: first the outputs of `a`, then those of `b`.
ops::Linear stacked(const ops::Linear& a, const ops::Linear& b) {
  const auto joined = [](const Tensor& x, const Tensor& y, Shape shape) {
    Tensor both(shape);
    std::copy_n(y.data(), y.size(), std::copy_n(x.data(), x.size(), both.edit()));
    return both;
  };
  const int out = a.out() + b.out();
  return {joined(a.weight(), b.weight(), {out, a.in()}), a.bias().empty() ? Tensor() : joined(a.bias(), b.bias(), {out})};
}

/// Reads one model; the parts run in order and stop at the first failure.
class TntReader {
 public:
  TntReader(WeightReader& reader, const ModelSettings& settings, Model& model)
      : reader_(reader), settings_(settings), model_(model), c_(model.config), huawei_(!reader.has("pixel_embed.proj.weight")), n_(huawei_ ? kHuaweiNames : kTimmNames) {}

  void read() {
    if (reader_.has("blocks.0.se_layer.fc.0.weight"))
      return reader_.fail("is a TNT with squeeze and excitation (blocks.0.se_layer), which is not supported; the plain TNT works");
    if (settings_.pool && *settings_.pool != "cls") {
      return reader_.fail("pools its tokens by '" + printable(*settings_.pool, 40) + "', which is not supported for this family; the class token (cls or token) works");
    }
    if (settings_.activation && *settings_.activation != "gelu") {
      return reader_.fail("has the activation '" + printable(*settings_.activation, 40) + "', which is not supported; gelu works");
    }
    sizes();
    if (!failed()) words();
    if (!failed()) heads();
    if (!failed()) weights();
    if (!failed()) grid();
  }

 private:
  bool failed() const { return reader_.error().has_value(); }
  void warn(std::string line) { model_.warnings.push_back(std::move(line)); }

  void sizes() {
    c_.family = huawei_ ? "tnt-huawei" : "tnt-timm";
    c_.tnt.emplace();
    const auto kernel = reader_.extents(n_.words + ".weight", 4, "word width x channels x kernel x kernel");
    word_width_ = kernel[0];
    c_.channels = c_.tnt->channels = kernel[1];
    c_.tnt->kernel = kernel[2];
    if (failed()) return;
    if (kernel[2] != kernel[3] || kernel[2] % 2 == 0 || kernel[2] > kMaxKernel)
      return reader_.fail(n_.words + ".weight has a kernel of " + size_text(kernel[2], kernel[3]) + ", expected a square one of odd side");
    if (c_.channels > kMostChannels)
      return reader_.fail("takes pictures of " + std::to_string(c_.channels) + " channels; 1 to " + std::to_string(kMostChannels) + " work");
    c_.tnt->padding = kernel[2] / 2;
    c_.dim = reader_.extents("proj.weight", 2, "width x joined words")[0];
    c_.depth = reader_.blocks("blocks.");
    c_.mlp_dim = reader_.extents("blocks.0." + n_.mlp + ".fc1.weight", 2, "hidden width x width")[0];
    c_.tnt->hidden = reader_.extents("blocks.0." + n_.inner_mlp + ".fc1.weight", 2, "hidden width x word width")[0];
    c_.classes = reader_.extents("head.weight", 2, "classes x width")[0];
    position_rows_ = reader_.extents(n_.position, 3, "1 x tokens x width")[1];
    c_.qkv_bias = reader_.has("blocks.0." + n_.attention + ".qk.bias");
    both_norms_ = reader_.has("blocks.0." + n_.fold_norm2 + ".weight");
    c_.tnt->whole_picture = c_.tnt->fold_words_apart = !both_norms_;
  }

  /// Words of a patch, and with their stride the side of a patch.
  void words() {
    TntConfig& tnt = *c_.tnt;
    if (huawei_) {
      const int count = reader_.extents(n_.word_position, 3, "1 x words x word width")[1];
      tnt.word_rows = tnt.word_columns = side_of(count);
      if (!failed() && tnt.word_rows == 0) return reader_.fail(n_.word_position + " has " + std::to_string(count) + " words, which is no square number");
    } else {
      const auto place = reader_.extents(n_.word_position, 4, "1 x word width x rows x columns");
      tnt.word_rows = place[2];
      tnt.word_columns = place[3];
    }
    if (failed()) return;
    if (std::int64_t{tnt.word_rows} * tnt.word_columns > kMaxWords) return reader_.fail("has more than " + std::to_string(kMaxWords) + " words in a patch");
    if (settings_.inner_stride) {
      tnt.stride = *settings_.inner_stride;
    } else if (settings_.patch_size) {
      tnt.stride = std::max(1, settings_.patch_size->height / tnt.word_rows);
    } else {
      tnt.stride = kConventionalStride;
      warn("the distance of the words is not stored; " + std::to_string(tnt.stride) + " pixels assumed (give inner_stride or patch_size in the metadata)");
    }
    c_.patch_height = settings_.patch_size ? settings_.patch_size->height : tnt.word_rows * tnt.stride;
    c_.patch_width = settings_.patch_size ? settings_.patch_size->width : tnt.word_columns * tnt.stride;
    const auto fits = [&](int patch, int count) {
      return (patch + tnt.stride - 1) / tnt.stride == count && (!tnt.whole_picture || patch == count * tnt.stride);
    };
    if (!fits(c_.patch_height, tnt.word_rows) || !fits(c_.patch_width, tnt.word_columns)) {
      reader_.fail("patches of " + size_text(c_.patch_height, c_.patch_width) + " pixels have no " + size_text(tnt.word_rows, tnt.word_columns) + " words " +
                   std::to_string(tnt.stride) + " pixels apart");
    }
  }

  void heads() {
    const auto root = [](int n) { return static_cast<float>(1.0 / std::sqrt(static_cast<double>(n))); };
    TntConfig& tnt = *c_.tnt;
    if (settings_.heads) {
      c_.heads = *settings_.heads;
    } else {
      c_.heads = std::max(1, c_.dim / kConventionalHeadWidth);
      warn("the number of heads is not stored; " + std::to_string(c_.heads) + " assumed (give num_heads in the metadata or in config.json)");
    }
    if (settings_.heads_inner) {
      tnt.heads = *settings_.heads_inner;
    } else {
      tnt.heads = word_width_ < 24 ? 2 : 4;  // TNT-Ti has 2, TNT-S and TNT-B have 4
      warn("the number of inner heads is not stored; " + std::to_string(tnt.heads) + " assumed (give num_heads_inner in the metadata)");
    }
    if (c_.dim % c_.heads != 0) return reader_.fail("num_heads = " + std::to_string(c_.heads) + " does not divide the width " + std::to_string(c_.dim));
    if (word_width_ % tnt.heads != 0)
      return reader_.fail("num_heads_inner = " + std::to_string(tnt.heads) + " does not divide the word width " + std::to_string(word_width_));
    c_.head_width = c_.dim / c_.heads;
    tnt.head_width = word_width_ / tnt.heads;
    c_.score_scale = settings_.score_scale.value_or(root(c_.head_width));
    tnt.score_scale = settings_.score_scale.value_or(root(tnt.head_width));
    c_.layer_norm_eps = settings_.eps.value_or(1e-5f);
    if (!settings_.eps) warn("the LayerNorm epsilon is not stored; 1e-5 assumed");
  }

  BlockWeights block(const std::string& norm1, const std::string& attention, const std::string& norm2, const std::string& mlp, int width, int hidden) {
    BlockWeights b;
    b.norm1 = reader_.take_norm(norm1, width);
    const ops::Linear qk = reader_.take_linear(attention + ".qk", 2 * width, width, c_.qkv_bias),
                      v = reader_.take_linear(attention + ".v", width, width, c_.qkv_bias);
    if (failed()) return b;
    b.qkv = stacked(qk, v);
    b.proj = reader_.take_linear(attention + ".proj", width, width);
    b.norm2 = reader_.take_norm(norm2, width);
    b.fc1 = reader_.take_linear(mlp + ".fc1", hidden, width);
    b.fc2 = reader_.take_linear(mlp + ".fc2", width, hidden);
    return b;
  }

  FoldWeights fold(const std::string& front, bool first) {
    const TntConfig& tnt = *c_.tnt;
    const int joined = tnt.words() * word_width_;
    FoldWeights f;
    f.norm1 = reader_.take_norm(front + n_.fold_norm1, !first && tnt.fold_words_apart ? word_width_ : joined);
    f.proj = reader_.take_linear(front + "proj", c_.dim, joined, first || !both_norms_);
    if (first || both_norms_) f.norm2 = reader_.take_norm(front + n_.fold_norm2, c_.dim);
    return f;
  }

  void weights() {
    const TntConfig& tnt = *c_.tnt;
    Weights& w = model_.weights;
    Tensor kernel = reader_.take(n_.words + ".weight", {word_width_, c_.channels, tnt.kernel, tnt.kernel}),
           bias = reader_.take(n_.words + ".bias", {word_width_});
    const Tensor place = huawei_ ? reader_.take(n_.word_position, {1, tnt.words(), word_width_})
                                 : reader_.take(n_.word_position, {1, word_width_, tnt.word_rows, tnt.word_columns});
    const Tensor class_token = reader_.take("cls_token", {1, 1, c_.dim}), position = reader_.take(n_.position, {1, position_rows_, c_.dim});
    if (failed()) return;
    w.tnt.words = {std::move(kernel), std::move(bias)};
    w.tnt.word_position = huawei_ ? place.reshaped({tnt.words(), word_width_}) : by_word(place.reshaped({word_width_, tnt.words()}));
    w.class_token = class_token.reshaped({c_.dim});
    w.stored_position = position.reshaped({position_rows_, c_.dim});
    w.tnt.fold_in = fold("", true);
    for (int i = 0; i < c_.depth && !failed(); ++i) {
      const std::string front = "blocks." + std::to_string(i) + ".";
      w.tnt.inner.push_back(block(front + n_.inner_norm1, front + n_.inner_attention, front + n_.inner_norm2, front + n_.inner_mlp, word_width_, tnt.hidden));
      w.tnt.folds.push_back(fold(front, false));
      w.blocks.push_back(block(front + n_.norm1, front + n_.attention, front + n_.norm2, front + n_.mlp, c_.dim, c_.mlp_dim));
    }
    w.norm = reader_.take_norm("norm", c_.dim);
    w.head = reader_.take_linear("head", c_.classes, c_.dim);
  }

  /// [c, m] to [m, c].
  static Tensor by_word(const Tensor& by_number) {
    Tensor table({by_number.dim(1), by_number.dim(0)});
    float* next = table.edit();
    for (int word = 0; word < by_number.dim(1); ++word) {
      for (int number = 0; number < by_number.dim(0); ++number) *next++ = by_number.at(number, word);
    }
    return table;
  }

  void grid() {
    const int patches = position_rows_ - 1, side = side_of(patches);
    if (settings_.image_size) {
      c_.image_height = settings_.image_size->height;
      c_.image_width = settings_.image_size->width;
    } else if (side > 0 && std::int64_t{side} * std::max(c_.patch_height, c_.patch_width) <= kMaxInputSide) {
      c_.image_height = side * c_.patch_height;
      c_.image_width = side * c_.patch_width;
      warn("the picture size is not stored; the position table is taken as " + size_text(side, side) + " patches");
    } else {
      return reader_.fail(n_.position + " has " + std::to_string(position_rows_) +
                          " rows, which is no square number and one more; give the picture size (img_size) in the metadata or in config.json");
    }
    const auto made = PatchGrid::make(c_.image_height, c_.image_width, c_.patch_height, c_.patch_width, 1);
    if (const auto* refusal = std::get_if<GridRefusal>(&made)) return reader_.fail("the stored picture size does not fit the patches: " + refusal->text());
    c_.grid = std::get<PatchGrid>(made);
    if (c_.grid.tokens() != position_rows_) {
      return reader_.fail(n_.position + " has " + std::to_string(position_rows_) + " rows, expected " + std::to_string(c_.grid.tokens()) + " for pictures of " +
                          size_text(c_.image_height, c_.image_width));
    }
    if (const auto off = input_size_refusal(c_.grid)) return reader_.fail(*off);
    Weights& w = model_.weights;
    w.stored_rows = c_.grid.rows();
    w.stored_columns = c_.grid.columns();
    w.position = w.stored_position;
  }

  WeightReader& reader_;
  const ModelSettings& settings_;
  Model& model_;
  VitConfig& c_;
  bool huawei_, both_norms_ = true;
  const Names& n_;
  int word_width_ = 1, position_rows_ = 0;
};

}  // namespace

std::optional<std::string> tnt_prefix(const TensorFile& file) {
  for (const std::string_view anchor : {"blocks.0.attn_in.qk.weight", "blocks.0.inner_attn.qk.weight"}) {
    for (const auto& [name, tensor] : file.tensors) {
      if (!name.ends_with(anchor)) continue;
      const std::string front = name.substr(0, name.size() - anchor.size());
      if (front.empty() || front.back() == '.') return front;
    }
  }
  return std::nullopt;
}

void read_tnt(WeightReader& reader, const ModelSettings& settings, Model& model) { TntReader(reader, settings, model).read(); }

}  // namespace vitscope
