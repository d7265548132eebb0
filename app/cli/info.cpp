#include "app/cli/json.h"
#include "app/draw/number.h"
#include "app/figures/figure.h"
#include "app/shell/builtin.h"

namespace vitscope::cli {

int run_info(const InfoOptions& options) {
  const Result<ModelPtr> loaded = load_model_choice(options.model);
  if (!loaded) return fail(loaded.error().text);
  const Model& model = **loaded;
  const VitConfig& config = model.config;
  const std::vector<std::string> warnings = warnings_of(model, nullptr);
  for (const std::string& text : warnings) warn(text);
  const Json json{{"name", model.name},
                  {"family", config.family},
                  {"parameters", model.parameters},
                  {"image_size", {config.image_height, config.image_width}},
                  {"channels", config.channels},
                  {"patch_size", {config.patch_height, config.patch_width}},
                  {"grid", {config.grid.rows(), config.grid.columns()}},
                  {"prefix_tokens", config.prefix_tokens},
                  {"registers", config.registers},
                  {"answer_heads", config.two_heads ? 2 : 1},
                  {"tokens", config.tokens()},
                  {"dim", config.dim},
                  {"depth", config.depth},
                  {"heads", config.heads},
                  {"head_width", config.head_width},
                  {"mlp_dim", config.mlp_dim},
                  {"classes", config.classes},
                  {"pool", config.pool},
                  {"qkv_bias", config.qkv_bias},
                  {"score_scale", finite(config.score_scale)},
                  {"layer_norm_eps", finite(config.layer_norm_eps)},
                  {"macs", config.multiply_adds()},
                  {"mean", std::vector<float>(model.preprocess.mean.begin(), model.preprocess.mean.begin() + config.channels)},
                  {"std", std::vector<float>(model.preprocess.std.begin(), model.preprocess.std.begin() + config.channels)},
                  {"position_resampled", model.position_resampled()},
                  {"position_resampling", config.position_resampling == PositionResampling::transformers ? "transformers" : "timm"},
                  {"patch_order", config.channel_last ? "row, column, channel" : "channel, row, column"},
                  {"labels_known", !model.labels.empty()},
                  {"labels", model.labels},
                  {"random_weights", model.random_weights},
                  {"warnings", warnings}};
  if (options.json) return print(json);
  for (const auto& [key, value] : json.items())
    if (key != "warnings" && key != "labels") std::printf("%-18s %s\n", key.c_str(), value.is_string() ? value.get<std::string>().c_str() : value.dump().c_str());
  return kDone;
}

namespace {
/// What an architecture has: its steps, its figures or its tensors.
void list_parts(const std::string& what, const VitConfig& config, Json& rows) {
  if (what == "steps") {
    for (const Stage stage : {Stage::embed, Stage::block, Stage::answer})
      for (const Step* step : steps_of(stage, config))
        rows.push_back({{"slug", step->slug}, {"title", step->title}, {"stage", stage == Stage::embed ? "embed" : stage == Stage::block ? "block" : "answer"}});
  } else if (what == "figures") {
    for (const figures::Figure* figure : figures::figures())
      if (const Step* step = figures::step_of(*figure, config)) rows.push_back({{"slug", figure->slug}, {"title", figure->title}, {"step", step->slug}});
  } else {
    for (const TensorRef& ref : tensors_of(config)) rows.push_back({{"slug", name_of(ref)}, {"title", shape_of(ref.slot, config).text()}});
  }
}
}  // namespace

int run_list(const ListOptions& options) {
  Json rows = Json::array();
  if (options.what == "presets") {
    for (const Preset& preset : presets()) rows.push_back({{"slug", preset.name}, {"title", preset.about}});
  } else if (options.what == "pictures") {
    for (const std::string& name : shell::builtin_pictures()) rows.push_back({{"slug", name}});
  } else {
    const Result<ModelPtr> model = load_model_choice(options.model);
    if (!model) return fail(model.error().text);
    list_parts(options.what, (*model)->config, rows);
  }
  if (options.json) return print(rows);
  for (const Json& row : rows) {
    std::printf("%-24s", row["slug"].get<std::string>().c_str());
    for (const char* key : {"title", "step", "stage"})
      if (row.contains(key)) std::printf(" %-32s", row[key].get<std::string>().c_str());
    std::printf("\n");
  }
  return kDone;
}

}  // namespace vitscope::cli
