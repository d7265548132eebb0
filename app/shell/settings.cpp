#include "app/shell/settings.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/files.h"

namespace vitscope::shell {

using nlohmann::json;

namespace {

template <class T>
void read(const json& from, const char* key, T& value) {
  if (const auto found = from.find(key); found != from.end()) {
    if constexpr (std::is_same_v<T, bool>) {
      if (found->is_boolean()) value = found->get<bool>();
    } else if constexpr (std::is_arithmetic_v<T>) {
      if (found->is_number()) value = found->get<T>();
    } else if constexpr (std::is_same_v<T, std::string>) {
      if (found->is_string()) value = found->get<std::string>();
    } else {
      if (!found->is_array()) return;
      value.clear();
      for (const json& item : *found)
        if (item.is_string() && value.size() < Settings::kRecent) value.push_back(item.get<std::string>());
    }
  }
}

}  // namespace

std::string settings_path() {
  if (const char* folder = std::getenv("XDG_CONFIG_HOME"); folder && *folder == '/') return std::string(folder) + "/vitscope/settings.json";
  if (const char* home = std::getenv("HOME"); home && *home) return std::string(home) + "/.config/vitscope/settings.json";
  return {};
}

Settings load_settings(const std::string& path, std::string& problem) {
  Settings settings;
  std::error_code error;
  if (path.empty() || !std::filesystem::exists(path, error)) return settings;
  const auto bytes = read_file(path, 1 << 20);
  if (!bytes) {
    problem = bytes.error().text;
    return settings;
  }
  const json from = json::parse(bytes->begin(), bytes->end(), nullptr, false);
  if (!from.is_object()) {
    problem = path + ": not a JSON object; the default settings are used";
    return settings;
  }
  std::string mode = std::string(name_of(settings.resize_mode));
  read(from, "dark", settings.dark);
  read(from, "language", settings.language);
  read(from, "ui_scale", settings.ui_scale);
  read(from, "motion", settings.motion);
  read(from, "window_width", settings.window_width);
  read(from, "window_height", settings.window_height);
  read(from, "resize_mode", mode);
  read(from, "recent_pictures", settings.recent_pictures);
  read(from, "recent_models", settings.recent_models);
  read(from, "picture_folder", settings.picture_folder);
  read(from, "model_folder", settings.model_folder);
  read(from, "export_folder", settings.export_folder);
  for (ResizeMode known : {ResizeMode::crop, ResizeMode::stretch, ResizeMode::pad})
    if (mode == name_of(known)) settings.resize_mode = known;
  if (!(settings.ui_scale >= 1 && settings.ui_scale <= 3)) settings.ui_scale = 0;
  settings.window_width = std::clamp(settings.window_width, 640, 16384);
  settings.window_height = std::clamp(settings.window_height, 480, 16384);
  return settings;
}

Result<std::monostate> save_settings(const std::string& path, const Settings& settings) {
  if (path.empty()) return Error{"settings: neither XDG_CONFIG_HOME nor HOME is set"};
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  if (error) return Error{path + ": " + error.message()};
  const json to{{"dark", settings.dark},
                {"language", settings.language},
                {"ui_scale", settings.ui_scale},
                {"motion", settings.motion},
                {"window_width", settings.window_width},
                {"window_height", settings.window_height},
                {"resize_mode", name_of(settings.resize_mode)},
                {"recent_pictures", settings.recent_pictures},
                {"recent_models", settings.recent_models},
                {"picture_folder", settings.picture_folder},
                {"model_folder", settings.model_folder},
                {"export_folder", settings.export_folder}};
  const std::string text = to.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
  return write_file(path, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, true);
}

void remember(std::vector<std::string>& recent, const std::string& path) {
  std::erase(recent, path);
  recent.insert(recent.begin(), path);
  if (recent.size() > Settings::kRecent) recent.resize(Settings::kRecent);
}

}  // namespace vitscope::shell
