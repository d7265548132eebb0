#include "app/shell/builtin.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "app/embed/embedded.h"
#include "core/text.h"

namespace vitscope::shell {

namespace {
constexpr std::string_view kPictures = "pictures/";
constexpr std::string_view kFirst = "ship.jpg";
}  // namespace

std::vector<std::string> builtin_pictures() {
  std::vector<std::string> names;
  for (std::string_view name : embedded_names())
    if (name.starts_with(kPictures)) names.emplace_back(name.substr(kPictures.size()));
  const auto first = std::find(names.begin(), names.end(), kFirst);
  if (first != names.end()) std::rotate(names.begin(), first, first + 1);
  return names;
}

Result<PicturePtr> load_builtin_picture(const std::string& name) {
  const std::span<const std::uint8_t> bytes = embedded(std::string(kPictures) + name);
  if (bytes.empty()) {
    std::string known;
    for (const std::string& other : builtin_pictures()) known += (known.empty() ? "" : ", ") + other;
    return Error{name + ": no such built-in picture; there are " + known};
  }
  Result<Picture> picture = decode_picture(name, bytes);
  if (!picture) return picture.error();
  return std::make_shared<const Picture>(std::move(*picture));
}

Result<PicturePtr> load_any_picture(const std::string& path_or_name) {
  std::error_code ignored;
  if (!std::filesystem::exists(path_or_name, ignored)) {
    const std::vector<std::string> names = builtin_pictures();
    if (std::find(names.begin(), names.end(), path_or_name) != names.end()) return load_builtin_picture(path_or_name);
  }
  Result<Picture> picture = load_picture(path_or_name);
  if (!picture) return picture.error();
  return std::make_shared<const Picture>(std::move(*picture));
}

Result<ModelPtr> load_shipped_model() {
  const std::span<const std::uint8_t> bytes = embedded("models/cifar10-vit.safetensors");
  return parse_model("cifar10-vit", std::make_shared<const std::vector<std::uint8_t>>(bytes.begin(), bytes.end()), {});
}

Result<ModelPtr> on_input_size(const ModelPtr& model, std::string_view size) {
  if (size.empty()) return model;
  const auto number = [](std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? value : 0;
  };
  const std::size_t cross = size.find('x');
  const int height = number(size.substr(0, cross)), width = cross == std::string_view::npos ? height : number(size.substr(cross + 1));
  if (height < 1 || width < 1) return Error{"--input-size " + printable(size, 40) + ": expected HEIGHT or HEIGHTxWIDTH in pixels, such as 224x320"};
  return with_input_size(model, height, width);
}

Result<draw::Language> load_language(const std::string& code) {
  if (code == "en") return draw::Language{};
  const std::span<const std::uint8_t> bytes = embedded("languages/" + code + ".json");
  if (bytes.empty()) return Error{code + ": no such language; there are en, zh"};
  const auto json = nlohmann::json::parse(bytes.begin(), bytes.end(), nullptr, false);
  if (!json.is_object()) return Error{"languages/" + code + ".json: not a JSON object"};
  std::map<std::string, std::string, std::less<>> texts;
  for (const auto& [english, text] : json.items())
    if (text.is_string()) texts[english] = text.get<std::string>();
  return draw::Language(code, std::move(texts));
}

}  // namespace vitscope::shell
