// Which format a checkpoint is of.
#include <algorithm>

#include "core/checkpoint/npz.h"
#include "core/checkpoint/torch_file.h"
#include "core/files.h"

namespace vitscope {

namespace {

constexpr std::string_view kSuffixes[] = {".safetensors", ".npz", ".pth", ".pt", ".bin", ".ckpt", ".pth.tar"};

}  // namespace

bool is_checkpoint_name(std::string_view path) {
  return std::any_of(std::begin(kSuffixes), std::end(kSuffixes), [&](std::string_view suffix) { return path.size() > suffix.size() && path.ends_with(suffix); });
}

Result<TensorFile> parse_checkpoint(std::string name, std::shared_ptr<const std::vector<std::uint8_t>> memory) {
  // A safetensors header of a length that reads as "PK" would be larger than one may be, so the first bytes decide.
  if (looks_like_zip(*memory)) {
    const auto entries = parse_zip(name, *memory);
    if (!entries) return entries.error();
    return is_torch_archive(*entries) ? parse_torch_archive(std::move(name), std::move(memory), *entries) : parse_npz(std::move(name), std::move(memory), *entries);
  }
  if (looks_like_pickle(*memory)) return parse_torch_pickles(std::move(name), std::move(memory));
  return parse_safetensors(std::move(name), std::move(memory));
}

Result<TensorFile> read_checkpoint(const std::string& path) {
  auto bytes = read_file(path);
  if (!bytes) return bytes.error();
  return parse_checkpoint(path, std::make_shared<const std::vector<std::uint8_t>>(std::move(*bytes)));
}

}  // namespace vitscope
