// What the program remembers between two starts: XDG_CONFIG_HOME/vitscope/settings.json.
#pragma once
#include <string>
#include <vector>

#include "core/image/preprocess.h"
#include "core/result.h"

namespace vitscope::shell {

struct Settings {
  bool dark = true;
  std::string language = "en";
  float ui_scale = 0;  ///< 0: as the display says
  bool motion = true;
  int window_width = 1600, window_height = 1000;
  ResizeMode resize_mode = ResizeMode::crop;
  std::vector<std::string> recent_pictures, recent_models;  ///< newest first, at most kRecent
  std::string picture_folder, model_folder, export_folder;
  static constexpr std::size_t kRecent = 12;
  bool operator==(const Settings&) const = default;
};

/// $XDG_CONFIG_HOME/vitscope/settings.json, else ~/.config/vitscope/settings.json; empty when neither variable is set.
std::string settings_path();
/// A missing file gives the defaults. A damaged one gives the defaults too and an error line in `problem`; single values of a
/// wrong type are left at their default.
Settings load_settings(const std::string& path, std::string& problem);
/// Written whole or not at all; makes the folder when it is missing.
Result<std::monostate> save_settings(const std::string& path, const Settings& settings);
/// Puts `path` in front of a list of recent files.
void remember(std::vector<std::string>& recent, const std::string& path);

}  // namespace vitscope::shell
