#include "app/shell/class_names.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "app/embed/embedded.h"

namespace vitscope::shell {

namespace {
/// Lines "id TAB name"; those that begin with # are the licence.
std::vector<std::string> names_in(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (const std::size_t tab = line.find('\t'); !line.starts_with('#') && tab != std::string_view::npos) names.emplace_back(line.substr(tab + 1));
  }
  return names;
}
}  // namespace

std::span<const std::string> imagenet_names() {
  static const std::vector<std::string> names = [] {
    const auto bytes = embedded("classes/imagenet-1k.txt");
    return names_in({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }();
  return names;
}

Result<ModelPtr> with_class_names(Result<ModelPtr> model) {
  const auto names = imagenet_names();
  if (!model || !(*model)->labels.empty() || (*model)->config.classes != static_cast<int>(names.size())) return model;
  auto named = std::make_shared<Model>(**model);
  named->labels.assign(names.begin(), names.end());
  named->labels_assumed = true;
  named->warnings.push_back(named->random_weights ? "its classes go by the names of ImageNet's 1000, assumed from their number"
                                                  : "the names of its classes are not stored; ImageNet's 1000 assumed from their number (labels.txt beside the file gives others)");
  return ModelPtr(std::move(named));
}

}  // namespace vitscope::shell
