#include "core/image/picture_files.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>

namespace vitscope {

namespace fs = std::filesystem;

bool is_picture_name(std::string_view file_name) {
  constexpr std::array<std::string_view, 12> known{".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tga", ".psd", ".pgm", ".ppm", ".pnm", ".hdr", ".npy"};
  const std::size_t dot = file_name.find_last_of('.');
  if (dot == std::string_view::npos) return false;
  std::string extension(file_name.substr(dot));
  std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(known.begin(), known.end(), extension) != known.end();
}

std::string folder_of(const std::string& path) {
  if (path.empty()) return {};
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

Result<std::vector<std::string>> picture_files(const std::string& folder) {
  std::error_code error;
  if (!fs::exists(folder, error)) return Error{folder + ": no such folder"};
  if (!fs::is_directory(folder, error)) return Error{folder + ": is no folder"};
  fs::directory_iterator it(folder, fs::directory_options::skip_permission_denied, error);
  if (error) return Error{folder + ": " + error.message()};
  std::vector<std::string> files;
  for (; it != fs::directory_iterator(); it.increment(error)) {
    if (error) return Error{folder + ": " + error.message()};
    const std::string name = it->path().filename().string();
    std::error_code ignored;
    if (!name.starts_with('.') && is_picture_name(name) && it->is_regular_file(ignored)) files.push_back(it->path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace vitscope
