#include "app/export/saved_view.h"

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "app/draw/number.h"
#include "app/export/png.h"
#include "app/figures/selection_json.h"
#include "core/files.h"

namespace vitscope::exporting {

namespace {

constexpr std::string_view kFigure = "vitscope:figure", kModel = "vitscope:model", kModelCheck = "vitscope:model-crc32", kSeed = "vitscope:model-seed", kPreset = "vitscope:model-preset", kInputSize = "vitscope:input-size", kPicture = "vitscope:picture",
                           kPictureCheck = "vitscope:picture-crc32", kResize = "vitscope:resize", kSelection = "vitscope:selection", kEdits = "vitscope:edits";
/// Text chunks stand before the pixels, so they lie in the first bytes of a file of ours.
constexpr std::size_t kHeadBytes = std::size_t{1} << 20;

std::string hex8(std::uint32_t value) {
  char text[9];
  std::snprintf(text, sizeof text, "%08x", value);
  return text;
}

void append(std::vector<std::uint8_t>& bytes, const Tensor& tensor) {
  if (tensor.empty()) return;
  const auto* from = reinterpret_cast<const std::uint8_t*>(tensor.data());
  bytes.insert(bytes.end(), from, from + static_cast<std::size_t>(tensor.size()) * sizeof(float));
}

}  // namespace

std::string weights_check(const Model& model) {
  const VitConfig& c = model.config;
  std::vector<std::uint8_t> bytes;
  for (const int size : {c.image_height, c.image_width, c.channels, c.patch_height, c.patch_width, c.dim, c.depth, c.heads, c.mlp_dim, c.classes})
    for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<std::uint8_t>(static_cast<std::uint32_t>(size) >> shift));
  append(bytes, model.weights.patch.weight());
  append(bytes, model.weights.stored_position);
  append(bytes, model.weights.head.weight());
  return hex8(crc32(bytes));
}

Texts texts_of(const figures::Figure* figure, const figures::FigureInput& input, double scale, const std::string& definition) {
  const Model& model = input.trace.model();
  const auto seed = model.metadata.find("seed");
  const auto& picture = input.trace.input().picture;
  Texts texts{{"Software", "vitscope"}, {"Title", figure ? std::string(figure->title) : "Contact sheet"}};
  const auto add = [&](std::string_view key, std::string value) { texts.emplace_back(key, std::move(value)); };
  add(kFigure, figure ? std::string(figure->slug) : "");
  add("vitscope:step", input.selection.place.step ? std::string(input.selection.place.step->slug) : "");
  add(kModel, model.name);
  add(kModelCheck, weights_check(model));
  add("vitscope:random-weights", model.random_weights ? "true" : "false");
  if (model.random_weights && seed != model.metadata.end()) add(kSeed, seed->second);
  if (const auto preset = model.metadata.find("preset"); model.random_weights && preset != model.metadata.end()) add(kPreset, preset->second);
  add(kInputSize, std::to_string(model.config.image_height) + "x" + std::to_string(model.config.image_width));
  add(kPicture, input.trace.input().name);
  add(kPictureCheck, picture ? hex8(picture->crc) : "");
  add(kResize, std::string(name_of(input.trace.input().spec.mode)));
  add("vitscope:scale", draw::number(scale));
  add(kSelection, figures::to_json(input.selection));
  if (input.trace.edits()) add(kEdits, edits_to_json(*input.trace.edits()));
  add("Description", definition);
  return texts;
}

std::optional<SavedView> saved_view(const Texts& texts) {
  SavedView view;
  bool found = false;
  const auto take = [&](std::string_view key, std::string_view name, const std::string& value, std::string& into) {
    if (key != name) return;
    into = value;
    found = found || name == kSelection;
  };
  for (const auto& [key, value] : texts) {
    take(key, kFigure, value, view.figure);
    take(key, kModel, value, view.model);
    take(key, kModelCheck, value, view.model_check);
    take(key, kSeed, value, view.model_seed);
    take(key, kPreset, value, view.model_preset);
    take(key, kInputSize, value, view.input_size);
    take(key, kPicture, value, view.picture);
    take(key, kPictureCheck, value, view.picture_check);
    take(key, kResize, value, view.resize);
    take(key, kSelection, value, view.selection);
    take(key, kEdits, value, view.edits);
  }
  if (!found || view.model.empty() || view.picture.empty()) return std::nullopt;
  // Names that are looked for on this machine: the last part only.
  // An architecture of one's own is looked for in no folder, and its name has a slash.
  for (std::string* name : {&view.model, &view.picture})
    if (name != &view.model || view.model_preset.empty()) *name = name->substr(name->find_last_of("/\\") + 1);
  return view;
}

std::optional<SavedView> saved_view_of_file(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  std::vector<std::uint8_t> head(kHeadBytes);
  in.read(reinterpret_cast<char*>(head.data()), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  return saved_view(png_texts(head));
}

}  // namespace vitscope::exporting
