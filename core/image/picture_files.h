// The pictures of a folder.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace vitscope {

/// Whether a file name ends as the pictures do that can be decoded.
bool is_picture_name(std::string_view file_name);
/// The folder that a file lies in: "." for a bare name; empty for an empty path.
std::string folder_of(const std::string& path);
/// Paths of the pictures that lie in the folder itself, by name; hidden files are left out. Errors: "FOLDER: no such folder", ...
Result<std::vector<std::string>> picture_files(const std::string& folder);

}  // namespace vitscope
