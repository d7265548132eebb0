#include "core/checkpoint/settings.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/text.h"

namespace vitscope {

namespace {

using Json = nlohmann::json;
constexpr int kMaxSide = 32768;
constexpr int kMaxKernel = 4096;

/// One place where settings are looked up: a chain of JSON objects, the first that knows a name wins.
class Source {
 public:
  Source(std::string title, std::vector<Json> objects) : title_(std::move(title)), objects_(std::move(objects)) {}

  const std::string& title() const { return title_; }
  /// The value under the first of `names` that is there and not null.
  const Json* find(std::initializer_list<const char*> names) const {
    for (const Json& object : objects_) {
      for (const char* name : names) {
        const auto found = object.find(name);
        if (found != object.end() && !found->is_null()) return &*found;
      }
    }
    return nullptr;
  }

 private:
  std::string title_;
  std::vector<Json> objects_;
};

std::string shown(const Json& value) {
  return printable(value.is_string() ? value.get_ref<const std::string&>() : value.dump(-1, ' ', false, Json::error_handler_t::replace), 60);
}

/// A number, or a list of 1 to 4 numbers.
std::optional<std::vector<double>> numbers(const Json& value) {
  if (value.is_number()) return std::vector{value.get<double>()};
  if (!value.is_array() || value.empty() || value.size() > 4) return std::nullopt;
  std::vector<double> list;
  for (const Json& item : value) {
    if (!item.is_number()) return std::nullopt;
    list.push_back(item.get<double>());
  }
  return list;
}

bool is_whole(double x, int low, int high) { return x >= low && x <= high && std::floor(x) == x; }

/// Fills settings from one source; what is set already stays.
class Reader {
 public:
  Reader(const Source& source, ModelSettings& settings) : source_(source), settings_(settings) {}

  std::optional<Error> read() {
    text(settings_.architecture, {"architecture"});
    text(settings_.interpolation, {"interpolation"});
    text(settings_.activation, {"hidden_act", "act_layer"});
    whole(settings_.heads, {"num_heads", "num_attention_heads"}, 1, 65536);
    whole(settings_.head_width, {"dim_head"}, 1, 65536);
    whole(settings_.channels, {"channels", "num_channels", "in_chans"}, 1, 65536);
    whole(settings_.depth, {"depth", "num_hidden_layers"}, 1, 65536);
    whole(settings_.width, {"embed_dim", "hidden_size"}, 1, 1 << 24);
    whole(settings_.classes, {"num_classes", "num_labels"}, 0, 1 << 24);
    whole(settings_.heads_inner, {"num_heads_inner", "in_num_head"}, 1, 65536);
    whole(settings_.inner_stride, {"inner_stride", "first_stride"}, 1, kMaxSide);
    kernels();
    patch();
    image();
    scalar(settings_.eps, {"eps", "layer_norm_eps"}, 0.0, 1.0, "a number from 0 to 1");
    scalar(settings_.score_scale, {"qk_scale"}, 1e-9, 1e9, "a positive number");
    scalar(settings_.crop_fraction, {"crop_pct", "crop_fraction"}, 0.01, 1.0, "a number above 0 and at most 1");
    list(settings_.mean, {"mean", "image_mean"}, false);
    list(settings_.std, {"std", "image_std"}, true);
    mode();
    pool();
    labels();
    truth(settings_.value_skip, {"attention_v_skip"});
    truth(settings_.no_embed_class, {"no_embed_class"});
    std::optional<bool> pool_prefix;
    truth(pool_prefix, {"pool_include_prefix"});
    settings_.pool_prefix = settings_.pool_prefix || pool_prefix == true;
    return error_;
  }

 private:
  void refuse(const char* name, const Json& value, const std::string& expected) {
    if (!error_) error_ = Error{source_.title() + " has " + name + " = " + shown(value) + ", expected " + expected};
  }
  void text(std::optional<std::string>& target, std::initializer_list<const char*> names) {
    const Json* value = source_.find(names);
    if (!target && value && value->is_string()) target = value->get<std::string>();
  }
  void truth(std::optional<bool>& target, std::initializer_list<const char*> names) {
    const Json* value = source_.find(names);
    if (target || !value) return;
    const std::string word = shown(*value);
    if (*value == true || word == "true" || word == "True") target = true;
    if (*value == false || word == "false" || word == "False") target = false;
  }
  void whole(std::optional<int>& target, std::initializer_list<const char*> names, int low, int high) {
    const Json* value = source_.find(names);
    if (target || !value) return;
    const auto found = numbers(*value);
    if (!found || found->size() != 1 || !is_whole(found->front(), low, high)) {
      return refuse(*names.begin(), *value, low ? "a whole number from 1" : "a whole number");
    }
    target = static_cast<int>(found->front());
  }
  template <class T>
  void scalar(std::optional<T>& target, std::initializer_list<const char*> names, double low, double high, const char* expected) {
    const Json* value = source_.find(names);
    if (target || !value) return;
    const auto found = numbers(*value);
    if (!found || found->size() != 1 || !(found->front() >= low && found->front() <= high)) return refuse(*names.begin(), *value, expected);
    target = static_cast<T>(found->front());
  }
  void list(std::optional<std::vector<float>>& target, std::initializer_list<const char*> names, bool positive) {
    const Json* value = source_.find(names);
    if (target || !value) return;
    const auto found = numbers(*value);
    std::vector<float> result;
    for (const double x : found.value_or(std::vector<double>{})) {
      if (!(std::abs(x) < 1e6) || (positive && !(x > 1e-6))) return refuse(*names.begin(), *value, "one number a channel");
      result.push_back(static_cast<float>(x));
    }
    if (result.empty()) return refuse(*names.begin(), *value, "one number a channel");
    target = result;
  }
  void kernels() {
    const Json* value = source_.find({"softsplit_kernels"});
    if (!settings_.kernels.empty() || !value) return;
    const auto found = numbers(*value);
    for (const double x : found.value_or(std::vector<double>{})) {
      if (!is_whole(x, 1, kMaxKernel)) return refuse("softsplit_kernels", *value, "three whole numbers");
      settings_.kernels.push_back(static_cast<int>(x));
    }
    if (settings_.kernels.size() != 3) refuse("softsplit_kernels", *value, "three whole numbers");
  }
  void patch() {
    if (settings_.patch_size) return;
    const Json* value = source_.find({"patch_size"});
    if (!value) return;
    const auto sides = numbers(*value);
    if (!sides || sides->size() > 2 || !is_whole(sides->front(), 1, kMaxSide) || !is_whole(sides->back(), 1, kMaxSide)) {
      return refuse("patch_size", *value, "a whole number from 1, or height and width");
    }
    settings_.patch_size = ImageSize{static_cast<int>(sides->front()), static_cast<int>(sides->back())};
  }
  void image() {
    if (settings_.image_size) return;
    const Json* value = source_.find({"img_size", "image_size"});
    const bool with_channels = !value;
    if (!value) value = source_.find({"input_size"});
    if (!value) return;
    auto sides = numbers(*value);
    if (sides && with_channels && sides->size() == 3) sides->erase(sides->begin());
    if (!sides || sides->size() > 2 || !is_whole(sides->front(), 1, kMaxSide) || !is_whole(sides->back(), 1, kMaxSide)) {
      return refuse("the picture size", *value, "one side, or height and width");
    }
    settings_.image_size = ImageSize{static_cast<int>(sides->front()), static_cast<int>(sides->back())};
  }
  void mode() {
    const Json* value = source_.find({"resize_mode", "crop_mode"});
    if (settings_.resize_mode || !value) return;
    const std::string word = shown(*value);
    if (word == "stretch" || word == "squash") settings_.resize_mode = "stretch";
    if (word == "pad" || word == "border") settings_.resize_mode = "pad";
    if (word == "crop" || word == "center") settings_.resize_mode = "crop";
  }
  void pool() {
    const Json* value = source_.find({"global_pool", "pool"});
    if (settings_.pool || !value) return;
    const std::string word = shown(*value);
    settings_.pool = word == "token" || word == "cls" ? "cls" : word;
  }
  void labels() {
    if (!settings_.labels.empty()) return;
    const Json* value = source_.find({"labels", "label_names", "id2label"});
    if (!value || !(value->is_array() || value->is_object())) return;
    std::vector<std::string> labels;
    bool named = false;
    for (std::size_t i = 0; i < value->size(); ++i) {
      const auto key = std::to_string(i);
      const Json* item = value->is_array() ? &(*value)[i] : value->contains(key) ? &(*value)[key] : nullptr;
      if (!item || !item->is_string()) return;
      labels.push_back(printable(item->get_ref<const std::string&>(), 200));
      named = named || labels.back() != "LABEL_" + key;  // the name that transformers gives to classes without one
    }
    if (named) settings_.labels = std::move(labels);
  }

  const Source& source_;
  ModelSettings& settings_;
  std::optional<Error> error_;
};

/// Parses without what is nested deeper than any setting is: copying and printing values costs stack for each level.
Json parse_shallow(const std::string& text) {
  constexpr int kMaxDepth = 8;
  return Json::parse(
      text, [](int depth, Json::parse_event_t, const Json&) { return depth <= kMaxDepth; }, false);
}

/// A metadata text as JSON: "3", "[0.5, 0.5]", "48,48" (a list), "true" or plain words.
Json metadata_value(const std::string& text) {
  if (text == "None") return nullptr;
  Json value = parse_shallow(text);
  if (value.is_discarded()) value = parse_shallow("[" + text + "]");
  if (value.is_discarded() || (value.is_array() && value.empty())) return text;
  return value;
}

Source metadata_source(const std::map<std::string, std::string>& metadata) {
  Json object = Json::object();
  for (const auto& [key, value] : metadata) object[key] = metadata_value(value);
  return {"the metadata", {std::move(object)}};
}

}  // namespace

namespace {

/// Hugging Face's image processors: they stretch to the size unless they cut out the middle.
void read_preprocessor(const std::string& json, ModelSettings& settings, std::vector<std::string>& warnings) {
  const Json object = parse_shallow(json);
  if (!object.is_object()) {
    if (!json.empty()) warnings.push_back("preprocessor_config.json is damaged and was not used");
    return;
  }
  const auto flag = [&](const char* name, bool otherwise) { return object.contains(name) && object[name].is_boolean() ? object[name].get<bool>() : otherwise; };
  const auto side = [&](const char* name) {
    const auto found = object.find(name);
    if (found == object.end()) return 0.0;
    if (found->is_number()) return found->get<double>();
    for (const char* const key : {"height", "shortest_edge"})
      if (found->is_object() && found->contains(key) && (*found)[key].is_number()) return (*found)[key].get<double>();
    return 0.0;
  };
  const auto numbers_of = [&](const char* name, std::optional<std::vector<float>>& target) {
    if (target || !object.contains(name)) return;
    std::vector<float> list;
    for (const double x : numbers(object[name]).value_or(std::vector<double>{})) {
      if (std::abs(x) < 1e6) list.push_back(static_cast<float>(x));
    }
    if (!list.empty()) target = list;
  };
  if (flag("do_normalize", true)) {
    numbers_of("image_mean", settings.mean);
    numbers_of("image_std", settings.std);
    if (settings.std && !std::all_of(settings.std->begin(), settings.std->end(), [](float x) { return x > 1e-6f; })) settings.std.reset();
  }
  const double resized = side("size"), cut = side("crop_size");
  const bool cuts = flag("do_center_crop", false) && resized > 0 && cut > 0 && cut <= resized;
  if (!settings.resize_mode) settings.resize_mode = cuts ? "crop" : "stretch";
  if (!settings.crop_fraction && cuts && cut / resized > 0.01) settings.crop_fraction = cut / resized;
}

}  // namespace

Result<ModelSettings> read_settings(const std::map<std::string, std::string>& metadata, const std::string& config_json, const std::string& preprocessor_json,
                                    std::vector<std::string>& warnings) {
  ModelSettings settings;
  const Source from_metadata = metadata_source(metadata);
  if (const auto error = Reader(from_metadata, settings).read()) return *error;
  if (config_json.empty()) {
    if (!preprocessor_json.empty()) read_preprocessor(preprocessor_json, settings, warnings);
    return settings;
  }

  const Json config = parse_shallow(config_json);
  if (!config.is_object()) {
    warnings.push_back("config.json is damaged and was not used");
    return settings;
  }
  // timm keeps the arguments of the constructor and the preparation of pictures in objects of their own.
  std::vector<Json> objects;
  for (const char* part : {"model_args", "pretrained_cfg"}) {
    const auto found = config.find(part);
    if (found != config.end() && found->is_object()) objects.push_back(*found);
  }
  objects.insert(objects.begin() + (config.contains("model_args") && config["model_args"].is_object() ? 1 : 0), config);
  if (const auto error = Reader(Source("config.json", std::move(objects)), settings).read()) return *error;
  if (!preprocessor_json.empty()) read_preprocessor(preprocessor_json, settings, warnings);
  return settings;
}

}  // namespace vitscope
