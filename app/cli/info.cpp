#include "app/cli/json.h"

#include "core/image/channels.h"

namespace vitscope::cli {

namespace {
/// One for each channel; one for each colour where channels are many and take the colours in turn.
std::vector<float> constants(const std::array<float, 4>& all, int channels) { return {all.begin(), all.begin() + (channels > 4 ? 3 : channels)}; }
}  // namespace

int run_info(const InfoOptions& options) {
  const Result<ModelPtr> loaded = load_model_choice(options.model, PresetWeights::zeros);
  if (!loaded) return fail(loaded.error().text);
  const Model& model = **loaded;
  const VitConfig& config = model.config;
  const std::vector<std::string> warnings = warnings_of(model, nullptr);
  for (const std::string& text : warnings) warn(text);
  Json json{{"name", model.name},
            {"family", config.family},
            {"parameters", model.parameters},
            {"image_size", {config.image_height, config.image_width}},
            {"channels", config.channels},
            {"channels_from", config.channels == 1 ? "grey" : config.channels == 3 ? "red, green, blue" : channels_text(config.channels)},
            {"patch_size", {config.patch_height, config.patch_width}},
            {"feature_map", config.stem ? Json{config.stem->channels, config.stem->map_height(), config.stem->map_width()} : Json(nullptr)},
            {"cell_size", {config.grid.cell_height(), config.grid.cell_width()}},
            {"position_place", config.position_place == PositionPlace::stem ? "once" : config.position_place == PositionPlace::every_shared ? "each-shared" : "each-own"},
            {"relative_position", config.relative_position},
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
            {"mean", constants(model.preprocess.mean, config.channels)},
            {"std", constants(model.preprocess.std, config.channels)},
            {"position_resampled", model.position_resampled()},
            {"position_resampling", config.position_resampling == PositionResampling::transformers ? "transformers" : "timm"},
            {"patch_order", config.channel_last ? "row, column, channel" : "channel, row, column"},
            {"labels_known", !model.labels.empty() && !model.labels_assumed},
            {"labels_assumed", model.labels_assumed},
            {"labels", model.labels},
            {"random_weights", model.random_weights},
            {"warnings", warnings}};
  if (const auto& tnt = config.tnt) {
    json["words"] = {tnt->word_rows, tnt->word_columns};
    json["word_width"] = tnt->width();
    json["word_heads"] = tnt->heads;
    json["word_pixels"] = {tnt->stride, tnt->stride, tnt->channels};
    json["words_from"] = tnt->pixels_apart() ? "pixels" : tnt->whole_picture ? "picture" : "patch";
    json["word_kernel"] = tnt->kernel;
    json["patches_begin"] = tnt->zero_rows ? "zeros" : "words";
  }
  if (const auto& t2t = config.t2t) {
    json["windows_meet_by"] = t2t->performer() ? "performers" : "attention";
    json["token_width"] = t2t->width();
    if (t2t->performer()) {
      json["random_features"] = t2t->features;
      json["parameters_include"] = "the random directions w of the performers, which are not trained";
    }
  }
  if (const DropPosWeights& decoder = model.weights.drop_pos; !decoder.empty())
    json["drop_pos_decoder"] = {{"dim", decoder.embed.out()}, {"blocks", decoder.blocks.size()}, {"heads", decoder.heads}, {"cells", decoder.predict.out()}};
  if (options.json) return print(json);
  for (const auto& [key, value] : json.items())
    if (key != "warnings" && key != "labels") std::printf("%-18s %s\n", key.c_str(), value.is_string() ? value.get<std::string>().c_str() : value.dump().c_str());
  return kDone;
}

}  // namespace vitscope::cli
