#include <catch2/catch.hpp>
#include <algorithm>
#include <cmath>
#include <map>

#include "core/analysis/embedding.h"
#include "core/dump.h"
#include "core/model/position.h"
#include "tests/core/file_makers.h"
#include "core/step.h"
#include "tests/core/small_model.h"

using namespace vitscope;
using namespace vitscope::test;

namespace {
ModelPtr load_family(const std::string& name, const std::string& file = "model.safetensors") {
  const auto model = load_model(data_path("golden/" + name + "/" + file));
  INFO((model.ok() ? std::string() : model.error().text));
  REQUIRE(model.ok());
  return model.value();
}
}  // namespace

TEST_CASE("families are recognised by their names", "[families]") {
  const VitConfig deit = load_family("deit_distilled")->config, mean = load_family("vit_mean")->config, registers = load_family("vit_registers")->config;
  CHECK((deit.family == "deit" && deit.two_heads && deit.prefix_tokens == 2 && deit.role(1) == PrefixRole::distillation));
  CHECK((mean.pool == "avg" && mean.head_norm && !mean.final_norm && mean.prefix_tokens == 0));
  CHECK((registers.registers == 3 && !registers.prefix_position && registers.layer_scale && registers.role(0) == PrefixRole::class_token && registers.role(3) == PrefixRole::register_token));
  CHECK(deit.grid.prefix_tokens() == PrefixTokens(true, true, 0));
  CHECK(mean.grid.prefix_tokens() == PrefixTokens());
  CHECK(registers.grid.prefix_tokens() == PrefixTokens(true, false, 3));
  CHECK(load_family("vit_representation")->config.representation == 7);
  const ModelPtr hf = load_family("hf_resampled");
  CHECK((hf->config.position_resampling == PositionResampling::transformers && hf->config.layer_norm_eps == 1e-12f && hf->label(1) == "bee"));
  CHECK(warned(hf, "2 tensors are not used: vit.pooler.dense.bias, vit.pooler.dense.weight"));
  CHECK(load_family("hf_deit")->config.two_heads);
  const ModelPtr old_one = load_family("lucidrains_old"), current = load_family("lucidrains_new");
  CHECK((old_one->config.family == "lucidrains" && old_one->config.channel_last && old_one->config.head_norm && old_one->config.head_width == 6 && old_one->config.pool == "mean"));
  CHECK((current->config.patch_norms && current->config.final_norm && !current->config.head_norm && current->config.prefix_tokens == 0));
  CHECK(warned(current, "its class token has no rows"));
  const VitConfig lanl = load_family("lanl")->config;
  CHECK((lanl.family == "lanl" && lanl.value_skip && !lanl.qkv_bias && lanl.score_scale == 0.31f && lanl.classes == 1));
  const ModelPtr flax = load_family("flax", "model.npz");
  CHECK((flax->config.heads == 3 && flax->config.representation == 6 && flax->config.layer_norm_eps == 1e-6f && flax->config.image_height == 12));
}

TEST_CASE("counts of parameters and multiply-adds of the presets are exact", "[families]") {
  const std::map<std::string, std::int64_t> expected{{"lucidrains-256-32", 54'622'184}, {"lucidrains-224-32", 54'606'824}, {"vit-b16", 86'567'656},
                                                     {"vit-b16-21k", 103'186'515},      {"deit-b16-distilled", 87'338'192}};
  for (const auto& [name, parameters] : expected) {
    INFO(name);
    const ModelPtr model = build_preset(name, 1, PresetWeights::zeros).value();
    CHECK(model->parameters == parameters);
    CHECK(model->random_weights);
  }
  const VitConfig lucid = build_preset("lucidrains-256-32", 1, PresetWeights::zeros).value()->config;
  CHECK((lucid.tokens() == 65 && lucid.patch_length() == 3072 && lucid.heads * lucid.head_width == 1024 && lucid.layer_norm_eps == 1e-5f));
  CHECK(build_preset("lucidrains-224-32", 1, PresetWeights::zeros).value()->config.tokens() == 50);
  CHECK(build_preset("deit-b16-distilled", 1, PresetWeights::zeros).value()->config.tokens() == 198);
  const VitConfig pre = build_preset("vit-b16-21k", 1, PresetWeights::zeros).value()->config;
  CHECK(pre.multiply_adds() == 17'563'828'224 - 768 * 1000 + 768 * 768 + std::int64_t{768} * 21843);
  CHECK(build_preset("toy-10", 1, PresetWeights::zeros).value()->config.patch_length() == 300);
}

TEST_CASE("every preset of a family runs where it is small", "[families]") {
  ThreadPool pool(1);
  for (const char* name : {"toy-10", "lanl-mountain"}) {
    const ModelPtr model = build_preset(name, 3).value();
    const VitConfig& c = model->config;
    const TracePtr trace = forward(model, input_of_values("x", Draw(4)({c.channels, c.image_height, c.image_width}, 1)), pool);
    CHECK(trace->complete());
    for (const TensorRef& ref : tensors_of(c)) CHECK(trace->has(ref));
  }
}

TEST_CASE("PyTorch's bicubic keeps what is even, repeats the border and overshoots as its kernel says", "[families]") {
  const int rows = 8, columns = 6;
  Tensor table({rows * columns, 1});
  const PatchGrid grid = std::get<PatchGrid>(PatchGrid::make(16, 12, 1, 1, 0));
  // One value over all: weights sum to one at the border, too.
  std::fill_n(table.edit(), table.size(), 3.0f);
  const Tensor flat = resample_position(table, rows, columns, grid, PositionResampling::transformers);
  for (const float v : flat.values()) CHECK(v == Approx(3).margin(1e-5));
  // A point half-way between two cells weighs its four neighbours by -3/32, 19/32, 19/32, -3/32 for a = -0.75.
  const float step[] = {0, 0, 1, 1};
  const Tensor line = resample_position(Tensor({4, 1}, step), 1, 4, std::get<PatchGrid>(PatchGrid::make(1, 2, 1, 1, 0)), PositionResampling::transformers);
  CHECK(line.at(0, 0) == Approx(-3.0 / 32).margin(1e-6));
  CHECK(line.at(1, 0) == Approx(1 + 3.0 / 32).margin(1e-6));
}

TEST_CASE("filters of channel-last weights are pictures in the usual order", "[families]") {
  VitConfig c = small_config();
  c.channel_last = true;
  Tensor row({1, c.patch_length()});
  for (int i = 0; i < c.patch_length(); ++i) row.edit()[i] = static_cast<float>(i % 3 == 0);  // pure red
  const Tensor picture = filters_as_pictures(row, c);
  CHECK(picture.shape() == Shape{1, 3, 4, 2});
  for (int i = 0; i < 24; ++i) CHECK(picture.values()[static_cast<std::size_t>(i)] == static_cast<float>(i < 8));
}

TEST_CASE("a run on every family records its own tensors and no others", "[families]") {
  ThreadPool pool(1);
  for (const auto& [name, config] : small_families()) {
    INFO(name);
    const TracePtr all = forward(random_weights(config), small_input(), pool);
    const TracePtr some = forward(all->model_ptr(), all->input_ptr(), pool, {.record = Record::attention_only});
    REQUIRE(all->complete());
    for (const SlotInfo& slot : slots()) CHECK(all->has(slot.slot, slot.scope == Scope::block ? 1 : -1) == records(config, slot.slot));
    CHECK(std::equal(all->at(Slot::logits).values().begin(), all->at(Slot::logits).values().end(), some->at(Slot::logits).values().begin()));
    const auto entries = dump_entries(config);
    for (const NamedTensor& tensor : dump_tensors(*all)) {
      INFO(tensor.name);
      CHECK(std::any_of(entries.begin(), entries.end(), [&](const DumpEntry& entry) { return entry.name == tensor.name; }));
    }
  }
}

TEST_CASE("pictures are prepared as a family's authors do it where the file does not say how", "[families]") {
  Checkpoint checkpoint = Checkpoint::small();
  checkpoint.metadata.erase("mean");
  checkpoint.metadata.erase("std");
  const ModelPtr plain = parse_model("m", shared(checkpoint.file()), "").value();
  CHECK((plain->preprocess.mean[0] == 0.5f && plain->preprocess.std[2] == 0.5f && plain->preprocess.crop_fraction == 1));
  CHECK(warned(plain, "0.5 assumed"));
  checkpoint.shapes["dist_token"] = {1, 1, 8};
  checkpoint.shapes["pos_embed"] = {1, 11, 8};
  checkpoint.shapes["head_dist.weight"] = {3, 8};
  checkpoint.shapes["head_dist.bias"] = {3};
  const ModelPtr distilled = parse_model("m", shared(checkpoint.file()), "").value();
  CHECK((distilled->preprocess.mean[0] == 0.485f && distilled->preprocess.std[2] == 0.225f && distilled->preprocess.crop_fraction == 0.875));
  CHECK(warned(distilled, "those of ImageNet assumed"));
  checkpoint.metadata["mean"] = "0.25";
  checkpoint.metadata["std"] = "0.5";
  checkpoint.metadata["crop_pct"] = "0.95";
  const ModelPtr told = parse_model("m", shared(checkpoint.file()), "").value();
  CHECK((told->preprocess.mean[0] == 0.25f && told->preprocess.std[2] == 0.5f && told->preprocess.crop_fraction == 0.95));
  CHECK_FALSE(warned(told, "assumed, as in the authors' code"));
}
