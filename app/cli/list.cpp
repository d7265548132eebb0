// Names that other commands take.
#include "app/cli/json.h"
#include "app/figures/option_text.h"
#include "app/shell/builtin.h"

namespace vitscope::cli {

namespace {

Json row_of(const figures::Option& option) {
  const char* kind = option.kind == figures::Option::Kind::toggle ? "toggle" : option.choices.empty() ? "number" : "choice";
  Json row{{"key", option.key}, {"label", option.label}, {"kind", kind}, {"values", figures::values_of(option)},
           {"initial", figures::value_text(option, option.initial)}};
  if (!option.choices.empty()) row["choices"] = option.choices;
  return row;
}

Json row_of(const figures::Figure& figure, const Step& step) {
  Json options = Json::array();
  for (const figures::Option& option : figure.options) options.push_back(row_of(option));
  return {{"slug", figure.slug}, {"title", figure.title}, {"step", step.slug}, {"options", options}};
}

/// What an architecture has: its steps, its figures or its tensors.
void list_parts(const std::string& what, const VitConfig& config, Json& rows) {
  if (what == "steps") {
    for (const Stage stage : {Stage::embed, Stage::block, Stage::answer})
      for (const Step* step : steps_of(stage, config))
        rows.push_back({{"slug", step->slug}, {"title", step->title}, {"stage", stage == Stage::embed ? "embed" : stage == Stage::block ? "block" : "answer"}});
  } else if (what == "figures") {
    for (const figures::Figure* figure : figures::figures())
      if (const Step* step = figures::step_of(*figure, config)) rows.push_back(row_of(*figure, *step));
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
    const Result<ModelPtr> model = load_model_choice(options.model, PresetWeights::zeros);
    if (!model) return fail(model.error().text);
    list_parts(options.what, (*model)->config, rows);
  }
  if (options.json) return print(rows);
  for (const Json& row : rows) {
    std::printf("%-24s", row["slug"].get<std::string>().c_str());
    for (const char* key : {"title", "step", "stage"})
      if (row.contains(key)) std::printf(" %-32s", row[key].get<std::string>().c_str());
    std::printf("\n");
    for (const Json& option : row.value("options", Json::array()))
      std::printf("    --set %s=%s%s\n", option["key"].get<std::string>().c_str(), option["values"].get<std::string>().c_str(),
                  (", else " + option["initial"].get<std::string>()).c_str());
  }
  return kDone;
}

}  // namespace vitscope::cli
