// Files to models: the checkpoint, and what lies beside it.
#include <filesystem>
#include <new>

#include "core/checkpoint/model_builder.h"
#include "core/files.h"
#include "core/text.h"

namespace vitscope {

namespace {

constexpr std::uint64_t kMaxBeside = std::uint64_t{16} << 20;

/// File name without folders and extension.
std::string stem(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  const auto dot = name.rfind('.');
  return dot == std::string::npos || dot == 0 ? name : name.substr(0, dot);
}

/// The text of a file in the same folder; empty without one.
std::string read_beside(const std::string& path, const char* name, std::vector<std::string>& warnings) {
  const std::filesystem::path beside = std::filesystem::path(path).parent_path() / name;
  std::error_code ignored;
  if (!std::filesystem::exists(beside, ignored)) return {};
  const auto bytes = read_file(beside.string(), kMaxBeside);
  if (bytes) return {bytes->begin(), bytes->end()};
  warnings.push_back(std::string(name) + " was not used: " + bytes.error().text);
  return {};
}

/// One label a line, for files that name no classes themselves.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(printable(line, 200));
    at = end + 1;
  }
  return lines;
}

struct Beside {
  std::string config, preprocessor, labels;
};

Result<std::shared_ptr<Model>> build(TensorFile file, const Beside& beside, std::vector<std::string> warnings) {
  const std::string path = file.path;
  warnings.insert(warnings.end(), file.notes.begin(), file.notes.end());
  const auto named = to_timm_names(std::move(file));
  if (!named) return named.error();
  auto settings = read_settings(named->file.metadata, beside.config, beside.preprocessor, warnings);
  if (!settings) return Error{printable(path) + ": " + settings.error().text};
  if (settings->labels.empty()) settings->labels = lines_of(beside.labels);
  auto model = ModelBuilder(*named, std::move(*settings), std::move(warnings)).build();
  if (model) (*model)->name = printable(stem(path));
  return model;
}

}  // namespace

Result<ModelPtr> load_model(const std::string& path) try {
  auto file = read_checkpoint(path);
  if (!file) return file.error();
  std::vector<std::string> warnings;
  const Beside beside{read_beside(path, "config.json", warnings), read_beside(path, "preprocessor_config.json", warnings), read_beside(path, "labels.txt", warnings)};
  auto model = build(std::move(*file), beside, std::move(warnings));
  if (!model) return model.error();
  (*model)->path = path;
  return ModelPtr(std::move(*model));
} catch (const std::bad_alloc&) {
  return Error{printable(path) + ": not enough memory for the model"};
}

Result<ModelPtr> parse_model(std::string name, std::shared_ptr<const std::vector<std::uint8_t>> memory, const std::string& config_json) try {
  auto file = parse_checkpoint(name, std::move(memory));
  if (!file) return file.error();
  auto model = build(std::move(*file), {config_json, {}, {}}, {});
  if (!model) return model.error();
  return ModelPtr(std::move(*model));
} catch (const std::bad_alloc&) {
  return Error{printable(name) + ": not enough memory for the model"};
}

}  // namespace vitscope
