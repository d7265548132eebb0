// A checkpoint under timm's names to a model ready to run.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <new>

#include "core/checkpoint/families.h"
#include "core/checkpoint/load_t2t.h"
#include "core/checkpoint/load_tnt.h"
#include "core/checkpoint/settings.h"
#include "core/checkpoint/tensor_file.h"
#include "core/checkpoint/weight_reader.h"
#include "core/files.h"
#include "core/model/position.h"
#include "core/text.h"

namespace vitscope {

namespace {

constexpr int kConventionalHeadWidth = 64;
constexpr int kMaxChannels = 4;
constexpr std::uint64_t kMaxConfig = std::uint64_t{16} << 20;

std::string size_text(int height, int width) { return std::to_string(height) + " x " + std::to_string(width); }

/// timm's architectures whose heads are not 64 wide all have 16 of them.
bool has_sixteen_wide_heads(const ModelSettings& settings) {
  const std::string name = settings.architecture.value_or("");
  return name.find("_huge") != std::string::npos || name.find("_giant") != std::string::npos || name.find("_gigantic") != std::string::npos;
}

/// Builds one model; the parts run in order and stop at the first failure.
class Builder {
 public:
  Builder(const TensorFile& file, std::string prefix, ModelSettings settings, std::vector<std::string> warnings)
      : settings_(std::move(settings)), reader_(file, std::move(prefix)), model_(std::make_shared<Model>()) {
    model_->warnings = std::move(warnings);
    model_->metadata = file.metadata;
  }

  /// `read_family` reads architecture and weights of models that are no plain ViT; null for a plain one.
  Result<std::shared_ptr<Model>> build(void (*read_family)(WeightReader&, const ModelSettings&, Model&)) {
    if (read_family) {
      read_family(reader_, settings_, *model_);
    } else {
      refuse_other_computations();
      read_sizes();
      read_heads();
      read_numbers();
      read_weights();
      read_grid();
    }
    read_preprocessing();
    read_labels();
    compare_with_settings();
    if (reader_.error()) return *reader_.error();
    model_->parameters = reader_.parameters();
    for (std::string& line : reader_.warnings()) warn(std::move(line));
    return std::move(model_);
  }

 private:
  VitConfig& config() { return model_->config; }
  Weights& weights() { return model_->weights; }
  bool failed() const { return reader_.error().has_value(); }
  void warn(std::string line) { model_->warnings.push_back(std::move(line)); }

  void refuse_other_computations() {
    if (settings_.pool && *settings_.pool != "cls") {
      reader_.fail("pools its tokens by '" + printable(*settings_.pool, 40) + "', which is not supported; the class token (cls or token) works");
    }
    if (settings_.activation && *settings_.activation != "gelu") {
      reader_.fail("has the activation '" + printable(*settings_.activation, 40) + "', which is not supported; gelu works");
    }
    if (settings_.value_skip) reader_.fail("adds the values once more inside the attention (attention_v_skip), which is not supported");
  }

  void read_sizes() {
    const auto patch = reader_.extents("patch_embed.proj.weight", 4, "width x channels x patch height x patch width");
    config().dim = patch[0];
    config().channels = patch[1];
    config().patch_height = patch[2];
    config().patch_width = patch[3];
    if (config().channels > kMaxChannels) {
      reader_.fail("takes pictures of " + std::to_string(config().channels) + " channels; 1 to " + std::to_string(kMaxChannels) + " work");
    }
    const std::string dim = std::to_string(config().dim);
    config().depth = reader_.blocks();
    if (config().depth == 0) reader_.fail("holds no encoder blocks (blocks.0.norm1.weight is missing, expected " + dim + ")");
    const auto qkv = reader_.extents("blocks.0.attn.qkv.weight", 2, "3 heads' widths x " + dim);
    if (qkv[0] % 3 != 0) reader_.fail("blocks.0.attn.qkv.weight has " + std::to_string(qkv[0]) + " rows, expected queries, keys and values of equal width");
    attention_width_ = qkv[0] / 3;
    config().qkv_bias = reader_.has("blocks.0.attn.qkv.bias");
    config().mlp_dim = reader_.extents("blocks.0.mlp.fc1.weight", 2, "hidden width x " + dim)[0];
    config().classes = reader_.extents("head.weight", 2, "classes x " + dim)[0];
    position_rows_ = reader_.extents("pos_embed", 3, "1 x tokens x " + dim)[1];
  }

  void read_heads() {
    if (failed()) return;
    const std::string width = std::to_string(attention_width_);
    if (settings_.heads) {
      config().heads = *settings_.heads;
      if (attention_width_ % config().heads != 0) {
        reader_.fail("num_heads = " + std::to_string(config().heads) + " does not divide the attention width " + width);
        return;
      }
    } else if (has_sixteen_wide_heads(settings_) && attention_width_ % 16 == 0) {
      config().heads = 16;
      warn("the number of heads is not stored; 16 taken from the architecture " + printable(*settings_.architecture, 60));
    } else if (attention_width_ % kConventionalHeadWidth == 0) {
      config().heads = attention_width_ / kConventionalHeadWidth;
      warn("the number of heads is not stored; " + std::to_string(config().heads) +
           " assumed, each 64 wide (give num_heads in the metadata or in config.json)");
    } else {
      reader_.fail("the number of heads is not stored and 64 does not divide the attention width " + width +
                   "; give num_heads in the metadata or in config.json");
      return;
    }
    config().head_width = attention_width_ / config().heads;
    config().score_scale = settings_.score_scale.value_or(static_cast<float>(1.0 / std::sqrt(static_cast<double>(config().head_width))));
  }

  void read_numbers() {
    config().layer_norm_eps = settings_.eps.value_or(1e-6f);
    const std::string name = settings_.architecture.value_or("");
    if (!settings_.eps && !name.starts_with("vit_") && !name.starts_with("deit")) warn("the LayerNorm epsilon is not stored; 1e-6 assumed");
  }

  void read_weights() {
    const VitConfig& c = config();
    const int dim = c.dim;
    Tensor patch = reader_.take("patch_embed.proj.weight", {dim, c.channels, c.patch_height, c.patch_width});
    Tensor patch_bias = reader_.take("patch_embed.proj.bias", {dim});
    if (failed()) return;
    weights().patch = {std::move(patch), std::move(patch_bias)};
    const Tensor class_token = reader_.take("cls_token", {1, 1, dim});
    const Tensor position = reader_.take("pos_embed", {1, position_rows_, dim});
    if (failed()) return;
    weights().class_token = class_token.reshaped({dim});
    weights().stored_position = position.reshaped({position_rows_, dim});
    for (int i = 0; i < c.depth && !failed(); ++i) {
      const std::string block = "blocks." + std::to_string(i) + ".";
      BlockWeights b;
      b.norm1 = reader_.take_norm(block + "norm1", dim);
      b.qkv = reader_.take_linear(block + "attn.qkv", 3 * attention_width_, dim, c.qkv_bias);
      b.proj = reader_.take_linear(block + "attn.proj", dim, attention_width_);
      b.norm2 = reader_.take_norm(block + "norm2", dim);
      b.fc1 = reader_.take_linear(block + "mlp.fc1", c.mlp_dim, dim);
      b.fc2 = reader_.take_linear(block + "mlp.fc2", dim, c.mlp_dim);
      weights().blocks.push_back(std::move(b));
    }
    weights().norm = reader_.take_norm("norm", dim);
    weights().head = reader_.take_linear("head", c.classes, dim);
  }

  /// The grid that the position table is stored for, and with it the size of the input.
  void read_grid() {
    if (failed()) return;
    VitConfig& c = config();
    const int patches = position_rows_ - c.prefix_tokens;
    const int side = static_cast<int>(std::lround(std::sqrt(std::max(patches, 0))));
    const bool square = patches > 0 && side * side == patches;
    const std::string rows = "pos_embed has " + std::to_string(position_rows_) + " rows";
    bool stated = false;
    if (const auto size = settings_.image_size) {
      const auto grid = PatchGrid::make(size->height, size->width, c.patch_height, c.patch_width, c.prefix_tokens);
      if (const auto* refusal = std::get_if<GridRefusal>(&grid)) return reader_.fail("the stored picture size does not fit the patches: " + refusal->text());
      c.grid = std::get<PatchGrid>(grid);
      stated = c.grid.patches() == patches;
      if (!stated && c.grid.patches() == position_rows_) {
        return reader_.fail(rows + ", one for each patch and none for the class token (no_embed_class), which is not supported; expected " +
                            std::to_string(position_rows_ + 1));
      }
      const std::string mismatch = rows + ", expected " + std::to_string(c.grid.tokens()) + " for pictures of " + size_text(size->height, size->width);
      if (!stated && !square) return reader_.fail(mismatch);
      if (!stated) warn(mismatch + "; taken as " + size_text(side, side) + " patches and a class token");
    } else if (!square) {
      return reader_.fail(rows + ", which is no square number and one more; give the picture size (img_size) in the metadata or in config.json");
    } else {
      warn("the picture size is not stored; the position table is taken as " + size_text(side, side) + " patches");
    }
    if (!stated) {
      const std::int64_t height = std::int64_t{side} * c.patch_height, width = std::int64_t{side} * c.patch_width;
      if (std::max(height, width) > kMaxInputSide) return reader_.fail("its input would have sides beyond " + std::to_string(kMaxInputSide) + " pixels");
      c.grid = std::get<PatchGrid>(PatchGrid::make(static_cast<int>(height), static_cast<int>(width), c.patch_height, c.patch_width, c.prefix_tokens));
    }
    if (const auto off = input_size_refusal(c.grid)) return reader_.fail(*off);
    c.image_height = c.grid.rows() * c.patch_height;
    c.image_width = c.grid.columns() * c.patch_width;
    weights().stored_rows = c.grid.rows();
    weights().stored_columns = c.grid.columns();
    weights().position = weights().stored_position;
  }

  void read_preprocessing() {
    PreprocessSpec& spec = model_->preprocess;
    spec.height = config().image_height;
    spec.width = config().image_width;
    spec.channels = config().channels;
    spec.crop_fraction = settings_.crop_fraction.value_or(1.0);
    if (settings_.resize_mode == "stretch") spec.mode = ResizeMode::stretch;
    if (settings_.resize_mode == "pad") spec.mode = ResizeMode::pad;
    if (!settings_.mean || !settings_.std) warn("mean and standard deviation of its pictures are not stored; 0.5 assumed");
    fill(settings_.mean, spec.mean, "mean");
    fill(settings_.std, spec.std, "std");
    if (settings_.interpolation && *settings_.interpolation != "bicubic") {
      warn("was made for " + printable(*settings_.interpolation, 40) + " resizing; pictures are resized bicubically");
    }
  }
  void fill(const std::optional<std::vector<float>>& from, std::array<float, 4>& to, const char* name) {
    if (!from) return;
    if (from->size() != 1 && from->size() != static_cast<std::size_t>(config().channels)) {
      return reader_.fail(std::string(name) + " has " + std::to_string(from->size()) + " numbers, expected " + std::to_string(config().channels) +
                          ", one for each channel");
    }
    for (std::size_t c = 0; c < to.size(); ++c) to[c] = (*from)[std::min(c, from->size() - 1)];
  }

  void read_labels() {
    if (settings_.labels.empty()) return;
    if (static_cast<int>(settings_.labels.size()) == config().classes) {
      model_->labels = std::move(settings_.labels);
    } else {
      warn("names " + std::to_string(settings_.labels.size()) + " classes but has " + std::to_string(config().classes) + "; the names are not used");
    }
  }

  /// Shapes decide; what the settings say otherwise is worth a word.
  void compare_with_settings() {
    const auto compare = [&](const char* what, const std::optional<int>& said, int found) {
      if (said && *said != found) warn(std::string(what) + " is stored as " + std::to_string(*said) + ", but the tensors say " + std::to_string(found));
    };
    if (config().patch_height == config().patch_width && !config().t2t) compare("the patch size", settings_.patch_size, config().patch_height);
    compare("the number of classes", settings_.classes, config().classes);
    compare("the width", settings_.width, config().dim);
    compare("the number of blocks", settings_.depth, config().depth);
  }

  ModelSettings settings_;
  WeightReader reader_;
  std::shared_ptr<Model> model_;
  int attention_width_ = 0, position_rows_ = 0;
};

/// File name without folders and extension.
std::string stem(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  const auto dot = name.rfind('.');
  return dot == std::string::npos || dot == 0 ? name : name.substr(0, dot);
}

Result<std::shared_ptr<Model>> build(const TensorFile& file, const std::string& config_json, std::vector<std::string> warnings) {
  const auto t2t = t2t_prefix(file), tnt = tnt_prefix(file);
  if (!t2t && !tnt) {
    if (const auto reason = unsupported_reason(file)) return Error{printable(file.path) + ": " + *reason};
  }
  auto settings = read_settings(file.metadata, config_json, warnings);
  if (!settings) return Error{printable(file.path) + ": " + settings.error().text};
  const std::string prefix = t2t ? *t2t : tnt ? *tnt : *timm_prefix(file);
  auto model = Builder(file, prefix, std::move(*settings), std::move(warnings)).build(t2t ? read_t2t : tnt ? read_tnt : nullptr);
  if (model) (*model)->name = printable(stem(file.path));
  return model;
}

}  // namespace

Result<ModelPtr> load_model(const std::string& path) try {
  const auto file = read_safetensors(path);
  if (!file) return file.error();
  std::string config_json;
  std::vector<std::string> warnings;
  const std::string beside = path.substr(0, path.rfind('/') + 1) + "config.json";
  std::error_code ignored;
  if (std::filesystem::exists(beside, ignored)) {
    const auto config = read_file(beside, kMaxConfig);
    if (config) config_json.assign(config->begin(), config->end());
    else warnings.push_back("config.json was not used: " + config.error().text);
  }
  auto model = build(*file, config_json, std::move(warnings));
  if (!model) return model.error();
  (*model)->path = path;
  return ModelPtr(std::move(*model));
} catch (const std::bad_alloc&) {
  return Error{printable(path) + ": not enough memory for the model"};
}

Result<ModelPtr> parse_model(std::string name, std::shared_ptr<const std::vector<std::uint8_t>> memory, const std::string& config_json) try {
  const auto file = parse_safetensors(name, std::move(memory));
  if (!file) return file.error();
  auto model = build(*file, config_json, {});
  if (!model) return model.error();
  return ModelPtr(std::move(*model));
} catch (const std::bad_alloc&) {
  return Error{printable(name) + ": not enough memory for the model"};
}

}  // namespace vitscope
