// The parts of the builder that settings and conventions decide: grid, preparation of pictures, labels.
#include <algorithm>
#include <cmath>

#include "core/checkpoint/conventions.h"
#include "core/checkpoint/model_builder.h"
#include "core/model/position.h"
#include "core/text.h"

namespace vitscope {

namespace {
/// How pictures are prepared.
struct Preparation {
  bool imagenet = false;  ///< by ImageNet's mean and deviation, else by 0.5 and 0.5
  double crop_fraction = 1;
};
/// What the authors of a family do and their files do not say: T2T-ViT's default_cfgs (models/t2t_vit.py), DeiT's build_transform (datasets.py), the default_cfgs of TNT in timm
/// (models/tnt.py).
Preparation preparation_of(std::string_view family) {
  if (family == "t2t") return {true, 0.9};
  if (family == "deit") return {true, 224.0 / 256.0};
  if (family.starts_with("tnt")) return {false, 0.9};
  return {};
}

}  // namespace

/// Takes the grid of an input size; false after a refusal.
bool ModelBuilder::set_grid(int height, int width) {
  VitConfig& c = config();
  const auto grid = PatchGrid::make(height, width, c.patch_height, c.patch_width, c.prefix());
  if (const auto* refusal = std::get_if<GridRefusal>(&grid)) {
    reader_.fail("the stored picture size does not fit the patches: " + refusal->text());
    return false;
  }
  c.grid = std::get<PatchGrid>(grid);
  return true;
}

/// The grid that the position table is stored for, and with it the size of the input.
void ModelBuilder::read_grid() {
  if (failed()) return;
  VitConfig& c = config();
  // Rows for all tokens in front, for all but the registers, or for patches alone.
  const int without_registers = c.prefix_tokens - c.registers;
  const std::string rows = printable(named_.name_in_file("pos_embed"), 80) + " has " + std::to_string(position_rows_) + " rows";
  placed_prefix_ = -1;
  if (const auto size = settings_.image_size) {
    if (!set_grid(size->height, size->width)) return;
    for (const int placed : {c.prefix_tokens, without_registers, 0}) {
      if (placed_prefix_ < 0 && c.grid.patches() == position_rows_ - placed) placed_prefix_ = placed;
    }
  }
  if (placed_prefix_ < 0) {
    int side = 0;
    // A size that is stated and does not fit leaves no room for a table without rows for the tokens in front, which could be anything.
    for (const int placed : {settings_.no_embed_class == true ? 0 : c.prefix_tokens, without_registers, settings_.image_size ? without_registers : 0}) {
      if (side == 0 && (side = side_of(position_rows_ - placed)) > 0) placed_prefix_ = placed;
    }
    const std::string patches = size_text(side, side) + " patches" + (placed_prefix_ == 1 && c.class_token ? " and a class token" : "");
    if (const auto size = settings_.image_size) {
      const std::string mismatch = rows + ", expected " + std::to_string(c.grid.tokens()) + " for pictures of " + size_text(size->height, size->width);
      if (side == 0) return reader_.fail(mismatch);
      warn(mismatch + "; taken as " + patches);
    } else if (side == 0) {
      return reader_.fail(rows + (c.prefix_tokens == 1 ? ", which is no square number and one more" : ", which is no square number besides its tokens in front") +
                          "; give the picture size (img_size) in the metadata or in config.json");
    } else {
      warn("the picture size is not stored; the position table is taken as " + size_text(side, side) + " patches");
    }
    const std::int64_t height = std::int64_t{side} * c.patch_height, width = std::int64_t{side} * c.patch_width;
    if (std::max(height, width) > kMaxInputSide) return reader_.fail("its input would have sides beyond " + std::to_string(kMaxInputSide) + " pixels");
    if (!set_grid(static_cast<int>(height), static_cast<int>(width))) return;
  }
  if (const auto off = input_size_refusal(c.grid)) return reader_.fail(*off);
  c.prefix_position = c.prefix_tokens == 0 || placed_prefix_ > 0;
  c.image_height = c.grid.rows() * c.patch_height;
  c.image_width = c.grid.columns() * c.patch_width;
  if (c.stem) c.stem->fit(c.image_height, c.image_width);
}

/// Tokens in front that have no row of their own get zeros: those behind the placed ones.
void ModelBuilder::fill_position(const Tensor& stored) {
  const VitConfig& c = config();
  Weights& w = weights();
  w.stored_rows = c.grid.rows();
  w.stored_columns = c.grid.columns();
  if (placed_prefix_ == c.prefix_tokens) {
    w.stored_position = stored;
  } else {
    Tensor padded({c.tokens(), c.dim});
    const auto width = static_cast<std::ptrdiff_t>(c.dim);
    const auto values = stored.values();
    float* next = std::copy(values.begin(), values.begin() + placed_prefix_ * width, padded.edit());
    next = std::fill_n(next, (c.prefix_tokens - placed_prefix_) * width, 0.0f);
    std::copy(values.begin() + placed_prefix_ * width, values.end(), next);
    w.stored_position = std::move(padded);
  }
  w.position = w.stored_position;
}

void ModelBuilder::read_preprocessing() {
  PreprocessSpec& spec = model_->preprocess;
  spec.height = config().image_height;
  spec.width = config().image_width;
  spec.channels = config().channels;
  const Preparation assumed = config().channels == 3 ? preparation_of(config().family) : Preparation{};
  const bool imagenet = assumed.imagenet;
  spec.crop_fraction = settings_.crop_fraction.value_or(assumed.crop_fraction);
  if (imagenet) spec.mean = {0.485f, 0.456f, 0.406f}, spec.std = {0.229f, 0.224f, 0.225f};
  if (settings_.resize_mode == "stretch") spec.mode = ResizeMode::stretch;
  if (settings_.resize_mode == "pad") spec.mode = ResizeMode::pad;
  if (!settings_.mean || !settings_.std) {
    warn("mean and standard deviation of its pictures are not stored; " + std::string(imagenet ? "those of ImageNet assumed, as in the authors' code" : "0.5 assumed"));
  }
  fill(settings_.mean, spec.mean, "mean");
  fill(settings_.std, spec.std, "std");
  if (settings_.interpolation && *settings_.interpolation != "bicubic") {
    warn("was made for " + printable(*settings_.interpolation, 40) + " resizing; pictures are resized bicubically");
  }
}

void ModelBuilder::fill(const std::optional<std::vector<float>>& from, std::array<float, 4>& to, const char* name) {
  if (!from) return;
  const bool many = config().channels > 4;  // then constants are those of colours, which the channels take in turn
  const int expected = many ? 3 : config().channels;
  if (from->size() != 1 && from->size() != static_cast<std::size_t>(expected)) {
    return reader_.fail(std::string(name) + " has " + std::to_string(from->size()) + " numbers, expected " + std::to_string(expected) + ", one for each " + (many ? "colour" : "channel"));
  }
  for (std::size_t c = 0; c < to.size(); ++c) to[c] = (*from)[std::min(c, from->size() - 1)];
}

void ModelBuilder::read_labels() {
  if (settings_.labels.empty()) return;
  if (static_cast<int>(settings_.labels.size()) == config().classes) {
    model_->labels = std::move(settings_.labels);
  } else {
    warn("names " + std::to_string(settings_.labels.size()) + " classes but has " + std::to_string(config().classes) + "; the names are not used");
  }
}

/// Shapes decide; what the settings say otherwise is worth a word.
void ModelBuilder::compare_with_settings() {
  const auto compare = [&](const char* what, const std::optional<int>& said, int found) {
    if (said && *said != found) warn(std::string(what) + " is stored as " + std::to_string(*said) + ", but the tensors say " + std::to_string(found));
  };
  if (settings_.patch_size && !config().t2t && settings_.patch_size->height == settings_.patch_size->width && config().patch_height == config().patch_width) {
    compare("the patch size", settings_.patch_size->height, config().stem ? config().stem->patch : config().patch_height);
  }
  compare("the number of classes", settings_.classes, config().classes);
  compare("the width", settings_.width, config().dim);
  compare("the number of blocks", settings_.depth, config().depth);
  compare("the number of channels", settings_.channels, config().channels);
  if (named_.heads > 0) compare("the number of heads", settings_.heads, named_.heads);
}

}  // namespace vitscope
