#include "core/model/presets_inside.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/model/position.h"
#include "core/model/weight_maker.h"

namespace vitscope {

namespace {

constexpr float kImageNetMean[3] = {0.485f, 0.456f, 0.406f}, kImageNetStd[3] = {0.229f, 0.224f, 0.225f};
constexpr float kEps = 1e-5f;

float root(int n) { return static_cast<float>(1.0 / std::sqrt(static_cast<double>(n))); }

/// What both kinds have behind their embedding.
struct Backbone {
  int dim, depth, heads, mlp_dim, classes;
};

VitConfig config_of(const Backbone& b, int height, int width, int channels) {
  VitConfig c;
  c.image_height = height;
  c.image_width = width;
  c.channels = channels;
  c.dim = b.dim;
  c.depth = b.depth;
  c.heads = b.heads;
  c.head_width = b.dim / b.heads;
  c.mlp_dim = b.mlp_dim;
  c.classes = b.classes;
  c.qkv_bias = false;
  c.layer_norm_eps = kEps;
  c.score_scale = root(c.head_width);
  return c;
}

void make_backbone(Model& model, WeightMaker& make) {
  const VitConfig& c = model.config;
  Weights& w = model.weights;
  for (int i = 0; i < c.depth; ++i) w.blocks.push_back(make.block(c.dim, c.heads * c.head_width, c.dim, c.mlp_dim, false));
  w.norm = make.norm(c.dim);
  w.head = make.linear(c.classes, c.dim);
  w.stored_position = w.position;
  w.stored_rows = c.grid.rows();
  w.stored_columns = c.grid.columns();
}

struct T2tSizes {
  Preset preset;
  enum class Kind : std::uint8_t { transformer, performer, lanl } kind;
  int height, width, channels, kernel;
  Backbone backbone;
};
constexpr T2tSizes kT2t[] = {
    {{"t2t-vit-7", "token transformers, 4.3 million parameters"}, T2tSizes::Kind::transformer, 224, 224, 3, 7, {256, 7, 4, 512, 1000}},
    {{"t2t-vit-10", "token transformers, 5.9 million parameters"}, T2tSizes::Kind::transformer, 224, 224, 3, 7, {256, 10, 4, 512, 1000}},
    {{"t2t-vit-12", "token transformers, 6.9 million parameters"}, T2tSizes::Kind::transformer, 224, 224, 3, 7, {256, 12, 4, 512, 1000}},
    {{"t2t-vit-14", "token transformers, 22 million parameters"}, T2tSizes::Kind::transformer, 224, 224, 3, 7, {384, 14, 6, 1152, 1000}},
    {{"t2t-vit-19", "token transformers, 39 million parameters"}, T2tSizes::Kind::transformer, 224, 224, 3, 7, {448, 19, 7, 1344, 1000}},
    {{"t2t-vit-24", "token transformers, 64 million parameters"}, T2tSizes::Kind::transformer, 224, 224, 3, 7, {512, 24, 8, 1536, 1000}},
    {{"t2t-vit-7-performer", "token performers, 4.3 million parameters"}, T2tSizes::Kind::performer, 224, 224, 3, 7, {256, 7, 4, 512, 1000}},
    {{"t2t-vit-10-performer", "token performers, 5.9 million parameters"}, T2tSizes::Kind::performer, 224, 224, 3, 7, {256, 10, 4, 512, 1000}},
    {{"t2t-vit-12-performer", "token performers, 6.9 million parameters"}, T2tSizes::Kind::performer, 224, 224, 3, 7, {256, 12, 4, 512, 1000}},
    {{"t2t-vit-14-performer", "token performers, 22 million parameters"}, T2tSizes::Kind::performer, 224, 224, 3, 7, {384, 14, 6, 1152, 1000}},
    {{"t2t-vit-19-performer", "token performers, 39 million parameters"}, T2tSizes::Kind::performer, 224, 224, 3, 7, {448, 19, 7, 1344, 1000}},
    {{"t2t-vit-24-performer", "token performers, 64 million parameters"}, T2tSizes::Kind::performer, 224, 224, 3, 7, {512, 24, 8, 1536, 1000}},
    {{"t2t-picture", "soft splits of 20/10/5, 3/2/1 and 3/2/1 over grey pictures of 60 x 100"}, T2tSizes::Kind::lanl, 60, 100, 1, 20, {768, 12, 1, 1152, 1}},
};
constexpr int kTokenWidth = 64, kTokenFeatures = 32;

void make_t2t(const T2tSizes& sizes, Model& model, WeightMaker& make) {
  const bool lanl = sizes.kind == T2tSizes::Kind::lanl, performer = sizes.kind == T2tSizes::Kind::performer;
  VitConfig& c = model.config = config_of(sizes.backbone, sizes.height, sizes.width, sizes.channels);
  c.family = lanl ? "lanl-t2t" : "t2t";
  c.value_skip = lanl;
  T2tConfig& t2t = c.t2t.emplace();
  std::string why;
  t2t.splits = *soft_splits(sizes.channels, sizes.height, sizes.width, kTokenWidth, {lanl_split(sizes.kernel), lanl_split(3), lanl_split(3)}, why);
  t2t.head_width = t2t.hidden = kTokenWidth;
  t2t.qkv_bias = performer;
  t2t.features = performer ? kTokenFeatures : 0;
  for (std::size_t i = 0; i < 2 && !performer; ++i) t2t.score_scale[i] = root(lanl ? kTokenWidth : t2t.splits[i].length());
  c.grid = PatchGrid::shared(sizes.height, sizes.width, t2t.splits[2].rows, t2t.splits[2].columns, c.prefix());
  c.patch_height = c.grid.patch_height();
  c.patch_width = c.grid.patch_width();

  Weights& w = model.weights;
  for (std::size_t i = 0; i < 2; ++i) {
    BlockWeights& block = w.token_transformers.emplace_back(make.block(t2t.splits[i].length(), kTokenWidth, kTokenWidth, kTokenWidth, performer));
    if (performer) block.features = make.directions(kTokenFeatures, kTokenWidth);
  }
  w.patch = make.linear(c.dim, t2t.splits[2].length());
  w.class_token = make.random({c.dim});
  w.position = sinusoidal_table(c.tokens(), c.dim);
  make.count(w.position);
  make_backbone(model, make);

  PreprocessSpec& spec = model.preprocess;
  for (std::size_t i = 0; i < 3; ++i) {
    // LANL's pictures go in as they are.
    spec.mean[i] = lanl ? 0 : kImageNetMean[i];
    spec.std[i] = lanl ? 1 : kImageNetStd[i];
  }
  spec.crop_fraction = lanl ? 1 : 0.9;
}

/// Where words come from: a convolution inside each patch (Huawei's code), one over the whole picture (timm's first version), or the 4 x 4 pixels of each word alone, as
/// the paper's formula has it.
enum class WordsFrom : std::uint8_t { patch, picture, pixels };
/// What patches begin with: the fold of their words (both codes), or zeros (the paper's formula).
enum class RowsFrom : std::uint8_t { words, zeros };
struct TntSizes {
  Preset preset;
  WordsFrom words;
  RowsFrom rows;
  int word_width, word_heads;
  Backbone backbone;
};
constexpr Backbone kTntTi{192, 12, 3, 768, 1000}, kTntS{384, 12, 6, 1536, 1000}, kTntB{640, 12, 10, 2560, 1000};
constexpr TntSizes kTnt[] = {
    {{"tnt-ti", "TNT-Ti, 16 words in each patch, 6.1 million parameters"}, WordsFrom::patch, RowsFrom::words, 12, 2, kTntTi},
    {{"tnt-ti-picture", "TNT-Ti whose words come from a convolution over the whole picture"}, WordsFrom::picture, RowsFrom::words, 12, 2, kTntTi},
    {{"tnt-ti-pixels", "TNT-Ti whose words are 4 x 4 pixels each, as in the paper's formula"}, WordsFrom::pixels, RowsFrom::words, 12, 2, kTntTi},
    {{"tnt-ti-zeros", "TNT-Ti whose patches begin as zeros"}, WordsFrom::patch, RowsFrom::zeros, 12, 2, kTntTi},
    {{"tnt-ti-picture-zeros", "TNT-Ti, words from the whole picture, patches begin as zeros"}, WordsFrom::picture, RowsFrom::zeros, 12, 2, kTntTi},
    {{"tnt-ti-pixels-zeros", "TNT-Ti, words of 4 x 4 pixels, patches begin as zeros: the paper's formula"}, WordsFrom::pixels, RowsFrom::zeros, 12, 2, kTntTi},
    {{"tnt-s", "TNT-S, 16 words in each patch, 24 million parameters"}, WordsFrom::patch, RowsFrom::words, 24, 4, kTntS},
    {{"tnt-s-picture", "TNT-S whose words come from a convolution over the whole picture"}, WordsFrom::picture, RowsFrom::words, 24, 4, kTntS},
    {{"tnt-s-pixels", "TNT-S whose words are 4 x 4 pixels each, as in the paper's formula"}, WordsFrom::pixels, RowsFrom::words, 24, 4, kTntS},
    {{"tnt-s-zeros", "TNT-S whose patches begin as zeros"}, WordsFrom::patch, RowsFrom::zeros, 24, 4, kTntS},
    {{"tnt-s-picture-zeros", "TNT-S, words from the whole picture, patches begin as zeros"}, WordsFrom::picture, RowsFrom::zeros, 24, 4, kTntS},
    {{"tnt-s-pixels-zeros", "TNT-S, words of 4 x 4 pixels, patches begin as zeros: the paper's formula"}, WordsFrom::pixels, RowsFrom::zeros, 24, 4, kTntS},
    {{"tnt-b", "TNT-B, 16 words in each patch, 66 million parameters"}, WordsFrom::patch, RowsFrom::words, 40, 4, kTntB},
    {{"tnt-b-picture", "TNT-B whose words come from a convolution over the whole picture"}, WordsFrom::picture, RowsFrom::words, 40, 4, kTntB},
    {{"tnt-b-pixels", "TNT-B whose words are 4 x 4 pixels each, as in the paper's formula"}, WordsFrom::pixels, RowsFrom::words, 40, 4, kTntB},
    {{"tnt-b-zeros", "TNT-B whose patches begin as zeros"}, WordsFrom::patch, RowsFrom::zeros, 40, 4, kTntB},
    {{"tnt-b-picture-zeros", "TNT-B, words from the whole picture, patches begin as zeros"}, WordsFrom::picture, RowsFrom::zeros, 40, 4, kTntB},
    {{"tnt-b-pixels-zeros", "TNT-B, words of 4 x 4 pixels, patches begin as zeros: the paper's formula"}, WordsFrom::pixels, RowsFrom::zeros, 40, 4, kTntB},
};

void make_tnt(const TntSizes& sizes, Model& model, WeightMaker& make) {
  constexpr int kSide = 224, kPatch = 16;
  VitConfig& c = model.config = config_of(sizes.backbone, kSide, kSide, 3);
  c.family = "tnt-huawei";
  c.patch_height = c.patch_width = kPatch;
  c.grid = std::get<PatchGrid>(PatchGrid::make(kSide, kSide, kPatch, kPatch, c.prefix()));
  TntConfig& tnt = c.tnt.emplace();
  tnt.word_rows = tnt.word_columns = kPatch / tnt.stride;
  tnt.whole_picture = tnt.fold_words_apart = sizes.words == WordsFrom::picture;
  tnt.zero_rows = sizes.rows == RowsFrom::zeros;
  if (sizes.words == WordsFrom::pixels) tnt.kernel = tnt.stride, tnt.padding = 0;
  tnt.heads = sizes.word_heads;
  tnt.head_width = sizes.word_width / sizes.word_heads;
  tnt.hidden = 4 * sizes.word_width;
  tnt.score_scale = root(tnt.head_width);

  Weights& w = model.weights;
  const int width = tnt.width(), joined = tnt.words() * width;
  w.tnt.words = {make.random({width, c.channels, tnt.kernel, tnt.kernel}), make.constant({width}, 0)};
  w.tnt.word_position = make.random({tnt.words(), width});
  if (!tnt.zero_rows) w.tnt.fold_in = {make.norm(joined), make.linear(c.dim, joined), make.norm(c.dim)};
  w.class_token = make.random({c.dim});
  w.position = make.random({c.tokens(), c.dim});
  for (int i = 0; i < c.depth; ++i) {
    w.tnt.inner.push_back(make.block(width, width, width, tnt.hidden, false));
    if (tnt.fold_words_apart) w.tnt.folds.push_back({make.norm(width), make.linear(c.dim, joined), {}});
    else w.tnt.folds.push_back({make.norm(joined), make.linear(c.dim, joined, false), make.norm(c.dim)});
  }
  make_backbone(model, make);
  model.preprocess.crop_fraction = 0.9;
}

}  // namespace

std::span<const Preset> presets_inside() {
  static const auto list = [] {
    std::array<Preset, std::size(kT2t) + std::size(kTnt)> all;
    const auto behind = std::transform(std::begin(kT2t), std::end(kT2t), all.begin(), [](const T2tSizes& sizes) { return sizes.preset; });
    std::transform(std::begin(kTnt), std::end(kTnt), behind, [](const TntSizes& sizes) { return sizes.preset; });
    return all;
  }();
  return list;
}

ModelPtr build_preset_inside(std::string_view name, std::uint64_t seed, PresetWeights weights) {
  const auto called = [name](const auto& sizes) { return sizes.preset.name == name; };
  const auto t2t = std::find_if(std::begin(kT2t), std::end(kT2t), called);
  const auto tnt = std::find_if(std::begin(kTnt), std::end(kTnt), called);
  if (t2t == std::end(kT2t) && tnt == std::end(kTnt)) return nullptr;
  auto model = std::make_shared<Model>();
  WeightMaker make(seed, weights);
  if (t2t != std::end(kT2t)) make_t2t(*t2t, *model, make);
  else make_tnt(*tnt, *model, make);
  model->preprocess.height = model->config.image_height;
  model->preprocess.width = model->config.image_width;
  model->preprocess.channels = model->config.channels;
  model->name = name;
  model->random_weights = true;
  model->parameters = make.parameters();
  model->metadata["seed"] = std::to_string(seed);
  return model;
}

}  // namespace vitscope
