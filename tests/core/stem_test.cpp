// Hybrids: windows with "same" padding, the numbers of the stem by their definitions, sizes and costs, files.
#include "core/model/stem.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <limits>

#include "core/checkpoint/tensor_file.h"
#include "tests/core/edit_helpers.h"
#include "tests/core/file_makers.h"
#include "tests/core/inside_models.h"

using namespace vitscope;
using namespace vitscope::test;

namespace {

/// An image of channels with a border around it.
struct Padded {
  int rows, columns, above, before;
  std::vector<double> values;
  double at(int channel, int row, int column) const { return values[static_cast<std::size_t>((channel * rows + row) * columns + column)]; }
};

/// By timm's formula: max((ceil(x / s) - 1) s + k - x, 0) numbers of padding, the smaller half in front.
Padded pad_same(const Tensor& image, int kernel, int stride, double fill) {
  const auto total = [&](int x) { return std::max((static_cast<int>(std::ceil(static_cast<double>(x) / stride)) - 1) * stride + kernel - x, 0); };
  const int down = total(image.dim(1)), across = total(image.dim(2));
  Padded p{image.dim(1) + down, image.dim(2) + across, down / 2, across / 2, {}};
  p.values.assign(static_cast<std::size_t>(image.dim(0) * p.rows * p.columns), fill);
  for (int c = 0; c < image.dim(0); ++c)
    for (int y = 0; y < image.dim(1); ++y)
      for (int x = 0; x < image.dim(2); ++x)
        p.values[static_cast<std::size_t>((c * p.rows + y + p.above) * p.columns + x + p.before)] = static_cast<double>(image.at(c, y, x));
  return p;
}

/// Largest difference between a recorded map and what `value` says of each of its places.
template <class Value>
double off(const Tensor& map, const Value& value) {
  double most = 0;
  for (int c = 0; c < map.dim(0); ++c)
    for (int y = 0; y < map.dim(1); ++y)
      for (int x = 0; x < map.dim(2); ++x) most = std::max(most, std::fabs(static_cast<double>(map.at(c, y, x)) - value(c, y, x)));
  return most;
}

/// A hybrid of timm's names whose sizes a file can have: 32 map channels.
ModelPtr storable() {
  VitConfig c = small_config();
  c.image_height = 16;
  c.image_width = 24;
  c.dim = 8;
  c.depth = 2;
  c.heads = 2;
  c.head_width = 4;
  c.mlp_dim = 12;
  c.classes = 3;
  c.score_scale = 0.5f;
  StemConfig& stem = c.stem.emplace();
  stem.channels = 32;
  stem.patch = 2;
  stem.fit(16, 24);
  c.patch_height = c.patch_width = 8;
  c.grid = std::get<PatchGrid>(PatchGrid::make(16, 24, 8, 8, 1));
  auto model = std::make_shared<Model>(*random_weights(c, 5));
  Draw draw(6);
  model->weights.stem = stem_weights(stem, draw({32, 3, 7, 7}), inside::norm(draw, 32));
  return model;
}

std::vector<NamedTensor> tensors_of_model(const Model& model) {
  const VitConfig& c = model.config;
  const Weights& w = model.weights;
  std::vector<NamedTensor> all{{"patch_embed.backbone.conv.weight", w.stem.kernel},
                               {"patch_embed.backbone.norm.weight", w.stem.norm.gain},
                               {"patch_embed.backbone.norm.bias", w.stem.norm.shift},
                               {"patch_embed.proj.weight", w.patch.weight().reshaped({c.dim, c.stem->channels, c.stem->patch, c.stem->patch})},
                               {"patch_embed.proj.bias", w.patch.bias()},
                               {"cls_token", w.class_token.reshaped({1, 1, c.dim})},
                               {"pos_embed", w.position.reshaped({1, c.tokens(), c.dim})},
                               {"norm.weight", w.norm.gain},
                               {"norm.bias", w.norm.shift},
                               {"head.weight", w.head.weight()},
                               {"head.bias", w.head.bias()}};
  for (std::size_t i = 0; i < w.blocks.size(); ++i) {
    const BlockWeights& b = w.blocks[i];
    const std::string name = "blocks." + std::to_string(i) + ".";
    const auto add = [&](const std::string& part, const Tensor& weight, const Tensor& bias) {
      all.push_back({name + part + ".weight", weight});
      all.push_back({name + part + ".bias", bias});
    };
    add("norm1", b.norm1.gain, b.norm1.shift);
    add("norm2", b.norm2.gain, b.norm2.shift);
    add("attn.qkv", b.qkv.weight(), b.qkv.bias());
    add("attn.proj", b.proj.weight(), b.proj.bias());
    add("mlp.fc1", b.fc1.weight(), b.fc1.bias());
    add("mlp.fc2", b.fc2.weight(), b.fc2.bias());
  }
  return all;
}

/// Shapes of a hybrid's checkpoint: 32 map channels, patches of 2 x 2 of the map on 16 x 24 pixels.
Checkpoint hybrid_checkpoint() {
  Checkpoint c = Checkpoint::small();
  c.shapes["patch_embed.backbone.conv.weight"] = {32, 3, 7, 7};
  c.shapes["patch_embed.backbone.norm.weight"] = c.shapes["patch_embed.backbone.norm.bias"] = {32};
  c.shapes["patch_embed.proj.weight"] = {8, 32, 2, 2};
  c.shapes["pos_embed"] = {1, 7, 8};
  c.metadata["img_size"] = "16,24";
  return c;
}

std::string refused(const Checkpoint& checkpoint) {
  const auto model = parse_model("m", shared(checkpoint.file()), "");
  REQUIRE_FALSE(model.ok());
  CHECK(model.error().text.find('\n') == std::string::npos);
  return model.error().text;
}

}  // namespace

TEST_CASE("same padding puts the larger half below and at the right", "[stem]") {
  const SameWindows conv = SameWindows::over(224, 224, 7, 2), pool = SameWindows::over(112, 112, 3, 2), odd = SameWindows::over(15, 13, 7, 2);
  CHECK((conv.rows == 112 && conv.above == 2 && conv.below() == 3 && conv.before == 2 && conv.behind() == 3));
  CHECK((pool.rows == 56 && pool.above == 0 && pool.below() == 1 && pool.before == 0 && pool.behind() == 1));
  CHECK((odd.rows == 8 && odd.columns == 7 && odd.above == 3 && odd.below() == 3 && odd.before == 3 && odd.behind() == 3));
  CHECK(SameWindows::over(9, 8, 1, 2).above == 0);
}

TEST_CASE("standardised filters have mean 0 and deviation 1, beside the eps", "[stem]") {
  const Tensor kernel = Draw(4)({5, 2, 7, 7}, 0.01f, 0.2f), used = standardised(kernel, 1e-8f), wide = standardised(kernel, 1.0f);
  for (int filter = 0; filter < 5; ++filter) {
    double sum = 0, squares = 0, stored = 0, stored_squares = 0;
    for (const float w : used.row(filter)) sum += static_cast<double>(w), squares += static_cast<double>(w) * static_cast<double>(w);
    for (const float w : kernel.row(filter)) stored += static_cast<double>(w);
    for (const float w : kernel.row(filter)) stored_squares += std::pow(static_cast<double>(w) - stored / 98, 2);
    const double variance = stored_squares / 98;
    CHECK(sum / 98 == Approx(0).margin(1e-6));
    CHECK(squares / 98 == Approx(variance / (variance + 1e-8)).epsilon(1e-5));
    CHECK(static_cast<double>(wide.row(filter)[3]) == Approx((static_cast<double>(kernel.row(filter)[3]) - stored / 98) / std::sqrt(variance + 1)).epsilon(1e-5));
  }
}

TEST_CASE("the stem computes what its definitions say", "[stem]") {
  for (const ModelPtr& model : {small_hybrid(), small_hybrid(40, 16, 1)}) {
    const TracePtr trace = random_trace(model);
    const StemConfig& s = *model->config.stem;
    const int channels = model->config.channels;
    // Standardised weights, then the convolution over a padded picture.
    std::vector<double> filters;
    for (int f = 0; f < s.channels; ++f) {
      const auto stored = model->weights.stem.kernel.row(f);
      double mean = 0, variance = 0;
      for (const float w : stored) mean += static_cast<double>(w) / static_cast<double>(stored.size());
      for (const float w : stored) variance += std::pow(static_cast<double>(w) - mean, 2) / static_cast<double>(stored.size());
      for (const float w : stored) filters.push_back((static_cast<double>(w) - mean) / std::sqrt(variance + 1e-8));
    }
    const Padded picture = pad_same(trace->at(Slot::input), 7, 2, 0);
    const auto convolved = [&](int f, int row, int column) {
      double sum = 0;
      for (int c = 0; c < channels; ++c)
        for (int y = 0; y < 7; ++y)
          for (int x = 0; x < 7; ++x) sum += filters[static_cast<std::size_t>(((f * channels + c) * 7 + y) * 7 + x)] * picture.at(c, 2 * row + y, 2 * column + x);
      return sum;
    };
    const Tensor& conv = trace->at(Slot::stem_conv);
    REQUIRE(conv.shape() == Shape{6, model->config.image_height / 2, model->config.image_width / 2});
    CHECK(off(conv, convolved) < 1e-4);
    // GroupNorm: two channels share mean and deviation.
    const auto normed = [&](int f, int row, int column) {
      const int first = f / 2 * 2;
      double mean = 0, variance = 0;
      const double count = 2.0 * conv.dim(1) * conv.dim(2);
      for (int c = first; c < first + 2; ++c)
        for (const float x : conv.row(c)) mean += static_cast<double>(x) / count;
      for (int c = first; c < first + 2; ++c)
        for (const float x : conv.row(c)) variance += std::pow(static_cast<double>(x) - mean, 2) / count;
      return (static_cast<double>(conv.at(f, row, column)) - mean) / std::sqrt(variance + 1e-5) * static_cast<double>(model->weights.stem.norm.gain.at(f)) +
             static_cast<double>(model->weights.stem.norm.shift.at(f));
    };
    const Tensor& norm = trace->at(Slot::stem_norm);
    CHECK(off(norm, normed) < 1e-5);
    const Tensor& relu = trace->at(Slot::stem_relu);
    CHECK(off(relu, [&](int c, int y, int x) { return std::max(0.0, static_cast<double>(norm.at(c, y, x))); }) == 0);
    // The pooling over a map whose border never wins.
    const Padded bent = pad_same(relu, 3, 2, -std::numeric_limits<double>::infinity());
    const Tensor& pooled = trace->at(Slot::stem_pool);
    REQUIRE(pooled.shape() == Shape{6, model->config.image_height / 4, model->config.image_width / 4});
    CHECK(off(pooled, [&](int c, int row, int column) {
            double largest = -std::numeric_limits<double>::infinity();
            for (int y = 0; y < 3; ++y)
              for (int x = 0; x < 3; ++x) largest = std::max(largest, bent.at(c, 2 * row + y, 2 * column + x));
            return largest;
          }) == 0);
    // Patches and tokens: a convolution of the map whose windows do not overlap.
    const Tensor &rows = trace->at(Slot::stem_patches), &tokens = trace->at(Slot::embed_patch);
    REQUIRE(rows.shape() == Shape{model->config.patches(), 24});
    double wrong = 0;
    for (int patch = 0; patch < rows.dim(0); ++patch)
      for (int d = 0; d < model->config.dim; ++d) {
        double sum = static_cast<double>(model->weights.patch.bias().at(d));
        int element = 0;
        for (int c = 0; c < 6; ++c)
          for (int y = 0; y < 2; ++y)
            for (int x = 0; x < 2; ++x, ++element) {
              const float cell = pooled.at(c, model->config.grid.row(patch) * 2 + y, model->config.grid.column(patch) * 2 + x);
              CHECK(rows.at(patch, element) == cell);
              sum += static_cast<double>(cell) * static_cast<double>(model->weights.patch.weight().at(d, element));
            }
        wrong = std::max(wrong, std::fabs(sum - static_cast<double>(tokens.at(patch, d))));
      }
    CHECK(wrong < 1e-4);
  }
}

TEST_CASE("R+ViT-Ti/16 has the sizes, parameters and costs of timm's vit_tiny_r_s16_p8_224", "[stem]") {
  const ModelPtr model = build_preset("vit-ti16-r", 1).value();
  const VitConfig& c = model->config;
  CHECK(model->random_weights);
  CHECK(c.family == "vit-hybrid");
  CHECK((c.grid.rows() == 7 && c.grid.columns() == 7 && c.tokens() == 50 && c.patch_length() == 4096));
  CHECK(shape_of(Slot::stem_conv, c) == Shape{64, 112, 112});
  CHECK(shape_of(Slot::stem_pool, c) == Shape{64, 56, 56});
  CHECK(shape_of(Slot::stem_patches, c) == Shape{49, 4096});
  CHECK(shape_of(Slot::embed_patch, c) == Shape{49, 192});
  // Convolution, norm, projection, class token, positions, blocks, final norm, head.
  const std::int64_t block = (192 * 576 + 576) + (192 * 192 + 192) + 2 * 192 * 768 + 768 + 192 + 4 * 192;
  CHECK(model->parameters == 64 * 3 * 49 + 2 * 64 + (192 * 4096 + 192) + 192 + 50 * 192 + 12 * block + 2 * 192 + (192 * 1000 + 1000));
  CHECK(model->parameters == 6'337'704);
  CHECK(c.multiply_adds() == 112 * 112 * std::int64_t{147} * 64 + 49 * std::int64_t{4096} * 192 + 12 * (50 * std::int64_t{192} * 768 + 2 * 50 * 50 * 192 + 2 * 50 * std::int64_t{192} * 768) + 192 * 1000);
  CHECK(model->preprocess.mean[0] == 0.5f);
  // At its real size the stem still computes what is explained.
  ThreadPool pool(2);
  const TracePtr trace = forward(model, input_of_values("random", Draw(3)({3, 224, 224}, 2)), pool);
  int wrong = 0;
  for (const Slot slot : {Slot::stem_conv, Slot::stem_norm, Slot::stem_pool}) {
    const Tensor& map = trace->at(slot);
    for (int channel = 0; channel < 64; channel += 3)
      for (int place = channel; place < map.dim(1) * map.dim(2); place += slot == Slot::stem_norm ? 3001 : 197) {
        const CellRef cell{{slot}, channel, place / map.dim(2), place % map.dim(2)};
        const double stored = static_cast<double>(trace->value(cell));
        wrong += !(std::fabs(writer_of(slot, c).explain(*trace, cell).value - stored) <= 1e-4 * std::max(std::fabs(stored), 0.1));
      }
  }
  CHECK(wrong == 0);
  // A token covers 32 pixels of the picture; so do distances.
  CHECK(c.grid.pixels(8) == Box{32, 32, 64, 64});
  CHECK(c.grid.distance(0, 1) == 32);
}

TEST_CASE("what a patch has seen of the picture is what its windows cover", "[stem]") {
  for (const auto& [height, width, patch] : {std::tuple{224, 224, 8}, {24, 32, 2}, {16, 8, 1}}) {
    StemConfig s;
    s.patch = patch;
    s.fit(height, width);
    for (int row = 0; row < s.map_height() / patch; ++row)
      for (int column = 0; column < s.map_width() / patch; ++column) {
        int top = height, left = width, bottom = 0, right = 0;
        for (int y = row * patch; y < (row + 1) * patch; ++y)
          for (int x = column * patch; x < (column + 1) * patch; ++x)
            for (int v = 2 * y; v < std::min(2 * y + 3, height / 2); ++v)
              for (int u = 2 * x; u < std::min(2 * x + 3, width / 2); ++u) {
                top = std::min(top, std::max(0, 2 * v - 2)), bottom = std::max(bottom, std::min(height, 2 * v + 5));
                left = std::min(left, std::max(0, 2 * u - 2)), right = std::max(right, std::min(width, 2 * u + 5));
              }
        const Box seen = s.seen_by(row, column);
        CHECK((seen.y0 == top && seen.y1 == bottom && seen.x0 == left && seen.x1 == right));
      }
  }
  StemConfig s;
  s.fit(224, 224);
  CHECK(s.seen_by(1, 1) == Box{30, 30, 69, 69});
}

TEST_CASE("a hybrid runs on pictures that its patches divide", "[stem]") {
  const ModelPtr model = small_hybrid();
  const auto larger = with_input_size(model, 40, 32);
  REQUIRE(larger.ok());
  CHECK((*larger)->config.stem->map_height() == 10);
  CHECK((*larger)->config.grid.rows() == 5);
  CHECK(random_trace(*larger)->at(Slot::probs).size() == 5);
  const auto off_grid = with_input_size(model, 28, 32);
  REQUIRE_FALSE(off_grid.ok());
  CHECK(contains(off_grid.error().text, "8 does not divide 28 x 32"));
}

TEST_CASE("a hybrid under timm's names is read as it was written", "[stem]") {
  const ModelPtr model = storable();
  const std::string path = temporary_path("hybrid.safetensors");
  const std::map<std::string, std::string> metadata{{"num_heads", "2"}, {"img_size", "16,24"}, {"eps", "1e-6"}, {"architecture", "vit_tiny_r_s16_p8_224"}, {"patch_size", "2"}};
  REQUIRE(write_safetensors(path, tensors_of_model(*model), metadata, true).ok());
  const auto loaded = load_model(path);
  std::filesystem::remove(path);
  REQUIRE(loaded.ok());
  const VitConfig& c = (*loaded)->config;
  CHECK(c.family == "vit-hybrid");
  REQUIRE(c.stem);
  CHECK(*c.stem == *model->config.stem);
  CHECK((c.channels == 3 && c.patch_height == 8 && c.image_width == 24 && c.tokens() == 7));
  for (const std::string& line : (*loaded)->warnings) {
    INFO(line);
    CHECK((!contains(line, "not used") && !contains(line, "patch size")));
  }
  CHECK((*loaded)->parameters == 32 * 147 + 64 + (8 * 128 + 8) + 8 + 7 * 8 + 2 * (24 * 8 + 24 + 8 * 8 + 8 + 2 * 12 * 8 + 12 + 8 + 4 * 8) + 16 + 27);
  const TracePtr before = random_trace(model), after = random_trace(*loaded);
  CHECK(difference(before->at(Slot::logits).values(), after->at(Slot::logits).values()) < 1e-6);
  REQUIRE(parse_model("m", shared(hybrid_checkpoint().file()), "").ok());
}

namespace {

/// The same numbers with the axes in another order: axis i of the result is axis order[i] of `from`.
Tensor permuted(const Tensor& from, const std::vector<int>& order) {
  std::array<int, 4> extents{1, 1, 1, 1}, strides{0, 0, 0, 0};
  const auto rank = static_cast<std::size_t>(from.rank());
  for (std::size_t axis = 0; axis < rank; ++axis) {
    extents[axis] = from.dim(order[axis]);
    strides[axis] = 1;
    for (int behind = order[axis] + 1; behind < from.rank(); ++behind) strides[axis] *= from.dim(behind);
  }
  Tensor to(Shape::of(std::span(extents).first(rank)));
  float* next = to.edit();
  for (int i = 0; i < extents[0]; ++i)
    for (int j = 0; j < extents[1]; ++j)
      for (int k = 0; k < extents[2]; ++k)
        for (int l = 0; l < extents[3]; ++l) *next++ = from.data()[i * strides[0] + j * strides[1] + k * strides[2] + l * strides[3]];
  return to;
}

/// The tensors of the model as google-research/vision_transformer names and turns them.
std::vector<NamedTensor> flax_tensors(const Model& model) {
  const VitConfig& c = model.config;
  const Weights& w = model.weights;
  const StemConfig& stem = *c.stem;
  const int h = c.heads, d = c.head_width;
  const auto turned = [](const Tensor& matrix) { return permuted(matrix, {1, 0}); };
  std::vector<NamedTensor> all{{"conv_root/kernel", permuted(w.stem.kernel, {2, 3, 1, 0})},
                               {"gn_root/scale", w.stem.norm.gain.reshaped({1, 1, 1, stem.channels})},
                               {"gn_root/bias", w.stem.norm.shift.reshaped({1, 1, 1, stem.channels})},
                               {"embedding/kernel", permuted(w.patch.weight().reshaped({c.dim, stem.channels, stem.patch, stem.patch}), {2, 3, 1, 0})},
                               {"embedding/bias", w.patch.bias()},
                               {"cls", w.class_token.reshaped({1, 1, c.dim})},
                               {"Transformer/posembed_input/pos_embedding", w.position.reshaped({1, c.tokens(), c.dim})},
                               {"Transformer/encoder_norm/scale", w.norm.gain},
                               {"Transformer/encoder_norm/bias", w.norm.shift},
                               {"head/kernel", turned(w.head.weight())},
                               {"head/bias", w.head.bias()}};
  for (std::size_t i = 0; i < w.blocks.size(); ++i) {
    const BlockWeights& b = w.blocks[i];
    const std::string name = "Transformer/encoderblock_" + std::to_string(i) + "/", attention = name + "MultiHeadDotProductAttention_1/";
    const char* const parts[] = {"query", "key", "value"};
    for (int part = 0; part < 3; ++part) {
      const std::span<const float> rows = b.qkv.weight().values().subspan(static_cast<std::size_t>(part * h * d * c.dim), static_cast<std::size_t>(h * d * c.dim));
      const std::span<const float> bias = b.qkv.bias().values().subspan(static_cast<std::size_t>(part * h * d), static_cast<std::size_t>(h * d));
      all.push_back({attention + parts[part] + "/kernel", turned(Tensor({h * d, c.dim}, rows)).reshaped({c.dim, h, d})});
      all.push_back({attention + parts[part] + "/bias", Tensor({h, d}, bias)});
    }
    all.push_back({attention + "out/kernel", turned(b.proj.weight()).reshaped({h, d, c.dim})});
    all.push_back({attention + "out/bias", b.proj.bias()});
    all.push_back({name + "LayerNorm_0/scale", b.norm1.gain});
    all.push_back({name + "LayerNorm_0/bias", b.norm1.shift});
    all.push_back({name + "LayerNorm_2/scale", b.norm2.gain});
    all.push_back({name + "LayerNorm_2/bias", b.norm2.shift});
    all.push_back({name + "MlpBlock_3/Dense_0/kernel", turned(b.fc1.weight())});
    all.push_back({name + "MlpBlock_3/Dense_0/bias", b.fc1.bias()});
    all.push_back({name + "MlpBlock_3/Dense_1/kernel", turned(b.fc2.weight())});
    all.push_back({name + "MlpBlock_3/Dense_1/bias", b.fc2.bias()});
  }
  return all;
}

}  // namespace

TEST_CASE("a hybrid under the original archives' names is the same model", "[stem]") {
  const ModelPtr model = storable();
  const std::string path = temporary_path("hybrid_flax.safetensors");
  REQUIRE(write_safetensors(path, flax_tensors(*model), {{"img_size", "16,24"}}, true).ok());
  const auto loaded = load_model(path);
  std::filesystem::remove(path);
  if (!loaded) FAIL(loaded.error().text);
  REQUIRE((*loaded)->config.stem);
  CHECK(*(*loaded)->config.stem == *model->config.stem);
  CHECK(difference(random_trace(model)->at(Slot::logits).values(), random_trace(*loaded)->at(Slot::logits).values()) < 1e-6);
  bool said = false;
  for (const std::string& line : (*loaded)->warnings) {
    CHECK(!contains(line, "not used"));
    said = said || contains(line, "its stem is computed as timm computes it");
  }
  CHECK(said);
}

TEST_CASE("hybrids that do not work are refused in one line that says what does", "[stem]") {
  Checkpoint stages = hybrid_checkpoint();
  stages.shapes["patch_embed.backbone.stages.0.blocks.0.conv1.weight"] = {8, 8, 1, 1};
  CHECK(refused(stages) ==
        "m: found a hybrid whose ResNet has stages of residual blocks behind its stem in tensor patch_embed.backbone.stages.0.blocks.0.conv1.weight, which is not supported; the hybrid with a stem alone works "
        "(R+ViT-Ti/16, vit_tiny_r_s16_p8_224 in timm), and plain Vision Transformers do");
  Checkpoint layers = hybrid_checkpoint();
  layers.shapes["patch_embed.backbone.layer1.0.conv1.weight"] = {8, 8, 1, 1};
  CHECK(contains(refused(layers), "layers of residual blocks"));
  Checkpoint units = hybrid_checkpoint();
  units.shapes["block1/unit1/conv1/kernel"] = {1, 1, 8, 8};
  CHECK(contains(refused(units), "blocks of residual units"));
  Checkpoint small = hybrid_checkpoint();
  small.shapes["patch_embed.backbone.conv.weight"] = {32, 3, 3, 3};
  CHECK(contains(refused(small), "filters of 3 x 3, expected 7 x 7"));
  Checkpoint groups = hybrid_checkpoint();
  groups.shapes["patch_embed.backbone.conv.weight"] = {48, 3, 7, 7};
  CHECK(contains(refused(groups), "48 channels, which 32 groups of its norm do not share evenly"));
  Checkpoint oblong = hybrid_checkpoint();
  oblong.shapes["patch_embed.proj.weight"] = {8, 32, 2, 1};
  CHECK(contains(refused(oblong), "patches of 2 x 1"));
  Checkpoint other = hybrid_checkpoint();
  other.shapes["patch_embed.proj.weight"] = {8, 16, 2, 2};
  CHECK(contains(refused(other), "patch_embed.proj.weight has the shape"));
  Checkpoint bare = hybrid_checkpoint();
  bare.shapes.erase("patch_embed.backbone.norm.bias");
  CHECK(contains(refused(bare), "patch_embed.backbone.norm.bias is missing"));
}

TEST_CASE("edits of patches reach a hybrid by its cells on the picture, edits of the flattening do not fit", "[stem]") {
  const ModelPtr model = small_hybrid();
  const InputPtr input = input_of_values("random", Draw(2)({3, 24, 32}, 2));
  const TracePtr grey = run({mask({5}, Fill::grey)}, model, input);
  const Tensor& pixels = grey->at(Slot::input);
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < 24; ++y)
      for (int x = 0; x < 32; ++x) CHECK(pixels.at(c, y, x) == (y / 8 == 1 && x / 8 == 1 ? 0.0f : input->values.at(c, y, x)));
  const TracePtr zero = run({mask({5}, Fill::zero)}, model, input);
  for (const float x : zero->at(Slot::embed_patch).row(5)) CHECK(x == 0);
  CHECK(same_bits(zero->at(Slot::stem_patches), run({}, model, input)->at(Slot::stem_patches)));
  for (const EditKind kind : {EditKind::channel_last, EditKind::column_order}) CHECK(refusal(edit_of(kind), *model) == "the patches of this model are not flattened as they are");
  CHECK_FALSE(refusal(mask({11}, Fill::drop), *model).has_value());
}
