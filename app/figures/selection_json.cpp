#include "app/figures/selection_json.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/figures/option_text.h"
#include "app/figures/parts_answer.h"

namespace vitscope::figures {

namespace {

using Json = nlohmann::ordered_json;

struct ScaleName {
  std::string_view text;
  ScaleMode value;
};
constexpr std::array kScales{ScaleName{"map", ScaleMode::map}, ScaleName{"block", ScaleMode::block}, ScaleName{"all", ScaleMode::all}};

template <class Names, class Value>
std::string_view text_of(const Names& names, Value value) {
  const auto at = std::find_if(names.begin(), names.end(), [&](const auto& name) { return name.value == value; });
  return at == names.end() ? names.front().text : at->text;
}

template <class Names, class Value>
void read(const Json& json, const char* key, const Names& names, Value& value) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_string()) return;
  for (const auto& name : names)
    if (found->get_ref<const std::string&>() == name.text) value = name.value;
}

/// A whole number that an int can hold.
std::optional<int> whole(const Json& json) {
  if (!json.is_number_integer()) return std::nullopt;
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > 0x7FFFFFFF) return std::nullopt;
  const auto number = json.get<std::int64_t>();
  if (number < -0x7FFFFFFF || number > 0x7FFFFFFF) return std::nullopt;
  return static_cast<int>(number);
}

void read(const Json& json, const char* key, int& value) {
  if (const auto found = json.find(key); found != json.end()) value = whole(*found).value_or(value);
}

Json json_of(const CellRef& cell) { return {{"tensor", name_of(cell.tensor)}, {"index", {cell.i, cell.j, cell.k, cell.l}}}; }

std::optional<CellRef> cell_of(const Json& json, const VitConfig& config) {
  if (!json.is_object() || !json.contains("tensor") || !json["tensor"].is_string() || !json.contains("index") || !json["index"].is_array() || json["index"].size() > 4) return std::nullopt;
  const auto tensor = find_tensor(json["tensor"].get_ref<const std::string&>(), config);
  if (!tensor) return std::nullopt;
  CellRef cell{*tensor};
  int* const parts[] = {&cell.i, &cell.j, &cell.k, &cell.l};
  const Shape shape = shape_of(tensor->slot, config);
  for (std::size_t axis = 0; axis < json["index"].size(); ++axis) {
    const auto index = whole(json["index"][axis]);
    const int size = static_cast<int>(axis) < shape.rank() ? shape[static_cast<int>(axis)] : 1;
    if (!index || *index < 0 || *index >= size) return std::nullopt;
    *parts[axis] = *index;
  }
  return cell;
}

constexpr std::size_t kLongestTrail = 4096;

void read_cells(const Json& json, const VitConfig& config, Selection& s) {
  if (const auto pinned = json.find("pinned"); pinned != json.end()) s.pinned = cell_of(*pinned, config);
  const auto trail = json.find("trail");
  if (!s.pinned || trail == json.end() || !trail->is_array() || trail->size() > kLongestTrail) return;
  for (const Json& item : *trail) {
    const auto cell = cell_of(item, config);
    if (!cell) return s.trail.clear();
    s.trail.push_back(*cell);
  }
}

void read_options(const Json& json, Selection& s) {
  const auto options = json.find("options");
  if (options == json.end() || !options->is_object()) return;
  for (const auto& [key, value] : options->items()) {
    const Option* option = find_option(key);
    if (!option) continue;
    if (value.is_number()) s.options[key] = clamped(*option, value.get<float>());
    if (value.is_string())
      if (const auto parsed = parse_value(*option, value.get_ref<const std::string&>())) s.options[key] = *parsed;
  }
}

}  // namespace

std::string to_json(const Selection& s) {
  Json json;
  if (s.place.step) json["step"] = s.place.step->slug;
  json["step_block"] = s.place.block;
  json["block"] = s.block;
  json["head"] = s.head == kMeanHead ? Json("mean") : s.head == kMaxHead ? Json("max") : Json(s.head);
  json["query"] = s.query;
  json["patch"] = s.patch;
  json["scale"] = text_of(kScales, s.scale);
  if (s.pinned) json["pinned"] = json_of(*s.pinned);
  if (!s.trail.empty()) {
    json["trail"] = Json::array();
    for (const CellRef& cell : s.trail) json["trail"].push_back(json_of(cell));
  }
  if (const auto named = s.options.find(stream::kClassOption); named != s.options.end() && std::isfinite(named->second) && named->second >= 0) json["class"] = std::lround(named->second);
  json["options"] = Json::object();
  for (const auto& [key, value] : s.options) {
    const Option* option = find_option(key);
    if (!option) continue;
    // Numbers keep every digit.
    if (option->kind != Option::Kind::toggle && option->choices.empty()) json["options"][key] = clamped(*option, value);
    else json["options"][key] = value_text(*option, value);
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Selection selection_of_json(std::string_view text, const VitConfig& config) {
  Selection s = Selection::initial(config);
  const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (!json.is_object()) return s;
  if (const auto step = json.find("step"); step != json.end() && step->is_string())
    if (const Step* found = find_step(step->get_ref<const std::string&>())) s.place.step = found;
  read(json, "block", s.block);
  read(json, "step_block", s.place.block);
  if (const auto head = json.find("head"); head != json.end()) {
    if (*head == "mean") s.head = kMeanHead;
    else if (*head == "max") s.head = kMaxHead;
    else s.head = whole(*head).value_or(s.head);
  }
  read(json, "query", s.query);
  read(json, "patch", s.patch);
  read(json, "scale", kScales, s.scale);
  int named = -1;
  read(json, "class", named);
  if (named >= 0 && named < config.classes) s.options[std::string(stream::kClassOption)] = static_cast<float>(named);
  read_cells(json, config, s);
  read_options(json, s);
  s.place.block = s.place.step->stage == Stage::block ? std::clamp(s.place.block, 0, config.depth - 1) : -1;
  s.clamp_to(config);
  return s;
}

}  // namespace vitscope::figures
