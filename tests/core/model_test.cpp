#include "core/model/model.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>

#include "core/checkpoint/tensor_file.h"
#include "core/model/random.h"
#include "tests/core/file_makers.h"

using namespace vitscope;
using namespace vitscope::test;

namespace {

ModelPtr load(const Checkpoint& checkpoint, const std::string& config = "", const std::string& prefix = "") {
  auto model = parse_model("folder/small.safetensors", shared(checkpoint.file(prefix)), config);
  INFO((model.ok() ? std::string() : model.error().text));
  REQUIRE(model.ok());
  return model.value();
}

std::string refusal(const Checkpoint& checkpoint, const std::string& config = "") {
  const auto model = parse_model("m", shared(checkpoint.file()), config);
  REQUIRE_FALSE(model.ok());
  CHECK(model.error().text.rfind("m: ", 0) == 0);
  CHECK(model.error().text.find('\n') == std::string::npos);
  return model.error().text;
}

}  // namespace

TEST_CASE("a checkpoint under timm names becomes a model", "[model]") {
  const ModelPtr model = load(Checkpoint::small());
  const VitConfig& c = model->config;
  CHECK(model->name == "small");
  CHECK((c.dim == 8 && c.depth == 2 && c.heads == 2 && c.head_width == 4 && c.mlp_dim == 12 && c.classes == 3));
  CHECK((c.channels == 3 && c.image_height == 6 && c.image_width == 6 && c.patch_height == 2 && c.patch_width == 2));
  CHECK((c.tokens() == 10 && c.grid.rows() == 3 && c.grid.columns() == 3 && c.qkv_bias));
  CHECK(c.layer_norm_eps == 1e-6f);
  CHECK(c.score_scale == 0.5f);
  CHECK(c.patch_length() == 12);
  CHECK(model->warnings.empty());
  CHECK_FALSE(model->random_weights);
  CHECK_FALSE(model->position_resampled());
  CHECK(model->parameters == 8 + 80 + 96 + 8 + 16 + 24 + 3 + 2 * (16 + 192 + 24 + 64 + 8 + 16 + 96 + 12 + 96 + 8));
  CHECK(model->preprocess.mean == std::array<float, 4>{0.5f, 0.25f, 0.125f, 0.125f});
  CHECK(model->preprocess.std == std::array<float, 4>{0.5f, 0.5f, 0.5f, 0.5f});
  CHECK(model->preprocess.mode == ResizeMode::crop);
  CHECK(model->preprocess.crop_fraction == 1.0);
  CHECK((model->preprocess.height == 6 && model->preprocess.channels == 3));
  CHECK(model->label(2) == "class 2");
  CHECK(model->weights.class_token.shape() == Shape{8});
  CHECK(model->weights.position.shape() == Shape{10, 8});
  CHECK(model->weights.patch.in() == 12);
  CHECK(model->weights.blocks[1].fc1.out() == 12);
}

TEST_CASE("prefixes in front of the names are tolerated", "[model]") {
  for (const char* prefix : {"module.", "model.", "prefix.", "a.b.c."}) CHECK(load(Checkpoint::small(), "", prefix)->warnings.empty());
  Checkpoint twice = Checkpoint::small();
  for (const auto& [name, shape] : Checkpoint::small().shapes) twice.shapes["ema." + name] = shape;
  CHECK(warned(load(twice), "tensors are not used: ema.blocks.0.attn.proj.bias, ema.blocks.0.attn.proj.weight"));
}

TEST_CASE("heads come from metadata, then config.json, then the convention", "[model]") {
  Checkpoint c = Checkpoint::small();
  c.metadata["num_heads"] = "4";
  CHECK(load(c, R"({"num_heads": 2})")->config.heads == 4);
  c.metadata.erase("num_heads");
  CHECK(load(c, R"({"num_attention_heads": 8})")->config.heads == 8);
  CHECK(load(c, R"({"architecture": "x", "model_args": {"num_heads": 1}})")->config.heads == 1);
  CHECK(contains(refusal(c), "64 does not divide the attention width 8; give num_heads"));
  c.metadata["num_heads"] = "3";
  CHECK(contains(refusal(c), "num_heads = 3 does not divide the attention width 8"));
  for (const char* text : {"zwei", "0", "-1", "2.5", "[2, 2]", "1e99", "{}"}) {
    c.metadata["num_heads"] = text;
    CHECK(contains(refusal(c), "the metadata has num_heads = "));
  }
  Checkpoint wide = Checkpoint::small();
  wide.metadata.erase("num_heads");
  for (const char* block : {"blocks.0.attn.", "blocks.1.attn."}) {
    wide.shapes[std::string(block) + "qkv.weight"] = {384, 8};
    wide.shapes[std::string(block) + "qkv.bias"] = {384};
    wide.shapes[std::string(block) + "proj.weight"] = {8, 128};
  }
  const ModelPtr model = load(wide);
  CHECK((model->config.heads == 2 && model->config.head_width == 64));
  CHECK(warned(model, "2 assumed, each 64 wide"));
  const ModelPtr huge = load(wide, R"({"architecture": "vit_huge_patch14_224"})");
  CHECK(huge->config.heads == 16);
  CHECK(warned(huge, "16 taken from the architecture"));
}

TEST_CASE("settings in timm's and in Hugging Face's form", "[model]") {
  Checkpoint c = Checkpoint::small();
  c.metadata = {{"format", "pt"}};
  const ModelPtr timm = load(c, R"({"architecture": "vit_tiny", "num_classes": 3, "model_args": {"img_size": [6, 6], "num_heads": 2},
    "pretrained_cfg": {"input_size": [3, 6, 6], "mean": [0.1, 0.2, 0.3], "std": [1, 1, 1], "crop_pct": 0.875, "interpolation": "bilinear", "crop_mode": "squash"}})");
  CHECK(timm->preprocess.mean[2] == 0.3f);
  CHECK(timm->preprocess.crop_fraction == 0.875);
  CHECK(timm->preprocess.mode == ResizeMode::stretch);
  CHECK(timm->warnings.size() == 1);
  CHECK(warned(timm, "bilinear"));
  const ModelPtr hf = load(c, R"({"num_attention_heads": 2, "layer_norm_eps": 1e-12, "image_size": 6, "hidden_act": "gelu",
    "id2label": {"1": "two", "0": "one", "2": "three"}})");
  CHECK(hf->config.layer_norm_eps == 1e-12f);
  CHECK(hf->labels == std::vector<std::string>{"one", "two", "three"});
  CHECK(hf->label(1) == "two");
  CHECK(hf->label(3) == "class 3");
  CHECK(warned(hf, "mean and standard deviation"));
  CHECK(load(c, R"({"num_heads": 2, "id2label": {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"}})")->labels.empty());
  CHECK(warned(load(c, R"({"num_heads": 2, "labels": ["a"]})"), "names 1 classes but has 3"));
  CHECK(load(c, R"({"num_heads": 2, "labels": [1, 2, 3]})")->labels.empty());
  c.metadata["num_heads"] = "2";
  CHECK(warned(load(c, "{damaged"), "config.json is damaged"));
  CHECK(warned(load(c, "[1]"), "config.json is damaged"));
  CHECK(load(c, "{\"a\":" + std::string(200'000, '[') + std::string(200'000, ']') + "}")->config.heads == 2);
  CHECK(warned(load(c, ""), "LayerNorm epsilon is not stored"));
  c.metadata["labels"] = R"(["red", "gr\u00fcn", "blue"])";
  CHECK(load(c)->label(1) == "gr\xC3\xBCn");
  CHECK(warned(load(c, R"({"patch_size": 4, "num_classes": 1000, "depth": 12})"), "the patch size is stored as 4, but the tensors say 2"));
  CHECK(warned(load(c, R"({"hidden_size": 768})"), "the width is stored as 768, but the tensors say 8"));
  CHECK(contains(refusal(c, R"({"eps": -1})"), "config.json has eps = -1, expected a number from 0 to 1"));
  CHECK(contains(refusal(c, R"({"mean": ["a"]})"), "config.json has mean ="));
  CHECK(contains(refusal(c, R"({"std": [0, 0, 0]})"), "config.json has std ="));
  CHECK(contains(refusal(c, R"({"mean": [0, 0]})"), "mean has 2 numbers, expected 3"));
  CHECK(contains(refusal(c, R"({"crop_pct": 0})"), "crop_pct"));
}

TEST_CASE("the picture size is stored, or the grid is a square", "[model]") {
  Checkpoint c = Checkpoint::small();
  for (const char* text : {"6", "6,6", "[6, 6]", "(6)"}) {
    c.metadata["img_size"] = text;
    const auto model = parse_model("m", shared(c.file()), "");
    CHECK(model.ok() == (std::string(text) != "(6)"));
  }
  c.metadata.erase("img_size");
  const ModelPtr square = load(c);
  CHECK((square->config.image_height == 6 && warned(square, "picture size is not stored")));
  c.metadata["img_size"] = "8";
  CHECK(warned(load(c), "pos_embed has 10 rows, expected 17 for pictures of 8 x 8"));
  c.metadata["img_size"] = "7";
  CHECK(contains(refusal(c), "2 does not divide 7 x 7"));
  c.shapes["pos_embed"] = {1, 9, 8};
  c.metadata["img_size"] = "6";
  const ModelPtr patches_only = load(c);
  CHECK_FALSE(patches_only->config.prefix_position);
  CHECK(patches_only->config.tokens() == 10);
  for (int i = 0; i < 8; ++i) CHECK(patches_only->weights.position.at(0, i) == 0);
  CHECK(patches_only->weights.position.at(1, 1) == 0.01f);
  c.metadata["img_size"] = "8";
  CHECK(contains(refusal(c), "pos_embed has 9 rows, expected 17"));
  c.metadata.erase("img_size");
  c.shapes["pos_embed"] = {1, 8, 8};
  CHECK(contains(refusal(c), "no square number"));
  c.shapes["pos_embed"] = {1, 9, 8};
  c.metadata["img_size"] = "4,8";
  const ModelPtr oblong = load(c);
  CHECK((oblong->config.grid.rows() == 2 && oblong->config.grid.columns() == 4 && oblong->preprocess.width == 8));
  c.shapes["pos_embed"] = {1, 1, 8};
  CHECK_FALSE(parse_model("m", shared(c.file()), "").ok());
}

TEST_CASE("every shape is checked by name", "[model]") {
  const Checkpoint small = Checkpoint::small();
  for (const auto& [name, shape] : small.shapes) {
    INFO(name);
    Checkpoint missing = small;
    missing.shapes.erase(name);
    // Without a bias the model is another legal one; in only one of its blocks it is not.
    if (name == "blocks.0.attn.qkv.bias") {
      CHECK(load(missing)->warnings.size() == 1);
    } else if (name == "patch_embed.proj.weight") {
      CHECK(contains(refusal(missing), "known family's names (found blocks.0.attn.proj.bias"));
    } else if (name == "cls_token") {
      CHECK(contains(refusal(missing), "pos_embed has 10 rows, expected 9"));
    } else {
      const std::string text = refusal(missing);
      CHECK(contains(text, name));
      CHECK(contains(text, "is missing"));
    }
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      Checkpoint changed = small;
      changed.shapes[name][axis] += 1;
      const auto model = parse_model("m", shared(changed.file()), "");
      if (name == "patch_embed.proj.weight" && axis >= 2) {
        // Patches of another size are legal; what the metadata say of the picture no longer fits them.
        CHECK((model.ok() ? warned(*model, "expected") : contains(model.error().text, "does not") || contains(model.error().text, "do not")));
        continue;
      }
      REQUIRE_FALSE(model.ok());
      CHECK((contains(model.error().text, "expected") || contains(model.error().text, "divide")));
    }
    Checkpoint flat = small;
    flat.shapes[name].push_back(1);
    CHECK(contains(refusal(flat), name + " has the shape "));
    Checkpoint nothing = small;
    nothing.shapes[name][0] = 0;
    CHECK_FALSE(parse_model("m", shared(nothing.file()), "").ok());
  }
  Checkpoint changed = small;
  changed.shapes["blocks.1.mlp.fc2.weight"] = {8, 13};
  CHECK(refusal(changed) == "m: blocks.1.mlp.fc2.weight has the shape 8 x 13, expected 8 x 12");
  changed = small;
  changed.shapes.erase("norm.bias");
  CHECK(refusal(changed) == "m: norm.bias is missing, expected 8");
  changed = small;
  changed.shapes["blocks.999999999.norm1.weight"] = {8};
  CHECK(contains(refusal(changed), "blocks.2.norm1.weight is missing, expected 8"));
}

TEST_CASE("what is not used or not finite is said", "[model]") {
  Checkpoint c = Checkpoint::small();
  for (const char* name : {"z1", "z2", "z3", "z4", "z5"}) c.shapes[name] = {2};
  c.values["norm.weight"] = {1, 1, std::numeric_limits<float>::quiet_NaN(), 1, 1, -std::numeric_limits<float>::infinity(), 1, 1};
  const ModelPtr model = load(c);
  CHECK(model->warnings ==
        std::vector<std::string>{"norm.weight holds 2 values that are not finite (NaN or infinity)", "5 tensors are not used: z1, z2, z3 and 2 more"});
}

TEST_CASE("other families are named, not guessed", "[model]") {
  const auto with = [](const std::string& name) {
    Checkpoint c = Checkpoint::small();
    c.shapes[name] = {1};
    return refusal(c);
  };
  CHECK(contains(with("blocks.0.attn.q_norm.weight"), "found norms of queries and keys (q_norm) in tensor blocks.0.attn.q_norm.weight, which is not supported"));
  CHECK(contains(with("norm_pre.weight"), "norm_pre"));
  CHECK(contains(with("blocks.0.inner_attn.qk.weight"), "expected a square one of odd side"));
  CHECK(contains(with("dist_token"), "dist_token has the shape 1, expected 1 x rows x 8"));
  const auto only = [](const std::string& name) {
    Checkpoint c;
    c.shapes[name] = {1};
    return refusal(c);
  };
  CHECK(contains(only("tokens_to_token.project.weight"), "tokens_to_token.attention1.attn.qkv.weight is missing"));
  CHECK(contains(only("linear_head.weight"), "SimpleViT"));
  for (const char* name : {"to_patch_embedding.1.weight", "vit.embeddings.patch_embeddings.projection.weight", "patch_tokens.project.weight", "embedding/kernel"}) {
    CHECK(contains(only(name), std::string(name) + " has the shape 1"));
  }
  CHECK(contains(only("conv1.weight"), "known family's names (found conv1.weight)"));
  CHECK(contains(refusal(Checkpoint{}), "the file holds no tensors"));
  Checkpoint c = Checkpoint::small();
  c.metadata["global_pool"] = "map";
  CHECK(contains(refusal(c), "pools its tokens by 'map'"));
  c.metadata["global_pool"] = "avg";
  CHECK(load(c)->config.pool == "avg");
  c.metadata["global_pool"] = "token";
  CHECK(load(c)->config.pool == "cls");
  c.metadata["attention_v_skip"] = "true";
  CHECK(load(c)->config.value_skip);
  c.shapes.erase("head.weight");
  CHECK(contains(refusal(c), "holds no head (head.weight is missing)"));
  c = Checkpoint::small();
  CHECK(contains(refusal(c, R"({"hidden_act": "quick_gelu"})"), "quick_gelu"));
}

TEST_CASE("models on disk find their config.json", "[model]") {
  const ModelPtr model = load_model(data_path("golden/vit_nonsquare/model.safetensors")).value();
  CHECK((model->config.heads == 3 && model->config.image_height == 20 && model->config.image_width == 8 && model->config.channels == 1));
  CHECK_FALSE(model->config.qkv_bias);
  CHECK(model->path == data_path("golden/vit_nonsquare/model.safetensors"));
  for (const char* name : {"vit_square", "vit_pos_resampled", "vit_f16", "vit_bf16"}) {
    CHECK(load_model(data_path(std::string("golden/") + name + "/model.safetensors")).ok());
  }
  CHECK(load_model("/nowhere.safetensors").error().text == "/nowhere.safetensors: no such file");
  CHECK(contains(load_model(data_path("golden/vit_square/input.npy")).error().text, "safetensors"));
}

TEST_CASE("names of classes lie in labels.txt, one a line, for heads of any length", "[model]") {
  namespace fs = std::filesystem;
  const fs::path folder = temporary_path("labels");
  fs::create_directories(folder);
  for (const int classes : {3, 1000, 21843}) {
    CAPTURE(classes);
    Checkpoint c = Checkpoint::small();
    c.shapes["head.weight"] = {classes, 8};
    c.shapes["head.bias"] = {classes};
    const Bytes file = c.file("module.model.");
    std::ofstream(folder / "model.safetensors", std::ios::binary).write(reinterpret_cast<const char*>(file.data()), static_cast<std::streamsize>(file.size()));
    fs::remove(folder / "labels.txt");
    const ModelPtr bare = load_model((folder / "model.safetensors").string()).value();
    CHECK(bare->config.classes == classes);
    CHECK((bare->labels.empty() && bare->label(classes - 1) == "class " + std::to_string(classes - 1)));
    {
      std::ofstream labels(folder / "labels.txt");
      for (int i = 0; i < classes; ++i) labels << "name " << i << (i % 2 ? "\r\n" : "\n");
    }
    const ModelPtr named = load_model((folder / "model.safetensors").string()).value();
    CHECK(static_cast<int>(named->labels.size()) == classes);
    CHECK((named->label(0) == "name 0" && named->label(classes - 1) == "name " + std::to_string(classes - 1)));
    std::ofstream(folder / "labels.txt", std::ios::app) << "one too many\n";
    const ModelPtr other = load_model((folder / "model.safetensors").string()).value();
    CHECK(other->labels.empty());
    CHECK(warned(other, "names " + std::to_string(classes + 1) + " classes but has " + std::to_string(classes)));
  }
  fs::remove_all(folder);
}

TEST_CASE("a class token without rows is none", "[model]") {
  Checkpoint c = Checkpoint::small();
  c.shapes["cls_token"] = {0, 8};
  c.shapes["pos_embed"] = {1, 9, 8};
  const ModelPtr model = load(c);
  CHECK((model->config.prefix_tokens == 0 && !model->config.class_token && model->config.tokens() == 9 && model->config.pool == "avg"));
  CHECK(model->weights.class_token.empty());
  CHECK(warned(model, "its class token has no rows; it is run without one"));
  CHECK_FALSE(warned(model, "not used"));
  c.shapes["cls_token"] = {2, 8};
  CHECK(contains(refusal(c), "cls_token has 2 rows, expected 1"));
}

TEST_CASE("the shipped model is a whole one", "[model]") {
  const ModelPtr model = load_model(data_path("../assets/models/cifar10-vit.safetensors")).value();
  CHECK(model->parameters == 2'693'578);
  CHECK(model->warnings.empty());
  CHECK(model->labels.size() == 10);
  CHECK(model->label(3) == "cat");
  CHECK((model->config.heads == 6 && model->config.dim == 192 && model->config.tokens() == 65));
}

TEST_CASE("another input size shares everything but the positions", "[model]") {
  const ModelPtr model = load(Checkpoint::small());
  const ModelPtr other = with_input_size(model, 8, 4).value();
  CHECK((other->config.grid.rows() == 4 && other->config.grid.columns() == 2 && other->config.image_height == 8));
  CHECK((other->preprocess.height == 8 && other->preprocess.width == 4));
  CHECK(other->position_resampled());
  CHECK(other->weights.position.shape() == Shape{9, 8});
  CHECK(other->weights.blocks[1].fc2.weight().id() == model->weights.blocks[1].fc2.weight().id());
  CHECK(other->weights.stored_position.id() == model->weights.stored_position.id());
  const auto expected = resample_bicubic(model->weights.stored_position.values().subspan(8), 3, 3, 8, 4, 2);
  CHECK(std::equal(expected.begin(), expected.end(), other->weights.position.values().begin() + 8));
  for (int i = 0; i < 8; ++i) CHECK(other->weights.position.at(0, i) == model->weights.position.at(0, i));
  const ModelPtr back = with_input_size(other, 6, 6).value();
  CHECK(back->weights.position.id() == model->weights.stored_position.id());
  CHECK_FALSE(back->position_resampled());
  CHECK(with_input_size(model, 7, 6).error().text == "small: 2 does not divide 7 x 6: 1 row is left over; 8 x 6 or 6 x 6 would work, or patches of 1");
  CHECK_FALSE(with_input_size(model, 0, 6).ok());
  CHECK(contains(with_input_size(model, 2'000'000, 2).error().text, "too large"));
  CHECK(contains(with_input_size(model, 1000, 1000).error().text, "250001 tokens"));
}

TEST_CASE("resampled positions are those of the golden case", "[model]") {
  const auto expected = read_safetensors(data_path("golden/vit_pos_resampled/expected.safetensors")).value();
  const Tensor before = to_float(expected, "embed.cls").value(), after = to_float(expected, "embed.pos").value();
  const ModelPtr stored = load_model(data_path("golden/vit_pos_resampled/model.safetensors")).value();
  const ModelPtr model = with_input_size(stored, 16, 8).value();
  REQUIRE(model->weights.position.shape() == after.shape());
  for (int t = 0; t < after.dim(0); ++t)
    for (int i = 0; i < after.dim(1); ++i) CHECK(model->weights.position.at(t, i) == Approx(after.at(t, i) - before.at(t, i)).margin(2e-6));
}

TEST_CASE("presets have the published sizes", "[model]") {
  struct Counts {
    const char* name;
    std::int64_t parameters;
  };
  for (const auto& [name, parameters] :
       {Counts{"vit-ti16", 5'717'416}, {"vit-s16", 22'050'664}, {"vit-b16", 86'567'656}, {"vit-b32", 88'224'232}, {"vit-b16-384", 86'859'496}}) {
    const ModelPtr model = build_preset(name, 1, PresetWeights::zeros).value();
    INFO(name);
    CHECK(model->parameters == parameters);
    CHECK(model->random_weights);
    CHECK(model->config.classes == 1000);
    CHECK(model->name == name);
  }
  const ModelPtr base = build_preset("vit-b16", 1, PresetWeights::zeros).value();
  CHECK(base->config.multiply_adds() == 17'563'828'224);
  CHECK((base->config.tokens() == 197 && base->config.heads == 12 && base->config.head_width == 64));
  CHECK(presets().size() == 20 + 13 + 18);
  CHECK(contains(build_preset("vit-x", 1, PresetWeights::zeros).error().text, "there is no preset 'vit-x'; there are vit-ti16, "));
}

TEST_CASE("the mountain preset has the fixed sinusoidal table", "[model]") {
  const ModelPtr model = build_preset("lanl-mountain", 1).value();
  const VitConfig& c = model->config;
  CHECK((c.grid.rows() == 3 && c.grid.columns() == 5 && c.patch_length() == 400 && c.heads == 4 && c.head_width == 192 && c.mlp_dim == 1152));
  CHECK_FALSE(c.qkv_bias);
  for (const float v : model->weights.class_token.values()) CHECK(v == 0);
  const Tensor& table = model->weights.position;
  for (int i = 0; i < 768; ++i) CHECK(table.at(0, i) == static_cast<float>(i % 2));
  CHECK(table.at(1, 0) == Approx(0.8415).margin(5e-5));
  CHECK(table.at(1, 1) == Approx(0.5403).margin(5e-5));
  CHECK(table.at(1, 2) == Approx(0.8284).margin(5e-5));
  CHECK(table.at(1, 3) == Approx(0.5601).margin(5e-5));
  for (int t = 0; t < c.tokens(); ++t) {
    double norm = 0;
    for (const float v : table.row(t)) norm += static_cast<double>(v) * static_cast<double>(v);
    CHECK(norm == Approx(384));
  }
  CHECK((model->preprocess.mean[0] == 0 && model->preprocess.std[0] == 1));
}

TEST_CASE("random weights are the same everywhere and follow the seed", "[model]") {
  const ModelPtr a = build_preset("vit-ti16", 7).value(), b = build_preset("vit-ti16", 7).value(), c = build_preset("vit-ti16", 8).value();
  const auto first = [](const ModelPtr& m) { return m->weights.blocks[3].fc1.weight().values(); };
  CHECK(std::equal(first(a).begin(), first(a).end(), first(b).begin()));
  CHECK_FALSE(std::equal(first(a).begin(), first(a).end(), first(c).begin()));
  CHECK(a->weights.blocks[3].fc1.weight().at(0, 0) != a->weights.blocks[4].fc1.weight().at(0, 0));
  double sum = 0, squares = 0, largest = 0;
  for (const float v : first(a)) {
    sum += static_cast<double>(v);
    squares += static_cast<double>(v) * static_cast<double>(v);
    largest = std::max(largest, std::abs(static_cast<double>(v)));
  }
  const double n = static_cast<double>(first(a).size());
  CHECK(sum / n == Approx(0).margin(2e-4));
  CHECK(std::sqrt(squares / n) == Approx(0.02).epsilon(0.01));
  CHECK(largest < 0.02 * 3.5);
  // Computed by a separate implementation of splitmix64 and xoshiro256**.
  Random random(42, 1);
  CHECK(random.next() == 0xC2FAAA11A6D3AD7Du);
  CHECK(random.next() == 0x20DF191928673A4Au);
  CHECK(random.next() == 0x9F1F3BEF7F9A3F54u);
}

TEST_CASE("models of more than four channels are read, with constants for each colour", "[model]") {
  Checkpoint many = Checkpoint::small();
  many.shapes["patch_embed.proj.weight"] = {8, 6, 2, 2};
  const ModelPtr model = parse_model("m", shared(many.file()), "").value();
  CHECK((model->config.channels == 6 && model->preprocess.channels == 6 && model->config.patch_length() == 24));
  CHECK(model->preprocess.mean[2] == 0.125f);
  Checkpoint each = many;
  each.metadata["mean"] = "[0, 0, 0, 0]";
  const auto refused = parse_model("m", shared(each.file()), "");
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().text == "m: mean has 4 numbers, expected 3, one for each colour");
  Checkpoint most = many;
  most.shapes["patch_embed.proj.weight"] = {8, 1025, 2, 2};
  const auto off = parse_model("m", shared(most.file()), "");
  REQUIRE_FALSE(off.ok());
  CHECK(off.error().text == "m: takes pictures of 1025 channels; 1 to 1024 work");
}
