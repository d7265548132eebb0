// Edits as a file.
#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/edits/edits.h"
#include "core/files.h"
#include "core/text.h"

namespace vitscope {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxEdits = 1000, kMaxList = 100000, kMaxStrokes = 10000;
constexpr std::uint64_t kMaxFile = std::uint64_t{16} << 20;
constexpr int kMaxIndex = 1 << 24;
constexpr double kMaxNumber = 1e9;

constexpr std::string_view kFills[] = {"grey", "mean", "zero", "drop"};
constexpr std::string_view kParts[] = {"attention", "mlp", "final"};

std::string shown(const Json& value) { return printable(value.dump(-1, ' ', false, Json::error_handler_t::replace), 40); }

/// Reads the fields of one object and remembers the first thing that is off.
class Reader {
 public:
  explicit Reader(const Json& object) : object_(object) {}

  const std::string& error() const { return error_; }
  void fail(const std::string& text) {
    if (error_.empty()) error_ = text;
  }
  const Json* take(const char* name) {
    known_.emplace_back(name);
    const auto found = object_.find(name);
    if (found != object_.end()) return &*found;
    fail(std::string(name) + " is missing");
    return nullptr;
  }
  bool has(const char* name) const { return object_.contains(name); }
  void whole(const char* name, int low, int& value) {
    if (const Json* json = take(name)) whole(name, *json, low, value);
  }
  void number(const char* name, double low, double& value) {
    if (const Json* json = take(name)) number(name, *json, low, kMaxNumber, value);
  }
  void number(const std::string& name, const Json& json, double low, double high, double& value) {
    if (json.is_number() && json.get<double>() >= low && json.get<double>() <= high) value = json.get<double>();
    else fail(name + ": expected a number " + (low == 0 ? "from 0 to " : "of at most ") + shown(Json(high)) + ", found " + shown(json));
  }
  void whole_or_all(const char* name, int& value) {
    const Json* json = take(name);
    if (json && *json == "all") value = kAllBlocks;
    else if (json) whole(name, *json, 0, value);
  }
  void list(const char* name, std::size_t at_least, std::vector<int>& values) {
    if (const Json* json = take(name)) list(name, *json, at_least, values);
  }
  void list(const char* name, const Json& json, std::size_t at_least, std::vector<int>& values) {
    if (!json.is_array() || json.size() < at_least || json.size() > kMaxList)
      return fail(std::string(name) + ": expected a list of " + (at_least > 1 ? std::to_string(at_least) + " or more" : "") + " whole numbers, found " + shown(json));
    for (const Json& item : json) {
      values.push_back(0);
      whole(name, item, 0, values.back());
    }
  }
  void temperature(double& value) {
    const Json* json = take("value");
    if (json && *json == "infinity") value = std::numeric_limits<double>::infinity();
    else if (json) number("value", *json, 0, kMaxNumber, value);
  }
  template <std::size_t N>
  void one_of(const char* name, std::span<const std::string_view, N> names, std::size_t count, std::size_t& index) {
    const Json* json = take(name);
    if (!json) return;
    std::string expected;
    for (index = 0; index < count; ++index) {
      if (json->is_string() && json->get_ref<const std::string&>() == names[index]) return;
      expected += (index ? ", " : "") + std::string(names[index]);
    }
    index = 0;
    fail(std::string(name) + ": expected one of " + expected + ", found " + shown(*json));
  }
  void seed(std::uint64_t& value) {
    const Json* json = take("seed");
    if (json && json->is_number_unsigned()) value = json->get<std::uint64_t>();
    else if (json) fail("seed: expected a whole number from 0, found " + shown(*json));
  }
  void optional_flag(const char* name, bool& value) {
    known_.emplace_back(name);
    if (!has(name)) return;
    if (object_[name].is_boolean()) value = object_[name].get<bool>();
    else fail(std::string(name) + ": expected true or false, found " + shown(object_[name]));
  }
  void nothing_else() {
    for (const auto& [key, value] : object_.items())
      if (std::find(known_.begin(), known_.end(), key) == known_.end()) return fail("'" + printable(key, 40) + "' is not a field of this");
  }

 private:
  void whole(const char* name, const Json& json, int low, int& value) {
    if (json.is_number_integer() && json.get<double>() >= low && json.get<double>() <= kMaxIndex) value = json.get<int>();
    else fail(std::string(name) + ": expected a whole number from " + std::to_string(low) + ", found " + shown(json));
  }

  const Json& object_;
  std::vector<std::string> known_;
  std::string error_;
};

void read_point(Reader& reader, const Json& json, std::vector<Point>& points) {
  points.emplace_back();
  if (!json.is_array() || json.size() != 2) return reader.fail("points: expected pairs [x, y], found " + shown(json));
  reader.number("points", json[0], -kMaxNumber, kMaxNumber, points.back().x);
  reader.number("points", json[1], -kMaxNumber, kMaxNumber, points.back().y);
}

Stroke read_stroke(Reader& outer, const Json& json) {
  Stroke stroke;
  if (!json.is_object()) {
    outer.fail("strokes: expected objects, found " + shown(json));
    return stroke;
  }
  Reader reader(json);
  stroke.box = reader.has("box");
  if (const Json* points = reader.take(stroke.box ? "box" : "points")) {
    const bool fits = points->is_array() && points->size() <= kMaxList && (stroke.box ? points->size() == 2 : !points->empty());
    if (!fits) reader.fail(stroke.box ? "box: expected two corners" : "points: expected a list of pairs [x, y]");
    else for (const Json& point : *points) read_point(reader, point, stroke.points);
  }
  if (!stroke.box) reader.number("radius", 0, stroke.radius);
  if (const Json* colour = reader.take("colour")) {
    if (!colour->is_array() || colour->size() != 3) reader.fail("colour: expected three numbers from 0 to 1, found " + shown(*colour));
    else
      for (std::size_t i = 0; i < 3; ++i) {
        double value = 0;
        reader.number("colour", (*colour)[i], 0, 1, value);
        stroke.colour[i] = static_cast<float>(value);
      }
  }
  reader.nothing_else();
  if (!reader.error().empty()) outer.fail("strokes: " + reader.error());
  return stroke;
}

Result<Edit> read_edit(const Json& json) {
  if (!json.is_object()) return Error{"expected an object, found " + shown(json)};
  Reader reader(json);
  Edit edit;
  const Json* kind = reader.take("kind");
  const auto known = std::find_if(edit_kinds().begin(), edit_kinds().end(), [&](const EditKindInfo& k) { return kind && kind->is_string() && kind->get_ref<const std::string&>() == k.slug; });
  if (known == edit_kinds().end()) return Error{kind ? "there is no kind " + shown(*kind) : "kind is missing"};
  edit.kind = known->kind;
  const std::uint32_t fields = known->fields;
  reader.optional_flag("on", edit.on);
  if (fields & kPatches) reader.list("patches", edit.kind == EditKind::mask ? 1 : 2, edit.patches);
  if (edit.kind == EditKind::swap && edit.patches.size() > 2) reader.fail("patches: expected two of them, found " + std::to_string(edit.patches.size()));
  std::size_t choice = 0;
  if (fields & kFill) reader.one_of("with", std::span(kFills), std::size(kFills), choice), edit.fill = static_cast<Fill>(choice);
  if (fields & kBranch) reader.one_of("branch", std::span(kParts), 2, choice), edit.part = static_cast<Part>(choice);
  if (fields & kNorm) reader.one_of("before", std::span(kParts), std::size(kParts), choice), edit.part = static_cast<Part>(choice);
  if (fields & kOneBlock) reader.whole("block", 0, edit.block);
  if (fields & kBlock && edit.part != Part::answer) reader.whole_or_all("block", edit.block);
  if (fields & kFrom) reader.whole("from", 0, edit.from);
  if (fields & kOneHead) {
    edit.heads.push_back(0);
    reader.whole("head", 0, edit.heads.back());
  }
  if (fields & kHeads) {
    const Json* heads = reader.take("heads");
    if (heads && *heads != "all") reader.list("heads", *heads, 1, edit.heads);
  }
  if (fields & kCell) reader.whole("query", 0, edit.query), reader.whole("key", 0, edit.key);
  if (fields & kTemperature) reader.temperature(edit.value);
  if (fields & (kFactor | kNumber)) reader.number("value", -kMaxNumber, edit.value);
  if (fields & kSeed) reader.seed(edit.seed);
  if (fields & kGrid) reader.whole("rows", 1, edit.rows), reader.whole("columns", 1, edit.columns);
  if (std::max(edit.rows, edit.columns) > 1024) reader.fail("rows and columns: at most 1024 each");
  if (fields & kShift) reader.number("x", -kMaxNumber, edit.x), reader.number("y", -kMaxNumber, edit.y);
  if (fields & kStrokes) {
    if (const Json* strokes = reader.take("strokes")) {
      if (!strokes->is_array() || strokes->empty() || strokes->size() > kMaxStrokes) reader.fail("strokes: expected a list of strokes, found " + shown(*strokes));
      else for (const Json& stroke : *strokes) edit.strokes.push_back(read_stroke(reader, stroke));
    }
  }
  reader.nothing_else();
  if (!reader.error().empty()) return Error{std::string(known->slug) + ": " + reader.error()};
  return edit;
}

Json to_json(const Edit& edit) {
  const std::uint32_t fields = info(edit.kind).fields;
  Json json{{"kind", info(edit.kind).slug}};
  if (!edit.on) json["on"] = false;
  if (fields & kPatches) json["patches"] = edit.patches;
  if (fields & kFill) json["with"] = kFills[static_cast<std::size_t>(edit.fill)];
  if (fields & kBranch) json["branch"] = kParts[static_cast<std::size_t>(edit.part)];
  if (fields & kNorm) json["before"] = kParts[static_cast<std::size_t>(edit.part)];
  if (fields & kOneBlock) json["block"] = edit.block;
  if (fields & kBlock && edit.part != Part::answer) json["block"] = edit.block == kAllBlocks ? Json("all") : Json(edit.block);
  if (fields & kFrom) json["from"] = edit.from;
  if (fields & kOneHead) json["head"] = edit.heads.front();
  if (fields & kHeads) json["heads"] = edit.heads.empty() ? Json("all") : Json(edit.heads);
  if (fields & kCell) json["query"] = edit.query, json["key"] = edit.key;
  if (fields & (kTemperature | kFactor | kNumber)) json["value"] = std::isinf(edit.value) ? Json("infinity") : Json(edit.value);
  if (fields & kSeed) json["seed"] = edit.seed;
  if (fields & kGrid) json["rows"] = edit.rows, json["columns"] = edit.columns;
  if (fields & kShift) json["x"] = edit.x, json["y"] = edit.y;
  if (fields & kStrokes) {
    json["strokes"] = Json::array();
    for (const Stroke& stroke : edit.strokes) {
      Json points = Json::array();
      for (const Point& point : stroke.points) points.push_back({point.x, point.y});
      Json item{{stroke.box ? "box" : "points", points}};
      if (!stroke.box) item["radius"] = stroke.radius;
      item["colour"] = stroke.colour;
      json["strokes"].push_back(item);
    }
  }
  return json;
}

}  // namespace

std::string edits_to_json(const Edits& edits) {
  // One line for each edit, so that the file can be read and compared line by line.
  std::string text = "{\n  \"vitscope_edits\": 1,\n  \"edits\": [";
  for (std::size_t i = 0; i < edits.size(); ++i) text += (i ? ",\n    " : "\n    ") + to_json(edits[i]).dump();
  return text + (edits.empty() ? "]\n}\n" : "\n  ]\n}\n");
}

Result<Edits> edits_from_json(std::string_view text) {
  int deepest = 0;
  const auto shallow = [&](int depth, Json::parse_event_t, Json&) {
    deepest = std::max(deepest, depth);
    return depth <= 16;
  };
  const Json json = Json::parse(text.begin(), text.end(), shallow, false);
  if (deepest > 16 || json.is_discarded()) return Error{"is not JSON"};
  if (!json.is_object() || !json.contains("vitscope_edits")) return Error{"is no list of edits; expected an object with \"vitscope_edits\": 1 and \"edits\""};
  if (json["vitscope_edits"] != 1) return Error{"vitscope_edits: this program reads version 1, found " + shown(json["vitscope_edits"])};
  for (const auto& [key, value] : json.items())
    if (key != "vitscope_edits" && key != "edits") return Error{"'" + printable(key, 40) + "' is unknown here"};
  if (!json.contains("edits") || !json["edits"].is_array()) return Error{"edits: expected a list"};
  if (json["edits"].size() > kMaxEdits) return Error{"edits: at most " + std::to_string(kMaxEdits) + ", found " + std::to_string(json["edits"].size())};
  Edits edits;
  for (const Json& item : json["edits"]) {
    Result<Edit> edit = read_edit(item);
    if (!edit) return Error{"edit " + std::to_string(edits.size() + 1) + ": " + edit.error().text};
    edits.push_back(std::move(*edit));
  }
  return edits;
}

Result<EditsPtr> load_edits(const std::string& path) {
  const auto bytes = read_file(path, kMaxFile);
  if (!bytes) return bytes.error();
  Result<Edits> edits = edits_from_json(std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size()));
  if (!edits) return Error{printable(path) + ": " + edits.error().text};
  return EditsPtr(std::make_shared<const Edits>(std::move(*edits)));
}

Result<std::monostate> save_edits(const std::string& path, const Edits& edits, bool force) {
  const std::string text = edits_to_json(edits);
  return write_file(path, std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()), force);
}

}  // namespace vitscope
