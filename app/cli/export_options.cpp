#include "app/cli/export_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "app/cli/commands.h"
#include "app/figures/option_text.h"
#include "app/figures/parts_answer.h"

namespace vitscope::cli {

namespace {

bool whole_number(const std::string& text, int& value) {
  if (text.empty() || text.size() > 8 || !std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); })) return false;
  value = std::stoi(text);
  return true;
}

/// "cls", "dist", "reg1": the names of the prefix tokens.
std::vector<std::string> prefix_names(const VitConfig& config) {
  const PrefixTokens& prefix = config.grid.prefix_tokens();
  std::vector<std::string> names;
  for (int token = 0; token < prefix.count(); ++token)
    names.push_back(prefix.role(token) == PrefixRole::register_token ? "reg" + std::to_string(prefix.register_number(token)) : prefix.short_name(token));
  return names;
}

/// A token as a person names it: a prefix token, or row,column of a patch. Errors say what would work.
Result<int> token_of(const std::string& flag, const std::string& text, const VitConfig& config) {
  const PatchGrid& grid = config.grid;
  const std::vector<std::string> names = prefix_names(config);
  if (const auto at = std::find(names.begin(), names.end(), text); at != names.end()) return static_cast<int>(at - names.begin());
  const std::vector<std::string> parts = split(text);
  int row = 0, column = 0;
  if (parts.size() == 2 && whole_number(parts[0], row) && whole_number(parts[1], column) && row < grid.rows() && column < grid.columns())
    return grid.token_of(grid.patch_at(row, column));
  std::string expected;
  for (const std::string& name : names) expected += name + ", ";
  return Error{flag + " " + text + ": expected " + expected + "or row,column with rows 0 to " + std::to_string(grid.rows() - 1) + " and columns 0 to " + std::to_string(grid.columns() - 1)};
}

/// A class by its number or its name.
Result<int> class_of(const std::string& text, const Model& model) {
  int number = 0;
  if (whole_number(text, number) && number < model.config.classes) return number;
  for (int i = 0; i < static_cast<int>(model.labels.size()) && i < model.config.classes; ++i)
    if (model.labels[static_cast<std::size_t>(i)] == text) return i;
  return Error{"--class " + text + ": the model has classes 0 to " + std::to_string(model.config.classes - 1) + (model.labels.empty() ? "" : ", or their names, such as " + model.label(0))};
}

Result<std::monostate> apply(const Alias& alias, const std::string& typed, figures::Selection& selection) {
  const Error off{std::string(alias.flag) + " " + typed + ": expected " + std::string(alias.values)};
  if (alias.field) {
    if (!alias.field(selection, typed)) return off;
    return std::monostate{};
  }
  const auto word = std::find_if(alias.words.begin(), alias.words.end(), [&](const Alias::Word& w) { return w.typed == typed; });
  const std::string value(word == alias.words.end() ? typed : word->meant);
  for (std::string_view key : alias.keys)
    if (!figures::set_option(selection, std::string(key) + "=" + value)) return off;
  return std::monostate{};
}

}  // namespace

void add_export_options(CLI::App& app, ExportOptions& o) {
  app.add_option("--out", o.out, "folder that the figures are written to")->required()->type_name("DIR");
  app.add_option("--figures", o.figures, "all, or slugs with commas; `vitscope list figures` names them and their options; without it all, or only the contact sheet where that is asked for")->type_name("all|slug,slug");
  app.add_flag("--contact-sheet", o.contact_sheet, "all figures of the run on one page, contact-sheet.png");
  app.add_option("--compare-image", o.compare_image, "second picture: attention-compare and t-sne-two set its run (A) beside that of --image (B)")->type_name("FILE");
  auto* compare_file = app.add_option("--compare-model", o.compare_model.file, "second checkpoint: attention-compare and t-sne-two set its run (A) beside that of the model (B)")->type_name("FILE");
  app.add_option("--compare-preset", o.compare_model.preset, "the same with an architecture of random weights")->type_name("NAME")->excludes(compare_file);
  auto* scale = app.add_option("--scale", o.scale, "1 is 1600 pixels of width")->check(CLI::Range(1.0, 5.0))->capture_default_str();
  app.add_option("--width", o.width, "width in pixels instead of a scale")->check(CLI::Range(400, 16000))->type_name("PX")->excludes(scale);
  app.add_option("--theme", o.theme, "page colours")->check(CLI::IsMember({"light", "dark"}))->capture_default_str();
  app.add_option("--data", o.data, "the figures' numbers beside them")->check(CLI::IsMember({"none", "csv", "npy"}))->capture_default_str();
  app.add_option("--lang", o.language, "language of the figures")->check(CLI::IsMember({"en", "zh"}))->capture_default_str();
  app.add_flag("--force", o.force, "replace files that exist");

  const std::string what = "What the figures show";
  app.add_option("--block", o.block, "encoder block, counted from 0; without it the last")->type_name("i")->group(what);
  app.add_option("--head", o.head, "head counted from 0, mean or max")->capture_default_str()->type_name("h|mean|max")->group(what);
  app.add_option("--query", o.query, "token whose attention is shown: cls, dist, reg1, ..., or row,column of a patch")->type_name("cls|r,c")->group(what);
  app.add_option("--key", o.key, "token that the query looks at, marked as if it were pinned")->type_name("cls|r,c")->group(what);
  app.add_option("--class", o.class_name, "class that is looked at, by number or name; without it the most likely one")->type_name("i|NAME")->group(what);
  o.aliases.resize(aliases().size());
  for (std::size_t i = 0; i < aliases().size(); ++i) {
    const Alias& alias = aliases()[i];
    app.add_option(std::string(alias.flag), o.aliases[i], std::string(alias.help))->type_name(std::string(alias.values))->group(what);
  }
  app.add_option("--folder", o.folder, "opens the first picture of the folder instead of --image, averages attention distances over up to 128 of its pictures, and shows up to 8 more of them in paper-figure-6")
      ->type_name("DIR")
      ->excludes("--image")
      ->group(what);
  app.add_option("--set", o.set, "any option of a figure, such as rollout.heads=largest; may be repeated; `vitscope list figures` names them")
      ->type_name("KEY=VALUE")
      ->take_all()
      ->group(what);
}

Result<figures::Selection> selection_of(const ExportOptions& options, const Model& model) {
  const VitConfig& config = model.config;
  figures::Selection s = figures::Selection::initial(config);
  if (options.block) {
    if (*options.block < 0 || *options.block >= config.depth)
      return Error{"--block " + std::to_string(*options.block) + ": the model has blocks 0 to " + std::to_string(config.depth - 1)};
    s.block = *options.block;
  }
  if (options.head == "mean") s.head = figures::kMeanHead;
  else if (options.head == "max") s.head = figures::kMaxHead;
  else if (!whole_number(options.head, s.head) || s.head >= config.heads)
    return Error{"--head " + options.head + ": the model has heads 0 to " + std::to_string(config.heads - 1) + ", or mean, or max"};
  if (!options.query.empty()) {
    const Result<int> token = token_of("--query", options.query, config);
    if (!token) return token.error();
    s.query = *token;
    if (const int patch = config.grid.patch_of(s.query); patch >= 0) s.patch = patch;
  }
  if (!options.class_name.empty()) {
    const Result<int> index = class_of(options.class_name, model);
    if (!index) return index.error();
    s.options[std::string(figures::stream::kClassOption)] = static_cast<float>(*index);
  }
  if (!options.key.empty()) {
    const Result<int> token = token_of("--key", options.key, config);
    if (!token) return token.error();
    if (s.head < 0) return Error{"--key " + options.key + ": a key is marked for one head; give its number to --head"};
    s.pinned = CellRef{{Slot::attn, s.block}, s.head, s.query, *token, 0};
  }
  for (std::size_t i = 0; i < options.aliases.size(); ++i)
    if (!options.aliases[i].empty())
      if (const auto set = apply(aliases()[i], options.aliases[i], s); !set) return set.error();
  if (!options.folder.empty())
    for (const char* assignment : {"attention-distance-folder.pictures=128 of its folder", "paper-figure-6.pictures=this folder"})
      if (const auto set = figures::set_option(s, assignment); !set) return set.error();
  for (const std::string& assignment : options.set)
    if (const auto set = figures::set_option(s, assignment); !set) return Error{"--set " + set.error().text};
  return s;
}

}  // namespace vitscope::cli
