// Folders for the open panels.
#include <algorithm>
#include <filesystem>

#include "app/shell/session.h"
#include "core/image/picture_files.h"
#include "core/checkpoint/tensor_file.h"

namespace vitscope::shell {

namespace fs = std::filesystem;

namespace {

std::string lower_extension(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

}  // namespace

void Session::browse(const std::string& wanted) {
  const bool models = panel_ == views::Panel::models;
  std::error_code error;
  fs::path folder = wanted.empty() ? fs::current_path(error) : fs::path(wanted);
  if (!fs::is_directory(folder, error)) folder = fs::current_path(error);
  folder = fs::weakly_canonical(folder, error);
  browser_.folder = folder.string();
  browser_.parent = folder.has_parent_path() && folder != folder.root_path() ? folder.parent_path().string() : "";
  browser_.entries.clear();
  browser_.error.clear();
  fs::directory_iterator it(folder, fs::directory_options::skip_permission_denied, error);
  if (error) {
    browser_.error = folder.string() + ": " + error.message();
    return;
  }
  constexpr std::size_t kMost = 5000;
  for (; it != fs::directory_iterator() && browser_.entries.size() < kMost; it.increment(error)) {
    if (error) break;
    views::FolderEntry entry;
    entry.name = it->path().filename().string();
    entry.path = it->path().string();
    if (entry.name.starts_with('.')) continue;
    std::error_code ignored;
    entry.folder = it->is_directory(ignored);
    const std::string extension = lower_extension(it->path());
    entry.picture = !entry.folder && is_picture_name(entry.name);
    entry.model = !entry.folder && is_checkpoint_name(entry.path);
    if (!entry.folder && !(models ? entry.model : entry.picture)) continue;
    if (!entry.folder) entry.bytes = it->file_size(ignored);
    browser_.entries.push_back(std::move(entry));
  }
  std::sort(browser_.entries.begin(), browser_.entries.end(), [](const views::FolderEntry& a, const views::FolderEntry& b) {
    return a.folder != b.folder ? a.folder : a.name < b.name;
  });
  if (!models) {
    std::vector<std::string> paths;
    for (const views::FolderEntry& entry : browser_.entries)
      if (entry.picture) paths.push_back(entry.path);
    worker_.make_thumbnails(std::move(paths));
  }
  std::string& remembered = models ? settings_.model_folder : settings_.picture_folder;
  remembered = browser_.folder;
  save();
}

}  // namespace vitscope::shell
