#include "app/shell/restore.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>

#include "app/shell/builtin.h"
#include "core/model/architecture.h"

namespace vitscope::shell {

namespace fs = std::filesystem;
using exporting::SavedView;

namespace {

/// Files that may be the one of this name: those that were open before, then NAME in each folder.
std::vector<std::string> candidates(const std::vector<std::string>& recent, const std::vector<std::string>& folders, const std::string& name) {
  std::vector<std::string> found;
  for (const std::string& path : recent)
    if (fs::path(path).filename() == name) found.push_back(path);
  for (const std::string& folder : folders)
    if (!folder.empty()) found.push_back((fs::path(folder) / name).string());
  std::error_code ignored;
  std::erase_if(found, [&](const std::string& path) { return !fs::is_regular_file(path, ignored); });
  return found;
}

Error needs(const std::string& kind, const std::string& name, const std::string& check, const std::string& met) {
  std::string text = "needs the " + kind + " " + name;
  if (!check.empty()) text += " (checksum " + check + ")";
  text += met.empty() ? ", which is not open, did not ship, was not open before and does not lie beside the figure" : "; " + met + " is another one";
  return {text + ": open it, then the figure again"};
}

}  // namespace

Error needed(const SavedView& view, bool of_model) {
  return of_model ? needs("model", view.model, view.model_check, "the open one") : needs("picture", view.picture, view.picture_check, "the open one");
}

EditsPtr edits_of(const SavedView& view) {
  if (view.edits.empty()) return nullptr;
  Result<Edits> edits = edits_from_json(view.edits);
  return edits ? std::make_shared<const Edits>(std::move(*edits)) : nullptr;
}

ResizeMode resize_mode_of(std::string_view name, ResizeMode other) {
  for (const ResizeMode mode : {ResizeMode::crop, ResizeMode::stretch, ResizeMode::pad})
    if (name == name_of(mode)) return mode;
  return other;
}

bool is_model_of(const SavedView& view, const Model& model) { return model.name == view.model && (view.model_check.empty() || exporting::weights_check(model) == view.model_check); }

bool is_picture_of(const SavedView& view, const Picture& picture) {
  char check[9];
  std::snprintf(check, sizeof check, "%08x", picture.crc);
  return view.picture_check.empty() ? picture.name == view.picture : view.picture_check == check;
}

Result<ModelPtr> find_model(const SavedView& view, const AtHand& at_hand) {
  // Models are compared on the input that the figure was made with.
  const auto fitted = [&](const Result<ModelPtr>& model) { return model && (*model)->name == view.model ? on_input_size(*model, view.input_size) : model; };
  if (at_hand.model)
    if (const auto open = fitted(at_hand.model); open && is_model_of(view, **open)) return open;
  std::string met;
  const auto accept = [&](const Result<ModelPtr>& model, const std::string& where) {
    if (model && is_model_of(view, **model)) return true;
    if (model && (*model)->name == view.model) met = where;
    return false;
  };
  std::uint64_t seed = 0;
  std::from_chars(view.model_seed.data(), view.model_seed.data() + view.model_seed.size(), seed);
  if (!view.model_preset.empty()) {
    if (!is_wish_text(view.model_preset)) return needs("model", view.model, view.model_check, met);
    const auto model = fitted(build_preset(view.model_preset, seed));
    if (accept(model, "the architecture that it names")) return model;
    return model ? needs("model", view.model, view.model_check, met) : Result<ModelPtr>(model.error());
  }
  for (const Preset& preset : presets())
    if (preset.name == view.model) {
      if (const auto model = fitted(build_preset(preset.name, seed)); accept(model, "the preset")) return model;
    }
  for (const std::string& path : candidates(at_hand.recent_models, at_hand.folders, view.model + ".safetensors"))
    if (const auto model = fitted(load_model(path)); accept(model, path)) return model;
  if (const auto model = fitted(load_shipped_model()); accept(model, "the shipped model")) return model;
  return needs("model", view.model, view.model_check, met);
}

Result<PicturePtr> find_picture(const SavedView& view, const AtHand& at_hand) {
  if (at_hand.picture && is_picture_of(view, *at_hand.picture)) return at_hand.picture;
  std::string met;
  const std::vector<std::string> names = builtin_pictures();
  if (std::find(names.begin(), names.end(), view.picture) != names.end())
    if (const auto picture = load_builtin_picture(view.picture); picture && is_picture_of(view, **picture)) return picture;
  for (const std::string& path : candidates(at_hand.recent_pictures, at_hand.folders, view.picture)) {
    Result<Picture> picture = load_picture(path);
    if (!picture) continue;
    if (is_picture_of(view, *picture)) return std::make_shared<const Picture>(std::move(*picture));
    met = path;
  }
  return needs("picture", view.picture, view.picture_check, met);
}

}  // namespace vitscope::shell
