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

Json row_of(const figures::Figure& figure) {
  Json options = Json::array();
  for (const figures::Option& option : figure.options) options.push_back(row_of(option));
  return {{"slug", figure.slug}, {"title", figure.title}, {"step", figure.step}, {"options", options}};
}

}  // namespace

int run_list(const ListOptions& options) {
  Json rows = Json::array();
  if (options.what == "steps") {
    for (const Step& step : steps())
      rows.push_back({{"slug", step.slug}, {"title", step.title}, {"stage", step.stage == Stage::embed ? "embed" : step.stage == Stage::block ? "block" : "answer"}});
  } else if (options.what == "figures") {
    for (const figures::Figure* figure : figures::figures()) rows.push_back(row_of(*figure));
  } else if (options.what == "presets") {
    for (const Preset& preset : presets()) rows.push_back({{"slug", preset.name}, {"title", preset.about}});
  } else if (options.what == "pictures") {
    for (const std::string& name : shell::builtin_pictures()) rows.push_back({{"slug", name}});
  } else {
    const Result<ModelPtr> model = load_model_choice(options.model);
    if (!model) return fail(model.error().text);
    for (const TensorRef& ref : tensors_of((*model)->config)) rows.push_back({{"slug", name_of(ref)}, {"title", shape_of(ref.slot, (*model)->config).text()}});
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
